"""Taking a turn: the state before it from the records, one step, and its events on disk before the reply leaves."""

import secrets
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from tellerbot.assistant.generate import PATIENT, Listener
from tellerbot.assistant.message import clean
from tellerbot.assistant.step import Message, Parts, step
from tellerbot.assistant.trace import Trace
from tellerbot.conversation.events import Step
from tellerbot.conversation.state import fold
from tellerbot.conversation.turns import Turn, TurnView, view
from tellerbot.types import Customer

# Who comes back after a night starts afresh: "yes" answers nothing that was asked yesterday.
REMEMBERED = timedelta(hours=12)


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
    trace = Trace(watch)
    who = customer.id if customer else None
    message = Message(clean(text), customer, conversation, name or secrets.token_hex(8))
    state = fold(parts.records.events(conversation, who, datetime.now(UTC) - REMEMBERED))
    events = tuple(step(state, message, parts, listener, trace))
    with trace.step("record") as note:
        at = parts.records.append(conversation, message.turn, who, events)
        note("on disk")
    shown = view(Turn(message.turn, conversation, at, events), parts.project.assistant.messages)
    return replace(shown, trace=trace.steps(), agent=state.agent)
