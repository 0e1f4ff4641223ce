"""A customer's list of conversations: search, new titles, removal; and how a reply is rated."""

import secrets
import unicodedata
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy import Connection, exists, select, update

from tellerbot.conversation.events import ConversationDeleted, ConversationRenamed, ReplyRated, TurnMeasured
from tellerbot.database import begin_read, begin_write, is_storable, utc, wait_for_lock
from tellerbot.errors import DataError
from tellerbot.records.store import TITLE, Records, record, require_owned
from tellerbot.records.tables import actions, cases, conversations, turns


class Conversations:
    """What customers do with their conversations, each a turn of its own that has nothing to read."""

    def __init__(self, records: Records) -> None:
        self._engine = records.engine

    def list_page(
        self, customer: str, search: str = "", before: str | None = None, limit: int = 50
    ) -> list[dict[str, Any]]:
        """List the customer's conversations, newest first: those after `before` in this order, by its id.

        `search` is in their titles, whatever the case and the accents of either. After an id that is not the
        customer's own there are none.
        """
        if before is not None and not is_storable(before):
            return []
        query = (
            select(conversations.c.id, conversations.c.title, conversations.c.started_at)
            .where(conversations.c.customer_id == customer, conversations.c.deleted_at.is_(None))
            .where(exists().where(turns.c.conversation_id == conversations.c.id))
            .order_by(conversations.c.started_at.desc(), conversations.c.id)
        )
        if before is not None:
            last = conversations.alias()
            at = select(last.c.started_at).where(last.c.id == before, last.c.customer_id == customer).scalar_subquery()
            same = (conversations.c.started_at == at) & (conversations.c.id > before)
            query = query.where((conversations.c.started_at < at) | same)
        with begin_read(self._engine) as connection:
            rows = connection.execute(query if search else query.limit(limit))
            # Databases fold case each in their own way, SQLite that of ASCII only.
            wanted = _fold(search)
            found = islice((row for row in rows if wanted in _fold(row.title)), limit)
            return [{**row._mapping, "started_at": utc(row.started_at)} for row in found]

    def rename(self, conversation: str, customer: str, title: str) -> None:
        """Give a conversation of the customer's another title, which is masked already.

        Raises ConversationNotFoundError, and DataError for a title that cannot be kept.
        """
        title = " ".join(title.split())
        if not title or len(title) > TITLE or not is_storable(title):
            raise DataError(_refuse(title))
        with begin_write(self._engine) as connection:
            self._note(connection, conversation, customer, ConversationRenamed(title))
            row = conversations.c.id == conversation
            connection.execute(update(conversations).where(row).values(title=title))

    def delete(self, conversation: str, customer: str) -> None:
        """Take a conversation out of the customer's sight; the bank's records keep what happened.

        Raises ConversationNotFoundError, and DataError while a case of it is open or an action has no outcome.
        """
        with begin_write(self._engine) as connection:
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
        """Record whether a reply helped; the last rating counts.

        Raises ConversationNotFoundError, and DataError where the conversation has no such turn.
        """
        with begin_write(self._engine) as connection:
            self._note(connection, conversation, customer, ReplyRated(turn, is_helpful))
            known = (turns.c.id == turn) & (turns.c.conversation_id == conversation)
            if not is_storable(turn) or not connection.execute(select(turns.c.id).where(known)).first():
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


def _fold(text: str) -> str:
    """Return a text without case and accents, for comparison."""
    if text.isascii():
        return text.casefold()
    return "".join(char for char in unicodedata.normalize("NFKD", text) if not unicodedata.combining(char)).casefold()


def _refuse(title: str) -> str:
    """Return what a customer reads about a title that cannot be kept."""
    if not title:
        return "A title needs a word or two. Type one, then press Rename."
    if len(title) > TITLE:
        return f"That title has {len(title)} characters, and {TITLE} fit. Shorten it a little, then press Rename."
    return "That title has a character in it that we can't keep. Type it anew, then press Rename."
