"""Conversations that an agent has: what the agent writes, and the assistant's silence."""

from collections.abc import Sequence

from tellerbot.assistant.message import clean
from tellerbot.conversation.event_values import Step
from tellerbot.conversation.events import Event, MessageReceived, TurnMeasured
from tellerbot.conversation.state import State
from tellerbot.privacy.redact import redact
from tellerbot.records.cases import Cases, QueuedCase
from tellerbot.types import MaskedText


def stay_silent(state: State, received: MessageReceived, trace: Sequence[Step]) -> tuple[Event, ...]:
    """Return the whole turn of a message to an agent, which gets no reply; empty where no agent has it."""
    return (received, TurnMeasured(tuple(trace))) if state.agent else ()


def write_as_agent(
    cases: Cases, reference: str, agent: str, text: str, countries: Sequence[str]
) -> tuple[QueuedCase, MaskedText]:
    """Write to the customer of a case; return the case, and the text as the customer reads it, masked.

    `countries` are those of the project. Raises DataError for a text that holds nothing to read or too much, and as
    `Cases.reply`.
    """
    masked = redact(clean(text), countries)
    return cases.reply(reference, agent, masked.text), masked
