"""Rows -> what one training sees (needs the `train` extra)."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from tellerbot.data.read import OUT_OF_SCOPE, Row
from tellerbot.project.follow_ups import join_follow_up

# How often an epoch sees an out-of-scope row, on average: there are many beside the utterances of each intent.
_OUTSIDE = 0.5
# One message in so many is read after a question it has nothing to do with: not every next message follows on.
_UNRELATED = 20


@dataclass(frozen=True, slots=True)
class Examples:
    """Texts to learn from, each with its class.

    `classes` (texts,) number `names`, the intents first and then the subjects of out-of-scope rows. An epoch sees each
    text `times` (texts,) on average.
    """

    texts: list[str]
    names: list[str]
    classes: Tensor
    times: NDArray[np.float64]

    def pick(self, rng: np.random.Generator) -> list[int]:
        """Pick the rows of one epoch."""
        counts = np.floor(self.times + rng.random(len(self.times))).astype(np.int64)
        return np.repeat(np.arange(len(self.texts)), counts).tolist()


def gather_examples(
    labels: Sequence[str], train: Sequence[Row], label_names: bool, in_turn: bool, seed: int
) -> Examples:
    """Gather labelled rows.

    `label_names` adds each label's own words as an utterance of it. `in_turn`: messages come in conversations, so that
    some rows are added once more after another question, and an epoch sees half of the out-of-scope ones.
    """
    texts = [row.text for row in train]
    names = [row.label if row.label != OUT_OF_SCOPE else f"{OUT_OF_SCOPE}/{row.subject}" for row in train]
    every = [*labels, *sorted({*names} - {*labels})]
    if in_turn:
        rng = np.random.default_rng(seed)
        asked = [row.text for row in train if row.label != OUT_OF_SCOPE]
        after = rng.choice(len(names), len(names) // _UNRELATED, replace=False)
        texts += [join_follow_up(str(rng.choice(asked)), texts[at]) for at in after]
        names += [names[at] for at in after]
    if label_names:
        texts += [label.replace("_", " ") for label in labels]
        names += labels
    number = {name: at for at, name in enumerate(every)}
    classes = [number[name] for name in names]
    times = np.array([_OUTSIDE if in_turn and at >= len(labels) else 1.0 for at in classes])
    return Examples(texts, every, torch.tensor(classes), times)
