"""The trained intent model: an encoder, a cosine head, and a scope unit (needs the `train` extra)."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from tellerbot.encoder.model import PooledEncoder
from tellerbot.intents.config import IntentsConfig


class IntentModel(nn.Module):
    """Cosines to one vector for each intent, times `scale`, are the logits.

    The scope value is the energy of the logits (their log-sum-exp; Liu et al. 2020) plus a linear view of
    the sentence vector. With out-of-scope rows both are trained as a classifier of scope; without, the
    linear view stays zero and the energy alone ranks.
    """

    def __init__(self, encoder: PooledEncoder, centroids: Tensor, scale: float) -> None:
        super().__init__()
        self.encoder = encoder
        self.intents = nn.Parameter(centroids.clone())
        self.scale = scale
        self.scope_view = nn.Linear(encoder.width, 1)
        nn.init.zeros_(self.scope_view.weight)
        nn.init.zeros_(self.scope_view.bias)

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> tuple[Tensor, Tensor]:
        """(batch, tokens) -> logits (batch, intents), scope (batch,): higher is more surely in scope."""
        vectors = self.encoder(input_ids, attention_mask)
        logits = self.scale * vectors @ functional.normalize(self.intents, dim=-1).T
        energy = torch.logsumexp(logits, dim=-1) - self.scale / 2
        return logits, energy + self.scale * self.scope_view(vectors).squeeze(-1)

    def parameter_groups(self, config: IntentsConfig) -> list[dict[str, object]]:
        """AdamW groups: the rate falls by `layer_decay` with each layer down (Howard and Ruder 2018)."""
        blocks = self.encoder.blocks()
        groups: list[dict[str, object]] = [
            {
                "params": block,
                "lr": config.learning_rate * config.layer_decay ** (len(blocks) - 1 - depth),
                "weight_decay": config.weight_decay,
            }
            for depth, block in enumerate(blocks)
        ]
        head = [self.intents, *self.scope_view.parameters()]
        return [*groups, {"params": head, "lr": config.head_learning_rate, "weight_decay": 0.0}]


def loss(logits: Tensor, scope: Tensor, labels: Tensor, smoothing: float, learns_scope: bool) -> Tensor:
    """Cross-entropy over in-scope rows, plus scope's own when there are out-of-scope rows (label -1)."""
    logits, scope = logits.float(), scope.float()
    inside = labels >= 0
    total = logits.sum() * 0.0
    if inside.any():
        total = total + functional.cross_entropy(logits[inside], labels[inside], label_smoothing=smoothing)
    if learns_scope:
        total = total + functional.binary_cross_entropy_with_logits(scope, inside.float())
    return total


def class_centroids(vectors: Tensor, labels: Sequence[int], classes: int) -> Tensor:
    """(classes, width): the mean vector of each intent's rows; rows labelled -1 are left out."""
    centroids = torch.zeros(classes, vectors.shape[1], device=vectors.device)
    inside = [row for row, label in enumerate(labels) if label >= 0]
    index = torch.tensor([labels[row] for row in inside], device=vectors.device)
    centroids.index_add_(0, index, vectors[inside])
    return functional.normalize(centroids, dim=-1)
