"""Taking a turn: the state before it from the records, one step, and its events on disk before the reply leaves."""

import secrets
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from tellerbot.assistant.generate import PATIENT, Listener
from tellerbot.assistant.message import clean
from tellerbot.assistant.settle import settle
from tellerbot.assistant.step import Message, Parts, step
from tellerbot.assistant.trace import Trace
from tellerbot.conversation.events import ActionConfirmed, ActionStarted, Event, Step
from tellerbot.conversation.state import State, fold
from tellerbot.conversation.turns import Turn, TurnView, view
from tellerbot.records.actions import find_pending
from tellerbot.records.store import History, StaleError
from tellerbot.types import Customer

# How far back a conversation is read.
READ = timedelta(days=7)
# How often a turn is taken anew where another one has come between.
TRIES = 3


def take_turn(
    parts: Parts,
    text: str,
    customer: Customer | None,
    conversation: str,
    watch: Callable[[Step], None] = lambda step: None,
    listener: Listener = PATIENT,
    name: str | None = None,
) -> TurnView:
    """Answer one message and record its turn.

    `watch` is given each step as it ends, `listener` a generated reply's sentences. `name` becomes the turn's id;
    without it a random one does. Raises DataError for a message that holds no text or too much, NotTheirsError for
    another customer's conversation, UnavailableError when the turn cannot be recorded.
    """
    who = customer.id if customer else None
    message = Message(clean(text), customer, conversation, name or secrets.token_hex(8))
    settle(parts, customer, conversation)
    for tries_left in reversed(range(TRIES)):
        try:
            return _take(parts, message, who, Trace(watch), listener)
        except StaleError:
            if not tries_left:
                raise
    raise AssertionError("expected a turn, or the error of the last try")


def _take(parts: Parts, message: Message, who: str | None, trace: Trace, listener: Listener) -> TurnView:
    """Take the turn in the light of what has happened until now. Raises StaleError where something came between."""
    history = parts.records.history(message.conversation, who, datetime.now(UTC) - READ)
    happened: list[Event] = []
    waiting: list[Event] = []
    after: int | None = history.last
    state = _fold(parts, message.conversation, history)
    for event in step(state, message, parts, listener, trace):
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


def _fold(parts: Parts, conversation: str, history: History) -> State:
    """The state after what happened, an action among it that another turn has started and not ended."""
    # Read after the history: what is started later makes this turn stale.
    under_way = find_pending(parts.records.engine, conversation)
    started = [(ActionConfirmed(one.key, one.action, {}), ActionStarted(one.key, one.action)) for one in under_way]
    return fold([*history.events, *(event for pair in started for event in pair)])
