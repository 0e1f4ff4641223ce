"""Rows of intents and of acts -> what one training sees (needs the `train` extra)."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from tellerbot.data.read import OUT_OF_SCOPE, Row
from tellerbot.intents.acts import ALARMS, GRAVE, Acts, act_targets
from tellerbot.project.follow_ups import join_follow_up

# The share of the out-of-scope rows that an epoch sees beside the acts' rows, many of which are out of scope too.
OUTSIDE_SHARE = 0.5
# One message in so many is read after a question it has nothing to do with: not every next message follows on.
_UNRELATED = 20


@dataclass(frozen=True, slots=True)
class Examples:
    """Texts to learn from, each with its class, its acts, or both.

    `classes` (texts,) number `names`, the intents first and then the subjects of out-of-scope rows; -1 is none. `acts`
    (texts, acts) are 0 and 1, NaN where it is unknown what a text does. Each epoch sees `share` of the rows `outside`,
    and those `again` once more.
    """

    texts: list[str]
    names: list[str]
    classes: Tensor
    acts: Tensor
    outside: frozenset[int]
    again: list[int]
    share: float

    def pick(self, rng: np.random.Generator) -> list[int]:
        """The rows of one epoch."""
        return [at for at in range(len(self.texts)) if at not in self.outside or rng.random() < self.share] + self.again


def gather_examples(
    labels: Sequence[str], train: Sequence[Row], acts: Acts, label_names: bool, seed: int = 0
) -> Examples:
    """Gather the rows of a project and those of the acts, with what is known of each.

    A project's out-of-scope rows are no alarms, and neither they nor those of calm intents are grave; which other acts
    its rows do is not known.
    `label_names` adds each label's own words as an utterance of it. Where there are acts, some rows are added once more
    after another question.
    """
    texts = [row.text for row in (*train, *acts.train)]
    names = [row.label if row.label != OUT_OF_SCOPE else f"{OUT_OF_SCOPE}/{row.subject}" for row in train]
    names += [f"{OUT_OF_SCOPE}/{row.subject}" if row.subject else "" for row in acts.train]
    every = [*labels, *sorted(set(names) - {*labels, ""})]
    if acts.names:
        rng = np.random.default_rng(seed)
        asked = [row.text for row in train if row.label != OUT_OF_SCOPE]
        after = rng.choice([at for at, name in enumerate(names) if name], len(names) // _UNRELATED, replace=False)
        texts += [join_follow_up(str(rng.choice(asked)), texts[at]) for at in after]
        names += [names[at] for at in after]
    if label_names:
        texts += [label.replace("_", " ") for label in labels]
        names += labels
    number = {name: at for at, name in enumerate(every)} | {"": -1}
    targets = torch.full((len(texts), len(acts.names)), math.nan)
    for kinds, labelled in (((*ALARMS, *GRAVE), {OUT_OF_SCOPE}), (GRAVE, acts.calm)):
        at = torch.tensor([at for at, row in enumerate(train) if row.label in labelled], dtype=torch.int64)
        for act in set(kinds) & set(acts.names):
            targets[at, acts.names.index(act)] = 0.0
    targets[len(train) : len(train) + len(acts.train)] = torch.tensor(act_targets(acts.names, acts.train))
    classes = [number[name] for name in names]
    outside = frozenset(at for at in range(len(train)) if classes[at] >= len(labels))
    # Each act has far fewer rows than an intent.
    again = [len(train) + at for at, row in enumerate(acts.train) if set(row.acts) - set(ALARMS)]
    return Examples(texts, every, torch.tensor(classes), targets, outside, again, OUTSIDE_SHARE if acts.names else 1.0)
