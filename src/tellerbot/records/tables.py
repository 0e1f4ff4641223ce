"""The tables of the records, as the newest migration leaves them."""

from sqlalchemy import Column, DateTime, ForeignKey, Integer, MetaData, String, Table, Text

metadata = MetaData()
conversations = Table(
    "conversations",
    metadata,
    Column("id", String, primary_key=True),
    Column("customer_id", String, index=True),
    Column("started_at", DateTime(timezone=True), nullable=False),
    Column("title", String, nullable=False),
    # When the customer took it out of sight.
    Column("deleted_at", DateTime(timezone=True)),
)
# The hash chain. Database triggers let it only grow.
audit_records = Table(
    "audit_records",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("at", String, nullable=False),
    Column("content", Text, nullable=False),
    Column("previous", String(64), nullable=False),
    Column("hash", String(64), nullable=False, unique=True),
)
# What happened. `record` is the number in the chain of the record that holds the hash of `salt` and `content`.
events = Table(
    "events",
    metadata,
    Column("record", Integer, primary_key=True, autoincrement=False),
    Column("conversation_id", String, nullable=False, index=True),
    Column("turn_id", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("salt", String, nullable=False),
    Column("content", Text, nullable=False),
)
# Turns that came to their end; `record` is that of their last event.
turns = Table(
    "turns",
    metadata,
    Column("id", String, primary_key=True),
    Column("conversation_id", ForeignKey("conversations.id"), nullable=False, index=True),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("record", Integer, nullable=False, unique=True),
)
cases = Table(
    "cases",
    metadata,
    Column("reference", String, primary_key=True),
    Column("conversation_id", ForeignKey("conversations.id"), nullable=False, index=True),
    Column("turn_id", ForeignKey("turns.id"), nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("reason", Text, nullable=False),
    Column("priority", Integer, nullable=False),
    Column("status", String, nullable=False, index=True),
    # Who has the case, or closed it.
    Column("agent", String),
    Column("delivered_at", DateTime(timezone=True)),
    Column("claimed_at", DateTime(timezone=True)),
    Column("closed_at", DateTime(timezone=True)),
)
# What the bank's own system is to be given of a case: that it was opened, and each message while an agent has it.
deliveries = Table(
    "deliveries",
    metadata,
    Column("turn_id", ForeignKey("turns.id"), primary_key=True),
    Column("reference", ForeignKey("cases.reference"), nullable=False, index=True),
    Column("kind", String, primary_key=True),
    Column("attempts", Integer, nullable=False),
    # Not tried before, so that while one server tries none other does; None once it is delivered.
    Column("next_at", DateTime(timezone=True), index=True),
    Column("delivered_at", DateTime(timezone=True)),
)
# Turns under way whose message has a `message_id`, so that servers that share a database don't take them twice.
claims = Table(
    "turn_claims",
    metadata,
    Column("turn_id", String, primary_key=True),
    Column("until", DateTime(timezone=True), nullable=False),
)
# Actions that the bank was asked for, by their key: running, done, refused or unknown. `until` is when a running one
# may be taken for abandoned.
actions = Table(
    "actions",
    metadata,
    Column("key", String, primary_key=True),
    Column("conversation_id", ForeignKey("conversations.id"), nullable=False, index=True),
    Column("turn_id", String, nullable=False),
    Column("action", String, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("until", DateTime(timezone=True), nullable=False),
    Column("status", String, nullable=False, index=True),
)
# One-time codes, hashed, by the key of the action that each is for.
codes = Table(
    "codes",
    metadata,
    Column("key", String, primary_key=True),
    Column("hash", String, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("until", DateTime(timezone=True), nullable=False),
)
# What no event may hold, for as long as a flow needs it.
private_values = Table(
    "private_values",
    metadata,
    Column("token", String, primary_key=True),
    Column("value", Text, nullable=False),
    Column("until", DateTime(timezone=True), nullable=False),
)
# Sessions that were ended; `until` is when their last tokens run out by themselves.
ended_sessions = Table(
    "ended_sessions",
    metadata,
    Column("id", String, primary_key=True),
    Column("until", DateTime(timezone=True), nullable=False),
)
