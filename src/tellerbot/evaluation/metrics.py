"""The metrics that a project or a config names: computed with intervals, held against their bounds."""

import math
import reprlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from numbers import Real
from typing import Any

from tellerbot.errors import ConfigError, GateError
from tellerbot.evaluation.bootstrap import RESAMPLES, Interval, bootstrap
from tellerbot.evaluation.find import FoundMetric, MetricOrigin, find_metrics
from tellerbot.evaluation.predictions import Predictions
from tellerbot.project.schema import Metric

# Built-in figures that always get an interval: quick to compute, and the same whatever the thresholds.
WITH_INTERVAL = ("accuracy", "macro_f1", "scope_auroc")


@dataclass(frozen=True, slots=True)
class MetricResult:
    """One metric on `rows` rows, of which it may count those in scope only.

    `low` to `high` is its 95 % interval, `source` the package that computed it. `passed` tells whether `value` keeps
    to the bound; None without one. `reason` says why there is no value (then a bound is not passed) or no interval,
    or how many resamples the interval is without.
    """

    name: str
    kind: MetricOrigin
    source: str
    rows: int
    value: float | None
    low: float | None
    high: float | None
    bound: str | None
    passed: bool | None
    reason: str | None

    def __str__(self) -> str:
        value = "undefined" if self.value is None else f"{self.value:.6g}"
        interval = "" if self.low is None else f" ({self.low:.6g} to {self.high:.6g})"
        bound = "" if self.bound is None else f", expected {self.bound}: {'met' if self.passed else 'not met'}"
        reason = "" if self.reason is None else f" ({self.reason})"
        by = self.source if self.kind in self.source else f"{self.kind}, {self.source}"
        return f"{self.name} ({by}): {value}{interval} on {self.rows} rows{bound}{reason}"


def measure(predictions: Predictions, metrics: Sequence[FoundMetric]) -> dict[str, Any]:
    """`metrics`: each MetricResult as a mapping, in order; `intervals`: [low, high] of some built-in figures."""
    always = find_metrics([Metric(name=name) for name in WITH_INTERVAL])
    every = [*metrics, *always]
    values = {found: _compute(found, predictions) for found in every}
    defined = [found for found, (value, _) in values.items() if value is not None]
    drawn = bootstrap(predictions, lambda resample: [_compute(found, resample)[0] for found in defined])
    intervals = dict(zip(defined, drawn, strict=True))
    rows = len(predictions.wanted)
    results = [_result(found, rows, *values[found], intervals.get(found)) for found in every]
    return {
        "metrics": [asdict(result) for result in results[: len(metrics)]],
        "intervals": {
            result.name: [result.low, result.high] for result in results[len(metrics) :] if result.low is not None
        },
    }


def _compute(found: FoundMetric, predictions: Predictions) -> tuple[float | None, str | None]:
    """Compute the value, or return why there is none."""
    try:
        value = found.compute(predictions)
    except Exception as error:  # noqa: BLE001 - a package may raise anything; what it raised is shown
        return None, f"{found.source} raised {type(error).__name__}: {' '.join(str(error).split())}"
    if isinstance(value, Real) and math.isfinite(value):
        return float(value), None
    if found.kind == "built-in":
        return None, "these rows leave it undefined"
    return None, f"{found.source} gave {reprlib.repr(value)}, expected a finite number"


def _result(
    found: FoundMetric, rows: int, value: float | None, reason: str | None, interval: Interval | None
) -> MetricResult:
    at_least, at_most = found.metric.at_least, found.metric.at_most
    bounds = [
        f"{words} {limit:.6g}" for words, limit in (("at least", at_least), ("at most", at_most)) if limit is not None
    ]
    kept = value is not None and (at_least is None or value >= at_least) and (at_most is None or value <= at_most)
    if interval and interval.undefined:
        of = f"undefined in {interval.undefined} of {RESAMPLES} resamples of the rows"
        reason = f"no interval: {of}" if interval.low is None else of
    return MetricResult(
        name=found.metric.name,
        kind=found.kind,
        source=found.source,
        rows=rows,
        value=value,
        low=interval.low if interval else None,
        high=interval.high if interval else None,
        bound=" and ".join(bounds) or None,
        passed=kept if bounds else None,
        reason=reason,
    )


def refuse_broken(results: Sequence[Mapping[str, Any]]) -> None:
    """Raise ConfigError when a package's metric gave no number. `results` are `measure`'s."""
    broken = [MetricResult(**entry) for entry in results if entry["kind"] == "package" and entry["value"] is None]
    if broken:
        found = "; ".join(f"{result.name!r}: {result.reason}" for result in broken)
        raise ConfigError(f"Expected a finite number from each metric. {found}. Mend the package or drop the metric.")


def enforce(results: Sequence[Mapping[str, Any]]) -> None:
    """Enforce the gate. Raises GateError naming each bound that is not met, ConfigError when there is none to meet."""
    bounded = [MetricResult(**entry) for entry in results if entry["bound"]]
    if not bounded:
        raise ConfigError(
            "Expected a metric with a bound to hold the run against, found none. Set one in the project's "
            "assistant.yaml, or for rows of a file in the run's config.yaml:\n"
            "  metrics:\n    - name: accuracy\n      at_least: 0.9"
        )
    failed = [result for result in bounded if not result.passed]
    if failed:
        lines = [f"{len(failed)} of {len(bounded)} bounds are not met (in brackets: 95 % intervals):"]
        lines += [f"  {result}" for result in failed]
        raise GateError("\n".join([*lines, "Train on more or better rows; move a bound only with good reason."]))
