"""The schema of the first versions: whole turns, and a hash chain over their texts' hashes."""

from alembic import op
from sqlalchemy import (
    DDL,
    JSON,
    Column,
    DateTime,
    ForeignKey,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    event,
)

revision = "1"
down_revision = None

metadata = MetaData()
Table(
    "conversations",
    metadata,
    Column("id", String, primary_key=True),
    Column("customer_id", String, index=True),
    Column("started_at", DateTime(timezone=True), nullable=False),
    Column("title", String, nullable=False),
)
Table(
    "turns",
    metadata,
    Column("id", String, primary_key=True),
    Column("conversation_id", ForeignKey("conversations.id"), nullable=False, index=True),
    Column("number", Integer, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("message", Text, nullable=False),
    Column("reply", Text, nullable=False),
    Column("details", JSON, nullable=False),
    UniqueConstraint("conversation_id", "number"),
)
Table(
    "handoffs",
    metadata,
    Column("reference", String, primary_key=True),
    Column("conversation_id", ForeignKey("conversations.id"), nullable=False, index=True),
    Column("turn_id", ForeignKey("turns.id"), nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("reason", Text, nullable=False),
    Column("status", String, nullable=False),
)
Table(
    "turn_claims",
    metadata,
    Column("turn_id", String, primary_key=True),
    Column("until", DateTime(timezone=True), nullable=False),
)
chain = Table(
    "audit_records",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("at", String, nullable=False),
    Column("content", Text, nullable=False),
    Column("previous", String(64), nullable=False),
    Column("hash", String(64), nullable=False, unique=True),
)

for _verb in ("UPDATE", "DELETE"):
    event.listen(
        chain,
        "after_create",
        DDL(
            f"CREATE TRIGGER audit_no_{_verb.lower()} BEFORE {_verb} ON audit_records "
            "BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END"
        ).execute_if(dialect="sqlite"),
    )
event.listen(
    chain,
    "after_create",
    # INSERT OR REPLACE would remove a record without any delete trigger being run.
    DDL(
        "CREATE TRIGGER audit_no_replace BEFORE INSERT ON audit_records "
        "WHEN EXISTS (SELECT 1 FROM audit_records WHERE number = NEW.number OR hash = NEW.hash) "
        "BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END"
    ).execute_if(dialect="sqlite"),
)
for _statement in (
    "CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN RAISE EXCEPTION 'the audit log is append-only'; END $$",
    "CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_records "
    "FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse()",
):
    event.listen(chain, "after_create", DDL(_statement).execute_if(dialect="postgresql"))


def upgrade() -> None:
    """Make the tables of turns and the chain."""
    # Databases of those versions have no number: what they have stays, what is missing is made.
    metadata.create_all(op.get_bind())
