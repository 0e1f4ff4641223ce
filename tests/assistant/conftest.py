"""Records to talk over, made once and copied."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from flow_talk import Talk, open_talk
from tellerbot.database import open_engine
from tellerbot.records.store import Records


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with the tables of the records and nothing in them."""
    path = tmp_path_factory.mktemp("records") / "empty.db"
    records = Records(open_engine(f"sqlite:///{path}"))
    records.prepare()
    with records.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    records.engine.dispose()
    return path


@pytest.fixture
def new_talk(prepared: Path, tmp_path: Path) -> Iterator[Callable[..., Talk]]:
    """Opens a conversation over records of its own, with flows given as `open_talk` takes them."""
    opened: list[Records] = []

    def open_one(*given: object, **options: object) -> Talk:
        path = tmp_path / f"talk-{len(opened)}.db"
        shutil.copy(prepared, path)
        opened.append(Records(open_engine(f"sqlite:///{path}")))
        return open_talk(opened[-1], *given, **options)  # type: ignore[arg-type]

    yield open_one
    for records in opened:
        records.engine.dispose()
