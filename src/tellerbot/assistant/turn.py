"""Taking a turn: the state before it from the records, one step, and its events on disk before the reply leaves."""

import secrets
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import RLock
from weakref import WeakValueDictionary

from tellerbot.assistant.generate import NO_LISTENER, Listener
from tellerbot.assistant.message import clean
from tellerbot.assistant.settle import settle
from tellerbot.assistant.step import Message, Parts, step
from tellerbot.assistant.trace import Trace
from tellerbot.conversation.event_values import Step
from tellerbot.conversation.events import ActionStarted, Event, MessageReceived, ReplySent, TurnMeasured
from tellerbot.conversation.state import fold
from tellerbot.conversation.turns import Turn, TurnView, view
from tellerbot.records.actions import has_acted
from tellerbot.records.claims import TurnTakenError
from tellerbot.records.store import StaleError
from tellerbot.types import Customer

# How far back a conversation is read.
READ = timedelta(days=7)
# How often a turn is taken anew where another one has come between.
TRIES = 10
# Those that are taken anew wait for each other, conversation by conversation, or some would never be through.
_WAITING: WeakValueDictionary[str, RLock] = WeakValueDictionary()


def take_turn(
    parts: Parts,
    text: str,
    customer: Customer | None,
    conversation: str,
    on_step: Callable[[Step], None] = lambda step: None,
    listener: Listener = NO_LISTENER,
    name: str | None = None,
) -> TurnView:
    """Answer one message and record its turn.

    `on_step` is called after each step, `listener` gets a generated reply's sentences. `name` becomes the turn's id;
    the default is a random one.

    Raises DataError for a message without text or with too much, ConversationNotFoundError for another customer's
    conversation, TurnTakenError for a turn in which the bank was asked to act before, and UnavailableError when the
    turn cannot be recorded.
    """
    who = customer.id if customer else None
    message = Message(clean(text), customer, conversation, name or secrets.token_hex(8))
    settle(parts, customer, conversation)
    if name and has_acted(parts.records.engine, conversation, name):
        raise TurnTakenError("Expected a message that is new, found one that is being acted on. Send it again later.")
    with suppress(StaleError):
        return _take(parts, message, who, Trace(on_step), listener)
    with _WAITING.setdefault(conversation, RLock()):
        for _ in range(TRIES - 1):
            with suppress(StaleError):
                return _take(parts, message, who, Trace(on_step), listener)
    return _take(parts, message, who, Trace(on_step), listener)


def _take(parts: Parts, message: Message, who: str | None, trace: Trace, listener: Listener) -> TurnView:
    """Take the turn in the light of what has happened until now. Raises StaleError where something came between."""
    history = parts.records.history(message.conversation, who, datetime.now(UTC) - READ)
    happened: list[Event] = []
    waiting: list[Event] = []
    after: int | None = history.last
    news = _find_news(history.events)
    state = fold(history.events)
    for event in step(state, message, parts, listener, trace):
        if isinstance(event, ReplySent):
            # Nothing goes before what may have been heard.
            event = _join(event, *news) if parts.writer else _join(*news, event)
        happened.append(event)
        waiting.append(event)
        if isinstance(event, ActionStarted):
            # On disk before the bank is asked; from here on the turn is not taken again.
            parts.records.append(message.conversation, message.turn, who, waiting, after)
            waiting, after = [], None
    with trace.step("record") as note:
        at = parts.records.append(message.conversation, message.turn, who, waiting, after)
        note("on disk")
    shown = view(Turn(message.turn, message.conversation, at, tuple(happened)), parts.project.assistant.messages)
    return replace(shown, trace=trace.steps(), agent=state.agent)


def _find_news(happened: Sequence[Event]) -> list[ReplySent]:
    """Find what came of actions since the customer's last message: recorded, and read by nobody yet."""
    last = max((at for at, event in enumerate(happened) if isinstance(event, MessageReceived)), default=0)
    end = next((at for at, event in enumerate(happened) if at > last and isinstance(event, TurnMeasured)), last)
    return [event for event in happened[end:] if isinstance(event, ReplySent)]


def _join(*replies: ReplySent) -> ReplySent:
    """Join replies in their order, with the choices of all."""
    return ReplySent(
        "\n\n".join(reply.text for reply in replies),
        tuple(dict.fromkeys(figure for reply in replies for figure in reply.figures)),
        tuple(citation for reply in replies for citation in reply.citations),
        tuple(block for reply in replies for block in reply.blocks),
        tuple(choice for reply in replies for choice in reply.choices),
    )
