"""Group commit, on SQLite and PostgreSQL: many writers, few transactions, each write by itself."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Connection, event, insert, select, text

from tellerbot.database import begin_write, open_engine
from tellerbot.errors import UnavailableError
from tellerbot.records.group import GroupCommit
from tellerbot.records.store import Records
from tellerbot.records.tables import claims


def add(name: str) -> object:
    def work(connection: Connection) -> str:
        connection.execute(insert(claims).values(turn_id=name, until=datetime.now(UTC)))
        if name.startswith("bad"):
            raise ZeroDivisionError(name)
        return name

    return work


def kept(store: Records) -> set[str]:
    with store.engine.connect() as connection:
        return {*connection.execute(select(claims.c.turn_id)).scalars()}


@contextmanager
def counted(store: Records) -> Iterator[list[str]]:
    """What is committed and undone in the meantime."""
    found: list[str] = []
    for name in ("commit", "rollback", "rollback_savepoint"):
        event.listen(store.engine, name, lambda *_, name=name: found.append(name))
    yield found


def test_writes_that_wait_share_a_transaction_and_a_bad_one_undoes_only_itself(store: Records) -> None:
    names = [f"{'bad' if number % 5 == 0 else 'good'} {number}" for number in range(40)]
    entered, go = threading.Event(), threading.Event()

    def first(connection: Connection) -> None:
        entered.set()
        assert go.wait(20)

    with ThreadPoolExecutor(len(names) + 1) as pool, counted(store) as happened:
        leading = pool.submit(store.writes.run, first)
        assert entered.wait(20)
        results = [pool.submit(store.writes.run, add(name)) for name in names]  # type: ignore[arg-type]
        while len(store.writes._waiting) < len(names):
            pass
        go.set()
        leading.result(20)
        for name, result in zip(names, results, strict=True):
            if name.startswith("bad"):
                with pytest.raises(ZeroDivisionError, match=name):
                    result.result(20)
            else:
                assert result.result(20) == name
    assert kept(store) == {name for name in names if name.startswith("good")}
    assert happened.count("commit") == 2 and happened.count("rollback_savepoint") == 8


def test_a_lone_write_that_fails_leaves_nothing_and_the_next_goes_on(store: Records) -> None:
    with pytest.raises(ZeroDivisionError):
        store.writes.run(add("bad"))  # type: ignore[arg-type]
    assert store.writes.run(add("good")) == "good"  # type: ignore[arg-type]
    assert kept(store) == {"good"}


def test_all_of_a_group_hear_that_the_database_is_away(store: Records) -> None:
    with store.engine.begin() as connection:
        connection.execute(text("DROP TABLE turn_claims"))
    broken = GroupCommit(store.engine)
    with ThreadPoolExecutor(8) as pool:
        results = [pool.submit(broken.run, add(f"n{number}")) for number in range(16)]  # type: ignore[arg-type]
        for result in results:
            assert result.exception(30) is not None
    # The lead was handed on to the last: whoever comes now is not left waiting.
    with pytest.raises(UnavailableError):
        broken.run(lambda connection: connection.execute(text("SELECT nothing FROM nowhere")))
    assert broken.run(lambda connection: 1) == 1


def test_threads_of_one_process_wait_for_each_other_and_none_is_left_behind(store: Records) -> None:
    def write(number: int) -> None:
        with begin_write(store.engine) as connection:
            connection.execute(insert(claims).values(turn_id=f"n{number}", until=datetime.now(UTC)))

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(write, range(200)))
    assert len(kept(store)) == 200


def test_a_connection_that_cannot_write_is_replaced(tmp_path: Path) -> None:
    """SQLite opens a file that it may not write to for reading; the pool would keep such a connection for ever."""
    name = tmp_path / "talk.db"
    store = Records(open_engine(f"sqlite:///{name}"))
    store.prepare()
    is_writable = False

    def open_as_it_is(dialect: object, record: object, arguments: list[str], keywords: dict[str, object]) -> None:
        if not is_writable:
            arguments[0], keywords["uri"] = f"file:{name}?mode=ro", True

    engine = open_engine(f"sqlite:///{name}")
    event.listen(engine, "do_connect", open_as_it_is)
    with pytest.raises(UnavailableError, match="readonly"):
        Records(engine).ping()
    with pytest.raises(UnavailableError, match="readonly"), begin_write(engine):
        pytest.fail("it was written to")
    with engine.connect() as one, engine.connect() as two:
        assert one.execute(text("SELECT 1")).scalar() == two.execute(text("SELECT 1")).scalar() == 1
    is_writable = True
    for number in range(3):
        with begin_write(engine) as connection:
            connection.execute(insert(claims).values(turn_id=f"n{number}", until=datetime.now(UTC)))
    engine.dispose()
    assert kept(store) == {"n0", "n1", "n2"}
    store.engine.dispose()
