"""A turn as API, page and console show it, made from its events."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, TypeVar

from pydantic import TypeAdapter

from tellerbot.conversation.event_values import Block, Citation, Part, Step
from tellerbot.conversation.events import (
    AgentReplied,
    CaseClaimed,
    CaseClosed,
    CaseOpened,
    CaseReturned,
    DecisionMade,
    Event,
    FactsQueried,
    MessageReceived,
    MessageUnderstood,
    ReplyRated,
    ReplySent,
    TurnImported,
    TurnMeasured,
)
from tellerbot.project.defaults import default_message
from tellerbot.project.schema import Messages
from tellerbot.types import Choice, FigureSource, Slot, Source

EventT = TypeVar("EventT", bound=Event)
_CITATIONS = TypeAdapter(tuple[Citation, ...])
# The messages that say what an agent did.
_NOTICES: tuple[tuple[type[CaseClaimed | CaseReturned | CaseClosed], str], ...] = (
    (CaseClaimed, "agent_joined"),
    (CaseReturned, "agent_left"),
    (CaseClosed, "case_closed"),
)


@dataclass(frozen=True, slots=True)
class Turn:
    """A message and the events it led to, the oldest first; `at` is when the turn ended, in UTC."""

    id: str
    conversation: str
    at: datetime
    events: tuple[Event, ...]


@dataclass(frozen=True, slots=True)
class TurnView:
    """What is shown of a turn. `message` is masked; `reference` names the hand-off, if there is one.

    `intents` are those decided on, `intent` with its scores that of the message's first part. `acts` and `slots` are
    those of all parts, in order. `choices` are the intents that the reply asks to choose from.

    A turn of an agent's has no message: `agent` wrote the `reply`, or did what `notice` says. A customer's message to
    an agent has no reply. `is_helpful` is how the customer rated the reply, None where that was not done.
    """

    id: str
    at: datetime
    message: str
    reply: str
    kind: str
    reason: str
    intent: str
    confidence: float
    scope_score: float
    masked: tuple[str, ...]
    figures: tuple[FigureSource, ...]
    citations: tuple[Citation, ...]
    choices: tuple[Choice, ...]
    reference: str | None
    release: str
    trace: tuple[Step, ...]
    queries: tuple[str, ...] = ()
    intents: tuple[str, ...] = ()
    acts: tuple[str, ...] = ()
    slots: tuple[Slot, ...] = ()
    blocks: tuple[Block, ...] = ()
    agent: str = ""
    notice: str = ""
    is_helpful: bool | None = None

    @property
    def has_content(self) -> bool:
        """Whether there is anything for a customer to read."""
        return bool(self.message or self.reply or self.notice)

    def as_dict(self) -> dict[str, Any]:
        """Return all of it as JSON has it: times and dates in ISO 8601, amounts as strings."""
        return _VIEW.dump_python(self, mode="json")

    def __repr__(self) -> str:
        shown = ("message", "reply", "kind", "intent", "reference")
        return f"TurnView({', '.join(f'{name}={getattr(self, name)!r}' for name in shown)}, ...)"


_VIEW = TypeAdapter(TurnView)


def view_all(turns: Sequence[Turn], messages: Messages | None = None) -> list[TurnView]:
    """Make what is shown of a conversation's turns that have anything to read, with how their replies were rated."""
    rated = [event for turn in turns for event in turn.events if isinstance(event, ReplyRated)]
    ratings = {event.turn: event.is_helpful for event in rated}
    shown = (replace(view(turn, messages), is_helpful=ratings.get(turn.id)) for turn in turns)
    return [each for each in shown if each.has_content]


def last_attempt(events: Sequence[Event]) -> tuple[Event, ...]:
    """Leave out what a turn's earlier attempts left, where a server died in the middle of one."""
    begun = [at for at, event in enumerate(events) if isinstance(event, MessageReceived)]
    return tuple(events[begun[-1] :] if begun else events)


def view(turn: Turn, messages: Messages | None = None) -> TurnView:
    """Make what is shown of a turn from its events; what did not happen is empty.

    `messages` are the project's; without them notices are in tellerbot's own words.
    """
    imported = _last(turn.events, TurnImported)
    if imported:
        return _view_imported(turn, imported)
    received = _last(turn.events, MessageReceived) or MessageReceived("", (), "")
    understood = _last(turn.events, MessageUnderstood) or MessageUnderstood(())
    written = _last(turn.events, AgentReplied)
    reply = _last(turn.events, ReplySent) or ReplySent(written.text if written else "")
    agent, notice = _agent(turn.events, messages)
    measured = _last(turn.events, TurnMeasured)
    case = _last(turn.events, CaseOpened)
    decisions = [event for event in turn.events if isinstance(event, DecisionMade)]
    # Of a message of several parts the hand-off decides, for it is what happens next.
    decision = next(
        (each for each in decisions if each.kind == "hand off"), decisions[0] if decisions else DecisionMade("", "")
    )
    first = understood.parts[0] if understood.parts else Part("", "", 0.0, 0.0, False)
    return TurnView(
        id=turn.id,
        at=turn.at,
        message=received.text,
        reply=reply.text,
        kind=decision.kind,
        reason=decision.reason,
        intent=first.intent,
        confidence=round(first.confidence, 4),
        scope_score=round(first.scope_score, 4),
        masked=received.masked,
        figures=reply.figures,
        citations=reply.citations,
        choices=reply.choices,
        reference=case.reference if case else None,
        release=received.release,
        trace=measured.trace if measured else (),
        queries=tuple(event.query for event in turn.events if isinstance(event, FactsQueried)),
        intents=_different(intent for each in decisions for intent in each.intents),
        acts=_different(act for part in understood.parts for act in part.acts),
        slots=tuple(slot for part in understood.parts for slot in part.slots),
        blocks=reply.blocks,
        agent=written.agent if written else agent,
        notice=notice,
    )


def _agent(events: Sequence[Event], messages: Messages | None) -> tuple[str, str]:
    """Return who came, left or closed a case in a turn, and the notice of it."""
    for kind, name in _NOTICES:
        if event := _last(events, kind):
            wording = getattr(messages, name) if messages else default_message(name)
            return event.agent, wording.replace("{agent}", event.agent)
    return "", ""


def _last(events: Sequence[Event], kind: type[EventT]) -> EventT | None:
    return next((event for event in reversed(events) if isinstance(event, kind)), None)


def _different(items: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(items))


def _view_imported(turn: Turn, imported: TurnImported) -> TurnView:
    # What an older version kept beside the texts; not every one kept choices.
    details: Mapping[str, Any] = imported.details
    return TurnView(
        id=turn.id,
        at=turn.at,
        message=imported.message,
        reply=imported.reply,
        kind=details["kind"],
        reason=details["reason"],
        intent=details["intent"],
        confidence=details["confidence"],
        scope_score=details["scope_score"],
        masked=tuple(details["masked"]),
        figures=tuple(
            FigureSource(item["figure"], Source(item["kind"], item["source"])) for item in details["figures"]
        ),
        citations=_CITATIONS.validate_python(details["citations"]),
        choices=tuple(Choice(**item) for item in details.get("choices", ())),
        reference=details["reference"],
        release=details["release"],
        trace=tuple(Step(**item) for item in details["trace"]),
        intents=(details["intent"],),
    )
