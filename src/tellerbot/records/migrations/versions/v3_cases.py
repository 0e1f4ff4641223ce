"""Cases have agents, and are delivered: those that are open from before as well, for they were promised a person."""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "3"
down_revision = "2"

metadata = sa.MetaData()
turns = sa.Table("turns", metadata, sa.Column("id", sa.String, primary_key=True))
cases = sa.Table(
    "cases",
    metadata,
    sa.Column("reference", sa.String, primary_key=True),
    sa.Column("turn_id", sa.String),
    sa.Column("status", sa.String),
)
deliveries = sa.Table(
    "deliveries",
    metadata,
    sa.Column("turn_id", sa.ForeignKey("turns.id"), primary_key=True),
    sa.Column("reference", sa.ForeignKey("cases.reference"), nullable=False, index=True),
    sa.Column("kind", sa.String, primary_key=True),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("next_at", sa.DateTime(timezone=True), index=True),
    sa.Column("delivered_at", sa.DateTime(timezone=True)),
)


def upgrade() -> None:
    """Give cases agents, and make the table of deliveries."""
    op.add_column("cases", sa.Column("agent", sa.String))
    for name in ("delivered_at", "claimed_at", "closed_at"):
        op.add_column("cases", sa.Column(name, sa.DateTime(timezone=True)))
    op.create_index("ix_cases_status", "cases", ["status"])
    metadata.create_all(op.get_bind(), [deliveries])
    opened = sa.select(
        cases.c.turn_id, cases.c.reference, sa.literal("case"), sa.literal(0), sa.literal(datetime.now(UTC))
    ).where(cases.c.status == "open")
    columns = ["turn_id", "reference", "kind", "attempts", "next_at"]
    op.get_bind().execute(sa.insert(deliveries).from_select(columns, opened))
