"""The operating point of least expected cost, and how sure it is (numpy alone).

Costs decide between answering, asking, handing off and refusing as in Chow (1970) and Elkan (2001); the
intervals are percentile bootstrap over rows (Efron and Tibshirani 1993). All costs are means over the rows, which
are weighted to the share of out-of-scope messages that the costs state; where they state none, the rows' own holds.
"""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from tellerbot.project.schema import Costs

CANDIDATES = 256
CURVE_POINTS = 100
RESAMPLES = 200


@dataclass(frozen=True, slots=True)
class OperatingPoint:
    """Below `scope_threshold` a message is refused; from `confidence_threshold` on it is answered. Both 0 to 1."""

    scope_threshold: float
    confidence_threshold: float


@dataclass(frozen=True, slots=True, eq=False)
class Outcomes:
    """What would come of each row, whatever the thresholds; every array is (rows,).

    `right`: the likeliest intent is the true one. `few`: so few candidates that one question offers them all.
    `covered`: the true intent is among the candidates. A row that is `outside` the scope is neither right nor covered.
    """

    scope: NDArray[np.float64]
    confidence: NDArray[np.float64]
    right: NDArray[np.bool_]
    few: NDArray[np.bool_]
    covered: NDArray[np.bool_]
    outside: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.scope)


def choose(rows: Outcomes, costs: Costs, scope_threshold: float) -> OperatingPoint:
    """Choose the point of least mean cost; of equal ones the lowest thresholds, which refuse least.

    The best of CANDIDATES quantiles of each score, which is exact up to as many distinct scores. Where no row is
    outside the scope, costs say nothing of refusing, and `scope_threshold` is kept.
    """
    return _Grid(rows, costs, scope_threshold).best(_weights(rows, costs))


def tally(rows: Outcomes, costs: Costs, point: OperatingPoint) -> dict[str, float]:
    """Return the mean cost at a point, and the shares of rows: the four outcomes, and the wrong among the answered."""
    refused, answered = _decide(rows, point)
    unsure = ~refused & ~answered
    found = {
        "cost": _cost(rows, costs, point),
        "refused": refused,
        "answered": answered,
        "clarified": unsure & rows.few,
        "handed_off": unsure & ~rows.few,
        "wrong": answered & ~rows.right,
    }
    weights = _weights(rows, costs)
    return {name: float(np.average(values, weights=weights)) for name, values in found.items()}


def intervals(
    rows: Outcomes, costs: Costs, point: OperatingPoint, present: OperatingPoint, seed: int = 0
) -> dict[str, list[float]]:
    """95 % bootstrap intervals, [low, high], for each threshold chosen, the cost at `point`, and what it saves.

    `saving` is the cost at `present` less that at `point`. A scope threshold that costs did not choose has no interval.
    """
    count = len(rows)
    drawings = np.random.default_rng(seed).multinomial(count, np.full(count, 1 / count), size=RESAMPLES)
    weights = drawings * _weights(rows, costs)
    weights /= weights.sum(1, keepdims=True)
    grid = _Grid(rows, costs, point.scope_threshold)
    chosen = [grid.best(row) for row in weights]
    cost = _cost(rows, costs, point)
    drawn = {
        "confidence_threshold": [each.confidence_threshold for each in chosen],
        "cost": weights @ cost,
        "saving": weights @ (_cost(rows, costs, present) - cost),
    }
    if rows.outside.any():
        drawn["scope_threshold"] = [each.scope_threshold for each in chosen]
    return {name: np.quantile(values, (0.025, 0.975)).tolist() for name, values in drawn.items()}


def curve(
    rows: Outcomes, costs: Costs, point: OperatingPoint, along: Literal["scope_threshold", "confidence_threshold"]
) -> dict[str, list[float]]:
    """Return the values of `tally` along one threshold as lists, and `threshold` itself; the other is as in `point`."""
    thresholds = _candidates(rows.scope if along == "scope_threshold" else rows.confidence, CURVE_POINTS)
    found = [tally(rows, costs, replace(point, **{along: float(threshold)})) for threshold in thresholds]
    return {"threshold": thresholds.tolist(), **{name: [each[name] for each in found] for name in found[0]}}


class _Grid:
    """The mean cost at every pair of candidate thresholds, for any weights of the rows.

    A row costs `unsure`, more by `refuse` where it is refused, more by `answer` where it is answered: the sums over
    all rows below or above every pair of thresholds are cumulative sums over a grid.
    """

    def __init__(self, rows: Outcomes, costs: Costs, scope_threshold: float) -> None:
        self.scopes = _candidates(rows.scope) if rows.outside.any() else np.array([scope_threshold])
        self.confidences = _candidates(rows.confidence)
        refuse, answer, unsure = _row_costs(rows, costs)
        self.refuse, self.answer = refuse - unsure, answer - unsure
        # How many of the candidate thresholds each row reaches.
        self.reached = np.searchsorted(self.scopes, rows.scope, side="right")
        self.shape = (len(self.scopes) + 1, len(self.confidences) + 1)
        confident = np.searchsorted(self.confidences, rows.confidence, side="right")
        self.cell = self.reached * self.shape[1] + confident

    def best(self, weights: NDArray[np.number]) -> OperatingPoint:
        refused = np.bincount(self.reached, weights * self.refuse, minlength=self.shape[0]).cumsum()[:-1]
        cells = np.bincount(self.cell, weights * self.answer, minlength=self.shape[0] * self.shape[1])
        answered = cells.reshape(self.shape)[::-1, ::-1].cumsum(0).cumsum(1)[::-1, ::-1][1:, 1:]
        cost = refused[:, None] + answered
        # Sums in another order differ in the last digits: that must not choose.
        nearly = cost.min() + 1e-9 * (np.abs(refused).max() + np.abs(answered).max())
        scope, confidence = np.argwhere(cost <= nearly)[0]
        return OperatingPoint(float(self.scopes[scope]), float(self.confidences[confidence]))


def _candidates(scores: NDArray[np.float64], most: int = CANDIDATES) -> NDArray[np.float64]:
    """Thresholds between neighbouring scores, at most `most` of them, and both ends, 0 and 1."""
    distinct = np.unique(scores)
    between = (distinct[1:] + distinct[:-1]) / 2
    if len(between) > most:
        between = between[np.linspace(0, len(between) - 1, most).round().astype(int)]
    return np.concatenate([[0.0], between, [1.0]])


def _decide(rows: Outcomes, point: OperatingPoint) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    refused = rows.scope < point.scope_threshold
    return refused, ~refused & (rows.confidence >= point.confidence_threshold)


def _row_costs(rows: Outcomes, costs: Costs) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return what each row costs when it is refused, when it is answered, and when it is neither."""
    refuse = np.where(rows.outside, 0.0, costs.needless_refusal)
    answer = np.where(rows.right, 0.0, costs.wrong_answer)
    ask = costs.clarification + np.where(rows.covered, 0.0, costs.hand_off)
    return refuse, answer, np.where(rows.few, ask, costs.hand_off)


def _weights(rows: Outcomes, costs: Costs) -> NDArray[np.float64]:
    """(rows,) with mean 1: rows weighted to the stated share of out-of-scope messages, where both kinds are there."""
    own = rows.outside.mean()
    if costs.out_of_scope_share is None or own in (0, 1):
        return np.ones(len(rows))
    share = costs.out_of_scope_share
    return np.where(rows.outside, share / own, (1 - share) / (1 - own))


def _cost(rows: Outcomes, costs: Costs, point: OperatingPoint) -> NDArray[np.float64]:
    refuse, answer, unsure = _row_costs(rows, costs)
    refused, answered = _decide(rows, point)
    return np.where(refused, refuse, np.where(answered, answer, unsure))
