"""Actions under way and turns that come between, on SQLite and PostgreSQL."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from records.conftest import add_turn, happened  # pyright: ignore[reportMissingImports]
from tellerbot.conversation.events import (
    ActionConfirmed,
    ActionDone,
    ActionProposed,
    ActionRefused,
    ActionStarted,
    ActionUnknown,
    Event,
    MessageReceived,
    TurnMeasured,
)
from tellerbot.conversation.state import fold
from tellerbot.records.actions import LEASE, find_pending, has_acted
from tellerbot.records.store import ConversationNotFoundError, Records, StaleError
from tellerbot.records.tables import actions
from tellerbot.records.verify import verify

SINCE = datetime(2000, 1, 1, tzinfo=UTC)


def start(store: Records, key: str, conversation: str = "talk", customer: str = "CUST-1", turn: str = "") -> str:
    """A turn that has asked the bank, and has not ended; gives its id."""
    turn = turn or f"turn-{key}"
    new: list[Event] = [MessageReceived("yes", (), "1"), ActionConfirmed(key, "pay", {}), ActionStarted(key, "pay")]
    store.append(conversation, turn, customer, new)
    return turn


def run_out(store: Records) -> None:
    with store.engine.begin() as connection:
        connection.execute(update(actions).values(until=datetime.now(UTC) - timedelta(seconds=1)))


def status(store: Records, key: str) -> str | None:
    with store.engine.connect() as connection:
        return connection.execute(select(actions.c.status).where(actions.c.key == key)).scalar()


def test_an_action_is_under_way_until_the_bank_has_answered(store: Records) -> None:
    turn = start(store, "a")
    (pending,) = find_pending(store.engine)
    assert (pending.key, pending.action, pending.conversation, pending.customer) == ("a", "pay", "talk", "CUST-1")
    assert pending.turn == turn and not pending.is_abandoned and has_acted(store.engine, "talk", turn)
    store.append("talk", turn, "CUST-1", [ActionDone("a", "pay", "BCD"), TurnMeasured(())])
    assert find_pending(store.engine) == [] and status(store, "a") == "done"
    assert has_acted(store.engine, "talk", turn) and not has_acted(store.engine, "talk", "another")
    assert verify(store.engine).turns == 1


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (ActionDone("a", "pay", "BCD"), "done"),
        (ActionRefused("a", "pay", "day_limit"), "refused"),
        (ActionUnknown("a", "pay"), "unknown"),
    ],
)
def test_each_answer_is_noted(store: Records, event: Event, expected: str) -> None:
    turn = start(store, "a")
    store.append("talk", turn, "CUST-1", [event, TurnMeasured(())])
    assert status(store, "a") == expected
    assert [one.is_abandoned for one in find_pending(store.engine)] == ([True] if expected == "unknown" else [])


def test_an_unknown_one_may_become_known_in_a_later_turn(store: Records) -> None:
    turn = start(store, "a")
    store.append("talk", turn, "CUST-1", [ActionUnknown("a", "pay"), TurnMeasured(())])
    assert find_pending(store.engine, "talk")[0].turn is None
    store.append("talk", "later", "CUST-1", [ActionDone("a", "pay", "BCD"), TurnMeasured(())])
    assert find_pending(store.engine) == [] and status(store, "a") == "done"


def test_one_that_nobody_waits_for_any_more_is_abandoned(store: Records) -> None:
    start(store, "a")
    assert timedelta(seconds=30) <= LEASE <= timedelta(minutes=5)
    run_out(store)
    assert [one.is_abandoned for one in find_pending(store.engine)] == [True]


def test_the_oldest_comes_first_and_each_conversation_has_its_own(store: Records) -> None:
    for key, conversation in (("a", "talk"), ("b", "other"), ("c", "talk")):
        start(store, key, conversation)
    assert [one.key for one in find_pending(store.engine)] == ["a", "b", "c"]
    assert [one.key for one in find_pending(store.engine, "talk")] == ["a", "c"]
    assert find_pending(store.engine, "none") == []


def test_a_key_is_started_once_and_the_second_turn_leaves_nothing(store: Records) -> None:
    start(store, "a")
    before = verify(store.engine).count
    with pytest.raises(IntegrityError):
        start(store, "a", turn="second")
    assert verify(store.engine).count == before and not has_acted(store.engine, "talk", "second")


def test_of_two_servers_that_start_a_key_one_does(stores: list[Records], store: Records) -> None:
    add_turn(store)
    after = store.history("talk", "CUST-1", SINCE).last

    def try_start(at: int) -> str:
        new: list[Event] = [MessageReceived("yes", (), "1"), ActionStarted("a", "pay")]
        try:
            stores[at % 4].append("talk", f"turn-{at}", "CUST-1", new, after)
        except (StaleError, IntegrityError) as error:
            return type(error).__name__
        return "started"

    with ThreadPoolExecutor(8) as pool:
        found = [*pool.map(try_start, range(8))]
    assert found.count("started") == 1 and found.count("StaleError") == 7
    assert verify(store.engine).count


def test_a_turn_that_has_not_seen_another_is_stale_and_leaves_nothing(store: Records) -> None:
    add_turn(store)
    seen = store.history("talk", "CUST-1", SINCE)
    add_turn(store, message="another tab")
    records = verify(store.engine).count
    with pytest.raises(StaleError, match="Take the turn again"):
        store.append("talk", "late", "CUST-1", happened(), seen.last)
    assert verify(store.engine).count == records
    store.append("talk", "late", "CUST-1", happened(), store.history("talk", "CUST-1", SINCE).last)
    assert len(store.turns("talk", "CUST-1")) == 3


def test_its_own_records_make_no_turn_stale_and_nor_do_other_conversations(store: Records) -> None:
    add_turn(store)
    last = store.history("talk", "CUST-1", SINCE).last
    add_turn(store, "other", "CUST-2")
    store.append("talk", "mine", "CUST-1", [MessageReceived("yes", (), "1"), ActionStarted("a", "pay")], last)
    store.append("talk", "mine", "CUST-1", [ActionDone("a", "pay", "BCD"), TurnMeasured(())], last)
    assert len(store.turns("talk", "CUST-1")) == 2


def test_the_first_turn_of_a_conversation_is_stale_where_another_was_first(store: Records) -> None:
    assert store.history("talk", "CUST-1", SINCE).last == 0
    add_turn(store)
    with pytest.raises(StaleError):
        store.append("talk", "late", "CUST-1", happened(), 0)


def test_what_a_turn_does_is_seen_while_it_is_under_way(store: Records) -> None:
    store.append("talk", "one", "CUST-1", [
        MessageReceived("pay", (), "1"), *happened()[1:-1], TurnMeasured(()),
    ])  # fmt: skip
    turn = start(store, "a")
    seen = store.history("talk", "CUST-1", SINCE)
    assert ActionStarted("a", "pay") in seen.events and seen.last == verify(store.engine).count
    assert ActionStarted("a", "pay") not in store.events("talk", "CUST-1")
    store.append("talk", turn, "CUST-1", [ActionRefused("a", "pay", "too_late"), TurnMeasured(())])
    again = store.history("talk", "CUST-1", SINCE).events
    assert again.count(ActionStarted("a", "pay")) == 1 and again == store.events("talk", "CUST-1")
    assert fold(again).flows == ()


def test_a_history_is_its_customers_alone_and_leaves_out_what_is_old(store: Records) -> None:
    add_turn(store)
    with pytest.raises(ConversationNotFoundError):
        store.history("talk", "CUST-2", SINCE)
    seen = store.history("talk", "CUST-1", datetime.now(UTC) + timedelta(hours=1))
    assert seen.events == () and seen.last == verify(store.engine).count
    assert store.history("none", "CUST-2", SINCE).events == ()
    assert ActionProposed("a", "pay", {}) not in seen.events
