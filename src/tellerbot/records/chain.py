"""The hash chain: a table that only grows, each record holding the hash of the one before.

The chain (Haber and Stornetta 1991) makes any change, removal or insertion show; database triggers refuse updates and
deletes outright. Whoever keeps an earlier head (number and hash) can also tell a log that was cut short or written
anew. A record of an event holds a hash of its content and no content, which can therefore be erased.
"""

import hashlib
import json
import secrets
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, insert, select

from tellerbot.records.tables import audit_records

GENESIS = "0" * 64


def extend(connection: Connection, contents: Sequence[Mapping[str, Any]], at: datetime) -> int:
    """Add records inside the caller's transaction; they become durable with the caller's commit.

    The transaction must be open for writing (see `writing`) and hold the lock (see `wait_for_lock`), so that two
    writers cannot both follow the same record. Returns the number of the first record.
    """
    query = select(audit_records.c.number, audit_records.c.hash).order_by(audit_records.c.number.desc()).limit(1)
    last = connection.execute(query).first()
    first, previous = (last.number + 1, last.hash) if last else (1, GENESIS)
    rows: list[dict[str, Any]] = []
    for number, content in enumerate(contents, first):
        body = json.dumps(content, sort_keys=True, ensure_ascii=False, default=str)
        row = {"number": number, "at": stamp(at), "content": body, "previous": previous}
        previous = digest(**row)
        rows.append({**row, "hash": previous})
    connection.execute(insert(audit_records), rows)
    return first


def digest(number: int, at: str, content: str, previous: str) -> str:
    """Give the hash of a record."""
    return hashlib.sha256(json.dumps([number, at, content, previous], ensure_ascii=False).encode()).hexdigest()


def new_salt() -> str:
    """Make the random part of a content's hash, without which the hash of a short text could be guessed."""
    return secrets.token_hex(16)


def seal(salt: str, content: str) -> str:
    """Give the hash of an event's content."""
    return hashlib.sha256(f"{salt}{content}".encode()).hexdigest()


def evidence(
    kind: str, conversation: str, customer: str | None, turn: str, salt: str, content: str
) -> dict[str, str | None]:
    """Give what the chain holds of an event; the record's number is its position."""
    return {
        "event": kind,
        "conversation": conversation,
        "customer": customer,
        "turn": turn,
        "sha256": seal(salt, content),
    }


def stamp(at: datetime) -> str:
    """Write a time as the chain holds it: in UTC, to the millisecond."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds")
