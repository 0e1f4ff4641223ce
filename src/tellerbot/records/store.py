"""The event store: what happened in each conversation, in one transaction with its records in the chain."""

import secrets
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Row, delete, exists, func, insert, select

from tellerbot.conversation.events import (
    ConversationDeleted,
    ConversationRenamed,
    Event,
    MessageReceived,
    ReplyRated,
    TurnImported,
    TurnMeasured,
    decode,
    encode,
)
from tellerbot.conversation.turns import Turn, last_attempt
from tellerbot.database import looking, storable, utc
from tellerbot.errors import TellerbotError
from tellerbot.records import chain
from tellerbot.records.actions import note_action
from tellerbot.records.case_rows import CASE_KINDS, follow
from tellerbot.records.claims import TurnTakenError
from tellerbot.records.group import GroupCommit
from tellerbot.records.tables import actions, claims, conversations, events, turns
from tellerbot.records.upgrade import upgrade

# The kinds of event that end a turn.
ENDS = (TurnMeasured, TurnImported)
TITLE = 80  # characters
RATED = ReplyRated.__name__
# The kinds of event that turns with nothing to read consist of.
ASIDES = (RATED, ConversationRenamed.__name__, ConversationDeleted.__name__)


class NotTheirsError(TellerbotError):
    """A conversation that is not there, or not this customer's; the error is the same for both."""


class StaleError(TellerbotError):
    """Something happened in the conversation that the turn has not seen; take it again."""


@dataclass(frozen=True, slots=True)
class History:
    """What happened in a conversation, and the number of its last record: 0 where there is none.

    Turns that have not ended are left out, but for one that the bank was asked to act in: what it does is under way.
    """

    events: tuple[Event, ...]
    last: int


class Records:
    """Stores events; every read is for one customer."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.writes = GroupCommit(engine)

    def prepare(self) -> None:
        """Make the tables, or upgrade those of an older version. Raises ArtefactError for those of a newer one."""
        upgrade(self.engine)

    def ping(self) -> None:
        """Raise UnavailableError when the database cannot be written to."""
        # A row, since to delete nothing writes nothing; the claim has run out as soon as it is made.
        row = {"turn_id": f"ping {secrets.token_hex(8)}", "until": now()}

        def write(connection: Connection) -> None:
            connection.execute(delete(claims).where(claims.c.until <= now()))
            connection.execute(insert(claims).values(**row))

        self.writes.run(write, durable=False)

    def append(
        self, conversation: str, turn: str, customer: str | None, new: Sequence[Event], after: int | None = None
    ) -> datetime:
        """Record events of a turn, durable when this returns; gives the time that they are recorded at.

        A turn may come in several calls. TurnMeasured ends it: only then is it read back, and in the same call come
        the cases that it opened. Raises NotTheirsError for another customer's conversation, TurnTakenError for a
        turn that has ended, and StaleError where another turn was recorded `after` the record with this number.
        """

        def write(connection: Connection) -> datetime:
            if after is not None:
                _require_fresh(connection, conversation, turn, after)
            return record(connection, conversation, turn, customer, new)

        return self.writes.run(write)

    def events(self, conversation: str, customer: str | None) -> tuple[Event, ...]:
        """The events of the customer's conversation, the oldest first; none where it is new.

        Raises NotTheirsError for another customer's conversation.
        """
        with looking(self.engine) as connection:
            if not _is_known(connection, conversation, customer):
                return ()
            found = read_turns(connection, turns.c.conversation_id == conversation)
            return tuple(event for turn in found for event in turn.events)

    def history(self, conversation: str, customer: str | None, since: datetime) -> History:
        """The events of the customer's conversation, the oldest first, with the number of its last record.

        Turns that ended before `since` are left out, but for what became of a case: an agent who has the conversation
        has it still. Raises NotTheirsError for another customer's conversation.
        """
        with looking(self.engine) as connection:
            if not _is_known(connection, conversation, customer):
                return History((), 0)
            here = events.c.conversation_id == conversation
            acting = exists().where(actions.c.conversation_id == conversation, actions.c.status == "running")
            # First of all: what is recorded after it makes the turn a stale one.
            last, is_acting = connection.execute(select(func.max(events.c.record), acting).where(here)).one()
            chosen = (turns.c.at >= since) | events.c.kind.in_(CASE_KINDS)
            found = read_turns(connection, (turns.c.conversation_id == conversation) & chosen)
            ended = [event for turn in found for event in turn.events]
            under_way = _read_acting(connection, conversation) if is_acting else ()
            return History((*ended, *under_way), last or 0)

    def turns(
        self, conversation: str, customer: str, before: str | None = None, limit: int | None = None
    ) -> list[Turn]:
        """The turns of the customer's own conversation, the oldest first. Raises NotTheirsError.

        With a `limit` only the newest, of those `before` a turn; how replies were rated is always among them.
        """
        with looking(self.engine) as connection:
            require_owned(connection, conversation, customer)
            if limit is None:
                return read_turns(connection, turns.c.conversation_id == conversation)
            return read_newest(connection, conversation, limit, before)

    def find_turn(self, turn: str, customer: str) -> Turn | None:
        """A turn of the customer's own; None when there is none."""
        with looking(self.engine) as connection:
            found = read_turns(connection, (turns.c.id == turn) & (conversations.c.customer_id == customer))
            return found[0] if found else None

    def owned(self, conversation: str, customer: str) -> None:
        """Raise NotTheirsError unless the conversation is the customer's."""
        with looking(self.engine) as connection:
            require_owned(connection, conversation, customer)


def record(
    connection: Connection, conversation: str, turn: str, customer: str | None, new: Sequence[Event]
) -> datetime:
    """Record events of a turn, with all that `Records.append` promises, inside the caller's transaction.

    The transaction must be open for writing and hold the lock (see `chain.extend`).
    """
    encoded = [(*encode(event), chain.new_salt()) for event in new]
    at = now()
    _enter(connection, conversation, turn, customer, new, at)
    contents = [chain.evidence(kind, conversation, customer, turn, salt, body) for kind, body, salt in encoded]
    first = chain.extend(connection, contents, at)
    connection.execute(insert(events), [
        {"record": number, "conversation_id": conversation, "turn_id": turn, "kind": kind, "salt": salt,
         "content": body}
        for number, (kind, body, salt) in enumerate(encoded, first)
    ])  # fmt: skip
    if isinstance(new[-1], ENDS):
        connection.execute(insert(turns).values(
            id=turn, conversation_id=conversation, at=at, record=first + len(new) - 1,
        ))  # fmt: skip
        connection.execute(delete(claims).where(claims.c.turn_id == turn))
        follow(connection, conversation, turn, new, at)
    for event in new:
        note_action(connection, event, conversation, turn, at)
    return at


def _enter(
    connection: Connection, conversation: str, turn: str, customer: str | None, new: Sequence[Event], at: datetime
) -> None:
    """Check whose the conversation is and that the turn is open; start the conversation with its first message."""
    query = select(conversations.c.customer_id, exists().where(turns.c.id == turn).label("has_ended"))
    row = connection.execute(query.where(conversations.c.id == conversation)).first()
    if row is None:
        received = next((event for event in new if isinstance(event, MessageReceived)), None)
        if received:
            connection.execute(insert(conversations).values(
                id=conversation, customer_id=customer, started_at=at, title=received.text[:TITLE],
            ))  # fmt: skip
    elif row.customer_id != customer:
        raise _not_theirs()
    elif row.has_ended:
        raise TurnTakenError("This message is answered already. Send it again to get the reply.")


def _require_fresh(connection: Connection, conversation: str, turn: str, after: int) -> None:
    """Raise StaleError where another turn was recorded after the record with this number."""
    newer = (events.c.conversation_id == conversation) & (events.c.record > after) & (events.c.turn_id != turn)
    # What a customer does with the list, or to rate a reply, changes nothing that a turn has read.
    aside = select(events.c.turn_id).where(newer, events.c.kind.in_(ASIDES))
    if connection.execute(select(events.c.record).where(newer, events.c.turn_id.not_in(aside)).limit(1)).first():
        raise StaleError("Expected the conversation as it was read, found a newer turn in it. Take the turn again.")


def require_owned(connection: Connection, conversation: str, customer: str | None) -> None:
    """Raise NotTheirsError unless the conversation is there, the customer's, and not deleted."""
    row = _find(connection, conversation, customer)
    if row is None or row.deleted_at:
        raise _not_theirs()


def _is_known(connection: Connection, conversation: str, customer: str | None) -> bool:
    """Whether the conversation is there. Raises NotTheirsError when it is another customer's.

    One that was deleted is: what became of an action in it is recorded all the same.
    """
    return _find(connection, conversation, customer) is not None


def _find(connection: Connection, conversation: str, customer: str | None) -> Row[Any, Any] | None:
    query = select(conversations.c.customer_id, conversations.c.deleted_at).where(conversations.c.id == conversation)
    row = connection.execute(query).first() if storable(conversation) else None
    if row and row.customer_id != customer:
        raise _not_theirs()
    return row


def _not_theirs() -> NotTheirsError:
    return NotTheirsError("Expected one of your own conversations. Leave conversation_id out to start one.")


def read_turns(connection: Connection, condition: ColumnElement[bool]) -> list[Turn]:
    """The turns that have ended and meet the condition, the oldest first."""
    query = (
        select(turns.c.id, turns.c.conversation_id, turns.c.at, events.c.kind, events.c.content)
        .join(conversations, conversations.c.id == turns.c.conversation_id)
        # The conversation is in the index.
        .join(events, (events.c.conversation_id == turns.c.conversation_id) & (events.c.turn_id == turns.c.id))
        .where(condition)
        .order_by(turns.c.record, events.c.record)
    )
    return turns_of(connection.execute(query))


def read_newest(connection: Connection, conversation: str, limit: int, before: str | None = None) -> list[Turn]:
    """The newest turns of a conversation that there is something to read in, of those `before` one of them.

    With them come the turns that rate their replies.
    """
    if before is not None and not storable(before):
        return []
    here = turns.c.conversation_id == conversation
    asides = select(events.c.turn_id).where(events.c.conversation_id == conversation, events.c.kind.in_(ASIDES))
    newest = select(turns.c.id).where(here, turns.c.id.not_in(asides)).order_by(turns.c.record.desc()).limit(limit)
    if before is not None:
        newest = newest.where(
            turns.c.record < select(turns.c.record).where(here, turns.c.id == before).scalar_subquery()
        )
    found = read_turns(connection, here & turns.c.id.in_(newest))
    if not found:
        return []
    rated = select(events.c.turn_id).where(events.c.conversation_id == conversation, events.c.kind == RATED)
    # A rating is younger than its reply.
    first = select(turns.c.record).where(turns.c.id == found[0].id).scalar_subquery()
    return [*found, *read_turns(connection, here & turns.c.id.in_(rated) & (turns.c.record > first))]


def turns_of(rows: Iterable[Any]) -> list[Turn]:
    """Turns from the rows of their events, which have the turn's id, conversation and time, the oldest first."""
    found: list[Turn] = []
    for turn, group in groupby(rows, key=lambda row: row.id):
        kept = list(group)
        happened = [decode(row.kind, row.content) for row in kept]
        found.append(Turn(turn, kept[0].conversation_id, utc(kept[0].at), last_attempt(happened)))
    return found


def _read_acting(connection: Connection, conversation: str) -> Iterator[Event]:
    """The events of turns that have asked the bank to act, and have not ended."""
    acting = select(actions.c.turn_id).where(actions.c.conversation_id == conversation, actions.c.status == "running")
    query = (
        select(events.c.kind, events.c.content)
        .where(events.c.conversation_id == conversation, events.c.turn_id.in_(acting))
        .order_by(events.c.record)
    )
    return (decode(row.kind, row.content) for row in connection.execute(query))


def now() -> datetime:
    """The time, as the chain holds it."""
    at = datetime.now(UTC)
    return at.replace(microsecond=at.microsecond // 1000 * 1000)
