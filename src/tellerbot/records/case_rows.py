"""The rows of cases, and of what is to be delivered of them: written with the events, in one transaction."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal, get_args

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from tellerbot.conversation.events import (
    AgentReplied,
    CaseClaimed,
    CaseClosed,
    CaseDelivered,
    CaseOpened,
    CaseReturned,
    Event,
    MessageReceived,
)
from tellerbot.records.tables import cases, deliveries

# `returned` is open again. What is closed stays closed.
Status = Literal["open", "claimed", "returned", "closed"]
STATUSES: tuple[Status, ...] = get_args(Status)
DeliveryKind = Literal["case", "message"]
# What agents do, each in a turn of its own.
AgentEvent = CaseClaimed | AgentReplied | CaseReturned | CaseClosed
CaseEvent = CaseOpened | CaseDelivered | AgentEvent
AGENT_KINDS = tuple(kind.__name__ for kind in get_args(AgentEvent))
CASE_KINDS = tuple(kind.__name__ for kind in get_args(CaseEvent))
_CLAIMED = select(cases.c.reference).where(
    cases.c.conversation_id == bindparam("conversation"), cases.c.status == "claimed"
)


def changes(event: CaseEvent, at: datetime) -> dict[str, Any]:
    """Return what an event that happened `at` changes in the row of its case."""
    match event:
        case CaseOpened():
            return {"reason": event.reason, "priority": event.priority, "status": "open", "agent": None, "at": at}
        case CaseDelivered():
            return {"delivered_at": at}
        case CaseClaimed():
            return {"status": "claimed", "agent": event.agent, "claimed_at": at}
        case CaseReturned():
            return {"status": "returned", "agent": None}
        case CaseClosed():
            return {"status": "closed", "closed_at": at}
        case AgentReplied():
            return {}


def follow(connection: Connection, conversation: str, turn: str, new: Sequence[Event], at: datetime) -> None:
    """Bring the rows up to the events of a turn that has ended."""
    for event in new:
        if isinstance(event, CaseOpened):
            values = {"reference": event.reference, "conversation_id": conversation, "turn_id": turn}
            connection.execute(insert(cases).values(**values, **changes(event, at)))
            _queue(connection, turn, event.reference, "case", at)
        elif isinstance(event, CaseEvent) and (changed := changes(event, at)):
            connection.execute(update(cases).where(cases.c.reference == event.reference).values(**changed))
        if isinstance(event, CaseClosed):
            waits = (deliveries.c.reference == event.reference) & deliveries.c.delivered_at.is_(None)
            connection.execute(delete(deliveries).where(waits))
        if isinstance(event, MessageReceived):
            reference = connection.execute(_CLAIMED, {"conversation": conversation}).scalar()
            if reference:
                _queue(connection, turn, reference, "message", at)


def _queue(connection: Connection, turn: str, reference: str, kind: DeliveryKind, at: datetime) -> None:
    values = {"turn_id": turn, "reference": reference, "kind": kind, "attempts": 0, "next_at": at}
    connection.execute(insert(deliveries).values(**values))
