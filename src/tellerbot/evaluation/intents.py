"""Figures for intent models (needs the `eval` extra)."""

import math
import statistics
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tellerbot.errors import MissingExtraError
from tellerbot.evaluation.predictions import NOISE, Predictions, Understand


def score(predictions: Predictions) -> dict[str, Any]:
    """Return the built-in `figures`, those of each intent, and the commonest mistakes.

    Rows labelled out_of_scope count for the scope figures only. Shares are 0 to 1, times in milliseconds.
    What the rows leave undefined (no row is out of scope, say) is left out, and so are figures under noise where it
    was not tried.
    """
    try:
        values = {name: figure(predictions) for name, figure in BUILT_IN.items()}
    except ImportError as error:
        raise MissingExtraError("Evaluation", "eval") from error
    metrics: dict[str, Any] = {
        "rows": len(predictions.wanted),
        "in_scope_rows": int(predictions.inside.sum()),
        "figures": {name: value for name, value in values.items() if not math.isnan(value)},
    }
    inside = predictions.take(predictions.inside)
    if len(inside.wanted):
        precision, recall, f1, support = _by_intent(inside)
        metrics |= {
            "intents": {
                str(name): {
                    "precision": float(precision[at]),
                    "recall": float(recall[at]),
                    "f1": float(f1[at]),
                    "rows": int(support[at]),
                }
                for at, name in enumerate(np.unique(inside.wanted))
            },
            "confusions": confusions(inside.wanted, inside.found),
            "reliability": reliability(inside.confidence, inside.found == inside.wanted),
        }
    return metrics


def _by_intent(inside: Predictions, average: str | None = None) -> Any:
    """Precision, recall, F1 and rows of the intents that in-scope rows have: of each, or their mean."""
    from sklearn.metrics import precision_recall_fscore_support

    wanted, found, present = inside.wanted, inside.found, np.unique(inside.wanted)
    options: Any = {"average": average, "zero_division": 0}  # scikit-learn's stub knows only text for the latter
    return precision_recall_fscore_support(wanted, found, labels=present, **options)


def _share(of: NDArray[np.bool_]) -> float:
    return float(of.mean()) if len(of) else math.nan


def _macro(which: int) -> Callable[[Predictions], float]:
    def figure(predictions: Predictions) -> float:
        inside = predictions.take(predictions.inside)
        return float(_by_intent(inside, "macro")[which]) if len(inside.wanted) else math.nan

    return figure


def _accuracy(predictions: Predictions) -> float:
    return _share((predictions.found == predictions.wanted)[predictions.inside])


def _accuracy_in_noise(kind: int) -> Callable[[Predictions], float]:
    def figure(predictions: Predictions) -> float:
        found = predictions.noisy[predictions.inside, kind]
        return _share(found == predictions.wanted[predictions.inside]) if (found != "").all() else math.nan

    return figure


def _ece(predictions: Predictions) -> float:
    inside = predictions.take(predictions.inside)
    if not len(inside.wanted):
        return math.nan
    return expected_calibration_error(inside.confidence, inside.found == inside.wanted)


def _scope_auroc(predictions: Predictions) -> float:
    from sklearn.metrics import roc_auc_score

    inside = predictions.inside
    return float(roc_auc_score(inside, predictions.scope_score)) if 0 < inside.sum() < len(inside) else math.nan


def _scope_aupr(predictions: Predictions) -> float:
    from sklearn.metrics import average_precision_score

    # Out of scope is the class to find, as the published figures count it.
    outside = ~predictions.inside
    if not 0 < outside.sum() < len(outside):
        return math.nan
    return float(average_precision_score(outside, -predictions.scope_score))


def _candidate_coverage(predictions: Predictions) -> float:
    inside = predictions.take(predictions.inside)
    return _share((inside.candidates & (inside.wanted[:, None] == np.array(inside.labels))).any(1))


def _mean_candidates(predictions: Predictions) -> float:
    inside = predictions.candidates[predictions.inside]
    return float(inside.sum(1).mean()) if len(inside) else math.nan


IN_NOISE: Mapping[str, Callable[[Predictions], float]] = {
    f"accuracy_{name}": _accuracy_in_noise(at) for at, name in enumerate(NOISE)
}
# Each is NaN where the rows leave it undefined.
BUILT_IN: Mapping[str, Callable[[Predictions], float]] = {
    "accuracy": _accuracy,
    **IN_NOISE,
    "macro_precision": _macro(0),
    "macro_recall": _macro(1),
    "macro_f1": _macro(2),
    "ece": _ece,
    "refused_in_scope": lambda predictions: _share(~predictions.accepted[predictions.inside]),
    "confident": lambda predictions: _share(predictions.confident[predictions.inside]),
    "candidate_coverage": _candidate_coverage,
    "mean_candidates": _mean_candidates,
    "refused_out_of_scope": lambda predictions: _share(~predictions.accepted[~predictions.inside]),
    "scope_auroc": _scope_auroc,
    "scope_aupr": _scope_aupr,
}


def expected_calibration_error(confidence: NDArray[np.float64], right: NDArray[np.bool_], bins: int = 15) -> float:
    """Mean distance between confidence and accuracy over equal-width bins (Naeini et al. 2015), 0 to 1."""
    return sum(abs(row["confidence"] - row["accuracy"]) * row["share"] for row in reliability(confidence, right, bins))


def reliability(confidence: NDArray[np.float64], right: NDArray[np.bool_], bins: int = 15) -> list[dict[str, float]]:
    """Mean confidence, accuracy and share of the rows of each bin that is not empty."""
    which = np.minimum((confidence * bins).astype(int), bins - 1)
    return [
        {
            "confidence": float(confidence[which == at].mean()),
            "accuracy": float(right[which == at].mean()),
            "share": float((which == at).mean()),
        }
        for at in range(bins)
        if (which == at).any()
    ]


def confusions(wanted: NDArray[np.str_], found: NDArray[np.str_], most: int = 20) -> list[dict[str, Any]]:
    """Count the commonest mistakes: which intent was taken for which, how often."""
    pairs = Counter((str(a), str(b)) for a, b in zip(wanted, found, strict=True) if a != b)
    return [{"intent": a, "taken_for": b, "rows": count} for (a, b), count in pairs.most_common(most)]


def latency(understand: Understand, texts: Sequence[str], messages: int = 200) -> dict[str, float]:
    """Milliseconds for single messages, one after the other, and messages a second in one call."""
    sample = [texts[at % len(texts)] for at in range(messages)]
    understand(sample[:10])
    times = []
    for text in sample:
        start = time.perf_counter()
        understand([text])
        times.append((time.perf_counter() - start) * 1000)
    start = time.perf_counter()
    understand(sample)
    return {
        "median_ms": statistics.median(times),
        "p95_ms": float(np.quantile(times, 0.95)),
        "messages_per_second": messages / (time.perf_counter() - start),
    }
