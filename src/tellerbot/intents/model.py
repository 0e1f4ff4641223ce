"""The trained intent model: an encoder, a cosine head and a scope unit (needs the `train` extra)."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from tellerbot.encoder.model import PooledEncoder
from tellerbot.intents.config import IntentsConfig
from tellerbot.intents.scope import ScopeScore


class IntentModel(nn.Module):
    """Cosines to one vector for each intent, times `scale`, are the logits.

    Each subject of out-of-scope utterances has a vector too, and is learned like an intent: "the weather" and
    "another bank's card" are no one thing. While training, the scope value is the log-odds of the intents against
    the subjects plus a linear view of the sentence vector. Without out-of-scope utterances it is the energy of the
    logits alone (Liu et al. 2020). Once `scope` is set it takes that value and the densities for its sum.
    """

    def __init__(self, encoder: PooledEncoder, intents: Tensor, subjects: Tensor, scale: float) -> None:
        """`intents` (intents, width) and `subjects` (subjects, width; maybe none) are the vectors to start from."""
        super().__init__()
        self.encoder = encoder
        self.intents = nn.Parameter(intents.clone())
        self.subjects = nn.Parameter(subjects.clone())
        self.scale = scale
        self.scope_view = nn.Linear(encoder.width, 1)
        nn.init.zeros_(self.scope_view.weight)
        nn.init.zeros_(self.scope_view.bias)
        self.scope: ScopeScore | None = None

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> tuple[Tensor, ...]:
        """(batch, tokens) -> logits (batch, intents) and scope (batch,), higher the more surely in scope."""
        before, last = self.encoder.layers(input_ids, attention_mask)
        logits = self.logits(last, self.intents)
        trained = self.trained_scope(last, logits)
        scope = trained if self.scope is None else self.scope(before, last, logits, trained)
        return logits, scope

    def logits(self, vectors: Tensor, classes: Tensor) -> Tensor:
        """Map vectors (batch, width) and (classes, width) to logits (batch, classes)."""
        return self.scale * vectors @ functional.normalize(classes, dim=-1).T

    def trained_scope(self, vectors: Tensor, logits: Tensor) -> Tensor:
        """Map vectors (batch, width) and the intents' logits to values (batch,)."""
        known = torch.logsumexp(logits, dim=-1)
        if len(self.subjects) == 0:
            return known - self.scale / 2
        unknown = torch.logsumexp(self.logits(vectors, self.subjects), dim=-1)
        return known - unknown + self.scale * self.scope_view(vectors).squeeze(-1)

    def loss(self, input_ids: Tensor, attention_mask: Tensor, classes: Tensor, smoothing: float) -> Tensor:
        """Cross-entropy over intents and subjects, plus the loss of scope where there are subjects.

        `classes` (batch,) number the intents first, then the subjects.
        """
        vectors = self.encoder(input_ids, attention_mask)
        logits = self.logits(vectors, self.intents)
        every = torch.cat([logits, self.logits(vectors, self.subjects)], dim=-1).float()
        total = functional.cross_entropy(every, classes, label_smoothing=smoothing)
        if len(self.subjects):
            inside = (classes < len(self.intents)).float()
            scope = self.trained_scope(vectors, logits).float()
            total = total + functional.binary_cross_entropy_with_logits(scope, inside)
        return total

    def parameter_groups(self, config: IntentsConfig) -> list[dict[str, object]]:
        """AdamW groups: the rate falls by `layer_decay` with each layer down (Howard and Ruder 2018)."""
        blocks = [block for block in self.encoder.blocks() if any(part.requires_grad for part in block)]
        groups: list[dict[str, object]] = [
            {
                "params": block,
                "lr": config.learning_rate * config.layer_decay ** (len(blocks) - 1 - depth),
                "weight_decay": config.weight_decay,
            }
            for depth, block in enumerate(blocks)
        ]
        head = [
            self.intents,
            self.subjects,
            *self.scope_view.parameters(),
        ]
        return [*groups, {"params": head, "lr": config.head_learning_rate, "weight_decay": 0.0}]


def class_centroids(vectors: Tensor, classes: Tensor, count: int) -> Tensor:
    """(count, width): the mean vector of each class's rows, of length one."""
    centroids = torch.zeros(count, vectors.shape[1])
    centroids.index_add_(0, classes, vectors)
    return functional.normalize(centroids, dim=-1)
