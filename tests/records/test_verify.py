"""Verification names each kind of tampering with what is recorded, on SQLite and PostgreSQL."""

import re

import pytest
from sqlalchemy import text

from records.conftest import add_turn, happened, tamper  # pyright: ignore[reportMissingImports]
from tellerbot.database import begin_write, open_engine
from tellerbot.errors import ArtefactError
from tellerbot.records.store import Records
from tellerbot.records.verify import verify

A_TURN = len(happened())
COPY = "conversation_id, 'new', kind, salt, content FROM events WHERE turn_id = 'one'"

# Turn `one` and `two` are of conversation `talk` of CUST-1, `three` is of `bens` of CUST-2.
TAMPERINGS = {
    "a rewritten reply": (
        "UPDATE events SET content = replace(content, 'costs $5', 'costs $6') WHERE kind = 'ReplySent'",
        r"record 5: ReplySent of turn one: its content was rewritten",
    ),
    "a rewritten message": (
        "UPDATE events SET content = replace(content, 'wire', 'tire') WHERE record = 1",
        r"record 1: MessageReceived of turn one: its content was rewritten",
    ),
    "another salt": (
        "UPDATE events SET salt = 'ab' WHERE record = 2",
        r"record 2: MessageUnderstood of turn one: its content was rewritten",
    ),
    "a turn deleted with its events": (
        "DELETE FROM turns WHERE id = 'two'; DELETE FROM events WHERE turn_id = 'two'",
        r"record 11: ReplySent of turn two: its content is missing",
    ),
    "a turn deleted": ("DELETE FROM turns WHERE id = 'two'", r"turn two of conversation talk: it is missing"),
    "an event deleted": (
        "DELETE FROM events WHERE record = 5",
        r"record 5: ReplySent of turn one: its content is missing",
    ),
    "a turn added": (
        "INSERT INTO turns SELECT 'new', conversation_id, at, 99 FROM turns WHERE id = 'one'",
        r"turn new of conversation talk: it was added",
    ),
    "a turn added with events": (
        f"INSERT INTO events SELECT record + 100, {COPY}; "
        f"INSERT INTO turns SELECT 'new', conversation_id, at, {A_TURN + 100} FROM turns WHERE id = 'one'",
        r"ReplySent of turn new: it was added: the log has no record 105",
    ),
    "an event added": (
        f"INSERT INTO events SELECT record + 100, {COPY.replace('new', 'one')} AND kind = 'ReplySent'",
        r"ReplySent of turn one: it was added: the log has no record 105",
    ),
    "a conversation given to another customer": (
        "UPDATE conversations SET customer_id = 'CUST-2' WHERE id = 'talk'",
        r"turn one of conversation talk: it was given to another customer: expected CUST-1, found CUST-2",
    ),
    "a turn given to another conversation": (
        "UPDATE turns SET conversation_id = 'bens' WHERE id = 'one'",
        r"turn one of conversation talk: it was given to conversation bens",
    ),
    "a turn given to another conversation with its events": (
        "UPDATE turns SET conversation_id = 'bens' WHERE id = 'one'; "
        "UPDATE events SET conversation_id = 'bens' WHERE turn_id = 'one'",
        r"record 5: ReplySent of turn one: it was moved: expected conversation talk, found bens",
    ),
    "an event given to another turn": (
        "UPDATE events SET turn_id = 'two' WHERE record = 5",
        r"record 5: ReplySent of turn one: it was moved: expected turn one, found two",
    ),
    "an event moved in its turn": (
        "UPDATE events SET record = 1005 WHERE record = 5; UPDATE events SET record = 5 WHERE record = 4; "
        "UPDATE events SET record = 4 WHERE record = 1005",
        r"record 5: ReplySent of turn one: it was moved: expected event ReplySent, found FactsQueried",
    ),
    "an event of another kind": (
        "UPDATE events SET kind = 'SentenceSent' WHERE record = 5",
        r"record 5: ReplySent of turn one: it was moved: expected event ReplySent, found SentenceSent",
    ),
    "turns that changed places": (
        f"UPDATE turns SET record = 1000 WHERE id = 'one'; UPDATE turns SET record = {A_TURN} WHERE id = 'two'; "
        f"UPDATE turns SET record = {2 * A_TURN} WHERE id = 'one'",
        rf"turn one of conversation talk: it was moved: expected it to end with record {A_TURN}, found {2 * A_TURN}",
    ),
    "another time": (
        "UPDATE turns SET at = '2020-01-01 00:00:00' WHERE id = 'one'",
        r"turn one of conversation talk: its time was altered",
    ),
    "a conversation deleted": (
        "DELETE FROM conversations WHERE id = 'bens'",
        r"turn three of conversation bens: it was given to another customer: expected CUST-2, found None",
    ),
}


@pytest.fixture
def talked(store: Records) -> Records:
    for turn, conversation, customer in (
        ("one", "talk", "CUST-1"),
        ("two", "talk", "CUST-1"),
        ("three", "bens", "CUST-2"),
    ):
        store.append(conversation, turn, customer, happened())
    found = verify(store.engine)
    assert (found.count, found.turns, found.faults) == (3 * A_TURN, 3, ())
    return store


@pytest.mark.parametrize("what", TAMPERINGS)
def test_tampering_is_named(talked: Records, what: str) -> None:
    statements, fault = TAMPERINGS[what]
    tamper(talked, *statements.split("; "))
    faults = verify(talked.engine).faults
    assert any(re.search(fault, found) for found in faults), faults


def test_faults_of_one_turn_name_no_other(talked: Records) -> None:
    tamper(talked, *TAMPERINGS["a rewritten message"][0].split("; "))
    assert len(verify(talked.engine).faults) == 1


def test_verification_goes_on_while_turns_are_recorded(talked: Records) -> None:
    with begin_write(talked.engine):
        assert verify(talked.engine).faults == ()


def test_a_database_without_a_version_is_not_verified(url: str) -> None:
    engine = open_engine(url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE audit_records (number INTEGER)"))
    with pytest.raises(ArtefactError, match=r"found older ones.* Start the server once"):
        verify(engine)
    engine.dispose()


def test_anonymous_conversations_are_verified_too(store: Records) -> None:
    add_turn(store, customer=None)
    assert verify(store.engine).faults == ()
    tamper(store, "UPDATE conversations SET customer_id = 'CUST-1'")
    assert "expected None, found CUST-1" in verify(store.engine).faults[0]
