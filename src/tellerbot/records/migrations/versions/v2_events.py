"""Events in place of whole turns, their contents apart from the chain; hand-offs become cases.

Each turn of the older version becomes one TurnImported event with a record of its own. The chain's older records stay.
"""

from datetime import UTC, datetime
from itertools import islice
from typing import Any

import sqlalchemy as sa
from alembic import op

from tellerbot.conversation.events import TurnImported, encode
from tellerbot.records import chain

revision = "2"
down_revision = "1"
AT_ONCE = 500

metadata = sa.MetaData()
conversations = sa.Table(
    "conversations",
    metadata,
    sa.Column("id", sa.String, primary_key=True),
    sa.Column("customer_id", sa.String),
)
older_turns = sa.Table(
    "turns_1",
    metadata,
    sa.Column("id", sa.String, primary_key=True),
    sa.Column("conversation_id", sa.String),
    sa.Column("number", sa.Integer),
    sa.Column("at", sa.DateTime(timezone=True)),
    sa.Column("message", sa.Text),
    sa.Column("reply", sa.Text),
    sa.Column("details", sa.JSON),
)
events = sa.Table(
    "events",
    metadata,
    sa.Column("record", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("conversation_id", sa.String, nullable=False, index=True),
    sa.Column("turn_id", sa.String, nullable=False),
    sa.Column("kind", sa.String, nullable=False),
    sa.Column("salt", sa.String, nullable=False),
    sa.Column("content", sa.Text, nullable=False),
)
turns = sa.Table(
    "turns",
    metadata,
    sa.Column("id", sa.String, primary_key=True),
    sa.Column("conversation_id", sa.ForeignKey("conversations.id"), nullable=False, index=True),
    sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("record", sa.Integer, nullable=False, unique=True),
)
cases = sa.Table(
    "cases",
    metadata,
    sa.Column("reference", sa.String, primary_key=True),
    sa.Column("conversation_id", sa.ForeignKey("conversations.id"), nullable=False, index=True),
    sa.Column("turn_id", sa.ForeignKey("turns.id"), nullable=False),
    sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("priority", sa.Integer, nullable=False),
    sa.Column("status", sa.String, nullable=False),
)


def upgrade() -> None:
    """Turn older versions' turns into events, and hand-offs into cases."""
    connection = op.get_bind()
    op.drop_index("ix_turns_conversation_id", "turns")
    op.rename_table("turns", "turns_1")
    metadata.create_all(connection, [events, turns, cases])
    _import_turns(connection)
    connection.execute(sa.text(
        "INSERT INTO cases (reference, conversation_id, turn_id, at, reason, priority, status) "
        "SELECT reference, conversation_id, turn_id, at, reason, 0, status FROM handoffs"
    ))  # fmt: skip
    op.drop_table("handoffs")
    op.drop_table("turns_1")


def _import_turns(connection: sa.Connection) -> None:
    query = (
        sa.select(older_turns, conversations.c.customer_id)
        .join(conversations, conversations.c.id == older_turns.c.conversation_id)
        .order_by(older_turns.c.conversation_id, older_turns.c.number)
    )
    rows = iter(connection.execute(query.execution_options(yield_per=AT_ONCE)))
    while batch := list(islice(rows, AT_ONCE)):
        _import_batch(connection, batch)


def _import_batch(connection: sa.Connection, batch: list[sa.Row[Any]]) -> None:
    contents: list[dict[str, Any]] = []
    for row, salt in zip(batch, chain.new_salts(len(batch)), strict=True):
        kind, content = encode(TurnImported(row.message, row.reply, row.details))
        contents.append({"kind": kind, "salt": salt, "content": content})
    first = chain.extend(
        connection,
        [
            chain.describe_event(turn=row.id, conversation=row.conversation_id, customer=row.customer_id, **content)
            for row, content in zip(batch, contents, strict=True)
        ],
        datetime.now(UTC),
    )
    numbered = list(enumerate(zip(batch, contents, strict=True), first))
    connection.execute(sa.insert(events), [
        {"record": record, "conversation_id": row.conversation_id, "turn_id": row.id, **content}
        for record, (row, content) in numbered
    ])  # fmt: skip
    connection.execute(sa.insert(turns), [
        {"id": row.id, "conversation_id": row.conversation_id, "at": row.at, "record": record}
        for record, (row, _) in numbered
    ])  # fmt: skip
