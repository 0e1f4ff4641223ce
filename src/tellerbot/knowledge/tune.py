"""Weights and the threshold of a retriever, fitted on validation questions (needs the `eval` extra)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from tellerbot.knowledge.measure import ndcg
from tellerbot.knowledge.retriever import Answerable, Fusion

DENSE_WEIGHTS = np.linspace(0, 1, 21)
RERANK_WEIGHTS = np.array([0.0, 0.1, 0.2, 0.3, 0.5, 0.7, 1.0, 1.5, 2.0, 3.0, 5.0])
# How surely a threshold keeps its promise on questions it has not seen.
CONFIDENCE = 0.95
# The curve of the report: shares of answerable questions that lose their answer.
LOST = (0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.2)


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """What the searches say of some questions: `cosines` and `keyword` (questions, passages), `right` (questions,)."""

    cosines: NDArray[np.floating]
    keyword: NDArray[np.floating]
    right: NDArray[np.int64]

    def take(self, rows: NDArray[np.int64]) -> "Seen":
        """Return some of the rows."""
        return Seen(self.cosines[rows], self.keyword[rows], self.right[rows])


def fit_fusion(seen: Seen, keyword: bool) -> Fusion:
    """Fit the dense weight of the highest NDCG@10."""
    fusion = Fusion(mean=float(seen.cosines.mean()), deviation=float(seen.cosines.std()) or 1.0)
    if not keyword:
        return fusion
    tries = [replace(fusion, dense_weight=float(weight)) for weight in DENSE_WEIGHTS]
    return max(tries, key=lambda one: ndcg(places(one.first(seen.cosines, seen.keyword), seen.right)))


def places(scores: NDArray[np.floating], right: NDArray[np.int64]) -> list[int | None]:
    """Where each question's passage stands, from 0; passages of the same score stand before it."""
    own = scores[np.arange(len(right)), right][:, None]
    return ((scores >= own).sum(1) - 1).tolist()


def fit_rerank_weight(
    first: NDArray[np.floating], again: NDArray[np.floating], right: NDArray[np.int64], fusion: Fusion
) -> Fusion:
    """Fit the weight of the second reading: `first` and `again` (questions, candidates), `right` their column or -1."""

    def reached(weight: float) -> float:
        order = np.argsort(-(first + weight * again), axis=1, kind="stable")
        found = order == right[:, None]
        return ndcg([int(row.argmax()) if row.any() else None for row in found])

    return replace(fusion, rerank_weight=float(max(RERANK_WEIGHTS, key=reached)))


def fit_answerable(with_it: NDArray[np.float64], without: NDArray[np.float64], max_lost: float) -> Answerable:
    """Fit features (questions, features) of questions with their passage and without; see `threshold_for`."""
    from sklearn.linear_model import LogisticRegression

    features = np.concatenate([with_it, without])
    center, spread = features.mean(0), np.where(features.std(0) > 0, features.std(0), 1.0)
    model = LogisticRegression().fit((features - center) / spread, np.r_[np.ones(len(with_it)), np.zeros(len(without))])
    weights = model.coef_[0] / spread
    plain = Answerable(tuple(weights.tolist()), float(model.intercept_[0] - weights @ center))
    return replace(plain, threshold=threshold_for(plain.score(with_it), max_lost))


def threshold_for(scores: NDArray[np.float64], max_lost: float) -> float:
    """Return a threshold below which at most `max_lost` of new questions like these fall, 19 times in 20.

    The share that falls below the k-th lowest of n scores is at most `max_lost` as surely as a binomial draw of n with
    that chance reaches k (distribution-free tolerance limits, Wilks 1941): the highest such k. The plain quantile would
    break its promise every other time. Where there are too few scores for any promise (under 59 for 5 %), it is the
    lowest of them.
    """
    from scipy.stats import binom

    place = int(binom.ppf(1 - CONFIDENCE, len(scores), max_lost))
    return float(np.sort(scores)[max(place, 1) - 1])


def curve(with_it: NDArray[np.float64], without: NDArray[np.float64]) -> list[dict[str, float]]:
    """Scores (questions,) of either kind -> how many of those without an answer are caught for how many lost."""
    edges = [float(np.quantile(with_it, lost)) for lost in LOST]
    return [
        {"threshold": edge, "lost": float((with_it < edge).mean()), "caught": float((without < edge).mean())}
        for edge in edges
    ]


def folds(count: int, number: int = 5, seed: int = 0) -> Sequence[NDArray[np.int64]]:
    """Row numbers in `number` random parts, to fit on four and measure on the fifth."""
    return np.array_split(np.random.default_rng(seed).permutation(count), number)
