"""What a run keeps to choose thresholds by: its rows as the exported model scores them, without their texts."""

from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file, save

from tellerbot.errors import ArtefactError
from tellerbot.evaluation.thresholds import Outcomes
from tellerbot.files import write_atomic
from tellerbot.intents.predict import Calibration
from tellerbot.types import MOST_CHOICES

VALIDATION, HELD_OUT = "validation.safetensors", "test.safetensors"


@dataclass(frozen=True, slots=True, eq=False)
class Scores:
    """Rows as a run's exported model scores them, without their texts.

    `probabilities` (rows, intents) and `scope` (rows,) are calibrated, 0 to 1; `wanted` (rows,) are label numbers,
    -1 for out of scope. `noisy` (rows, 2) are the numbers of the intents chosen under noise (see Predictions), -1 where
    that was not tried; None where it was for no row.
    """

    probabilities: NDArray[np.float64]
    scope: NDArray[np.float64]
    wanted: NDArray[np.int64]
    noisy: NDArray[np.int64] | None = None


def save_scores(path: Path, scores: Scores) -> None:
    """Write the scores as a safetensors file."""
    kept = {name: np.ascontiguousarray(values) for name, values in asdict(scores).items() if values is not None}
    write_atomic(path, save(kept))


def load_scores(path: Path) -> Scores:
    """Load saved scores. Raises ArtefactError when the file is missing or damaged."""
    try:
        return Scores(**load_file(path))
    except (OSError, SafetensorError, TypeError) as error:
        raise ArtefactError(f"{path}: expected the scores a run keeps: {error}. Train again.") from error


def outcomes(calibration: Calibration, scores: Scores) -> Outcomes:
    """Return the possible outcomes of each row, for choosing thresholds by costs."""
    inside = scores.wanted >= 0
    counts = calibration.candidate_counts(scores.probabilities)
    true = scores.probabilities[np.arange(len(inside)), scores.wanted]
    right = inside & (scores.probabilities.argmax(1) == scores.wanted)
    return Outcomes(
        scope=scores.scope,
        confidence=scores.probabilities.max(1),
        right=right,
        few=(counts >= 2) & (counts <= MOST_CHOICES),
        covered=inside & ((true >= calibration.candidate_level) | right),
        outside=~inside,
    )
