"""How well a score tells right sentences from wrong ones (numpy and scikit-learn)."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tellerbot.checks.rows import Claim

# Mistakes that mislead a customer most, and no exact check finds.
GRAVE = ("added condition", "dropped condition", "negation", "promise")


def choose_threshold(
    scores: NDArray[np.float64], claims: Sequence[Claim], most_wrong: float, most_grave: float
) -> float:
    """Return the lowest threshold at which no more than these shares of the wrong and the grave sentences pass."""
    wrong = np.array([not row.is_supported for row in claims])
    grave = np.array([row.kind in GRAVE for row in claims])
    return max(_above(scores[wrong], most_wrong), _above(scores[grave], most_grave))


def _above(scores: NDArray[np.float64], share: float) -> float:
    """Return the least score above which no more than a share of the scores lie."""
    if not len(scores):
        return 0.0
    ranked = np.sort(scores)[::-1]
    # The first that may not pass.
    return float(np.nextafter(ranked[min(int(share * len(ranked)), len(ranked) - 1)], np.inf))


def measure(scores: NDArray[np.float64], claims: Sequence[Claim], threshold: float) -> dict[str, float]:
    """Return the share of right and of wrong sentences that pass, by kind too, and AUROC; each 0 to 1."""
    from sklearn.metrics import roc_auc_score

    supported = np.array([row.is_supported for row in claims])
    passed = scores >= threshold
    kinds = sorted({row.kind for row in claims})
    by_kind = {kind: np.array([row.kind == kind for row in claims]) for kind in kinds}
    return {
        "right_passed": float(passed[supported].mean()),
        "wrong_passed": float(passed[~supported].mean()),
        "auroc": float(roc_auc_score(supported, scores)),
        **{f"{kind}_passed": float(passed[rows].mean()) for kind, rows in by_kind.items()},
    }


def words_shared(claims: Sequence[Claim]) -> NDArray[np.float64]:
    """(claims,) the share of each sentence's words that its evidence has."""
    found: list[float] = []
    for row in claims:
        words = set(row.sentence.lower().split())
        found.append(len(words & set(" ".join(row.evidence).lower().split())) / max(1, len(words)))
    return np.array(found)
