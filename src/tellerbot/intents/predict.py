"""The exported intent model, on the core install."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from tellerbot.data.read import OUT_OF_SCOPE
from tellerbot.encoder.runtime import OnnxEncoder
from tellerbot.errors import ArtefactError
from tellerbot.files import write_json
from tellerbot.intents.spelling import Spelling, load_words
from tellerbot.types import Understanding

SETTINGS = "intents.json"
LOGITS, SCOPE = "intent_logits", "scope_value"
ScopeRule = Literal["max_refused", "costs"]
# Logits (texts, intents) and scope values (texts,).
Outputs = tuple[NDArray[np.float32], NDArray[np.float32]]


@dataclass(frozen=True, slots=True)
class Calibration:
    """Turns the graph's outputs into probabilities, chosen on validation rows.

    confidence = softmax(logits / temperature); scope score = sigmoid(gain * (value - bias)). Below
    `scope_threshold` a message is out of scope, below `confidence_threshold` its intent is too unsure to act on;
    intents of at least `candidate_level` cannot be ruled out. `costs` are what the confidence threshold was chosen
    by (None: `max_wrong`), `scope_rule` what the scope threshold was.
    """

    temperature: float
    scope_gain: float
    scope_bias: float
    scope_threshold: float
    confidence_threshold: float
    candidate_level: float
    costs: dict[str, float] | None = None
    scope_rule: ScopeRule = "max_refused"

    def confidence(self, logits: NDArray[np.float32]) -> NDArray[np.float64]:
        """(texts, intents) logits -> probabilities."""
        scaled = logits.astype(np.float64) / self.temperature
        powers = np.exp(scaled - scaled.max(1, keepdims=True))
        return powers / powers.sum(1, keepdims=True)

    def scope(self, values: NDArray[np.float32]) -> NDArray[np.float64]:
        """(texts,) scope values -> scores, 0 to 1."""
        return sigmoid(self.scope_gain * (values.astype(np.float64) - self.scope_bias))

    def candidate_counts(self, probabilities: NDArray[np.float64]) -> NDArray[np.int64]:
        """(texts, intents) probabilities -> (texts,) how many intents cannot be ruled out, 1 or more."""
        return np.maximum((probabilities >= self.candidate_level).sum(1), 1)


class IntentPredictor:
    """Understands utterances with an exported encoder, its labels and its calibration."""

    def __init__(
        self, labels: Sequence[str], calibration: Calibration, encoder: OnnxEncoder, words: Mapping[str, int]
    ) -> None:
        """`words` and how many utterances hold each: what slips of typing are mended towards."""
        self.labels, self.calibration, self.encoder = [*labels], calibration, encoder
        self.spelling = Spelling(words, encoder.tokenizer.get_vocab())

    @classmethod
    def open(cls, folder: Path) -> "IntentPredictor":
        """Open the model in a run's or release's folder. Raises ArtefactError when it cannot be read."""
        labels, calibration = read_settings(folder)
        return cls(labels, calibration, OnnxEncoder(folder), load_words(folder))

    def understand(self, texts: Sequence[str], ranked: int = 3, batch_size: int = 32) -> list[Understanding]:
        """One understanding for each text; `ranked` intents are listed with their probabilities.

        See `read_outputs` for `batch_size`.
        """
        logits, values = read_outputs(self.encoder, self.spelling, texts, batch_size)
        probabilities, scope = self.calibration.confidence(logits), self.calibration.scope(values)
        return interpret(self.labels, self.calibration, probabilities, scope, ranked)

    def predict(self, texts: Sequence[str]) -> list[str]:
        """Return the intent of each text, or `out_of_scope`."""
        return [found.intent if found.in_scope else OUT_OF_SCOPE for found in self.understand(texts, ranked=1)]

    def predict_proba(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """Return (texts, labels) probabilities; they say which intent is meant, not whether any is."""
        return self.calibration.confidence(read_outputs(self.encoder, self.spelling, texts)[0])

    def stream(self, texts: Iterable[str], batch: int = 4096) -> Iterator[Understanding]:
        """Understand a stream of texts in order, holding one batch at a time."""
        waiting = iter(texts)
        while some := list(islice(waiting, batch)):
            yield from self.understand(some, ranked=1)


def read_outputs(
    encoder: OnnxEncoder, spelling: Callable[[str], str], texts: Sequence[str], batch_size: int = 32
) -> Outputs:
    """Return the outputs of the graph for each text.

    Texts that share a batch share the steps their activations are rounded to, so that a text's figures differ
    a little with its neighbours. A `batch_size` of 1 gives those of a message on its own, as it is served.
    """
    outputs = encoder([spelling(text) for text in texts], batch_size)
    return outputs[LOGITS], outputs[SCOPE]


def sigmoid(log_odds: NDArray[np.float64]) -> NDArray[np.float64]:
    """Convert log-odds to probabilities."""
    # Beyond 500 it is 0 or 1 to every digit, and from 710 on exp overflows.
    return 1 / (1 + np.exp(-log_odds.clip(-500, 500)))


def read_settings(folder: Path) -> tuple[list[str], Calibration]:
    """Read a model's labels and calibration. Raises ArtefactError when they cannot be read."""
    try:
        settings = json.loads((folder / SETTINGS).read_text())
        return list(settings["labels"]), Calibration(**settings["calibration"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ArtefactError(f"{folder}: expected a readable {SETTINGS}: {error}. Train or build again.") from error


def write_settings(folder: Path, labels: Sequence[str], calibration: Calibration) -> None:
    """Write a model's labels and calibration into its folder."""
    write_json(folder / SETTINGS, {"labels": list(labels), "calibration": asdict(calibration)})


def interpret(
    labels: Sequence[str],
    calibration: Calibration,
    probabilities: NDArray[np.float64],
    scope: NDArray[np.float64],
    ranked: int = 3,
) -> list[Understanding]:
    """Calibrated probabilities (texts, intents) and scope scores (texts,) -> understandings."""
    counts: list[int] = calibration.candidate_counts(probabilities).tolist()
    best: list[list[int]] = np.argsort(-probabilities, axis=1, kind="stable")[
        :, : max(ranked, max(counts, default=1))
    ].tolist()
    return [
        Understanding(
            intent=labels[order[0]],
            confidence=float(row[order[0]]),
            scope_score=float(score),
            in_scope=bool(score >= calibration.scope_threshold),
            confident=bool(row[order[0]] >= calibration.confidence_threshold),
            candidates=tuple(labels[at] for at in order[:count]),
            ranking=tuple((labels[at], float(row[at])) for at in order[:ranked]),
        )
        for order, count, row, score in zip(best, counts, probabilities, scope, strict=True)
    ]
