"""The audit log on SQLite and PostgreSQL: it only grows, and any tampering shows."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.exc import DBAPIError

from tellerbot.audit import log
from tellerbot.database import open_engine, writing


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    sqlite = request.param == "sqlite"
    engine = open_engine(f"sqlite:///{tmp_path / 'log.db'}" if sqlite else request.getfixturevalue("postgres_url"))
    with writing(engine) as connection:
        log.metadata.create_all(connection)
    yield engine
    engine.dispose()


def grow(engine: Engine, *contents: str) -> tuple[int, str]:
    head = (0, log.GENESIS)
    for content in contents:
        with writing(engine) as connection:
            head = log.append(connection, {"event": content})
    return head


def tamper(engine: Engine, *statements: str) -> None:
    """What someone with all rights to the database can do."""
    with engine.begin() as connection:
        if engine.dialect.name == "sqlite":
            for row in connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).all():
                connection.execute(text(f"DROP TRIGGER {row.name}"))
        else:
            connection.execute(text("ALTER TABLE audit_records DISABLE TRIGGER ALL"))
        for statement in statements:
            connection.execute(text(statement))


def test_an_empty_log_is_unbroken(engine: Engine):
    assert log.verify(engine) == log.Verdict(0, (0, log.GENESIS), ())


def test_records_follow_each_other_and_the_head_is_the_last(engine: Engine):
    heads = [grow(engine, "one"), grow(engine, "two"), grow(engine, "three")]
    assert [number for number, _ in heads] == [1, 2, 3]
    for noted in (None, (0, log.GENESIS), *heads):
        assert log.verify(engine, noted) == log.Verdict(3, heads[-1], ())


def test_content_is_kept_as_it_was_given(engine: Engine):
    given = {"text": "naïve “quotes” \n\t\0 🙂 مرحبا", "n": None, "amount": Decimal("2.50"), "day": date(2026, 3, 1)}
    with writing(engine) as connection:
        log.append(connection, given)
    with engine.connect() as connection:
        kept = json.loads(connection.execute(select(log.records.c.content)).scalar_one())
    assert kept == {**given, "amount": "2.50", "day": "2026-03-01"}
    assert log.verify(engine).faults == ()


def test_a_transaction_that_fails_leaves_no_record(engine: Engine):
    grow(engine, "one")
    with pytest.raises(RuntimeError, match="the turn failed"), writing(engine) as connection:
        log.append(connection, {"event": "two"})
        raise RuntimeError("the turn failed")
    assert log.verify(engine).count == 1


def test_the_database_refuses_changes(engine: Engine):
    head = grow(engine, "one", "two", "three")
    copy = "INTO audit_records SELECT number, at, '{}', previous, hash FROM audit_records"
    for statement in (
        "UPDATE audit_records SET content = '{}' WHERE number = 2",
        "UPDATE audit_records SET number = 9 WHERE number = 2",
        "DELETE FROM audit_records WHERE number = 3",
        f"INSERT OR REPLACE {copy}" if engine.dialect.name == "sqlite" else "TRUNCATE audit_records",
    ):
        with pytest.raises(DBAPIError, match="append-only"), engine.begin() as connection:
            connection.execute(text(statement))
    assert log.verify(engine, head) == log.Verdict(3, head, ())


TAMPERINGS = {
    "UPDATE audit_records SET content = '{}' WHERE number = 2": "record 2: its content was altered",
    "UPDATE audit_records SET at = '2020-01-01' WHERE number = 1": "record 1: its content was altered",
    f"UPDATE audit_records SET hash = '{'f' * 64}' WHERE number = 3": "record 3: its content was altered",
    "DELETE FROM audit_records WHERE number = 1": "record 2 follows record 0: expected 1",
    "DELETE FROM audit_records WHERE number = 2": "record 3 follows record 1: expected 2",
    "DELETE FROM audit_records WHERE number = 2; UPDATE audit_records SET number = 2 WHERE number = 3": (
        "record 2: does not follow the record before it"
    ),
    f"INSERT INTO audit_records VALUES (4, '2026', 'x', '{'0' * 64}', '{'a' * 64}')": (
        "record 4: does not follow the record before it"
    ),
}


def test_tampering_shows_even_where_the_triggers_are_gone(engine: Engine):
    for statements, fault in TAMPERINGS.items():
        tamper(engine, "DELETE FROM audit_records")
        grow(engine, "one", "two", "three")
        assert log.verify(engine).faults == ()
        tamper(engine, *statements.split("; "))
        assert fault in log.verify(engine).faults


def test_a_cut_tail_shows_to_whoever_noted_the_head(engine: Engine):
    early, late = grow(engine, "one", "two"), grow(engine, "three")
    tamper(engine, "DELETE FROM audit_records WHERE number = 3")
    assert log.verify(engine, early).faults == ()
    assert log.verify(engine, late).faults == (
        f"record 3 with hash {late[1]} is gone: the log was cut or written anew",
    )


def test_a_log_written_anew_shows_to_whoever_noted_the_head(engine: Engine):
    head = grow(engine, "one", "two")
    tamper(engine, "DELETE FROM audit_records")
    grow(engine, "other", "records", "follow")
    assert log.verify(engine).faults == ()
    assert len(log.verify(engine, head).faults) == 1


def test_writers_at_the_same_moment_keep_one_chain(engine: Engine):
    def write(writer: int) -> list[int]:
        return [grow(engine, f"{writer}.{at}")[0] for at in range(10)]

    with ThreadPoolExecutor(8) as pool:
        numbers = [number for written in pool.map(write, range(8)) for number in written]
    assert sorted(numbers) == list(range(1, 81))
    verdict = log.verify(engine)
    assert (verdict.count, verdict.faults) == (80, ())
