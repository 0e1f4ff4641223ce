"""The audit log: a table that only grows, each record holding the hash of the one before.

The chain (Haber and Stornetta 1991) makes any change, removal or insertion show; database triggers refuse
updates and deletes outright. Whoever keeps an earlier head (number and hash) can also tell a log that was
cut short or written anew.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    DDL,
    Column,
    Connection,
    Engine,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    event,
    insert,
    select,
)

from tellerbot.database import reaching, wait_for_lock

metadata = MetaData()
records = Table(
    "audit_records",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("at", String, nullable=False),
    Column("content", Text, nullable=False),
    Column("previous", String(64), nullable=False),
    Column("hash", String(64), nullable=False, unique=True),
)
GENESIS = "0" * 64

for _verb in ("UPDATE", "DELETE"):
    event.listen(
        records,
        "after_create",
        DDL(
            f"CREATE TRIGGER audit_no_{_verb.lower()} BEFORE {_verb} ON audit_records "
            "BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END"
        ).execute_if(dialect="sqlite"),
    )
event.listen(
    records,
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
    event.listen(records, "after_create", DDL(_statement).execute_if(dialect="postgresql"))


@dataclass(frozen=True, slots=True)
class Verdict:
    """What verification found: the last record's number and hash as `head`, and no `faults` when all is well."""

    count: int
    head: tuple[int, str]
    faults: tuple[str, ...]


def append(connection: Connection, content: Mapping[str, Any]) -> tuple[int, str]:
    """Add a record inside the caller's transaction; it becomes durable with the caller's commit.

    The transaction must have been opened for writing (SQLite: BEGIN IMMEDIATE), so that two writers cannot
    both follow the same record. Returns the record's number and hash.
    """
    wait_for_lock(connection)
    last = connection.execute(select(records).order_by(records.c.number.desc()).limit(1)).first()
    number, previous = (last.number + 1, last.hash) if last else (1, GENESIS)
    at = datetime.now(UTC).isoformat(timespec="milliseconds")
    body = json.dumps(content, sort_keys=True, ensure_ascii=False, default=str)
    digest = _hash(number, at, body, previous)
    connection.execute(insert(records).values(number=number, at=at, content=body, previous=previous, hash=digest))
    return number, digest


def verify(engine: Engine, expected_head: tuple[int, str] | None = None) -> Verdict:
    """Recompute the whole chain. `expected_head` is one noted earlier; the log must still contain it."""
    faults: list[str] = []
    number, previous, count = 0, GENESIS, 0
    met = expected_head is None or expected_head[0] == 0
    with reaching(engine), engine.connect() as connection:
        for row in connection.execution_options(yield_per=1000).execute(select(records).order_by(records.c.number)):
            count += 1
            if row.number != number + 1:
                faults.append(f"record {row.number} follows record {number}: expected {number + 1}")
            if row.previous != previous:
                faults.append(f"record {row.number}: does not follow the record before it")
            if row.hash != _hash(row.number, row.at, row.content, row.previous):
                faults.append(f"record {row.number}: its content was altered")
            met = met or expected_head == (row.number, row.hash)
            number, previous = row.number, row.hash
    if not met and expected_head:
        faults.append(
            f"record {expected_head[0]} with hash {expected_head[1]} is gone: the log was cut or written anew"
        )
    return Verdict(count, (number, previous), tuple(faults))


def _hash(number: int, at: str, content: str, previous: str) -> str:
    return hashlib.sha256(json.dumps([number, at, content, previous], ensure_ascii=False).encode()).hexdigest()
