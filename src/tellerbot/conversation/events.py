"""What happens in a turn, as frozen values, and the JSON they are recorded as.

A customer's turn begins with MessageReceived. What an agent does with a case is a turn of its own, and so are what
became of an action that was under way when a server died, and what a customer does with the list of conversations or
to rate a reply. TurnMeasured ends each.
A field added later needs a default, so that older records can still be read.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, get_args

from pydantic import JsonValue, TypeAdapter, ValidationError

from tellerbot.conversation.event_values import Block, Citation, CodeVerdict, FlowOutcome, Part, Question, Step
from tellerbot.errors import ArtefactError, explain
from tellerbot.types import Choice, FigureSource, Named, Slot, Value


@dataclass(frozen=True, slots=True)
class MessageReceived:
    """A customer's message, and when it came. `text` is masked, `masked` names the kinds of what was masked in it."""

    text: str
    masked: tuple[str, ...]
    release: str
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class MessageUnderstood:
    """The parts of the message, in its order; `by` names the model that proposed them, "" where none did."""

    parts: tuple[Part, ...]
    by: str = ""


@dataclass(frozen=True, slots=True)
class DecisionMade:
    """What to do with a part of the message, why, and the intents it is for.

    `question` is what it answers; None where it answers none. `missed`: the part was not understood, or not known.
    `answer` names the vetted answer that it gives, "" where it gives none.
    """

    kind: str
    reason: str
    intents: tuple[str, ...] = ()
    question: Question | None = None
    missed: bool = False
    answer: str = ""


@dataclass(frozen=True, slots=True)
class FactsQueried:
    """A query of the bank, with its arguments as JSON, and the records that its facts come from."""

    query: str
    arguments: Mapping[str, JsonValue]
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PassagesFound:
    """The ids of the passages that a reply may rest on, best first."""

    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FlowStarted:
    """A flow is opened, on top of those that are open.

    `digest` is that of its definition. `text` and `slots` are those of the message that started it. `fills` is the
    slot of the flow below that waits for what this one makes, "" where none does.
    """

    flow: str
    digest: str
    text: str = ""
    slots: tuple[Slot, ...] = ()
    fills: str = ""


@dataclass(frozen=True, slots=True)
class FlowMoved:
    """What a message changed in the topmost flow, and the step that it waits at now.

    `given` are the slots that got a value, `forgotten` those that lost theirs. `passed` are the steps that are behind
    for good: nothing there is said, done or called again.
    """

    flow: str
    waits: str
    given: Mapping[str, Value] = field(default_factory=dict)
    forgotten: tuple[str, ...] = ()
    passed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FlowEnded:
    """The topmost flow is closed: it came to its end, or was left."""

    flow: str
    outcome: FlowOutcome


@dataclass(frozen=True, slots=True)
class ActionProposed:
    """The customer is asked to confirm an action with these arguments. `shown` are the lines that they read."""

    key: str
    action: str
    arguments: Mapping[str, Value]
    shown: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class ActionConfirmed:
    """The customer said yes to the proposal with this key, and so to these very arguments."""

    key: str
    action: str
    arguments: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class CodeSent:
    """A one-time code for the proposal with this key went to the customer; no event holds the code."""

    key: str


@dataclass(frozen=True, slots=True)
class CodeTried:
    """The customer typed a code for the proposal with this key."""

    key: str
    verdict: CodeVerdict


@dataclass(frozen=True, slots=True)
class ActionStarted:
    """The bank is about to be asked to do it. Record it before the bank is asked."""

    key: str
    action: str


@dataclass(frozen=True, slots=True)
class ActionDone:
    """The bank did it. `reference` is the bank's own, `shown` are the lines of the receipt, `made` is what it made."""

    key: str
    action: str
    reference: str
    shown: tuple[tuple[str, str], ...] = ()
    made: Named | None = None


@dataclass(frozen=True, slots=True)
class ActionRefused:
    """The bank does not do it, and nothing has changed."""

    key: str
    action: str
    reason: str


@dataclass(frozen=True, slots=True)
class ActionUnknown:
    """The bank has not answered. It is asked again, by the key, until it does."""

    key: str
    action: str


@dataclass(frozen=True, slots=True)
class SentenceSent:
    """A sentence of a reply that leaves before its turn ends. Record it before it leaves."""

    text: str


@dataclass(frozen=True, slots=True)
class ReplySent:
    """The whole reply, with the source of every figure in it, the passages it quotes, and its shape.

    `choices` are the intents that it asks to choose from.
    """

    text: str
    figures: tuple[FigureSource, ...] = ()
    citations: tuple[Citation, ...] = ()
    blocks: tuple[Block, ...] = ()
    choices: tuple[Choice, ...] = ()


@dataclass(frozen=True, slots=True)
class CaseOpened:
    """A hand-off to a person. `reference` is the name that the customer reads; a higher `priority` comes first."""

    reference: str
    reason: str
    priority: int = 0


@dataclass(frozen=True, slots=True)
class CaseDelivered:
    """The bank's own system has taken the case in; only then is a person promised."""

    reference: str


@dataclass(frozen=True, slots=True)
class CaseClaimed:
    """An agent takes the case, and with it the conversation: from here on the assistant is silent."""

    reference: str
    agent: str


@dataclass(frozen=True, slots=True)
class AgentReplied:
    """An agent writes to the customer."""

    reference: str
    agent: str
    text: str


@dataclass(frozen=True, slots=True)
class CaseReturned:
    """An agent hands the conversation back to the assistant; the case stays open for the next agent."""

    reference: str
    agent: str


@dataclass(frozen=True, slots=True)
class CaseClosed:
    """The case is settled; the assistant has the conversation again."""

    reference: str
    agent: str


@dataclass(frozen=True, slots=True)
class ConversationRenamed:
    """The customer gave the conversation another title, masked."""

    title: str


@dataclass(frozen=True, slots=True)
class ConversationDeleted:
    """The customer took the conversation out of sight."""


@dataclass(frozen=True, slots=True)
class ReplyRated:
    """The customer says whether the reply of a turn helped; the last rating of a turn counts."""

    turn: str
    is_helpful: bool


@dataclass(frozen=True, slots=True)
class TurnMeasured:
    """The steps of the turn and their times. It ends the turn."""

    trace: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class TurnImported:
    """A whole turn that a version without events recorded; `details` is what it kept beside the texts."""

    message: str
    reply: str
    details: Mapping[str, JsonValue]


Event = (
    MessageReceived
    | MessageUnderstood
    | DecisionMade
    | FactsQueried
    | PassagesFound
    | FlowStarted
    | FlowMoved
    | FlowEnded
    | ActionProposed
    | ActionConfirmed
    | CodeSent
    | CodeTried
    | ActionStarted
    | ActionDone
    | ActionRefused
    | ActionUnknown
    | SentenceSent
    | ReplySent
    | CaseOpened
    | CaseDelivered
    | CaseClaimed
    | AgentReplied
    | CaseReturned
    | CaseClosed
    | ConversationRenamed
    | ConversationDeleted
    | ReplyRated
    | TurnMeasured
    | TurnImported
)
KINDS: Mapping[str, TypeAdapter[Any]] = {kind.__name__: TypeAdapter(kind) for kind in get_args(Event)}


def encode(event: Event) -> tuple[str, str]:
    """Return the name of the event's kind, and its content as JSON."""
    kind = type(event).__name__
    return kind, KINDS[kind].dump_json(event).decode()


def decode(kind: str, content: str) -> Event:
    """Make the event that `encode` gave. Raises ArtefactError for a kind or content that this version cannot read."""
    if kind not in KINDS:
        raise ArtefactError(
            f"Expected an event of a kind that this version knows, found {kind!r}. A newer tellerbot recorded it: "
            "install that version, or a later one."
        )
    try:
        return KINDS[kind].validate_json(content)
    except ValidationError as error:
        raise ArtefactError(
            f"Expected the content of a {kind} event, but: {'; '.join(explain(error))}. The record was altered, or a "
            "newer tellerbot made it: run `tellerbot audit verify`."
        ) from error
