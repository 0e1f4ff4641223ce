"""Conversations that an agent has: what the agent writes, and the assistant's silence."""

from collections.abc import Sequence

from tellerbot.assistant.message import clean
from tellerbot.conversation.events import Event, MessageReceived, Step, TurnMeasured
from tellerbot.conversation.state import State
from tellerbot.privacy.redact import Redacted, redact
from tellerbot.records.cases import Cases, QueuedCase


def stay_silent(state: State, received: MessageReceived, trace: Sequence[Step]) -> tuple[Event, ...]:
    """The whole turn of a message to an agent, which gets no reply; empty while the assistant has the conversation."""
    return (received, TurnMeasured(tuple(trace))) if state.agent else ()


def write_as_agent(
    cases: Cases, reference: str, agent: str, text: str, countries: Sequence[str]
) -> tuple[QueuedCase, Redacted]:
    """Write to the customer of a case; gives the case, and the text as the customer reads it: personal data is masked.

    `countries` are those of the project. Raises DataError for a text that holds nothing to read or too much, and as
    `Cases.reply`.
    """
    masked = redact(clean(text), countries)
    return cases.reply(reference, agent, masked.text), masked
