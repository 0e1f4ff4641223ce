"""Temperature and thresholds, chosen on validation rows with the exported model.

Where a project states costs, `intents.thresholds` chooses the thresholds anew from here.
"""

import numpy as np
from numpy.typing import NDArray

from tellerbot.evaluation.temperature import fit_temperature
from tellerbot.intents.config import IntentsConfig
from tellerbot.intents.predict import Calibration


def calibrate(
    logits: NDArray[np.float32],
    values: NDArray[np.float32],
    wanted: NDArray[np.int64],
    learned_scope: bool,
    config: IntentsConfig,
) -> Calibration:
    """`wanted` are label numbers, -1 for out of scope.

    The scope threshold is the highest that refuses at most `max_refused` of the in-scope rows, the confidence
    threshold the lowest at which at most `max_wrong` of the rows still answered are wrong.
    """
    inside = wanted >= 0
    temperature = fit_temperature(logits[inside], wanted[inside])
    edge = float(np.quantile(values[inside], config.max_refused))
    if learned_scope:
        gain, bias = 1.0, 0.0
    else:
        # No out-of-scope rows were seen: the score is one half at the threshold, 0.98 for a typical row.
        typical = float(np.median(values[inside]))
        gain, bias = 4.0 / max(typical - edge, 1e-6), edge
    plain = Calibration(temperature, gain, bias, 0.0, 0.0, 0.0)
    probabilities = plain.confidence(logits[inside])
    confidence, right = probabilities.max(1), probabilities.argmax(1) == wanted[inside]
    true = probabilities[np.arange(len(probabilities)), wanted[inside]]
    return Calibration(
        temperature,
        gain,
        bias,
        scope_threshold=float(plain.scope(np.array([edge], dtype=np.float32))[0]),
        confidence_threshold=confidence_threshold(confidence, right, config.max_wrong),
        candidate_level=conformal_level(true, config.miss_rate),
    )


def conformal_level(true: NDArray[np.float64], miss_rate: float) -> float:
    """Return the probability from which on an intent is a candidate; 0 when there are too few rows to rule any out.

    Split conformal prediction with LAC scores (Sadinle, Lei and Wasserman 2019; Angelopoulos and Bates 2021):
    `true` (rows,) are the probabilities of the true intents, and the true intent of a further row like these is
    among its candidates with probability 1 - miss_rate or more, on average over rows, not for each intent.
    """
    rank = int(miss_rate * (len(true) + 1))
    return float(np.sort(true)[rank - 1]) if rank else 0.0


def confidence_threshold(confidence: NDArray[np.float64], right: NDArray[np.bool_], max_wrong: float) -> float:
    """Return the lowest threshold at or above which at most `max_wrong` of the rows are wrong; 1 when there is none."""
    order = np.argsort(-confidence, kind="stable")
    wrong = np.cumsum(~right[order]) / np.arange(1, len(order) + 1)
    # Rows of equal confidence stand or fall together: only the last of each counts.
    last = np.append(np.diff(confidence[order]) != 0, True)
    fine = np.flatnonzero((wrong <= max_wrong) & last)
    return float(confidence[order[fine[-1]]]) if len(fine) else 1.0
