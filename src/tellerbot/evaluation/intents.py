"""Figures for intent models (needs the `eval` extra)."""

import statistics
import time
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tellerbot.data.read import OUT_OF_SCOPE, Row
from tellerbot.errors import DataError, MissingExtraError
from tellerbot.types import Understanding

Understand = Callable[[Sequence[str]], list[Understanding]]


def score_intents(understand: Understand, rows: Sequence[Row], labels: Sequence[str]) -> dict[str, Any]:
    """Score anything that understands texts on labelled rows.

    Rows labelled out_of_scope count for the scope figures only. Shares are 0 to 1, times in milliseconds.
    """
    try:
        from sklearn.metrics import average_precision_score, precision_recall_fscore_support, roc_auc_score
    except ImportError as error:
        raise MissingExtraError("Evaluation", "eval") from error
    unknown = sorted({row.label for row in rows} - set(labels) - {OUT_OF_SCOPE})
    if unknown:
        raise DataError(
            f"Expected rows labelled with the model's {len(labels)} intents, found also: {', '.join(unknown[:10])}"
            f"{' ...' if len(unknown) > 10 else ''}. Rename those labels, or label the rows out_of_scope."
        )
    results = understand([row.text for row in rows])
    inside = np.array([row.label != OUT_OF_SCOPE for row in rows])
    wanted = np.array([row.label for row in rows])
    found = np.array([result.intent for result in results])
    confidence = np.array([result.confidence for result in results])
    scope = np.array([result.scope_score for result in results])
    accepted = np.array([result.in_scope for result in results])
    metrics: dict[str, Any] = {"rows": len(rows), "in_scope_rows": int(inside.sum())}
    if inside.any():
        right = found[inside] == wanted[inside]
        present = sorted(set(wanted[inside]))
        nothing: Any = 0  # scikit-learn's stub knows only its text value
        counted: Any = precision_recall_fscore_support(
            wanted[inside], found[inside], labels=present, zero_division=nothing
        )
        precision, recall, f1, support = counted
        macro: Any = precision_recall_fscore_support(
            wanted[inside], found[inside], labels=present, average="macro", zero_division=nothing
        )
        metrics |= {
            "accuracy": float(right.mean()),
            "macro_precision": float(macro[0]),
            "macro_recall": float(macro[1]),
            "macro_f1": float(macro[2]),
            "ece": expected_calibration_error(confidence[inside], right),
            "refused_in_scope": float((~accepted[inside]).mean()),
            "confident": float(np.mean([r.confident for r, keep in zip(results, inside, strict=True) if keep])),
            "intents": {
                name: {
                    "precision": float(precision[at]),
                    "recall": float(recall[at]),
                    "f1": float(f1[at]),
                    "rows": int(support[at]),
                }
                for at, name in enumerate(present)
            },
            "confusions": confusions(wanted[inside], found[inside]),
            "reliability": reliability(confidence[inside], right),
        }
    if not inside.all():
        metrics["refused_out_of_scope"] = float((~accepted[~inside]).mean())
        if inside.any():
            metrics["scope_auroc"] = float(roc_auc_score(inside, scope))
            # Out of scope is the class to find, as the published figures count it.
            metrics["scope_aupr"] = float(average_precision_score(~inside, -scope))
    return metrics


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
    """The commonest mistakes: which intent was taken for which, how often."""
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
