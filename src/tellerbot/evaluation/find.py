"""A metric's name -> what computes it (needs the `eval` extra)."""

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from importlib.metadata import EntryPoints, entry_points, version
from typing import Any, Literal

import numpy as np

from tellerbot.errors import ConfigError, MissingExtraError
from tellerbot.evaluation.intents import BUILT_IN
from tellerbot.evaluation.predictions import Predictions
from tellerbot.project.schema import Metric
from tellerbot.version import __version__

GROUP = "tellerbot.metrics"
MetricOrigin = Literal["built-in", "scikit-learn", "package"]


@dataclass(frozen=True, slots=True, eq=False)
class FoundMetric:
    """A metric and what computes it; `source` is the package that does, with its version."""

    metric: Metric
    kind: MetricOrigin
    source: str
    compute: Callable[[Predictions], Any]


def find_metrics(metrics: Sequence[Metric]) -> list[FoundMetric]:
    """Look names up: a built-in figure, else a scikit-learn scorer, else an entry point of `tellerbot.metrics`.

    Raises ConfigError for names that are none of these and for entry points that cannot be loaded.
    """
    try:
        from sklearn.metrics import get_scorer_names
    except ImportError as error:
        raise MissingExtraError("Evaluation", "eval") from error
    scorers: list[str] = get_scorer_names()
    entries = entry_points(group=GROUP)
    known = {*BUILT_IN, *scorers, *entries.names}
    unknown = [metric.name for metric in metrics if metric.name not in known]
    if unknown:
        near = {name: get_close_matches(name, sorted(known), n=4) for name in unknown}
        found = "; ".join(f"{name!r}" + (f" (near: {', '.join(some)})" if some else "") for name, some in near.items())
        raise ConfigError(
            f"Expected metrics among the built-in figures ({', '.join(BUILT_IN)}), scikit-learn's scorers and the "
            f"entry points of the group {GROUP}, found {found}. Mend the name or install the package that has it."
        )
    return [_find(metric, scorers, entries) for metric in metrics]


def _find(metric: Metric, scorers: Sequence[str], entries: EntryPoints) -> FoundMetric:
    if metric.name in BUILT_IN:
        return FoundMetric(metric, "built-in", f"tellerbot {__version__}", BUILT_IN[metric.name])
    if metric.name in scorers:
        return FoundMetric(metric, "scikit-learn", f"scikit-learn {version('scikit-learn')}", _scorer(metric.name))
    return _from_package(metric, entries.select(name=metric.name))


def _from_package(metric: Metric, entries: EntryPoints) -> FoundMetric:
    sources = [f"{entry.dist.name} {entry.dist.version}" if entry.dist else entry.value for entry in entries]
    if len(sources) > 1:
        raise ConfigError(
            f"Metric {metric.name!r}: expected one package to have it, found {', '.join(sources)}. Uninstall one."
        )
    (entry,), (source,) = entries, sources
    try:
        function = entry.load()
    except Exception as error:
        raise ConfigError(
            f"Metric {metric.name!r}: expected to import {entry.value} from {source}, but: "
            f"{type(error).__name__}: {error}. Mend or reinstall the package."
        ) from error
    if not callable(function):
        raise ConfigError(
            f"Metric {metric.name!r}: expected {entry.value} of {source} to be a function of Predictions, "
            f"found {function!r}. Mend the package's entry point."
        )
    return FoundMetric(metric, "package", source, function)


def _scorer(name: str) -> Callable[[Predictions], Any]:
    """Return a scikit-learn scorer of the in-scope rows, called as for any fitted classifier.

    One that fails on rows without every intent is given the labels; one that cannot judge intents raises ValueError.
    """
    from sklearn import config_context
    from sklearn.base import BaseEstimator, ClassifierMixin
    from sklearn.exceptions import UndefinedMetricWarning
    from sklearn.metrics import get_scorer

    class Stored(ClassifierMixin, BaseEstimator):
        """Gives predictions that were made before; `X` are row numbers."""

        def __init__(self, predictions: Predictions) -> None:
            self.predictions = predictions
            # Scorers take the columns of probabilities to be in the sorted order of their labels.
            self.order = np.argsort(predictions.labels)
            self.classes_ = np.array(predictions.labels)[self.order]

        def predict(self, X: Any) -> Any:  # noqa: N803 - scikit-learn's name
            return self.predictions.found[X]

        def predict_proba(self, X: Any) -> Any:  # noqa: N803 - scikit-learn's name
            return self.predictions.probabilities[X][:, self.order]

    scorer = get_scorer(name)

    def compute(predictions: Predictions) -> Any:
        inside = predictions.take(predictions.inside)
        stored = Stored(inside)
        # Scorers take no further arguments unless this is on.
        with config_context(enable_metadata_routing=True), warnings.catch_warnings():
            # Rows without every intent raise it again and again.
            warnings.simplefilter("ignore", UndefinedMetricWarning)
            given = stored, np.arange(len(inside.wanted)), inside.wanted
            try:
                return scorer(*given)
            except ValueError as error:
                if len(set(inside.wanted)) == len(inside.labels):
                    raise
                try:
                    return scorer(*given, labels=stored.classes_)
                except (TypeError, ValueError):
                    raise error from None

    return compute
