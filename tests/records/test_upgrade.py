"""Databases of older versions are upgraded in place, those of newer ones refused, on SQLite and PostgreSQL."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, select, text
from sqlalchemy.exc import DBAPIError

from records.conftest import add_turn, tamper  # pyright: ignore[reportMissingImports]
from records.older import CITATION, OlderRecords  # pyright: ignore[reportMissingImports]
from tellerbot.conversation.event_values import Step
from tellerbot.conversation.events import TurnImported
from tellerbot.conversation.turns import view
from tellerbot.database import open_engine
from tellerbot.errors import ArtefactError
from tellerbot.records.claims import TurnTakenError
from tellerbot.records.conversations import Conversations
from tellerbot.records.store import ConversationNotFoundError, Records
from tellerbot.records.tables import cases, metadata
from tellerbot.records.upgrade import MIGRATIONS, VERSION_TABLE, VERSIONS
from tellerbot.records.verify import verify
from tellerbot.types import Choice, FigureSource, Source


@pytest.fixture
def engine(url: str) -> Iterator[Engine]:
    engine = open_engine(url)
    yield engine
    engine.dispose()


@pytest.fixture
def older(engine: Engine) -> OlderRecords:
    """Two conversations of ada's version, one handed over, and an anonymous one."""
    older = OlderRecords(engine)
    older.record("talk", "CUST-1", 1)
    older.record("bens", "CUST-2", 1, reference="QWRTZP")
    older.record("talk", "CUST-1", 2)
    older.record("nobodys", None, 1)
    return older


def test_every_migration_is_listed_in_order() -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    scripts = list(ScriptDirectory.from_config(config).walk_revisions())
    assert tuple(script.revision for script in reversed(scripts)) == VERSIONS


def test_the_migrations_make_the_tables_that_the_code_uses(engine: Engine) -> None:
    Records(engine).prepare()
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE})
        assert compare_metadata(context, metadata) == []


def test_an_older_database_keeps_its_turns(older: OlderRecords) -> None:
    store = Records(older.engine)
    store.prepare()
    first, second = (view(turn) for turn in store.turns("talk", "CUST-1"))
    assert (first.id, first.message, first.reply) == (
        "talk-1", "question 1: wire fee? 🏦", "Answer 1: a wire costs $5.",
    )  # fmt: skip
    assert (second.id, first.at) == ("talk-2", datetime(2026, 3, 1, 9, 31, 0, 123456, UTC))
    assert (first.kind, first.reason, first.intent, first.scope_score) == ("act", "facts from the bank", "fees", 0.8125)
    assert first.figures == (FigureSource("$5", Source("bank", "fees/wire")),)
    assert (first.citations[0].text, first.citations[0].page) == (CITATION["text"], None)
    assert first.choices == (Choice("fees", "See fees"),) and first.masked == ("card number",)
    assert (first.release, first.trace) == ("1.0.0", (Step("redact", "nothing to mask", 0.1),))
    assert [type(event) for event in store.events("talk", "CUST-1")] == [TurnImported] * 2
    assert [item["id"] for item in Conversations(store).list_page("CUST-1")] == ["talk"]
    with pytest.raises(ConversationNotFoundError):
        store.turns("nobodys", "CUST-1")
    with pytest.raises(TurnTakenError), store.claims.hold("talk-2"):
        pytest.fail("taken twice")


def test_an_older_database_keeps_its_hand_offs(older: OlderRecords) -> None:
    store = Records(older.engine)
    store.prepare()
    with store.engine.connect() as connection:
        (case,) = connection.execute(select(cases)).all()
    assert (case.reference, case.turn_id, case.reason, case.status) == ("QWRTZP", "bens-1", "why", "open")
    assert view(store.turns("bens", "CUST-2")[0]).reference == "QWRTZP"


def test_an_older_database_keeps_its_chain_and_it_goes_on(older: OlderRecords) -> None:
    store = Records(older.engine)
    store.prepare()
    assert older.head[0] == 8
    found = verify(store.engine, older.head)
    assert (found.count, found.turns, found.faults) == (12, 4, ())
    add_turn(store)
    add_turn(store, "new")
    store.prepare()
    assert verify(store.engine, older.head).faults == ()
    assert len(store.turns("talk", "CUST-1")) == 3
    with pytest.raises(DBAPIError, match="append-only"), store.engine.begin() as connection:
        connection.execute(text("DELETE FROM audit_records"))


BEFORE = {
    "a rewritten reply": (
        "UPDATE turns SET reply = 'A wire is free.' WHERE id = 'talk-1'",
        "turn talk-1: its reply was rewritten",
    ),
    "a rewritten message": (
        "UPDATE turns SET message = 'hello' WHERE id = 'talk-1'",
        "turn talk-1: its message was rewritten",
    ),
    "a deleted turn": ("DELETE FROM turns WHERE id = 'talk-2'", "turn talk-2 of conversation talk: it is missing"),
    "an added turn": (
        "INSERT INTO turns SELECT 'new', conversation_id, 9, at, message, reply, details FROM turns WHERE number = 2",
        "turn new: it was added: the log has no record of it from when it was taken",
    ),
    "another customer": (
        "UPDATE conversations SET customer_id = 'CUST-2' WHERE id = 'talk'",
        "turn talk-1: it was given to another customer: expected CUST-1, found CUST-2",
    ),
    "another conversation": (
        "UPDATE turns SET conversation_id = 'bens', number = 7 WHERE id = 'talk-2'",
        "turn talk-2: it was given to conversation bens, expected talk",
    ),
    "another decision": (
        "UPDATE turns SET details = '{}' WHERE id = 'talk-1'".format(
            '{"kind": "refuse", "reason": "x", "intent": "fees", "confidence": 0.9, "scope_score": 0.8125}'
        ),
        "turn talk-1: its kind was altered: expected act, found refuse",
    ),
}


@pytest.mark.parametrize("what", BEFORE)
def test_tampering_before_the_upgrade_is_named_after_it(older: OlderRecords, what: str) -> None:
    statement, fault = BEFORE[what]
    store = Records(older.engine)
    with older.engine.begin() as connection:
        connection.execute(text(statement))
    store.prepare()
    assert fault in verify(store.engine).faults


AFTER = {
    "a rewritten reply": (
        "UPDATE events SET content = replace(content, 'costs $5', 'is free') WHERE turn_id = 'talk-1'",
        "turn talk-1: its reply was rewritten",
    ),
    "altered details": (
        "UPDATE events SET content = replace(content, 'fees/wire', 'fees/free') WHERE turn_id = 'talk-1'",
        "TurnImported of turn talk-1: its content was rewritten",
    ),
    "a deleted turn": ("DELETE FROM turns WHERE id = 'talk-2'", "turn talk-2 of conversation talk: it is missing"),
}


@pytest.mark.parametrize("what", AFTER)
def test_tampering_with_an_upgraded_turn_is_named(older: OlderRecords, what: str) -> None:
    statement, fault = AFTER[what]
    store = Records(older.engine)
    store.prepare()
    tamper(store, statement)
    assert any(re.search(fault, found) for found in verify(store.engine).faults)


def test_a_database_from_before_there_were_claims_is_upgraded(older: OlderRecords) -> None:
    with older.engine.begin() as connection:
        connection.execute(text("DROP TABLE turn_claims"))
    store = Records(older.engine)
    store.prepare()
    with store.claims.hold("t"):
        pass
    assert len(store.turns("talk", "CUST-1")) == 2


@pytest.mark.parametrize("made", [True, False])
def test_servers_that_start_at_once_upgrade_once(engine: Engine, stores: list[Records], made: bool) -> None:
    if made:
        OlderRecords(engine).record("talk", "CUST-1", 1)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(Records.prepare, stores))
    add_turn(stores[0])
    assert len(stores[1].turns("talk", "CUST-1")) == 1 + made
    assert verify(engine).faults == ()


def test_an_upgrade_that_fails_changes_nothing(older: OlderRecords) -> None:
    with older.engine.begin() as connection:
        connection.execute(text("CREATE TABLE cases (reference VARCHAR)"))  # stands in the way
    with pytest.raises(Exception, match="cases"):
        Records(older.engine).prepare()
    with older.engine.begin() as connection:
        assert connection.execute(text("SELECT count(*) FROM turns WHERE message LIKE 'question%'")).scalar() == 4
        connection.execute(text("DROP TABLE cases"))
    Records(older.engine).prepare()
    assert verify(older.engine, older.head).faults == ()


def test_a_database_of_a_newer_version_is_refused(store: Records) -> None:
    with store.engine.begin() as connection:
        connection.execute(text(f"UPDATE {VERSION_TABLE} SET version_num = '99'"))
    for use in (Records.prepare, lambda store: verify(store.engine)):
        with pytest.raises(ArtefactError, match=r"found version 99.*install that one, or restore the copy"):
            use(store)


def test_connections_that_open_at_once_do_not_lock_each_other_out(tmp_path: Path) -> None:
    for number in range(10):
        engines = [open_engine(f"sqlite:///{tmp_path / f'{number}.db'}") for _ in range(8)]
        with ThreadPoolExecutor(8) as pool:
            assert [*pool.map(lambda engine: Records(engine).prepare(), engines)] == [None] * 8
        for engine in engines:
            engine.dispose()
