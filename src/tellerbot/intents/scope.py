"""The in-scope score: how dense the training utterances lie around a message (needs the `train` extra).

A softmax says which intent is nearest, not whether any is near. The score compares a message's distance to
the nearest intent with its distance to the utterances as a whole (the relative Mahalanobis distance, Ren et
al. 2021, "A simple fix to Mahalanobis distance for improving near-OOD detection"), in the last two layers of
the encoder. It needs no out-of-scope rows; where there are some, it is weighed against what they taught.
"""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

# Share of the within-intent covariance that is replaced by a sphere, for intents of few utterances.
SHRINKAGE = 0.1
# The sphere is at least this share of the whole covariance: of one utterance an intent, or of equal ones, there is no
# covariance within.
FLOOR = 0.01


class Density(nn.Module):
    """Relative Mahalanobis distance in one layer, higher is denser.

    In the space of Fisher's discriminants, scaled so that intents have unit covariance, both distances are
    sums of squares, and the directions that tell no intents apart cancel out of their difference. So a
    (width, intents - 1) projection is all that is kept.
    """

    def __init__(self, vectors: NDArray[np.float32], labels: NDArray[np.int64]) -> None:
        """`vectors` (rows, width) of the training utterances and their label numbers (rows,)."""
        from scipy.linalg import eigh

        super().__init__()
        rows = vectors.astype(np.float64)
        numbers, labels = np.unique(labels, return_inverse=True)
        means = np.stack([rows[labels == number].mean(0) for number in range(len(numbers))])
        within = np.cov(rows - means[labels], rowvar=False, bias=True)
        width = within.shape[0]
        spread = max(np.trace(within), FLOOR * rows.var(0).sum(), np.finfo(np.float32).eps)
        within = (1 - SHRINKAGE) * within + SHRINKAGE * spread / width * np.eye(width)
        centre = rows.mean(0)
        between = np.cov(means[labels] - centre, rowvar=False, bias=True)
        kept = min(len(numbers) - 1, width)
        ratios, directions = eigh(between, within, subset_by_index=(width - kept, width - 1))
        self._keep("centre", centre)
        self._keep("directions", directions)
        self._keep("means", (means - centre) @ directions)
        # The background's variance along each direction, in units of an intent's own.
        self._keep("background", 1 / (1 + np.maximum(ratios, 0)))

    def _keep(self, name: str, values: NDArray[np.float64]) -> None:
        self.register_buffer(name, torch.tensor(values, dtype=torch.float32))

    centre: Tensor
    directions: Tensor
    means: Tensor
    background: Tensor

    def forward(self, vectors: Tensor) -> Tensor:
        """Map vectors (batch, width) to values (batch,)."""
        places = (vectors - self.centre) @ self.directions
        squares = (places * places).sum(-1)
        # The squared distance to every intent without a (batch, intents, directions) tensor.
        to_intents = squares[:, None] - 2 * places @ self.means.T + (self.means * self.means).sum(-1)
        return (places * places * self.background).sum(-1) - to_intents.min(-1).values


# What the parts of the score weigh where no out-of-scope row says better; chosen on BANKING77-OOS and CLINC150
# validation rows (docs/experiments.md). The trained value saw no out-of-scope row then, and is left out.
BLIND_WEIGHTS = (0.4, 0.4, 0.2, 0.0)


class ScopeScore(nn.Module):
    """Densities of two layers, the best logit and the trained scope value, standardised and summed with weights."""

    def __init__(self, before: Density, last: Density) -> None:
        super().__init__()
        self.before, self.last = before, last
        self.register_buffer("weights", torch.tensor(BLIND_WEIGHTS))
        self.register_buffer("bias", torch.zeros(1))

    weights: Tensor
    bias: Tensor

    def parts(self, before: Tensor, last: Tensor, logits: Tensor, trained: Tensor) -> Tensor:
        """(batch, 4): what is summed."""
        return torch.stack([self.before(before), self.last(last), logits.max(-1).values, trained], dim=-1)

    def forward(self, before: Tensor, last: Tensor, logits: Tensor, trained: Tensor) -> Tensor:
        """Map both layers' vectors (batch, width), logits (batch, intents) and trained value (batch,) to (batch,)."""
        return (self.parts(before, last, logits, trained) * self.weights).sum(-1) + self.bias

    def weigh(self, parts: NDArray[np.float32], inside: NDArray[np.bool_]) -> bool:
        """Choose weights on validation rows: `parts` (rows, 4) and which are in scope. True when rows taught them.

        With out-of-scope rows they are those of a logistic regression, so that the sum is a log-odds; without,
        they are BLIND_WEIGHTS.
        """
        from sklearn.linear_model import LogisticRegression

        centre, spread = parts[inside].mean(0), parts[inside].std(0) + 1e-9
        learned = not inside.all()
        if learned:
            # Balanced: the share of out-of-scope rows in a file says nothing of their share in the traffic.
            fitted = LogisticRegression(class_weight="balanced").fit((parts - centre) / spread, inside)
            weights, bias = fitted.coef_[0], float(fitted.intercept_[0])
        else:
            weights, bias = np.array(BLIND_WEIGHTS), 0.0
        self.weights.copy_(torch.tensor(weights / spread))
        self.bias.fill_(bias - float((weights * centre / spread).sum()))
        return learned


def density_of(vectors: Sequence[Tensor], labels: Sequence[int]) -> ScopeScore:
    """Fit a score to the training utterances' vectors in both layers; rows labelled -1 (out of scope) are left out."""
    numbers = np.array(labels)
    inside = numbers >= 0
    before, last = (Density(part.cpu().numpy()[inside], numbers[inside]) for part in vectors)
    return ScopeScore(before, last)
