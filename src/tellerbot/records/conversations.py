"""A customer's list of conversations: search, new titles, removal; and how a reply is rated."""

import secrets
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, exists, select, update

from tellerbot.conversation.events import ConversationDeleted, ConversationRenamed, ReplyRated, TurnMeasured
from tellerbot.database import looking, storable, utc, wait_for_lock, writing
from tellerbot.errors import DataError
from tellerbot.records.store import TITLE, Records, record, require_owned
from tellerbot.records.tables import actions, cases, conversations, turns


class Conversations:
    """What customers do with their conversations, each a turn of its own that has nothing to read."""

    def __init__(self, records: Records) -> None:
        self._engine = records.engine

    def listed(
        self, customer: str, search: str = "", before: datetime | None = None, limit: int = 50
    ) -> list[dict[str, Any]]:
        """List the customer's conversations, newest first: those `before` a time, with `search` in their titles."""
        query = (
            select(conversations)
            .where(conversations.c.customer_id == customer, conversations.c.deleted_at.is_(None))
            .where(exists().where(turns.c.conversation_id == conversations.c.id))
            .order_by(conversations.c.started_at.desc(), conversations.c.id)
            .limit(limit)
        )
        if search:
            query = query.where(conversations.c.title.icontains(search, autoescape=True))
        if before:
            at = before if before.tzinfo else before.replace(tzinfo=UTC)
            query = query.where(conversations.c.started_at < at.astimezone(UTC))
        if not storable(search):
            return []
        with looking(self._engine) as connection:
            return [
                {"id": row.id, "title": row.title, "started_at": utc(row.started_at)}
                for row in connection.execute(query)
            ]

    def rename(self, conversation: str, customer: str, title: str) -> None:
        """Give a conversation of the customer's another title, masked before. Raises NotTheirsError and DataError."""
        title = " ".join(title.split())
        if not title or len(title) > TITLE or not storable(title):
            raise DataError(f"Expected a title of 1 to {TITLE} characters, found {len(title)}. Choose another one.")
        with writing(self._engine) as connection:
            self._note(connection, conversation, customer, ConversationRenamed(title))
            row = conversations.c.id == conversation
            connection.execute(update(conversations).where(row).values(title=title))

    def delete(self, conversation: str, customer: str) -> None:
        """Take a conversation out of the customer's sight; the bank's records keep what happened.

        Raises NotTheirsError, and DataError while a case of it is not closed, or an action without an outcome.
        """
        with writing(self._engine) as connection:
            at = self._note(connection, conversation, customer, ConversationDeleted())
            acts = (actions.c.conversation_id == conversation) & actions.c.status.in_(("running", "unknown"))
            if connection.execute(select(actions.c.key).where(acts).limit(1)).first():
                raise DataError("The bank is still at work on something in this conversation. Delete it later.")
            waits = (cases.c.conversation_id == conversation) & (cases.c.status != "closed")
            if connection.execute(select(cases.c.reference).where(waits).limit(1)).first():
                raise DataError("A colleague is still at work on this conversation. Delete it when that is done.")
            row = conversations.c.id == conversation
            connection.execute(update(conversations).where(row).values(deleted_at=at))

    def rate(self, conversation: str, customer: str, turn: str, is_helpful: bool) -> None:
        """Note whether a reply helped; the last rating counts. Raises NotTheirsError, DataError for no such turn."""
        with writing(self._engine) as connection:
            self._note(connection, conversation, customer, ReplyRated(turn, is_helpful))
            known = (turns.c.id == turn) & (turns.c.conversation_id == conversation)
            if not storable(turn) or not connection.execute(select(turns.c.id).where(known)).first():
                raise DataError("Expected a reply of this conversation, found none. Reload the page.")

    def _note(
        self,
        connection: Connection,
        conversation: str,
        customer: str,
        event: ConversationRenamed | ConversationDeleted | ReplyRated,
    ) -> datetime:
        wait_for_lock(connection)
        require_owned(connection, conversation, customer)
        return record(connection, conversation, secrets.token_hex(8), customer, [event, TurnMeasured(())])
