"""A message sent again leads to one turn, on SQLite and PostgreSQL, whichever server it reaches."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select, text, update

from assistant.test_conversations import turn, url  # noqa: F401  # pyright: ignore[reportMissingImports]
from tellerbot.assistant.conversations import (
    CLAIM,
    Conversations,
    TurnTakenError,
    claims,
    conversation_of,
    turn_of,
    turns,
)
from tellerbot.audit import log
from tellerbot.database import open_engine, wait_for_lock, writing


@pytest.fixture
def stores(url: str) -> Iterator[list[Conversations]]:  # noqa: F811
    """The same database as two servers open it."""
    stores = [Conversations(open_engine(url)) for _ in range(2)]
    stores[0].prepare()
    yield stores
    for store in stores:
        store.engine.dispose()


def claimed(store: Conversations) -> int:
    with store.engine.connect() as connection:
        return connection.execute(select(func.count()).select_from(claims)).scalar_one()


def run_out(store: Conversations) -> None:
    """Age every claim, as if its time had passed."""
    with store.engine.begin() as connection:
        connection.execute(update(claims).values(until=datetime.now(UTC) - timedelta(seconds=1)))


def test_sent_again_the_ids_are_the_same_and_nobody_elses() -> None:
    assert conversation_of("CUST-1", "m") == conversation_of("CUST-1", "m")
    assert turn_of("talk", "m") == turn_of("talk", "m")
    ids = {
        conversation_of("CUST-1", "m"), conversation_of("CUST-2", "m"), conversation_of("CUST-1", "n"),
        conversation_of("CUST-1m", ""), conversation_of("", "CUST-1m"), conversation_of('CUST-1", "m', ""),
        turn_of("CUST-1", "m"), turn_of("talk", "n"), turn_of("talk2", "m"),
    }  # fmt: skip
    assert len(ids) == 9


def test_sent_again_a_turn_under_way_is_taken_nowhere_else(stores: list[Conversations]) -> None:
    one, other = stores
    said = replace(turn(), id=turn_of("talk", "m"))
    with one.claimed(said.id):
        for store in stores:
            with pytest.raises(TurnTakenError), store.claimed(said.id):
                pytest.fail("taken twice")
        with other.claimed(turn_of("talk", "another message")):
            pass
        one.record(said)
    assert claimed(one) == 1  # the other message's, which recorded nothing
    with pytest.raises(TurnTakenError), other.claimed(said.id):
        pytest.fail("taken twice")
    found = other.find_turn(said.id, "CUST-1")
    assert found and found == other.history("talk", "CUST-1")[0]
    assert other.find_turn(said.id, "CUST-2") is None and other.find_turn("none", "CUST-1") is None


def test_sent_again_after_a_turn_that_failed_it_is_taken_anew(stores: list[Conversations]) -> None:
    with pytest.raises(ZeroDivisionError), stores[0].claimed("t"):
        raise ZeroDivisionError
    assert claimed(stores[0]) == 0
    with stores[1].claimed("t"):
        pass


def test_sent_again_after_a_server_died_it_is_taken_anew_and_recorded_once(stores: list[Conversations]) -> None:
    slow, quick = stores
    said = replace(turn(), id="t")
    with pytest.raises(TurnTakenError, match="Another server"), slow.claimed("t"):
        run_out(slow)
        with quick.claimed("t"):
            quick.record(said)
        slow.record(said)
    with slow.engine.connect() as connection:
        assert connection.execute(select(func.count()).select_from(turns)).scalar_one() == 1
    assert log.verify(slow.engine).count == 1 and claimed(slow) == 0
    assert timedelta(seconds=30) <= CLAIM <= timedelta(minutes=5)


def test_claims_of_a_dead_server_go_with_the_next_claim_of_any_turn(stores: list[Conversations]) -> None:
    for lost in ("a", "b", "c"):
        with stores[0].claimed(lost):
            pass  # no record and no failure: the server died here
    assert claimed(stores[0]) == 3
    run_out(stores[0])
    with stores[0].claimed("held"), stores[1].claimed("new"):
        assert claimed(stores[1]) == 2
        assert [stores[1].under_way(name) for name in ("a", "held", "new")] == [False, True, True]


@pytest.mark.parametrize("failure", [ZeroDivisionError, KeyboardInterrupt])
def test_a_slow_server_that_fails_leaves_the_claim_of_the_next(
    stores: list[Conversations], failure: type[BaseException]
) -> None:
    slow, quick = stores
    with ExitStack() as quicks:
        with pytest.raises(failure), slow.claimed("t"):
            run_out(slow)
            quicks.enter_context(quick.claimed("t"))
            raise failure
        assert quick.under_way("t")
        with pytest.raises(TurnTakenError), slow.claimed("t"):
            pytest.fail("taken twice")


def test_a_failure_is_the_one_raised_when_the_database_goes_away_with_it(stores: list[Conversations]) -> None:
    store = stores[0]
    with pytest.raises(ZeroDivisionError), store.claimed("t"):
        with store.engine.begin() as connection:
            connection.execute(text("DROP TABLE turn_claims"))
        raise ZeroDivisionError


def test_a_claim_is_looked_at_while_another_server_writes(stores: list[Conversations]) -> None:
    one, other = stores
    with one.claimed("t"), writing(one.engine) as connection:
        wait_for_lock(connection)
        assert other.under_way("t") and not other.under_way("u")


def test_sent_at_the_same_moment_to_two_servers_one_takes_it(stores: list[Conversations]) -> None:
    def take(number: int) -> bool:
        try:
            with stores[number % 2].claimed("t"):
                return True
        except TurnTakenError:
            return False

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(take, range(24))) == 1


def test_an_existing_database_keeps_its_turns_and_gets_the_claims(stores: list[Conversations]) -> None:
    stores[0].record(turn())
    with stores[0].engine.begin() as connection:
        connection.execute(text("DROP TABLE turn_claims"))  # as it was before there were any
    stores[1].prepare()
    assert len(stores[1].history("talk", "CUST-1")) == 1
    with stores[1].claimed("t"):
        pass
    assert claimed(stores[1]) == 1


def test_a_claim_does_not_wait_for_the_disk_and_a_turn_does(stores: list[Conversations]) -> None:
    engine = stores[0].engine
    sqlite = engine.dialect.name == "sqlite"
    setting = text("PRAGMA synchronous" if sqlite else "SHOW synchronous_commit")
    found = []
    for durable in (True, False, True):
        with writing(engine, durable) as connection:
            found.append(connection.execute(setting).scalar())
    assert found == ([2, 1, 2] if sqlite else ["on", "off", "on"])
