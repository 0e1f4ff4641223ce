"""Acts: what a message does in the conversation, whatever the bank; their rows and their thresholds.

The rows ship with tellerbot (acts.yaml), so that a project need not write any.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import yaml
from numpy.typing import NDArray

from tellerbot.data.read import OUT_OF_SCOPE, Row
from tellerbot.data.split import split_rows
from tellerbot.project.follow_ups import join_follow_up

ACTS_FILE = Path(__file__).with_name("acts.yaml")
# Acts that a person must see at once: each has the lowest threshold that few other messages reach.
ALARMS = ("distress", "fraud_in_progress")
# Acts that go to a person at once, as the alarms do.
GRAVE = ("threat", "legal_threat", "bereavement", "vulnerable")
# What a message with an alarm may do besides; it seldom does anything else.
WITH_ALARMS = ("goodbye", "insult", *GRAVE)
# What is known of messages that are no alarm, and of those that are not grave either.
_KNOWN_OF = {"none": {*ALARMS}, "calm": {*ALARMS, *GRAVE}}
# The least probability for an act to count, and for a grave one: few of the messages that a bank gets do any.
LEAST, LEAST_GRAVE = 0.35, 0.5
# The share of other messages that may be taken for an alarm.
MOST_FALSE_ALARMS = 0.01
# Acts that only answer the assistant: alone they are in scope of no intent. Others may be an intent of a project.
ANSWERS = ("affirm", "deny", "cancel", "correct", "acknowledge", "repeat", "confused", "doubt", "choose", "insult")


@dataclass(frozen=True, slots=True)
class ActRow:
    """A message and all acts that it does, maybe none; `unknown` are those of which it is not known."""

    text: str
    acts: tuple[str, ...]
    unknown: frozenset[str] = frozenset()

    @property
    def subject(self) -> str:
        """What it is about as an out-of-scope utterance; empty where it may be in scope of an intent."""
        return f"acts/{self.acts[0]}" if len(self.acts) == 1 and self.acts[0] in ANSWERS else ""


@dataclass(frozen=True, slots=True)
class Acts:
    """The acts' names in order, with rows to train on and rows to choose thresholds by.

    `calm` are the project's intents that never go to a person: their utterances do none of `GRAVE`.
    """

    names: tuple[str, ...] = ()
    train: tuple[ActRow, ...] = ()
    validation: tuple[ActRow, ...] = ()
    calm: frozenset[str] = frozenset()


NO_ACTS = Acts()


def load_acts(validation_fraction: float, seed: int, calm: Collection[str] = ()) -> Acts:
    """Load the rows that ship with tellerbot, split by what they do.

    `calm`: see `Acts`. Near-duplicates stay together.
    """
    # The safe loader written in C: seventeen thousand lines take the other one seconds.
    content = yaml.load(ACTS_FILE.read_text(encoding="utf-8"), yaml.CSafeLoader)
    rows = [ActRow(text, (act,)) for act, texts in content["acts"].items() for text in texts]
    rows += [ActRow(text, ()) for text in content["none"]]
    names = (*content["acts"],)
    for kind, entries in content["only_alarms"].items():
        known = _KNOWN_OF.get(kind, {*names} - {*WITH_ALARMS})
        unknown = frozenset({*names} - known)
        rows += [ActRow(_joined(entry), (kind,) if kind in ALARMS else (), unknown) for entry in entries]
    rows += [ActRow(entry["text"], tuple(entry["acts"])) for entry in content["mixed"]]
    labelled = [Row({"text": row.text, "label": " ".join(row.acts)}, at) for at, row in enumerate(rows)]
    train, valid = split_rows(labelled, [1 - validation_fraction, validation_fraction], seed)
    own, held = (tuple(rows[row.line] for row in part) for part in (train, valid))
    return Acts(names, own, held, frozenset(calm))


def _joined(entry: str | dict[str, str]) -> str:
    """Join a message, or two in a row, to one text."""
    return entry if isinstance(entry, str) else join_follow_up(entry["after"], entry["text"])


def outside_rows(rows: Sequence[ActRow]) -> list[Row]:
    """Those that are in scope of no intent, as rows of intents."""
    return [Row({"text": row.text, "label": OUT_OF_SCOPE, "subject": row.subject}, 0) for row in rows if row.subject]


def act_targets(names: Sequence[str], rows: Sequence[ActRow]) -> NDArray[np.float32]:
    """(rows, acts): 1 where a message does an act, 0 where it does not, NaN where that is not known."""
    targets = np.array([[name in row.acts for name in names] for row in rows], dtype=np.float32)
    targets = targets.reshape(len(rows), len(names))
    for target, row in zip(targets, rows, strict=True):
        target[[name in row.unknown for name in names]] = np.nan
    return targets


def choose_thresholds(
    names: Sequence[str], probabilities: NDArray[np.float64], targets: NDArray[np.float32]
) -> dict[str, float]:
    """Choose the threshold of each act on validation rows; `probabilities` and `targets` are (rows, acts).

    An alarm's is the lowest at which at most `MOST_FALSE_ALARMS` of the other messages reach it, another act's that of
    the best F1, but no less than `LEAST`, or `LEAST_GRAVE` for one that goes to a person.
    """
    thresholds: dict[str, float] = {}
    for at, name in enumerate(names):
        known = ~np.isnan(targets[:, at])
        choose = _alarm_threshold if name in ALARMS else _best_f1_threshold
        chosen = choose(probabilities[known, at], targets[known, at] == 1)
        least = 0.0 if name in ALARMS else LEAST_GRAVE if name in GRAVE else LEAST
        thresholds[name] = max(chosen, least)
    return thresholds


def _alarm_threshold(probabilities: NDArray[np.float64], wanted: NDArray[np.bool_]) -> float:
    others = np.sort(probabilities[~wanted])[::-1]
    return float(np.nextafter(others[int(MOST_FALSE_ALARMS * len(others))], 2))


def _best_f1_threshold(probabilities: NDArray[np.float64], wanted: NDArray[np.bool_]) -> float:
    """Halfway between the lowest probability that counts and the next one below."""
    order = np.argsort(-probabilities, kind="stable")
    ranked = np.append(probabilities[order], 0.0)
    f1 = 2 * np.cumsum(wanted[order]) / (np.arange(1, len(order) + 1) + wanted.sum())
    # Rows of equal probability count together: only the last of them is a place to cut.
    best = int(np.where(np.diff(ranked) < 0, f1, -1.0).argmax())
    return float((ranked[best] + ranked[best + 1]) / 2)


def act_figures(
    names: Sequence[str], rows: Sequence[ActRow], found: Sequence[tuple[str, ...]]
) -> dict[str, dict[str, float]]:
    """Precision, recall and rows of each act; `found` are the acts taken from each row.

    `alarms` holds the share of the rows without an alarm that are taken for one. What the rows leave undefined is NaN.
    """
    targets = act_targets(names, rows)
    wanted, taken = targets == 1, act_targets(names, [ActRow("", acts) for acts in found]) == 1
    taken &= ~np.isnan(targets)
    right = (wanted & taken).sum(0)
    figures = {
        name: {
            "precision": _share(right[at], taken[:, at].sum()),
            "recall": _share(right[at], wanted[:, at].sum()),
            "rows": int(wanted[:, at].sum()),
        }
        for at, name in enumerate(names)
    }
    alarms = [at for at, name in enumerate(names) if name in ALARMS]
    others = ~wanted[:, alarms].any(1)
    false = int(taken[others][:, alarms].any(1).sum())
    return {**figures, "alarms": {"false_alarms": _share(false, others.sum()), "rows": int(others.sum())}}


def _share(part: int, whole: int) -> float:
    return float(part / whole) if whole else float("nan")
