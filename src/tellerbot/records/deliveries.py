"""The queue of cases and messages for the bank's own system, until that has taken them in.

Servers that share a database take turns: while one tries, the row is not due for the others. One that dies leaves it
due again after LEASE. So each is delivered at least once, and a double carries the same id.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, exists, select, update

from tellerbot.conversation.events import CaseDelivered, TurnMeasured
from tellerbot.conversation.turns import Turn
from tellerbot.database import begin_read, begin_write, wait_for_lock
from tellerbot.records.case_rows import DeliveryKind
from tellerbot.records.cases import QueuedCase, find_case
from tellerbot.records.store import Records, now, read_turns, record
from tellerbot.records.tables import deliveries, turns

# How long one try may take; and between tries from 1 second, doubled each time, to 10 minutes.
LEASE = timedelta(seconds=30)
FIRST, LONGEST = timedelta(seconds=1), timedelta(minutes=10)
TRANSCRIPT = 10  # turns


@dataclass(frozen=True, slots=True)
class Delivery:
    """What is to be delivered: the case, and its conversation's last turns up to the one that it is about.

    `kind` says whether the case is new, or its customer wrote to the agent who has it. `attempts` counts this one.
    """

    turn: str
    kind: DeliveryKind
    attempts: int
    case: QueuedCase
    turns: tuple[Turn, ...]

    @property
    def id(self) -> str:
        """The same one however often it is delivered."""
        return f"{self.turn}-{self.kind}"


class Deliveries:
    """The queue of what is to be delivered."""

    def __init__(self, records: Records) -> None:
        self._engine = records.engine

    def take(self) -> Delivery | None:
        """Take what is due, the oldest first, and each case's in order; None where nothing is.

        `finish` or `put_off` follows.
        """
        with begin_read(self._engine) as connection:
            # A look needs no lock, which the servers' turns wait for.
            if _due(connection, now()) is None:
                return None
        with begin_write(self._engine) as connection:
            wait_for_lock(connection)
            at = now()
            row = _due(connection, at)
            if row is None:
                return None
            attempts = row.attempts + 1
            connection.execute(_row(row.turn_id, row.kind).values(attempts=attempts, next_at=at + LEASE))
            case = find_case(connection, row.reference)
            before = (turns.c.conversation_id == case.conversation) & (turns.c.record <= row.record)
            return Delivery(row.turn_id, row.kind, attempts, case, tuple(read_turns(connection, before)[-TRANSCRIPT:]))

    def finish(self, delivery: Delivery) -> None:
        """Note that it was delivered; a case's delivery is recorded as a turn of its own."""
        with begin_write(self._engine) as connection:
            wait_for_lock(connection)
            at = now()
            waits = _row(delivery.turn, delivery.kind).where(deliveries.c.delivered_at.is_(None))
            # A closed case waits for nothing, and the first of two deliveries has noted it.
            if connection.execute(waits.values(delivered_at=at, next_at=None)).rowcount and delivery.kind == "case":
                new = (CaseDelivered(delivery.case.reference), TurnMeasured(()))
                case = delivery.case
                record(connection, case.conversation, secrets.token_hex(8), case.customer, new)

    def put_off(self, delivery: Delivery) -> timedelta:
        """Note that it was not; gives the time until the next try."""
        # The exponent is bounded, for a number of that many digits takes long to make.
        wait = min(FIRST * 2 ** min(delivery.attempts - 1, 20), LONGEST)
        with begin_write(self._engine) as connection:
            waits = _row(delivery.turn, delivery.kind).where(deliveries.c.delivered_at.is_(None))
            connection.execute(waits.values(next_at=now() + wait))
        return wait


def _due(connection: Connection, at: datetime) -> Row[Any] | None:
    """Return the oldest row that is due and the first of its case."""
    earlier, earlier_turns = deliveries.alias(), turns.alias()
    is_later = exists().where(
        earlier.c.reference == deliveries.c.reference,
        earlier.c.delivered_at.is_(None),
        earlier_turns.c.id == earlier.c.turn_id,
        earlier_turns.c.record < turns.c.record,
    )
    query = (
        select(deliveries, turns.c.record)
        .join(turns, turns.c.id == deliveries.c.turn_id)
        .where(deliveries.c.next_at <= at, ~is_later)
        .order_by(turns.c.record)
        .limit(1)
    )
    return connection.execute(query).first()


def _row(turn: str, kind: DeliveryKind) -> Any:
    return update(deliveries).where(deliveries.c.turn_id == turn, deliveries.c.kind == kind)
