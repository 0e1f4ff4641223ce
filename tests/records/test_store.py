"""Events on SQLite and PostgreSQL: only the owner reads them, and they are kept with their chain or not at all."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError

from records.conftest import add_turn, happened  # pyright: ignore[reportMissingImports]
from tellerbot.conversation.events import Event, MessageReceived, SentenceSent
from tellerbot.conversation.turns import view, view_all
from tellerbot.database import open_engine
from tellerbot.errors import UnavailableError
from tellerbot.records.claims import TurnTakenError
from tellerbot.records.conversations import Conversations
from tellerbot.records.store import ConversationNotFoundError, Records
from tellerbot.records.tables import audit_records, cases, conversations, events, turns
from tellerbot.records.verify import verify

A_TURN = len(happened())


def count(store: Records) -> tuple[int, int, int]:
    """How many turns, events and audit records there are."""
    with store.engine.connect() as connection:
        found = [
            connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in (turns, events, audit_records)
        ]
    return found[0], found[1], found[2]


def test_events_are_read_as_they_were_recorded(store: Records) -> None:
    first, second = add_turn(store), add_turn(store, message="и ещё? 🏦")
    store.prepare()  # as every start does
    assert store.events("talk", "CUST-1") == (*happened(), *happened("и ещё? 🏦"))
    one, two = store.turns("talk", "CUST-1")
    assert (one.id, one.conversation, one.events) == (first, "talk", tuple(happened()))
    assert (two.id, view(two).message) == (second, "и ещё? 🏦")
    assert store.find_turn(second, "CUST-1") == two
    assert store.find_turn(second, "CUST-2") is None and store.find_turn("none", "CUST-1") is None


def test_a_new_conversation_has_no_events(store: Records) -> None:
    assert store.events("new", "CUST-1") == store.events("new", None) == store.events("a\0b", "CUST-1") == ()


def test_events_since_a_time_are_those_of_turns_that_ended_later(store: Records) -> None:
    first = store.append("talk", "one", "CUST-1", happened("first"))
    moment = timedelta(milliseconds=1)
    while datetime.now(UTC) <= first + 2 * moment:
        pass
    second = store.append("talk", "two", "CUST-1", happened("second"))
    for since, messages in ((first, ["first", "second"]), (second, ["second"]), (second + moment, [])):
        found = store.history("talk", "CUST-1", since).events
        assert [event.text for event in found if isinstance(event, MessageReceived)] == messages


def test_times_are_read_with_their_zone(store: Records) -> None:
    at = store.append("talk", "t", "CUST-1", happened())
    assert abs(datetime.now(UTC) - at) < timedelta(minutes=1) and at.tzinfo
    assert store.turns("talk", "CUST-1")[0].at == at
    assert Conversations(store).list_page("CUST-1")[0]["started_at"] == at


def test_only_the_owner_reads_a_conversation(store: Records) -> None:
    add_turn(store, "adas", "CUST-1")
    add_turn(store, "bens", "CUST-2")
    add_turn(store, "nobodys", None)
    assert [item["id"] for item in Conversations(store).list_page("CUST-1")] == ["adas"]
    assert Conversations(store).list_page("") == []
    messages = set()
    for name in ("bens", "nobodys", "not there", "", "' OR '1'='1"):
        for read in (store.turns, store.require_owned):
            with pytest.raises(ConversationNotFoundError) as caught:
                read(name, "CUST-1")
            messages.add(str(caught.value))
    for name in ("bens", "nobodys"):
        with pytest.raises(ConversationNotFoundError):
            store.events(name, "CUST-1")
    assert messages == {"Expected one of your own conversations. Leave conversation_id out to start one."}
    store.require_owned("adas", "CUST-1")


def test_a_conversation_name_with_a_control_character_is_nobodys(store: Records) -> None:
    with pytest.raises(ConversationNotFoundError):
        store.turns("a\0b", "CUST-1")


@pytest.mark.parametrize("customer", ["CUST-2", None])
def test_nobody_writes_into_anothers_conversation(store: Records, customer: str | None) -> None:
    add_turn(store)
    for new in (happened(), [SentenceSent("Hello.")]):
        with pytest.raises(ConversationNotFoundError):
            store.append("talk", "t", customer, new)
    assert count(store) == (1, A_TURN, A_TURN)


def test_conversations_are_listed_newest_first_up_to_a_limit(store: Records) -> None:
    for name in ("1", "2", "3"):
        add_turn(store, f"talk {name}", message=name * 200)
    assert [item["title"] for item in Conversations(store).list_page("CUST-1", limit=2)] == ["3" * 80, "2" * 80]


def test_the_chain_names_the_event_and_holds_no_text(store: Records) -> None:
    turn = add_turn(store, message="secret words", reference="QWRTZP")
    with store.engine.connect() as connection:
        contents = list(connection.execute(select(audit_records.c.content)).scalars())
        case = connection.execute(select(cases)).one()
    assert "secret words" not in str(contents) and "A wire costs" not in str(contents)
    kept = [json.loads(content) for content in contents]
    assert [item["event"] for item in kept] == [type(event).__name__ for event in happened(reference="QWRTZP")]
    assert {(item["turn"], item["conversation"], item["customer"]) for item in kept} == {(turn, "talk", "CUST-1")}
    assert (case.reference, case.turn_id, case.priority, case.status) == ("QWRTZP", turn, 2, "open")


def test_the_same_words_twice_have_different_hashes(store: Records) -> None:
    add_turn(store, message="yes")
    add_turn(store, message="yes")
    with store.engine.connect() as connection:
        contents = [json.loads(content) for content in connection.execute(select(audit_records.c.content)).scalars()]
    assert len({item["sha256"] for item in contents}) == len(contents)


def test_a_turn_in_several_parts_is_read_once_it_has_ended(store: Records) -> None:
    said = happened()
    middle: list[Event] = [said[0], SentenceSent("A wire")]
    store.append("talk", "t", "CUST-1", middle)
    assert store.events("talk", "CUST-1") == () and Conversations(store).list_page("CUST-1") == []
    assert verify(store.engine).faults == ()
    store.append("talk", "t", "CUST-1", said[1:])
    assert store.events("talk", "CUST-1") == (*middle, *said[1:])
    assert verify(store.engine).faults == () and [item["id"] for item in Conversations(store).list_page("CUST-1")] == [
        "talk"
    ]


def test_what_a_dead_server_left_of_a_turn_is_kept_but_not_read(store: Records) -> None:
    store.append("talk", "t", "CUST-1", [MessageReceived("wire fee?", (), "1.0.0"), SentenceSent("A wi")])
    store.append("talk", "t", "CUST-1", happened())
    assert store.events("talk", "CUST-1") == tuple(happened())
    assert count(store) == (1, A_TURN + 2, A_TURN + 2)
    assert verify(store.engine).faults == ()


def test_a_sentence_can_come_before_its_conversation(store: Records) -> None:
    store.append("talk", "t", "CUST-1", [SentenceSent("Hello.")])
    store.append("talk", "t", "CUST-1", happened())
    assert verify(store.engine).faults == ()
    assert Conversations(store).list_page("CUST-1")[0]["title"] == "wire fee?"


@pytest.mark.parametrize("table", ["audit_records", "events"])
def test_a_turn_whose_records_cannot_be_written_is_not_kept(store: Records, table: str) -> None:
    add_turn(store)
    with store.engine.begin() as connection:
        connection.execute(text(f"ALTER TABLE {table} RENAME TO elsewhere"))
    with pytest.raises(UnavailableError, match=table):
        add_turn(store, "new")
    with store.engine.begin() as connection:
        connection.execute(text(f"ALTER TABLE elsewhere RENAME TO {table}"))
        assert connection.execute(select(func.count()).select_from(conversations)).scalar_one() == 1
    assert count(store) == (1, A_TURN, A_TURN)


def test_a_turn_that_has_ended_takes_no_more_events(store: Records) -> None:
    turn = add_turn(store)
    for new in (happened(), [SentenceSent("Hello.")]):
        with pytest.raises(TurnTakenError):
            store.append("talk", turn, "CUST-1", new)
    assert count(store) == (1, A_TURN, A_TURN)


def test_a_turn_that_cannot_be_kept_leaves_no_record_and_no_text_in_the_error(store: Records) -> None:
    turn = add_turn(store)
    with pytest.raises(IntegrityError) as failure:
        store.append("another talk", turn, "CUST-1", happened("secret words"))
    assert "secret words" not in str(failure.value)
    assert count(store) == (1, A_TURN, A_TURN)


@pytest.mark.parametrize("started", [True, False])
def test_turns_of_one_conversation_at_the_same_moment_do_not_mix(store: Records, started: bool) -> None:
    if started:
        add_turn(store)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: add_turn(store), range(24)))
    total = 24 + started
    assert [turn.events for turn in store.turns("talk", "CUST-1")] == [tuple(happened())] * total
    assert verify(store.engine).faults == ()
    assert count(store) == (total, total * A_TURN, total * A_TURN)


@pytest.mark.parametrize(
    "use",
    [
        Records.prepare,
        Records.ping,
        lambda store: add_turn(store),
        lambda store: Conversations(store).list_page("CUST-1"),
        lambda store: store.turns("talk", "CUST-1"),
        lambda store: store.events("talk", "CUST-1"),
        lambda store: store.require_owned("talk", "CUST-1"),
    ],
)
@pytest.mark.parametrize("where", ["nobody listens", "no database"])
def test_a_database_that_is_away_says_so_without_its_password(
    use: Callable[[Records], object], where: str, tmp_path: Path
) -> None:
    (tmp_path / "talk.db").write_bytes(b"no database " * 1000)
    away = "postgresql://teller:hunter2@127.0.0.1:1/talk"
    store = Records(open_engine(away if where == "nobody listens" else f"sqlite:///{tmp_path / 'talk.db'}"))
    with pytest.raises(UnavailableError, match=r"cannot be used now: .*Check that it runs and has space") as caught:
        use(store)
    assert "hunter2" not in str(caught.value)
    store.engine.dispose()


def test_a_long_conversation_is_read_in_pages(store: Records) -> None:
    names = [add_turn(store, message=f"message {number}") for number in range(7)]
    Conversations(store).rate("talk", "CUST-1", names[0], True)

    def page(before: str | None = None) -> list[str]:
        return [turn.message for turn in view_all(store.turns("talk", "CUST-1", before, 3))]

    assert page() == ["message 4", "message 5", "message 6"]
    assert page(names[4]) == ["message 1", "message 2", "message 3"]
    assert page(names[1]) == ["message 0"] and page(names[0]) == page("none") == page("a\0") == []
    first = view_all(store.turns("talk", "CUST-1", names[1], 3))
    assert [turn.is_helpful for turn in first] == [True]
