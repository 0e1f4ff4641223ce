"""The trained intent model: an encoder, a cosine head, a scope unit and the acts (needs the `train` extra)."""

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

    A message may do several acts, so that each has a logit of its own, linear in the vectors of the last two layers.
    """

    def __init__(self, encoder: PooledEncoder, intents: Tensor, subjects: Tensor, scale: float, acts: int = 0) -> None:
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
        self.acts = nn.Linear(2 * encoder.width, acts) if acts else None
        if self.acts:
            nn.init.zeros_(self.acts.weight)
            nn.init.zeros_(self.acts.bias)

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> tuple[Tensor, ...]:
        """(batch, tokens) -> logits (batch, intents), scope (batch,) and, where there are any, acts (batch, acts).

        A higher scope value is more surely in scope; a logit of an act is its log-odds.
        """
        before, last = self.encoder.layers(input_ids, attention_mask)
        logits = self.logits(last, self.intents)
        trained = self.trained_scope(last, logits)
        scope = trained if self.scope is None else self.scope(before, last, logits, trained)
        return (logits, scope) if self.acts is None else (logits, scope, self.acts(self.both(before, last)))

    def both(self, before: Tensor, last: Tensor) -> Tensor:
        """Vectors (batch, width) of the two layers -> (batch, 2 * width): what the acts are read from."""
        return self.scale * torch.cat([before, last], dim=-1)

    def logits(self, vectors: Tensor, classes: Tensor) -> Tensor:
        """(batch, width), (classes, width) -> (batch, classes)"""
        return self.scale * vectors @ functional.normalize(classes, dim=-1).T

    def trained_scope(self, vectors: Tensor, logits: Tensor) -> Tensor:
        """(batch, width) and the intents' logits -> (batch,)"""
        known = torch.logsumexp(logits, dim=-1)
        if len(self.subjects) == 0:
            return known - self.scale / 2
        unknown = torch.logsumexp(self.logits(vectors, self.subjects), dim=-1)
        return known - unknown + self.scale * self.scope_view(vectors).squeeze(-1)

    def loss(
        self, input_ids: Tensor, attention_mask: Tensor, classes: Tensor, acts: Tensor, smoothing: float
    ) -> Tensor:
        """Cross-entropy over intents and subjects, plus the losses of scope and of the acts.

        `classes` (batch,) number the intents first, then the subjects; rows of -1 are left out there. `acts`
        (batch, acts) are 0 and 1, and NaN is left out.
        """
        before, vectors = self.encoder.layers(input_ids, attention_mask)
        logits = self.logits(vectors, self.intents)
        every = torch.cat([logits, self.logits(vectors, self.subjects)], dim=-1).float()
        known = classes >= 0
        total = every.new_zeros(())
        if known.any():
            total = functional.cross_entropy(every[known], classes[known], label_smoothing=smoothing)
            if len(self.subjects):
                inside = (classes < len(self.intents)).float()
                scope = self.trained_scope(vectors, logits).float()
                total = total + functional.binary_cross_entropy_with_logits(scope[known], inside[known])
        labelled = ~acts.isnan()
        if self.acts and labelled.any():
            found = self.acts(self.both(before, vectors)).float()
            mean = functional.binary_cross_entropy_with_logits(found[labelled], acts[labelled])
            total = total + acts.shape[-1] * mean
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
            *(self.acts.parameters() if self.acts else ()),
        ]
        return [*groups, {"params": head, "lr": config.head_learning_rate, "weight_decay": 0.0}]


def class_centroids(vectors: Tensor, classes: Tensor, count: int) -> Tensor:
    """(count, width): the mean vector of each class's rows, of length one."""
    centroids = torch.zeros(count, vectors.shape[1])
    centroids.index_add_(0, classes, vectors)
    return functional.normalize(centroids, dim=-1)
