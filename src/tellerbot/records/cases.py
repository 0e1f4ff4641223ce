"""Cases and what agents do with them: take one, write to the customer, hand it back, close it."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, exists, func, select, true

from tellerbot.conversation.events import AgentReplied, CaseClaimed, CaseClosed, CaseReturned, TurnMeasured
from tellerbot.conversation.turns import Turn
from tellerbot.database import begin_read, begin_write, is_storable, utc, wait_for_lock
from tellerbot.errors import DataError, TellerbotError
from tellerbot.records.case_rows import AGENT_KINDS, AgentEvent, Status
from tellerbot.records.store import ConversationNotFoundError, Records, read_newest, record, turns_of
from tellerbot.records.tables import cases, conversations, events, turns

LONGEST_NAME = 80  # characters
MOST_TURNS = 200


class UnknownCaseError(TellerbotError):
    """A case that is not there."""


class CaseConflictError(TellerbotError):
    """What an agent wants to do with a case does not fit who has it, or that it is closed."""


@dataclass(frozen=True, slots=True)
class QueuedCase:
    """A case as agents see it; times are in UTC.

    `customer` is None where nobody was signed in. `agent` has the case, or closed it.
    """

    reference: str
    conversation: str
    customer: str | None
    reason: str
    priority: int
    status: Status
    at: datetime
    agent: str | None
    delivered_at: datetime | None
    claimed_at: datetime | None
    closed_at: datetime | None


@dataclass(frozen=True, slots=True)
class News:
    """What agents did in a conversation, a turn each, the oldest first, and its present status.

    `is_open`: a case waits, or an agent has it; `agent` is that one, "" for none.
    """

    turns: tuple[Turn, ...]
    is_open: bool
    agent: str


NO_NEWS = News((), False, "")


class Cases:
    """The queue of cases. Each act of an agent is a turn of its own in the case's conversation."""

    def __init__(self, records: Records) -> None:
        self._records = records

    def list_cases(self, status: Status | None = None, limit: int = 100) -> list[QueuedCase]:
        """List cases by priority, then age; of closed ones those closed last come first.

        Without a status they are those that wait for an agent: open ones and returned ones.
        """
        chosen = cases.c.status == status if status else cases.c.status.in_(("open", "returned"))
        order = [cases.c.closed_at.desc()] if status == "closed" else [cases.c.priority.desc(), cases.c.at]
        query = _query().where(chosen).order_by(*order, cases.c.reference).limit(limit)
        with begin_read(self._records.engine) as connection:
            return [_case(row) for row in connection.execute(query)]

    def show(self, reference: str, before: str | None = None) -> tuple[QueuedCase, list[Turn]]:
        """Return a case, and the newest MOST_TURNS turns of its conversation, of those `before` one of them.

        The oldest come first; how replies were rated is always among them. Raises UnknownCaseError.
        """
        with begin_read(self._records.engine) as connection:
            case = find_case(connection, reference)
            return case, read_newest(connection, case.conversation, MOST_TURNS, before)

    def claim(self, reference: str, agent: str) -> QueuedCase:
        """Take a case, and its conversation with it; one that is the agent's already stays so.

        Raises UnknownCaseError, CaseConflictError where an agent has the conversation or the case is closed, and
        DataError for an agent's name that cannot be shown.
        """
        return self._act(CaseClaimed(reference, agent))

    def reply(self, reference: str, agent: str, text: str) -> QueuedCase:
        """Write to the customer; `text` is checked and masked. Raises CaseConflictError unless it is the agent's."""
        return self._act(AgentReplied(reference, agent, text))

    def return_(self, reference: str, agent: str) -> QueuedCase:
        """Hand the conversation back to the assistant, and the case to the next agent. Raises as `reply`."""
        return self._act(CaseReturned(reference, agent))

    def close(self, reference: str, agent: str) -> QueuedCase:
        """Settle the case, for good; the assistant has the conversation again. Raises as `reply`."""
        return self._act(CaseClosed(reference, agent))

    def _act(self, event: AgentEvent) -> QueuedCase:
        _require_name(event.agent)
        with begin_write(self._records.engine) as connection:
            wait_for_lock(connection)
            case = find_case(connection, event.reference)
            is_theirs = case.status == "claimed" and case.agent == event.agent
            if isinstance(event, CaseClaimed):
                if is_theirs:
                    return case
                _require_free(connection, case)
            elif not is_theirs:
                raise _not_the_agents(case, event.agent)
            new = (event, TurnMeasured(()))
            record(connection, case.conversation, secrets.token_hex(8), case.customer, new)
            return find_case(connection, event.reference)

    def news(self, conversation: str, customer: str, after: str = "") -> News:
        """Return what agents did in the customer's own conversation since the turn `after`.

        Raises ConversationNotFoundError.
        """
        with begin_read(self._records.engine) as connection:
            rows = connection.execute(_news(conversation, customer, after)).all() if is_storable(conversation) else []
        if not rows:
            raise ConversationNotFoundError("Expected one of your own conversations.")
        acts = [row for row in rows if row.kind]
        return News(tuple(turns_of(acts)), rows[0].is_open, rows[0].agent or "")


def find_case(connection: Connection, reference: str) -> QueuedCase:
    """Return the case of this name. Raises UnknownCaseError."""
    row = connection.execute(_query().where(cases.c.reference == reference)).first() if is_storable(reference) else None
    if row is None:
        raise UnknownCaseError(f"Expected the reference of a case, found {reference!r}. List the cases.")
    return _case(row)


def _query() -> Select[Any]:
    return select(cases, conversations.c.customer_id).join(conversations, conversations.c.id == cases.c.conversation_id)


def _case(row: Row[Any]) -> QueuedCase:
    times = {
        name: utc(at) if (at := getattr(row, name)) else None for name in ("delivered_at", "claimed_at", "closed_at")
    }
    return QueuedCase(
        row.reference, row.conversation_id, row.customer_id, row.reason, row.priority, row.status, utc(row.at),
        row.agent, **times,
    )  # fmt: skip


def _require_name(agent: str) -> None:
    """Raise DataError for a name that a sentence for the customer cannot hold."""
    if agent != agent.strip() or not 0 < len(agent) <= LONGEST_NAME or not agent.isprintable():
        raise DataError(
            f"agent: expected a name of 1 to {LONGEST_NAME} characters on one line, without space around it. "
            "Give the name that customers may read."
        )


def _require_free(connection: Connection, case: QueuedCase) -> None:
    """Raise CaseConflictError when the case is closed, or an agent has its conversation, be it by another case."""
    if case.status == "closed":
        raise CaseConflictError(f"Expected a case that is open, found {case.reference} closed by {case.agent}.")
    claimed = (cases.c.conversation_id == case.conversation) & (cases.c.status == "claimed")
    other = connection.execute(select(cases.c.reference, cases.c.agent).where(claimed)).first()
    if other:
        raise CaseConflictError(
            f"Expected a conversation that no agent has, found that {other.agent} has it with the case "
            f"{other.reference}. Claim another one, or wait until it is returned or closed."
        )


def _not_the_agents(case: QueuedCase, agent: str) -> CaseConflictError:
    state = {"claimed": f"{case.agent} has it", "closed": f"{case.agent} closed it"}.get(case.status, "nobody has it")
    remedy = "A closed case stays closed." if case.status == "closed" else "Claim it first."
    return CaseConflictError(f"Expected that {agent} has the case {case.reference}, found that {state}. {remedy}")


def _news(conversation: str, customer: str, after: str) -> Select[Any]:
    """Select what agents did, and the conversation's status; at least one row for the customer's own."""
    here = cases.c.conversation_id == conversation
    last = select(turns.c.record).where(turns.c.id == after, turns.c.conversation_id == conversation)
    acts = (
        select(turns.c.id, turns.c.conversation_id, turns.c.at, turns.c.record, events.c.kind, events.c.content)
        .join(events, (events.c.conversation_id == turns.c.conversation_id) & (events.c.turn_id == turns.c.id))
        .where(turns.c.conversation_id == conversation, events.c.kind.in_(AGENT_KINDS))
        .where(turns.c.record > func.coalesce(last.scalar_subquery(), 0))
        .subquery()
    )
    return (
        select(
            exists().where(here, cases.c.status != "closed").label("is_open"),
            select(cases.c.agent).where(here, cases.c.status == "claimed").scalar_subquery().label("agent"),
            acts,
        )
        .select_from(conversations.outerjoin(acts, true()))
        .where(conversations.c.id == conversation, conversations.c.customer_id == customer)
        .order_by(acts.c.record)
    )
