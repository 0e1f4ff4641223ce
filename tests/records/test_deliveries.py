"""What is to be delivered of cases, on SQLite and PostgreSQL: in order, by one server at a time, until it is."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from records.conftest import add_turn  # pyright: ignore[reportMissingImports]
from records.older import OlderRecords  # pyright: ignore[reportMissingImports]
from tellerbot.conversation.events import CaseDelivered, MessageReceived
from tellerbot.conversation.turns import view
from tellerbot.records.cases import Cases
from tellerbot.records.deliveries import LEASE, TRANSCRIPT, Deliveries, Delivery
from tellerbot.records.store import Records
from tellerbot.records.tables import deliveries
from tellerbot.records.verify import verify


@pytest.fixture
def queue(store: Records) -> Deliveries:
    return Deliveries(store)


def pass_time(store: Records, seconds: float) -> None:
    """Let what is to be delivered become older."""
    with store.engine.begin() as connection:
        for row in connection.execute(select(deliveries)).all():
            if row.next_at:
                earlier = row.next_at.replace(tzinfo=UTC) - timedelta(seconds=seconds)
                own = (deliveries.c.turn_id == row.turn_id) & (deliveries.c.kind == row.kind)
                connection.execute(update(deliveries).where(own).values(next_at=earlier))


def taken(queue: Deliveries) -> Delivery:
    delivery = queue.take()
    assert delivery
    return delivery


def test_a_case_is_delivered_once_and_that_is_recorded(store: Records, queue: Deliveries) -> None:
    add_turn(store)
    assert queue.take() is None
    turn = add_turn(store, reference="QWRTZP")
    delivery = taken(queue)
    assert (delivery.id, delivery.kind, delivery.attempts) == (f"{turn}-case", "case", 1)
    assert (delivery.case.reference, delivery.case.customer, len(delivery.turns)) == ("QWRTZP", "CUST-1", 2)
    queue.finish(delivery)
    queue.finish(delivery)  # a double
    pass_time(store, 10_000)
    assert queue.take() is None
    assert [event for event in store.events("talk", "CUST-1") if isinstance(event, CaseDelivered)] == [
        CaseDelivered("QWRTZP")
    ]
    assert Cases(store).show("QWRTZP")[0].delivered_at and verify(store.engine).faults == ()


def test_messages_to_an_agent_are_delivered_after_their_case(store: Records, queue: Deliveries) -> None:
    add_turn(store, reference="QWRTZP")
    add_turn(store, message="nobody has it yet")
    cases = Cases(store)
    cases.claim("QWRTZP", "Kim")
    store.append("talk", "t", "CUST-1", [MessageReceived("are you there?", (), "1.0.0")])
    add_turn(store, message="are you there?")
    add_turn(store, message="hello??")
    first = taken(queue)
    assert first.kind == "case" and queue.take() is None
    queue.finish(first)
    for message in ("are you there?", "hello??"):
        delivery = taken(queue)
        assert (delivery.kind, view(delivery.turns[-1]).message, delivery.case.agent) == ("message", message, "Kim")
        queue.finish(delivery)
    cases.return_("QWRTZP", "Kim")
    add_turn(store, message="and now the assistant")
    assert queue.take() is None and verify(store.engine).faults == ()


def test_a_transcript_ends_with_what_it_is_about(store: Records, queue: Deliveries) -> None:
    for number in range(TRANSCRIPT):
        add_turn(store, message=f"message {number}")
    add_turn(store, message="a person please", reference="QWRTZP")
    add_turn(store, message="later")
    said = [view(turn).message for turn in taken(queue).turns]
    assert said == [*(f"message {number}" for number in range(1, TRANSCRIPT)), "a person please"]


def test_what_failed_is_due_again_later_and_later(store: Records, queue: Deliveries) -> None:
    add_turn(store, reference="QWRTZP")
    waits = []
    for attempt in range(1, 13):
        delivery = taken(queue)
        assert delivery.attempts == attempt
        wait = queue.put_off(delivery)
        assert queue.take() is None
        pass_time(store, wait.total_seconds())
        waits.append(wait.total_seconds())
    assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 600, 600]


def test_one_that_fails_does_not_hold_up_other_cases(store: Records, queue: Deliveries) -> None:
    add_turn(store, reference="QWRTZP")
    add_turn(store, "second", reference="SCNDRF")
    queue.put_off(taken(queue))
    assert taken(queue).case.reference == "SCNDRF"


def test_a_server_that_died_leaves_it_to_the_next(store: Records, stores: list[Records]) -> None:
    add_turn(store, reference="QWRTZP")
    first, other = taken(Deliveries(store)), Deliveries(stores[1])
    pass_time(store, LEASE.total_seconds() - 5)
    assert other.take() is None
    pass_time(store, 5)
    again = taken(other)
    assert again.id == first.id and again.attempts == 2


def test_servers_at_once_take_each_once(store: Records, stores: list[Records]) -> None:
    for number in range(12):
        add_turn(store, f"talk {number}", reference=f"REF {number}")

    def take(number: int) -> str:
        delivery = taken(Deliveries(stores[number % 4]))
        Deliveries(stores[number % 4]).finish(delivery)
        return delivery.id

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(take, range(12)))) == 12
    assert verify(store.engine).faults == ()


def test_nothing_of_a_closed_case_is_delivered(store: Records, queue: Deliveries) -> None:
    add_turn(store, reference="QWRTZP")
    under_way = taken(queue)
    cases = Cases(store)
    cases.claim("QWRTZP", "Kim")
    add_turn(store, message="hello?")
    cases.close("QWRTZP", "Kim")
    pass_time(store, 10_000)
    assert queue.take() is None
    queue.finish(under_way)
    queue.put_off(under_way)
    assert queue.take() is None and not cases.show("QWRTZP")[0].delivered_at
    assert verify(store.engine).faults == ()


def test_cases_that_were_open_before_there_were_deliveries_are_delivered(stores: list[Records]) -> None:
    store = stores[0]
    older = OlderRecords(store.engine)
    older.record("talk", "CUST-1", 1, reference="QWRTZP")
    store.prepare()
    delivery = taken(Deliveries(store))
    assert (delivery.case.reference, delivery.id) == ("QWRTZP", "talk-1-case")
    Deliveries(store).finish(delivery)
    cases = Cases(store)
    cases.claim("QWRTZP", "Kim")
    cases.close("QWRTZP", "Kim")
    assert verify(store.engine, older.head).faults == ()
    assert datetime.now(UTC) - (cases.show("QWRTZP")[0].closed_at or datetime.min) < timedelta(minutes=1)
