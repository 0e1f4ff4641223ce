"""The event store: what happened in each conversation, in one transaction with its records in the chain."""

import secrets
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    Executable,
    Row,
    bindparam,
    delete,
    exists,
    func,
    insert,
    select,
)

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
from tellerbot.database import begin_read, is_storable, utc
from tellerbot.errors import TellerbotError
from tellerbot.records import chain
from tellerbot.records.actions import note_action
from tellerbot.records.case_rows import CASE_KINDS, follow
from tellerbot.records.claims import RENEWABLE, Claims, TurnTakenError
from tellerbot.records.group import GroupCommit
from tellerbot.records.tables import actions, claims, conversations, events, turns
from tellerbot.records.upgrade import upgrade

# The kinds of event that end a turn.
ENDS = (TurnMeasured, TurnImported)
TITLE = 80  # characters
RATED = ReplyRated.__name__
# The kinds of event that turns with nothing to read consist of.
ASIDES = (RATED, ConversationRenamed.__name__, ConversationDeleted.__name__)


def _select_turns(condition: ColumnElement[bool]) -> Executable:
    """Select the events of the turns that have ended and meet the condition, the oldest first."""
    return (
        select(turns.c.id, turns.c.conversation_id, turns.c.at, events.c.kind, events.c.content)
        .join(conversations, conversations.c.id == turns.c.conversation_id)
        # The conversation is in the index.
        .join(events, (events.c.conversation_id == turns.c.conversation_id) & (events.c.turn_id == turns.c.id))
        .where(condition)
        .order_by(turns.c.record, events.c.record)
    )


# What every turn asks of the records is built once, which takes longer than running it.
_HERE, _TURN = bindparam("conversation"), bindparam("turn")
_OWNER = select(conversations.c.customer_id, conversations.c.deleted_at).where(conversations.c.id == _HERE)
_ACTING = exists().where(actions.c.conversation_id == _HERE, actions.c.status == "running")
_LAST = select(func.max(events.c.record)).where(events.c.conversation_id == _HERE).scalar_subquery()
# First of all: what is recorded after it makes the turn a stale one.
_POSITION = _OWNER.add_columns(_LAST.label("last"), _ACTING.label("is_acting"))
_SINCE = _select_turns(
    (turns.c.conversation_id == _HERE) & ((turns.c.at >= bindparam("since")) | events.c.kind.in_(CASE_KINDS))
)
_LATER = (events.c.conversation_id == _HERE) & (events.c.record > bindparam("after")) & (events.c.turn_id != _TURN)
# What a customer does with the list, or to rate a reply, changes nothing that a turn has read.
_NEWER = exists().where(
    _LATER, events.c.turn_id.not_in(select(events.c.turn_id).where(_LATER, events.c.kind.in_(ASIDES)))
)
_ENDED = exists().where(turns.c.id == _TURN)
_ENTRY = _OWNER.add_columns(_ENDED.label("has_ended"), _NEWER.label("is_stale"))
_ADD_CONVERSATION, _ADD_EVENT, _ADD_TURN = insert(conversations), insert(events), insert(turns)
_DROP_CLAIM = delete(claims).where(claims.c.turn_id == _TURN)


class ConversationNotFoundError(TellerbotError):
    """The conversation does not exist, or is another customer's; the error is the same for both."""


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
    """The store of events; every read is for one customer."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.writes = GroupCommit(engine)
        self.claims = Claims(self.writes)

    def prepare(self) -> None:
        """Make the tables, or upgrade those of an older version. Raises ArtefactError for those of a newer one."""
        upgrade(self.engine)

    def ping(self) -> None:
        """Raise UnavailableError when the database cannot be written to."""
        # A row that is there for a moment, since to delete nothing writes nothing. Claims of dead servers go with it.
        name = f"ping {secrets.token_hex(8)}"

        def write(connection: Connection) -> None:
            connection.execute(insert(claims).values(turn_id=name, until=now()))
            connection.execute(delete(claims).where((claims.c.turn_id == name) | (claims.c.until <= now() - RENEWABLE)))

        self.writes.run(write, durable=False)

    def append(
        self, conversation: str, turn: str, customer: str | None, new: Sequence[Event], after: int | None = None
    ) -> datetime:
        """Record events of a turn, durable when this returns; return the time of their records.

        A turn may come in several calls. TurnMeasured ends it: only then can it be read, and the cases that it opened
        are queued. Raises ConversationNotFoundError for another customer's conversation, TurnTakenError for a turn that
        has ended, and StaleError where another turn was recorded `after` the record with this number.
        """
        return self.writes.run(lambda connection: record(connection, conversation, turn, customer, new, after))

    def events(self, conversation: str, customer: str | None) -> tuple[Event, ...]:
        """Return the events of the customer's conversation, the oldest first; none where it is new.

        Raises ConversationNotFoundError for another customer's conversation.
        """
        with begin_read(self.engine) as connection:
            if not _is_known(connection, conversation, customer):
                return ()
            found = read_turns(connection, turns.c.conversation_id == conversation)
            return tuple(event for turn in found for event in turn.events)

    def history(self, conversation: str, customer: str | None, since: datetime) -> History:
        """Return the events of the customer's conversation, the oldest first, with the number of its last record.

        Turns that ended before `since` are left out, but for what became of a case: an agent who has the conversation
        has it still. Raises ConversationNotFoundError for another customer's conversation.
        """
        with begin_read(self.engine) as connection:
            position = _find(connection, conversation, customer, _POSITION)
            if position is None:
                return History((), 0)
            found = turns_of(connection.execute(_SINCE, {"conversation": conversation, "since": since}))
            ended = [event for turn in found for event in turn.events]
            under_way = _read_acting(connection, conversation) if position.is_acting else ()
            return History((*ended, *under_way), position.last or 0)

    def turns(
        self, conversation: str, customer: str, before: str | None = None, limit: int | None = None
    ) -> list[Turn]:
        """Return the turns of the customer's own conversation, the oldest first. Raises ConversationNotFoundError.

        With a `limit` only the newest, of those `before` a turn; how replies were rated is always among them.
        """
        with begin_read(self.engine) as connection:
            require_owned(connection, conversation, customer)
            if limit is None:
                return read_turns(connection, turns.c.conversation_id == conversation)
            return read_newest(connection, conversation, limit, before)

    def find_turn(self, turn: str, customer: str) -> Turn | None:
        """Return a turn of the customer's own; None when there is none."""
        with begin_read(self.engine) as connection:
            found = read_turns(connection, (turns.c.id == turn) & (conversations.c.customer_id == customer))
            return found[0] if found else None

    def require_owned(self, conversation: str, customer: str) -> None:
        """Raise ConversationNotFoundError unless the conversation is the customer's."""
        with begin_read(self.engine) as connection:
            require_owned(connection, conversation, customer)


def record(
    connection: Connection,
    conversation: str,
    turn: str,
    customer: str | None,
    new: Sequence[Event],
    after: int | None = None,
) -> datetime:
    """Record events of a turn, with all that `Records.append` promises, inside the caller's transaction.

    The transaction must be open for writing and hold the lock (see `chain.extend`).
    """
    encoded = [(*encode(event), salt) for event, salt in zip(new, chain.new_salts(len(new)), strict=True)]
    at = now()
    _enter(connection, conversation, turn, customer, new, at, after)
    contents = [chain.describe_event(kind, conversation, customer, turn, salt, body) for kind, body, salt in encoded]
    first = chain.extend(connection, contents, at)
    connection.execute(_ADD_EVENT, [
        {"record": number, "conversation_id": conversation, "turn_id": turn, "kind": kind, "salt": salt,
         "content": body}
        for number, (kind, body, salt) in enumerate(encoded, first)
    ])  # fmt: skip
    if isinstance(new[-1], ENDS):
        ended = {"id": turn, "conversation_id": conversation, "at": at, "record": first + len(new) - 1}
        connection.execute(_ADD_TURN, ended)
        connection.execute(_DROP_CLAIM, {"turn": turn})
        follow(connection, conversation, turn, new, at)
    for event in new:
        note_action(connection, event, conversation, turn, at)
    return at


def _enter(
    connection: Connection,
    conversation: str,
    turn: str,
    customer: str | None,
    new: Sequence[Event],
    at: datetime,
    after: int | None,
) -> None:
    """Check whose the conversation is, and that its turn may be recorded; start it with its first message."""
    # No record is later than None.
    row = _find(connection, conversation, customer, _ENTRY, turn=turn, after=after)
    if row is None:
        received = next((event for event in new if isinstance(event, MessageReceived)), None)
        if received:
            begun = {"id": conversation, "customer_id": customer, "started_at": at, "title": received.text[:TITLE]}
            connection.execute(_ADD_CONVERSATION, begun)
    elif row.has_ended:
        raise TurnTakenError("This message is answered already. Send it again to get the reply.")
    elif row.is_stale:
        raise StaleError("Expected the conversation as it was read, found a newer turn in it. Take the turn again.")


def require_owned(connection: Connection, conversation: str, customer: str | None) -> None:
    """Raise ConversationNotFoundError unless the conversation is there, the customer's, and not deleted."""
    row = _find(connection, conversation, customer)
    if row is None or row.deleted_at:
        raise _not_found()


def _is_known(connection: Connection, conversation: str, customer: str | None) -> bool:
    """Return whether the conversation is there. Raises ConversationNotFoundError when it is another customer's.

    One that was deleted is: what became of an action in it is recorded all the same.
    """
    return _find(connection, conversation, customer) is not None


def _find(
    connection: Connection, conversation: str, customer: str | None, query: Executable = _OWNER, **values: Any
) -> Row[Any] | None:
    """Return the row of a query such as `_OWNER`, None where there is no such conversation.

    Raises ConversationNotFoundError for another customer's conversation.
    """
    found = connection.execute(query, {"conversation": conversation, **values}) if is_storable(conversation) else None
    row = found.first() if found else None
    if row and row.customer_id != customer:
        raise _not_found()
    return row


def _not_found() -> ConversationNotFoundError:
    return ConversationNotFoundError("Expected one of your own conversations. Leave conversation_id out to start one.")


def read_turns(connection: Connection, condition: ColumnElement[bool]) -> list[Turn]:
    """Return the turns that have ended and meet the condition, the oldest first."""
    return turns_of(connection.execute(_select_turns(condition)))


def read_newest(connection: Connection, conversation: str, limit: int, before: str | None = None) -> list[Turn]:
    """Return the newest turns of a conversation with something to read, of those `before` one of them.

    With them come the turns that rate their replies.
    """
    if before is not None and not is_storable(before):
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
    """Make turns from the rows of their events, the oldest first.

    A row has the turn's id, conversation and time.
    """
    found: list[Turn] = []
    for turn, group in groupby(rows, key=lambda row: row.id):
        kept = list(group)
        happened = [decode(row.kind, row.content) for row in kept]
        found.append(Turn(turn, kept[0].conversation_id, utc(kept[0].at), last_attempt(happened)))
    return found


def _read_acting(connection: Connection, conversation: str) -> Iterator[Event]:
    """Return the events of turns that have asked the bank to act, and have not ended."""
    acting = select(actions.c.turn_id).where(actions.c.conversation_id == conversation, actions.c.status == "running")
    query = (
        select(events.c.kind, events.c.content)
        .where(events.c.conversation_id == conversation, events.c.turn_id.in_(acting))
        .order_by(events.c.record)
    )
    return (decode(row.kind, row.content) for row in connection.execute(query))


def now() -> datetime:
    """Return the time, as the chain holds it."""
    at = datetime.now(UTC)
    return at.replace(microsecond=at.microsecond // 1000 * 1000)
