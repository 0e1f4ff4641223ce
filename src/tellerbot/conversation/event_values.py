"""Values that events hold: parts and questions of a message, what a reply shows, the steps of a turn."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

from tellerbot.types import Passage, Slot

# How a flow ends: at its end; left by the customer; given up for a person, or because the bank refuses; left over a
# long silence; or because a new release has changed it.
FlowOutcome = Literal["done", "cancelled", "handed off", "refused", "lapsed", "changed"]
# The outcome of a typed code.
CodeVerdict = Literal["right", "wrong", "expired", "spent"]


@dataclass(frozen=True, slots=True)
class Part:
    """One thing that a message says, and what it was understood as; see `Understanding` for the scores.

    `follows`: it was read in the light of the turn before.
    """

    text: str
    intent: str
    confidence: float
    scope_score: float
    in_scope: bool
    acts: tuple[str, ...] = ()
    slots: tuple[Slot, ...] = ()
    follows: bool = False


@dataclass(frozen=True, slots=True)
class Question:
    """What a part of a message asks: its words, its intent, and the slots to answer it with."""

    text: str
    intent: str
    slots: tuple[Slot, ...] = ()


@dataclass(frozen=True, slots=True)
class Citation:
    """A passage that a reply quotes. `page` counts from 1."""

    id: str
    policy: str
    title: str
    section: str
    path: tuple[str, ...]
    page: int | None
    version: str
    in_force_from: date
    in_force_to: date | None
    text: str


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of a reply's shape, for clients that can show more than text.

    A list has `rows` of one cell, and so have steps, which are taken in their order; a table has `columns` and `rows`,
    a choice one row for each option, and a total the rows that it sums up. A confirmation and a receipt have rows of a
    label and a value.
    """

    kind: Literal["text", "list", "steps", "table", "choice", "total", "confirmation", "receipt"]
    text: str = ""
    rows: tuple[tuple[str, ...], ...] = ()
    columns: tuple[str, ...] = ()


# The steps of a turn, in their order.
StepName = Literal["redact", "understand", "decide", "act", "recall", "respond", "check", "flow", "record"]


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a turn: what it did, and how long it took in milliseconds."""

    name: StepName
    note: str
    ms: float


def cite(passage: Passage) -> Citation:
    """Make the citation of a passage."""
    return Citation(
        id=passage.id,
        policy=passage.policy,
        title=passage.title,
        section=passage.section,
        path=passage.path,
        page=passage.page,
        version=passage.version,
        in_force_from=passage.in_force_from,
        in_force_to=passage.in_force_to,
        text=passage.text,
    )
