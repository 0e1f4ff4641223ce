"""Actions under way: which of them the bank was asked for and has not answered yet."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, Engine, bindparam, insert, select, update

from tellerbot.conversation.events import ActionDone, ActionRefused, ActionStarted, ActionUnknown, Event
from tellerbot.database import begin_read, utc
from tellerbot.records.tables import actions, conversations

# How long the server that asked the bank has for it; then the action is taken for abandoned.
LEASE = timedelta(seconds=60)
_HERE = actions.c.conversation_id == bindparam("conversation")
_ACTED = select(actions.c.key).where(_HERE, actions.c.turn_id == bindparam("turn")).limit(1)
_PENDING = (
    select(actions, conversations.c.customer_id)
    .join(conversations, conversations.c.id == actions.c.conversation_id)
    .where(actions.c.status.in_(("running", "unknown")))
    .order_by(actions.c.at)
)
_PENDING_HERE = _PENDING.where(_HERE)


@dataclass(frozen=True, slots=True)
class PendingAction:
    """An action whose outcome is not known; `is_abandoned`: no server waits for it any more.

    `turn` is the turn that it left without an end, None where that turn recorded that the outcome is not known.
    """

    key: str
    action: str
    conversation: str
    customer: str
    turn: str | None
    is_abandoned: bool


def note_action(connection: Connection, event: Event, conversation: str, turn: str, at: datetime) -> None:
    """Keep the row of an action in step with its events. A key that was started before raises IntegrityError."""
    match event:
        case ActionStarted():
            connection.execute(insert(actions).values(
                key=event.key, conversation_id=conversation, turn_id=turn, action=event.action, at=at,
                until=at + LEASE, status="running",
            ))  # fmt: skip
        case ActionDone() | ActionRefused() | ActionUnknown():
            status = {ActionDone: "done", ActionRefused: "refused", ActionUnknown: "unknown"}[type(event)]
            connection.execute(update(actions).where(actions.c.key == event.key).values(status=status))
        case _:
            pass


def find_pending(engine: Engine, conversation: str | None = None) -> list[PendingAction]:
    """Find the actions, of one conversation or of all, whose outcome is not known; the oldest first."""
    query = _PENDING if conversation is None else _PENDING_HERE
    now = datetime.now(UTC)
    with begin_read(engine) as connection:
        return [
            PendingAction(
                row.key, row.action, row.conversation_id, row.customer_id,
                None if row.status == "unknown" else row.turn_id,
                row.status == "unknown" or utc(row.until) <= now,
            )
            for row in connection.execute(query, {"conversation": conversation})
        ]  # fmt: skip


def has_acted(engine: Engine, conversation: str, turn: str) -> bool:
    """Return whether the bank was asked to act in a turn, which is then never taken again."""
    with begin_read(engine) as connection:
        return connection.execute(_ACTED, {"conversation": conversation, "turn": turn}).first() is not None
