"""Actions under way: which of them the bank was asked for and has not answered yet."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, Engine, insert, select, update

from tellerbot.conversation.events import ActionDone, ActionRefused, ActionStarted, ActionUnknown, Event
from tellerbot.database import looking, utc
from tellerbot.records.tables import actions, conversations

# How long the server that asked the bank has for it; then the action is taken for abandoned.
LEASE = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class PendingAction:
    """An action whose outcome is not known; `is_abandoned`: no server waits for it any more.

    `turn` is the one that it has left without an end, None where that has told that the outcome is not known.
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
    """The actions, of one conversation or of all, whose outcome is not known; the oldest first."""
    query = (
        select(actions, conversations.c.customer_id)
        .join(conversations, conversations.c.id == actions.c.conversation_id)
        .where(actions.c.status.in_(("running", "unknown")))
        .order_by(actions.c.at)
    )
    if conversation is not None:
        query = query.where(actions.c.conversation_id == conversation)
    now = datetime.now(UTC)
    with looking(engine) as connection:
        return [
            PendingAction(
                row.key, row.action, row.conversation_id, row.customer_id,
                None if row.status == "unknown" else row.turn_id,
                row.status == "unknown" or utc(row.until) <= now,
            )
            for row in connection.execute(query)
        ]  # fmt: skip


def has_acted(engine: Engine, conversation: str, turn: str) -> bool:
    """Whether the bank was asked to act in a turn, which is then never taken again."""
    query = select(actions.c.key).where(actions.c.conversation_id == conversation, actions.c.turn_id == turn)
    with looking(engine) as connection:
        return connection.execute(query.limit(1)).first() is not None
