"""The hash chain on SQLite and PostgreSQL: it only grows, and any tampering shows."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.exc import DBAPIError

from records.conftest import tamper  # pyright: ignore[reportMissingImports]
from tellerbot.database import begin_write, wait_for_lock
from tellerbot.records import chain
from tellerbot.records.store import Records
from tellerbot.records.tables import audit_records
from tellerbot.records.verify import Verdict, verify


def grow(engine: Engine, *names: str) -> tuple[int, str]:
    """Add a record for each name, each in a transaction of its own; gives the head."""
    head = (0, chain.GENESIS)
    for name in names:
        with begin_write(engine) as connection:
            wait_for_lock(connection)
            number = chain.extend(connection, [{"event": name}], datetime.now(UTC))
            last = select(audit_records.c.hash).where(audit_records.c.number == number)
            head = (number, connection.execute(last).scalar_one())
    return head


def verdict(count: int, head: tuple[int, str]) -> Verdict:
    return Verdict(count, 0, head, ())


def test_an_empty_log_is_unbroken(store: Records) -> None:
    assert verify(store.engine) == verdict(0, (0, chain.GENESIS))


def test_records_follow_each_other_and_the_head_is_the_last(store: Records) -> None:
    heads = [grow(store.engine, "one"), grow(store.engine, "two"), grow(store.engine, "three")]
    assert [number for number, _ in heads] == [1, 2, 3]
    for noted in (None, (0, chain.GENESIS), *heads):
        assert verify(store.engine, noted) == verdict(3, heads[-1])


def test_records_added_together_are_the_same_chain(store: Records) -> None:
    grow(store.engine, "one")
    with begin_write(store.engine) as connection:
        wait_for_lock(connection)
        assert chain.extend(connection, [{"event": name} for name in ("two", "three", "four")], datetime.now(UTC)) == 2
    found = verify(store.engine)
    assert (found.count, found.head[0], found.faults) == (4, 4, ())


def test_content_is_kept_as_it_was_given(store: Records) -> None:
    given = {"text": "naïve “quotes” \n\t\0 🙂 مرحبا", "n": None, "amount": Decimal("2.50"), "day": date(2026, 3, 1)}
    with begin_write(store.engine) as connection:
        chain.extend(connection, [given], datetime.now(UTC))
    with store.engine.connect() as connection:
        kept = json.loads(connection.execute(select(audit_records.c.content)).scalar_one())
    assert kept == {**given, "amount": "2.50", "day": "2026-03-01"}
    assert verify(store.engine).faults == ()


def test_a_transaction_that_fails_leaves_no_record(store: Records) -> None:
    grow(store.engine, "one")
    with pytest.raises(RuntimeError, match="the turn failed"), begin_write(store.engine) as connection:
        chain.extend(connection, [{"event": "two"}], datetime.now(UTC))
        raise RuntimeError("the turn failed")
    assert verify(store.engine).count == 1


def test_the_database_refuses_changes(store: Records) -> None:
    head = grow(store.engine, "one", "two", "three")
    copy = "INTO audit_records SELECT number, at, '{}', previous, hash FROM audit_records"
    for statement in (
        "UPDATE audit_records SET content = '{}' WHERE number = 2",
        "UPDATE audit_records SET number = 9 WHERE number = 2",
        "DELETE FROM audit_records WHERE number = 3",
        f"INSERT OR REPLACE {copy}" if store.engine.dialect.name == "sqlite" else "TRUNCATE audit_records",
    ):
        with pytest.raises(DBAPIError, match="append-only"), store.engine.begin() as connection:
            connection.execute(text(statement))
    assert verify(store.engine, head) == verdict(3, head)


TAMPERINGS = {
    "UPDATE audit_records SET content = '{}' WHERE number = 2": "record 2: its content was altered",
    "UPDATE audit_records SET content = 'not JSON' WHERE number = 2": "record 2: its content was altered",
    "UPDATE audit_records SET at = '2020-01-01' WHERE number = 1": "record 1: its content was altered",
    f"UPDATE audit_records SET hash = '{'f' * 64}' WHERE number = 3": "record 3: its content was altered",
    "DELETE FROM audit_records WHERE number = 1": "record 2 follows record 0: expected 1",
    "DELETE FROM audit_records WHERE number = 2": "record 3 follows record 1: expected 2",
    "DELETE FROM audit_records WHERE number = 2; UPDATE audit_records SET number = 2 WHERE number = 3": (
        "record 2: does not follow the record before it"
    ),
    f"INSERT INTO audit_records VALUES (4, '2026', '{{}}', '{'0' * 64}', '{'a' * 64}')": (
        "record 4: does not follow the record before it"
    ),
}


def test_tampering_shows_even_where_the_triggers_are_gone(store: Records) -> None:
    for statements, fault in TAMPERINGS.items():
        tamper(store, "DELETE FROM audit_records")
        grow(store.engine, "one", "two", "three")
        assert verify(store.engine).faults == ()
        tamper(store, *statements.split("; "))
        assert fault in verify(store.engine).faults


def test_a_cut_tail_shows_to_whoever_noted_the_head(store: Records) -> None:
    early, late = grow(store.engine, "one", "two"), grow(store.engine, "three")
    tamper(store, "DELETE FROM audit_records WHERE number = 3")
    assert verify(store.engine, early).faults == ()
    assert verify(store.engine, late).faults == (
        f"record 3 with hash {late[1]} is gone: the log was cut or written anew",
    )


def test_a_log_written_anew_shows_to_whoever_noted_the_head(store: Records) -> None:
    head = grow(store.engine, "one", "two")
    tamper(store, "DELETE FROM audit_records")
    grow(store.engine, "other", "records", "follow")
    assert verify(store.engine).faults == ()
    assert len(verify(store.engine, head).faults) == 1


def test_writers_at_the_same_moment_keep_one_chain(store: Records) -> None:
    def write(writer: int) -> list[int]:
        return [grow(store.engine, f"{writer}.{at}")[0] for at in range(10)]

    with ThreadPoolExecutor(8) as pool:
        numbers = [number for written in pool.map(write, range(8)) for number in written]
    assert sorted(numbers) == list(range(1, 81))
    found = verify(store.engine)
    assert (found.count, found.faults) == (80, ())
