"""Sessions that were ended, on SQLite and PostgreSQL."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import func, select

from tellerbot.records.sessions import Sessions
from tellerbot.records.store import Records
from tellerbot.records.tables import ended_sessions


def test_an_ended_session_is_known_to_every_server(stores: list[Records], store: Records) -> None:
    until = datetime.now(UTC) + timedelta(hours=1)
    Sessions(store.engine).end("one", until)
    Sessions(stores[1].engine).end("one", until)
    assert [Sessions(each.engine).is_ended("one") for each in stores] == [True] * 4
    assert not Sessions(store.engine).is_ended("two") and not Sessions(store.engine).is_ended("a\0b")


def test_what_has_run_out_by_itself_is_kept_no_longer(store: Records) -> None:
    now = datetime.now(UTC)
    Sessions(store.engine).end("old", now - timedelta(seconds=1))
    Sessions(store.engine).end("new", now + timedelta(hours=1))
    with store.engine.connect() as connection:
        assert connection.execute(select(func.count()).select_from(ended_sessions)).scalar() == 1
