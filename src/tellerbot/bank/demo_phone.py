"""The text messages that the demo bank sends: they go to the terminal, and to a table in place of the phone."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, delete, insert, select

from tellerbot.bank import demo_schema as t
from tellerbot.types import Customer

_KEPT = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class PhoneMessage:
    """A text message to a customer, and when it was sent, in UTC."""

    text: str
    at: datetime


def keep_code(connection: Connection, principal: Customer, code: str, purpose: str) -> str:
    """Keep the message with a one-time code, and forget messages that are old; returns its text."""
    now = datetime.now(UTC)
    text = f"Demo bank: one-time code for {principal.name} ({purpose}): {code}"
    connection.execute(delete(t.phone_messages).where(t.phone_messages.c.at < (now - _KEPT).isoformat()))
    connection.execute(insert(t.phone_messages).values(customer_id=principal.id, text=text, at=now.isoformat()))
    return text


def show(text: str) -> None:
    """Show a message in the terminal, whose output may be going elsewhere."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def find_messages(connection: Connection, customer: str) -> Sequence[PhoneMessage]:
    """Return a customer's messages of the last day, the newest first."""
    table = t.phone_messages.c
    since = (datetime.now(UTC) - _KEPT).isoformat()
    query = select(table.text, table.at).where(table.customer_id == customer, table.at >= since)
    rows = connection.execute(query.order_by(table.at.desc(), table.id.desc()))
    return [PhoneMessage(row.text, datetime.fromisoformat(row.at)) for row in rows]
