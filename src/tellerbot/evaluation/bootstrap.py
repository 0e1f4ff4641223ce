"""Confidence intervals by resampling rows."""

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from tellerbot.evaluation.predictions import Predictions

RESAMPLES, SEED = 300, 0


@dataclass(frozen=True, slots=True)
class Interval:
    """`low` to `high`, or None where more than half of the resamples, `undefined` of them, gave no value."""

    low: float | None
    high: float | None
    undefined: int


def bootstrap(predictions: Predictions, compute: Callable[[Predictions], Sequence[float | None]]) -> list[Interval]:
    """95 % percentile intervals of what `compute` gives, over RESAMPLES seeded resamples of the rows (Efron 1979).

    `compute` gives one value a figure, None where a resample leaves it undefined; such values are left out.
    Figures that chance alone makes larger, such as the calibration error, get intervals that lie too high.
    """
    generator = np.random.default_rng(SEED)
    rows = len(predictions.wanted)
    with warnings.catch_warnings():
        # That a resample misses an intent is no news; the figure on all rows warns as usual.
        warnings.simplefilter("ignore")
        drawn = [compute(predictions.take(generator.integers(0, rows, rows))) for _ in range(RESAMPLES)]
    return [_interval([value for value in values if value is not None]) for values in zip(*drawn, strict=True)]


def _interval(values: Sequence[float]) -> Interval:
    undefined = RESAMPLES - len(values)
    if 2 * undefined > RESAMPLES:
        return Interval(None, None, undefined)
    low, high = np.quantile(values, [0.025, 0.975])
    return Interval(float(low), float(high), undefined)
