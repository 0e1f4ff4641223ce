"""Claims on turns: a message that is sent again is answered once, whichever server it reaches."""

import hashlib
import json
import logging
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial

from sqlalchemy import ColumnElement, Connection, Engine, bindparam, delete, func, select, text, update

from tellerbot.database import begin_read
from tellerbot.errors import TellerbotError, UnavailableError
from tellerbot.records.group import GroupCommit
from tellerbot.records.tables import claims

# How long a claim holds that nobody renews, as when its server has died; longer than a renewal may wait for the
# database. A server that stops for so long can lose one too: its turn is then taken twice, and recorded once.
CLAIM = timedelta(seconds=15)
# Seconds between two renewals.
RENEWAL = 2.0
# For how long one that has run out can be renewed still, as after the database was away, unless the turn was claimed.
RENEWABLE = timedelta(minutes=1)
# Takes a turn that is not recorded, unless a claim on it holds.
_TAKE = text(
    "INSERT INTO turn_claims (turn_id, until) SELECT :turn, :until "
    "WHERE NOT EXISTS (SELECT 1 FROM turns WHERE id = :turn) "
    "ON CONFLICT (turn_id) DO UPDATE SET until = excluded.until WHERE turn_claims.until <= :now"
).bindparams(
    bindparam("turn", type_=claims.c.turn_id.type),
    *(bindparam(name, type_=claims.c.until.type) for name in ("until", "now")),
)
log = logging.getLogger("tellerbot")


class TurnTakenError(TellerbotError):
    """The turn of a message is under way or recorded; `retry_after` is in seconds."""

    retry_after = 1


def conversation_of(customer_id: str, message_id: str) -> str:
    """Return the conversation that a customer's message starts: the same one when it is sent again."""
    return _digest("conversation", customer_id, message_id)


def turn_of(conversation: str, message_id: str) -> str:
    """Return the turn of a message in its conversation: a primary key, the same when it is sent again."""
    return _digest("turn", conversation, message_id)


def _digest(*parts: str) -> str:
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]


@dataclass(slots=True, eq=False)
class _Claim:
    """A claim that this process holds; `times` are all its ends so far, which tell it from another server's claim."""

    turn: str
    times: list[datetime] = field(default_factory=list)


class Claims:
    """The claims of one process, which a thread renews for as long as their turns take."""

    def __init__(self, writes: GroupCommit) -> None:
        self._writes = writes
        self._lock = threading.Lock()
        self._held: set[_Claim] = set()
        self._is_renewing = False

    @contextmanager
    def hold(self, turn: str) -> Iterator[None]:
        """Take the turn here and nowhere else. Raises TurnTakenError when it is under way elsewhere or recorded."""
        own = _Claim(turn)
        self._writes.run(lambda connection: _take(connection, own), durable=False)
        self._add(own)
        try:
            yield
        except BaseException:
            with suppress(UnavailableError):
                self._writes.run(lambda connection: connection.execute(delete(claims).where(_is(own))), durable=False)
            raise
        finally:
            with self._lock:
                self._held.discard(own)

    def _add(self, own: _Claim) -> None:
        with self._lock:
            self._held.add(own)
            if self._is_renewing:
                return
            self._is_renewing = True
        threading.Thread(target=self._renew_often, name="tellerbot-claims", daemon=True).start()

    def _renew_often(self) -> None:
        """Renew what is held, until nothing is."""
        while True:
            time.sleep(RENEWAL)
            with self._lock:
                held = [*self._held]
                self._is_renewing = bool(held)
            if not held:
                return
            try:
                self._writes.run(partial(_renew, held), durable=False)
            except UnavailableError as error:
                log.error("claims of turns under way cannot be renewed now: %s", error)
            except Exception:
                # Whatever nobody foresaw: the claims of turns to come need this thread.
                log.exception("claims of turns under way were not renewed")


def is_claimed(engine: Engine, turn: str) -> bool:
    """Return whether a server has claimed the turn and its claim still holds."""
    with begin_read(engine) as connection:
        return _holds(connection, turn, _now(connection))


def _now(connection: Connection) -> datetime:
    """Return the time by the clock that all servers share: the database's, or this machine's for SQLite."""
    if connection.dialect.name == "postgresql":
        return connection.execute(select(func.clock_timestamp())).scalar_one()
    return datetime.now(UTC)


def _take(connection: Connection, own: _Claim) -> None:
    """Claim the turn.

    A server that loses its power loses its turn too, and with it the need for the claim.
    """
    now = _now(connection)
    values = {"turn": own.turn, "now": now, "until": now + CLAIM}
    if not connection.execute(_TAKE, values).rowcount:
        raise TurnTakenError("This message is being answered. Send it again in a second to get the reply.")
    own.times.append(now + CLAIM)


def _renew(held: Sequence[_Claim], connection: Connection) -> None:
    until = _now(connection) + CLAIM
    for own in held:
        # Before it is in the database, where it may be although this seems to fail.
        own.times.append(until)
        connection.execute(update(claims).where(_is(own)).values(until=until))


def _is(own: _Claim) -> ColumnElement[bool]:
    return (claims.c.turn_id == own.turn) & claims.c.until.in_(own.times)


def _holds(connection: Connection, turn: str, now: datetime) -> bool:
    query = select(claims.c.turn_id).where(claims.c.turn_id == turn, claims.c.until > now)
    return connection.execute(query).first() is not None
