"""The hash chain: a table that only grows, each record holding the hash of the one before.

The chain (Haber and Stornetta 1991) makes any change, removal or insertion show; database triggers refuse updates and
deletes outright. An earlier head (number and hash), kept elsewhere, also shows that a log was cut short or written
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
_HEAD = select(audit_records.c.number, audit_records.c.hash).order_by(audit_records.c.number.desc()).limit(1)
_ADD = insert(audit_records)


def extend(connection: Connection, contents: Sequence[Mapping[str, Any]], at: datetime) -> int:
    """Add records inside the caller's transaction; they become durable with the caller's commit.

    The transaction must be open for writing (see `begin_write`) and hold the lock (see `wait_for_lock`), so that two
    writers cannot both follow the same record. Returns the number of the first record.
    """
    last = connection.execute(_HEAD).first()
    first, previous = (last.number + 1, last.hash) if last else (1, GENESIS)
    rows: list[dict[str, Any]] = []
    for number, content in enumerate(contents, first):
        body = json.dumps(content, sort_keys=True, ensure_ascii=False, default=str)
        row = {"number": number, "at": stamp(at), "content": body, "previous": previous}
        previous = digest(**row)
        rows.append({**row, "hash": previous})
    connection.execute(_ADD, rows)
    return first


def digest(number: int, at: str, content: str, previous: str) -> str:
    """Return the hash of a record."""
    return hashlib.sha256(json.dumps([number, at, content, previous], ensure_ascii=False).encode()).hexdigest()


def new_salts(count: int) -> list[str]:
    """Make the random parts of contents' hashes, without which the hash of a short text could be guessed."""
    # The system is asked once: with each call a thread gives up its turn.
    drawn = secrets.token_hex(16 * count)
    return [drawn[at : at + 32] for at in range(0, 32 * count, 32)]


def seal(salt: str, content: str) -> str:
    """Return the hash of an event's content."""
    return hashlib.sha256(f"{salt}{content}".encode()).hexdigest()


def describe_event(
    kind: str, conversation: str, customer: str | None, turn: str, salt: str, content: str
) -> dict[str, str | None]:
    """Return what the chain holds of an event; the record's number is its position."""
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
