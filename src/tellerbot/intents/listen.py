"""The exported model of the acts, on the core install."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tellerbot.encoder.runtime import OnnxEncoder
from tellerbot.errors import ArtefactError
from tellerbot.intents.acts import ALARMS, GRAVE
from tellerbot.intents.predict import sigmoid
from tellerbot.intents.spelling import Spelling, load_words
from tellerbot.project.follow_ups import join_follow_up

SETTINGS = "acts.json"
LOGITS = "act_logits"
# How probable an act for a person must be in a part of a message and in the whole of it: on validation rows this
# catches half of what the parts alone would, with a fourteenth of their false alarms. In more words than
# `_LONG` a part may drown.
_LOUD, _FAINT, _LONG = 0.9, 0.05, 40
_FOR_A_PERSON = (*ALARMS, *GRAVE)


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
        """Return the acts of a message and of its parts after it, the surest first; `before` is the previous message.

        A part has an act for a person only where it is heard in the whole too: "I can't come Monday" is despair alone,
        and none beside "can I move my appointment". What is an alarm only beside the message before is the whole's.
        """
        found = self.probabilities([*texts, join_follow_up(before, texts[0])] if before else texts)
        whole, *parts = acts_of(self.thresholds, found[: len(texts)])
        loud, faint = (self._names(found[: len(texts)] >= least) for least in (_LOUD, _FAINT))
        is_long = len(texts[0].split()) > _LONG
        heard = [
            tuple(act for act in part if act not in _FOR_A_PERSON or (act in loud[at] and (is_long or act in faint[0])))
            for at, part in enumerate(parts, 1)
        ]
        if before:
            (joined,) = acts_of(self.thresholds, found[-1:])
            whole = (*self._new_alarms(joined, whole, before), *whole)
        return [whole, *heard]

    def _names(self, done: NDArray[np.bool_]) -> list[set[str]]:
        return [{name for name, is_done in zip(self.thresholds, row, strict=True) if is_done} for row in done]

    def _new_alarms(self, joined: Sequence[str], whole: Sequence[str], before: str) -> list[str]:
        """Alarms of two messages in a row that neither raises: "he wants my code", "i gave it to him"."""
        new = [act for act in joined if act in ALARMS and act not in whole]
        # An alarm that has been answered is not raised again by what comes next.
        old = acts_of(self.thresholds, self.probabilities([before]))[0] if new else ()
        return [act for act in new if act not in old]


def acts_of(thresholds: dict[str, float], probabilities: NDArray[np.float64]) -> list[tuple[str, ...]]:
    """(texts, acts) probabilities -> the acts of each text that reach their thresholds, the surest first."""
    names, done = [*thresholds], probabilities >= np.array([*thresholds.values()])
    order = np.argsort(-probabilities, axis=1, kind="stable").tolist()
    return [tuple(names[at] for at in row if some[at]) for row, some in zip(order, done, strict=True)]
