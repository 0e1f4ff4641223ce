"""The check of claims as it serves: evidence and a sentence -> how surely the one supports the other (core install)."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tellerbot.encoder.runtime import OnnxEncoder
from tellerbot.errors import ArtefactError

SETTINGS = "check.json"
# The name of the exported graph's output.
LOGITS = "logits"


@dataclass(frozen=True, slots=True)
class CheckSettings:
    """What was fitted on validation rows: logits are divided by `temperature`, and from `threshold` on is supported."""

    temperature: float = 1.0
    threshold: float = 0.5


def pair_of(evidence: Sequence[str], sentence: str) -> tuple[str, str]:
    """Return what the model reads together."""
    return " ".join(evidence), sentence


def support(logits: NDArray[np.float32], settings: CheckSettings) -> NDArray[np.float64]:
    """(claims, labels) logits -> (claims,) probabilities that the evidence supports the sentence."""
    scaled = logits.astype(np.float64) / settings.temperature
    scaled = np.exp(scaled - scaled.max(1, keepdims=True))
    return scaled[:, 0] / scaled.sum(1)


class ClaimCheck:
    """An exported check with its settings."""

    def __init__(self, encoder: OnnxEncoder, settings: CheckSettings) -> None:
        self._encoder = encoder
        self.settings = settings

    @classmethod
    def open(cls, folder: Path) -> "ClaimCheck":
        """Open the check in a folder. Raises ArtefactError when it cannot be read."""
        encoder = OnnxEncoder(folder)
        try:
            settings = CheckSettings(**json.loads((folder / SETTINGS).read_text()))
        except (OSError, ValueError, TypeError) as error:
            raise ArtefactError(
                f"{folder}: expected a check with a readable {SETTINGS}, found: {error}. Train it again."
            ) from error
        return cls(encoder, settings)

    def logits(self, pairs: Sequence[tuple[str, str]]) -> NDArray[np.float32]:
        """(pairs, labels) logits of evidence and sentence, as `pair_of` gives them."""
        return self._encoder(pairs)[LOGITS]

    def support(self, evidence: Sequence[str], sentences: Sequence[str]) -> NDArray[np.float64]:
        """(sentences,) probabilities that the evidence supports each sentence."""
        return support(self.logits([pair_of(evidence, sentence) for sentence in sentences]), self.settings)

    def allows(self, evidence: Sequence[str], sentence: str) -> bool:
        """Whether a sentence is surely enough supported to be said."""
        return bool(self.support(evidence, [sentence])[0] >= self.settings.threshold)


def write_settings(folder: Path, settings: CheckSettings) -> None:
    """Write the settings beside the model."""
    (folder / SETTINGS).write_text(json.dumps(asdict(settings), indent=2) + "\n")
