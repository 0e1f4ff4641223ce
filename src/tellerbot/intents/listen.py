"""The exported model of the acts, on the core install."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tellerbot.encoder.runtime import OnnxEncoder
from tellerbot.errors import ArtefactError
from tellerbot.intents.acts import ALARMS
from tellerbot.intents.predict import sigmoid
from tellerbot.intents.spelling import Spelling, load_words
from tellerbot.project.follow_ups import join_follow_up

SETTINGS = "acts.json"
LOGITS = "act_logits"


class ActPredictor:
    """Hears what messages do, with the model in a run's or release's `acts` folder.

    `thresholds` are the probabilities from which on a message does each act, in the order of the graph's output.
    """

    def __init__(self, folder: Path) -> None:
        try:
            self.thresholds: dict[str, float] = json.loads((folder / SETTINGS).read_text())["thresholds"]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ArtefactError(f"{folder}: expected a readable {SETTINGS}: {error}. Train or build again.") from error
        self.encoder = OnnxEncoder(folder)
        self.spelling = Spelling(load_words(folder), self.encoder.tokenizer.get_vocab())

    def probabilities(self, texts: Sequence[str], batch_size: int = 1) -> NDArray[np.float64]:
        """(texts, acts): how probably each text does each act.

        Texts that share a batch share the steps their activations are rounded to, which moves an alarm by a third.
        """
        outputs = self.encoder([self.spelling(text) for text in texts], batch_size)
        return sigmoid(outputs[LOGITS].astype(np.float64))

    def acts(self, texts: Sequence[str], before: str = "") -> list[tuple[str, ...]]:
        """The acts of each text, the surest first; `before` is the message before them.

        What is an alarm only beside that message is the first text's: "he wants my code", "i gave it to him".
        """
        if not before:
            return acts_of(self.thresholds, self.probabilities(texts))
        *alone, joined = acts_of(self.thresholds, self.probabilities([*texts, join_follow_up(before, texts[0])]))
        if new := [act for act in joined if act in ALARMS and act not in alone[0]]:
            # An alarm that has been answered is not raised again by what comes next.
            old = acts_of(self.thresholds, self.probabilities([before]))[0]
            alone[0] = (*(act for act in new if act not in old), *alone[0])
        return alone


def acts_of(thresholds: dict[str, float], probabilities: NDArray[np.float64]) -> list[tuple[str, ...]]:
    """(texts, acts) probabilities -> the acts of each text that reach their thresholds, the surest first."""
    names, done = [*thresholds], probabilities >= np.array([*thresholds.values()])
    order = np.argsort(-probabilities, axis=1, kind="stable").tolist()
    return [tuple(names[at] for at in row if some[at]) for row, some in zip(order, done, strict=True)]
