"""What customers do with the list of their conversations, and ratings, on SQLite and PostgreSQL."""

from datetime import timedelta

import pytest

from records.conftest import add_turn
from tellerbot.conversation.turns import view_all
from tellerbot.errors import DataError
from tellerbot.records.conversations import Conversations
from tellerbot.records.store import NotTheirsError, Records
from tellerbot.records.verify import verify


def titles(store: Records, search: str = "") -> list[str]:
    return [item["title"] for item in Conversations(store).listed("CUST-1", search)]


def test_a_list_is_searched_and_comes_in_pages(store: Records) -> None:
    for name in ("Wire fee", "100% rate", "wired twice"):
        add_turn(store, name, message=name)
    assert titles(store, "WIRE") == ["wired twice", "Wire fee"]
    assert titles(store, "%") == ["100% rate"] and titles(store, "_") == [] and titles(store, "\0") == []
    first = Conversations(store).listed("CUST-1", limit=1)
    assert [item["id"] for item in Conversations(store).listed("CUST-1", before=first[0]["started_at"])] == [
        "100% rate", "Wire fee",
    ]  # fmt: skip


def test_a_new_title_replaces_the_first_message(store: Records) -> None:
    add_turn(store)
    Conversations(store).rename("talk", "CUST-1", "  About\nfees ")
    assert titles(store) == ["About fees"]
    for title in ("", " \n", "x" * 81, "a\0b"):
        with pytest.raises(DataError, match="title of 1 to 80"):
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
        lambda: store.owned("talk", "CUST-1"),
        lambda: Conversations(store).delete("talk", "CUST-1"),
        lambda: Conversations(store).rate("talk", "CUST-1", turn, True),
    ):
        with pytest.raises(NotTheirsError):
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
        with pytest.raises(NotTheirsError):
            use()
    assert titles(store) == ["wire fee?"]
