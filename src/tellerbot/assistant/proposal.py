"""What a model may propose of a message, as a schema, and the check that makes sense of it or refuses it whole.

A proposal names intents, acts, flows and slots that there are, and words that are in the message. It holds no value,
no action and no yes: those are read from the message, by the code that reads them without a model.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Annotated, Any, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from tellerbot.assistant.message import MAX_CHARACTERS
from tellerbot.conversation.reading import Hints
from tellerbot.conversation.split import MOST_PARTS
from tellerbot.conversation.state import State
from tellerbot.errors import TellerbotError
from tellerbot.project.flow_schema import Flow
from tellerbot.project.load import Project
from tellerbot.types import Choice, SlotKind

OUTSIDE = "out_of_scope"
# Kinds of values that a message is masked of: no model reads them.
PRIVATE: set[SlotKind] = {"phone", "number"}
# Acts that only the small model may hear: a yes is never a larger one's.
UNHEARD = ("affirm",)
# The most acts and slots of a part.
MOST_ACTS, MOST_SLOTS = 8, 12
# Servers without a grammar fence their JSON.
_FENCED = re.compile(r"\s*```(?:json)?\s*(\{.*\})\s*```\s*", re.DOTALL)

Words = Annotated[str, Field(min_length=1, max_length=MAX_CHARACTERS)]
Name = Annotated[str, Field(max_length=100)]


class SenselessError(TellerbotError):
    """A proposal that does not fit the request; the message says why without quoting it."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, hide_input_in_errors=True)


class ProposedSlot(_Strict):
    """Words of the message that give a value: one of a kind, or of a flow's slot (`transfer.to`)."""

    slot: Name
    text: Words


class ProposedPart(_Strict):
    """A piece of the message that asks, gives or does one thing."""

    text: Words
    intent: Name
    acts: Annotated[list[Name], Field(max_length=MOST_ACTS)] = []
    slots: Annotated[list[ProposedSlot], Field(max_length=MOST_SLOTS)] = []


class ReadingProposal(_Strict):
    """How a model reads a message: its parts, the flow that it starts, and the place of the choice that it takes."""

    parts: Annotated[list[ProposedPart], Field(min_length=1, max_length=MOST_PARTS)]
    start: Name | None = None
    choice: int | None = None


@dataclass(frozen=True, slots=True)
class Menu:
    """The names that a proposal may use: those of a project's intents, acts, flows, and slots."""

    intents: tuple[str, ...]
    acts: tuple[str, ...]
    flows: tuple[str, ...]
    slots: tuple[str, ...]

    @classmethod
    def of(cls, project: Project) -> "Menu":
        """Take all names from a project; those of flows' slots are `flow.slot`."""
        kinds = [kind for kind in get_args(SlotKind) if kind not in PRIVATE | {"record", "option", "text", "check"}]
        own = [f"{name}.{slot}" for name, flow in project.flows.items() for slot in readable_slots(flow)]
        acts = tuple(act for act in project.acts if act not in UNHEARD)
        return cls((*project.intents, OUTSIDE), acts, (*project.flows,), (*kinds, *own))

    def schema(self) -> dict[str, Any]:
        """Return the JSON schema of a proposal, as servers enforce it."""
        slot = _object(slot=_one_of(self.slots), text={"type": "string"})
        part = _object(
            text={"type": "string"},
            intent=_one_of(self.intents),
            acts={"type": "array", "items": _one_of(self.acts)},
            slots={"type": "array", "items": slot},
        )
        start = {"anyOf": [_one_of(self.flows), {"type": "null"}]} if self.flows else {"type": "null"}
        choice = {"type": ["integer", "null"]}
        return _object(parts={"type": "array", "items": part}, start=start, choice=choice)


def readable_slots(flow: Flow) -> Iterator[str]:
    """Return the slots of a flow that a masked message can fill."""
    return (name for name, slot in flow.slots.items() if not PRIVATE & {*slot.kind})


def read_proposal(content: str) -> ReadingProposal:
    """Read the one JSON object that a model wrote. Raises SenselessError for anything else."""
    fenced = _FENCED.fullmatch(content)
    try:
        return ReadingProposal.model_validate_json(fenced[1] if fenced else content)
    except ValidationError:
        raise SenselessError("it is no JSON of the schema") from None


def check(proposal: ReadingProposal, text: str, menu: Menu, state: State) -> Hints:
    """Check a proposal, and return what it means beside its parts.

    `text` is the masked message, `state` the conversation before it.

    Raises SenselessError where it names what there is not, or words that are not in the message.
    """
    _require({part.intent for part in proposal.parts} <= {*menu.intents}, "it names an intent that there is not")
    _require({act for part in proposal.parts for act in part.acts} <= {*menu.acts}, "it names an act that there is not")
    spans = [(slot.slot, slot.text) for part in proposal.parts for slot in part.slots]
    _require({name for name, _ in spans} <= {*menu.slots}, "it names a slot that there is not")
    _require(proposal.start is None or proposal.start in menu.flows, "it starts a flow that there is not")
    for part in proposal.parts:
        _require(part.text in text and _has_words(part.text), "it reads what is not in the message")
    _require(all(words in text and _has_words(words) for _, words in spans), "it fills a slot from elsewhere")
    choice = _choice(proposal.choice, state)
    flow_spans = tuple((name, words) for name, words in spans if "." in name)
    return Hints(choice, proposal.start or "", flow_spans)


def _choice(place: int | None, state: State) -> Choice | None:
    """Return the choice at a place, if a model may take it: an intent or a flow, nothing within a flow."""
    if place is None:
        return None
    _require(0 <= place < len(state.choices), "it takes a choice that there is not")
    choice = state.choices[place]
    is_own = any(choice.intent == flow.name for flow in state.flows)
    return None if is_own or choice.named else choice


def _has_words(text: str) -> bool:
    return any(char.isalnum() for char in text)


def _require(holds: bool, why: str) -> None:
    if not holds:
        raise SenselessError(why)


def _one_of(names: Collection[str]) -> dict[str, Any]:
    return {"type": "string", "enum": [*names]}


def _object(**properties: Any) -> dict[str, Any]:
    return {
        "type": "object", "properties": properties, "required": [*properties], "additionalProperties": False,
    }  # fmt: skip
