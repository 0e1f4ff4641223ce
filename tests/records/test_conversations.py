"""What customers do with the list of their conversations, and ratings, on SQLite and PostgreSQL."""

import time
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import insert

from records.conftest import add_turn
from tellerbot.conversation.turns import view_all
from tellerbot.database import begin_write
from tellerbot.errors import DataError
from tellerbot.records.conversations import Conversations
from tellerbot.records.store import ConversationNotFoundError, Records
from tellerbot.records.tables import conversations, turns
from tellerbot.records.verify import verify


def titles(store: Records, search: str = "") -> list[str]:
    return [item["title"] for item in Conversations(store).list_page("CUST-1", search)]


@pytest.mark.parametrize(("title", "search"), [
    ("Wire fee", "WIRE"), ("wire fee", "e F"), ("über die Karte", "ÜBER"), ("ÜBER DIE KARTE", "über"),
    ("Café crème", "CAFÉ CRÈME"), ("Cafe\u0301", "café"), ("Café", "cafe"), ("Straße", "STRASSE"),
    ("STRASSE", "straße"), ("ΟΔΟΣ", "οδός"), ("İstanbul", "istanbul"), ("КАРТА", "карта"), ("100% rate", "%"),
])  # fmt: skip
def test_search_finds_titles_whatever_their_case_and_accents(store: Records, title: str, search: str) -> None:
    add_turn(store, message=title)
    add_turn(store, "other", message="Nothing of the kind")
    assert titles(store, search) == [title]


@pytest.mark.parametrize("search", ["_", "wire fe_", "\0", "wire  fee", "wired", "ß"])
def test_search_takes_every_character_as_it_is(store: Records, search: str) -> None:
    add_turn(store, message="wire fee")
    assert titles(store, search) == []


def add_conversations(store: Records, count: int) -> None:
    """Add conversations begun in one moment, whose titles end with their number."""
    at = datetime(2026, 11, 30, tzinfo=UTC)
    rows = [{"id": f"{n:05}", "customer_id": "CUST-1", "started_at": at, "title": f"Über {n:05}"} for n in range(count)]
    ended = [{"id": row["id"], "conversation_id": row["id"], "at": at, "record": -n} for n, row in enumerate(rows, 1)]
    with begin_write(store.engine) as connection:
        connection.execute(insert(conversations), rows)
        connection.execute(insert(turns), ended)


@pytest.mark.parametrize("search", ["", "ÜBER"])
def test_pages_hold_each_conversation_once_also_of_one_moment(store: Records, search: str) -> None:
    add_conversations(store, 30)
    add_turn(store, "newest", message="über alles")
    seen: list[str] = []
    while found := Conversations(store).list_page("CUST-1", search, seen[-1] if seen else None, 7):
        seen += [item["id"] for item in found]
    assert seen == ["newest", *(f"{number:05}" for number in range(30))]
    # One that is removed meanwhile is still a place in the list.
    Conversations(store).delete("newest", "CUST-1")
    assert Conversations(store).list_page("CUST-1", search, "newest", 1)[0]["id"] == "00000"


def test_only_the_customers_own_conversations_are_places_in_the_list(store: Records) -> None:
    add_turn(store)
    add_turn(store, "theirs", "CUST-2")
    for before in ("theirs", "none", "a\0", "\ud800", ""):
        assert Conversations(store).list_page("CUST-1", before=before) == []


def test_a_long_list_is_searched_to_its_end(store: Records) -> None:
    add_conversations(store, 10_000)
    began = time.monotonic()
    assert titles(store, "über 09999") == ["Über 09999"]
    assert time.monotonic() - began < 5


def test_a_new_title_replaces_the_first_message(store: Records) -> None:
    add_turn(store)
    Conversations(store).rename("talk", "CUST-1", "  About\nfees ")
    assert titles(store) == ["About fees"]
    for title, words in (
        ("", "a word or two"),
        (" \n", "a word or two"),
        ("x" * 81, "has 81.* 80 fit"),
        ("a\0b", "anew"),
    ):
        with pytest.raises(DataError, match=words):
            Conversations(store).rename("talk", "CUST-1", title)
    assert titles(store) == ["About fees"] and verify(store.engine).faults == ()


def test_a_deleted_conversation_is_not_there_for_its_customer_and_stays_in_the_records(store: Records) -> None:
    turn = add_turn(store)
    Conversations(store).delete("talk", "CUST-1")
    assert titles(store) == []
    since = store.find_turn(turn, "CUST-1")
    assert since
    for use in (
        lambda: store.turns("talk", "CUST-1"),
        lambda: store.require_owned("talk", "CUST-1"),
        lambda: Conversations(store).delete("talk", "CUST-1"),
        lambda: Conversations(store).rate("talk", "CUST-1", turn, True),
    ):
        with pytest.raises(ConversationNotFoundError):
            use()
    found = verify(store.engine)
    assert found.faults == () and found.turns == 2
    # What became of an action in it is recorded all the same.
    assert len(store.history("talk", "CUST-1", since.at - timedelta(days=1)).events) == len(since.events) + 2
    later = add_turn(store)
    assert store.find_turn(later, "CUST-1") and titles(store) == []


def test_a_conversation_that_a_colleague_works_on_is_not_deleted(store: Records) -> None:
    add_turn(store, reference="QWRTZP")
    with pytest.raises(DataError, match="colleague"):
        Conversations(store).delete("talk", "CUST-1")
    assert titles(store) and len(store.turns("talk", "CUST-1")) == 1


def test_the_last_rating_of_a_reply_counts(store: Records) -> None:
    first, second = add_turn(store), add_turn(store)
    for is_helpful in (False, True):
        Conversations(store).rate("talk", "CUST-1", first, is_helpful)
    shown = view_all(store.turns("talk", "CUST-1"))
    assert [(turn.id, turn.is_helpful) for turn in shown] == [(first, True), (second, None)]
    assert verify(store.engine).faults == ()


def test_only_replies_of_the_conversation_are_rated(store: Records) -> None:
    turn = add_turn(store, "other")
    add_turn(store)
    for unknown in (turn, "none", "a\0"):
        with pytest.raises(DataError, match="Reload"):
            Conversations(store).rate("talk", "CUST-1", unknown, True)
    assert len(store.turns("talk", "CUST-1")) == 1


def test_nobody_else_changes_a_conversation(store: Records) -> None:
    turn = add_turn(store)
    for use in (
        lambda: Conversations(store).rename("talk", "CUST-2", "mine"),
        lambda: Conversations(store).delete("talk", "CUST-2"),
        lambda: Conversations(store).rate("talk", "CUST-2", turn, False),
        lambda: Conversations(store).rename("nowhere", "CUST-1", "mine"),
    ):
        with pytest.raises(ConversationNotFoundError):
            use()
    assert titles(store) == ["wire fee?"]
