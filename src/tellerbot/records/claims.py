"""Claims on turns: a message that is sent again is answered once, whichever server it reaches."""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, Engine, delete, insert, select

from tellerbot.database import looking
from tellerbot.errors import TellerbotError, UnavailableError
from tellerbot.records.group import GroupCommit
from tellerbot.records.tables import claims, turns

# How long a claim holds when its server dies; a turn that takes longer can be claimed again, and recorded only once.
CLAIM = timedelta(seconds=60)


class TurnTakenError(TellerbotError):
    """The turn of a message is under way or recorded; `retry_after` is in seconds."""

    retry_after = 1


def conversation_of(customer_id: str, message_id: str) -> str:
    """The conversation that a customer's message starts: the same one when the message is sent again."""
    return _digest("conversation", customer_id, message_id)


def turn_of(conversation: str, message_id: str) -> str:
    """The turn of a message in its conversation: as a primary key, one however often the message is sent."""
    return _digest("turn", conversation, message_id)


def _digest(*parts: str) -> str:
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]


@contextmanager
def claim(writes: GroupCommit, turn: str) -> Iterator[None]:
    """Take the turn here and nowhere else. Raises TurnTakenError when it is under way elsewhere or recorded."""
    until = writes.run(lambda connection: _take(connection, turn), durable=False)
    try:
        yield
    except BaseException:
        # Only its own claim: another server may hold one when that has run out, as it does with the database away.
        with suppress(UnavailableError):
            own = delete(claims).where(claims.c.turn_id == turn, claims.c.until == until)
            writes.run(lambda connection: connection.execute(own), durable=False)
        raise


def is_claimed(engine: Engine, turn: str) -> bool:
    """Whether a server has claimed the turn and its claim still holds."""
    with looking(engine) as connection:
        return _holds(connection, turn, datetime.now(UTC))


def _take(connection: Connection, turn: str) -> datetime:
    """Claim the turn and delete all claims that have run out; the time when the new one does.

    A server that loses its power loses its turn too, and with it the need for the claim.
    """
    now = datetime.now(UTC)
    recorded = connection.execute(select(turns.c.id).where(turns.c.id == turn)).first()
    if recorded or _holds(connection, turn, now):
        raise TurnTakenError("This message is being answered. Send it again in a second to get the reply.")
    connection.execute(delete(claims).where(claims.c.until <= now))
    connection.execute(insert(claims).values(turn_id=turn, until=now + CLAIM))
    return now + CLAIM


def _holds(connection: Connection, turn: str, now: datetime) -> bool:
    query = select(claims.c.turn_id).where(claims.c.turn_id == turn, claims.c.until > now)
    return connection.execute(query).first() is not None
