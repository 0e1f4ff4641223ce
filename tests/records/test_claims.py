"""A message sent again leads to one turn, on SQLite and PostgreSQL, whichever server it reaches."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select, text, update

from records.conftest import happened  # pyright: ignore[reportMissingImports]
from tellerbot.database import begin_write, wait_for_lock
from tellerbot.records.claims import CLAIM, RENEWABLE, RENEWAL, TurnTakenError, conversation_of, is_claimed, turn_of
from tellerbot.records.store import Records
from tellerbot.records.tables import claims, turns
from tellerbot.records.verify import verify


@pytest.fixture
def two(store: Records, stores: list[Records]) -> list[Records]:
    """The same database as two servers open it."""
    return [store, stores[1]]


def claimed(store: Records) -> int:
    with store.engine.connect() as connection:
        return connection.execute(select(func.count()).select_from(claims)).scalar_one()


def run_out(store: Records, ago: timedelta = timedelta(seconds=1)) -> None:
    """Age every claim, as if its server had not renewed it and its time had passed."""
    with begin_write(store.engine) as connection:
        connection.execute(update(claims).values(until=datetime.now(UTC) - ago))


def test_sent_again_the_ids_are_the_same_and_nobody_elses() -> None:
    assert conversation_of("CUST-1", "m") == conversation_of("CUST-1", "m")
    assert turn_of("talk", "m") == turn_of("talk", "m")
    ids = {
        conversation_of("CUST-1", "m"), conversation_of("CUST-2", "m"), conversation_of("CUST-1", "n"),
        conversation_of("CUST-1m", ""), conversation_of("", "CUST-1m"), conversation_of('CUST-1", "m', ""),
        turn_of("CUST-1", "m"), turn_of("talk", "n"), turn_of("talk2", "m"),
    }  # fmt: skip
    assert len(ids) == 9


def test_sent_again_a_turn_under_way_is_taken_nowhere_else(two: list[Records]) -> None:
    one, other = two
    said = turn_of("talk", "m")
    with one.claims.hold(said):
        for store in two:
            with pytest.raises(TurnTakenError), store.claims.hold(said):
                pytest.fail("taken twice")
        with other.claims.hold(turn_of("talk", "another message")):
            pass
        one.append("talk", said, "CUST-1", happened())
    assert claimed(one) == 1  # the other message's, which recorded nothing
    with pytest.raises(TurnTakenError), other.claims.hold(said):
        pytest.fail("taken twice")
    found = other.find_turn(said, "CUST-1")
    assert found and found == other.turns("talk", "CUST-1")[0]
    assert other.find_turn(said, "CUST-2") is None and other.find_turn("none", "CUST-1") is None


def test_sent_again_after_a_turn_that_failed_it_is_taken_anew(two: list[Records]) -> None:
    with pytest.raises(ZeroDivisionError), two[0].claims.hold("t"):
        raise ZeroDivisionError
    assert claimed(two[0]) == 0
    with two[1].claims.hold("t"):
        pass


def test_sent_again_after_a_server_died_it_is_taken_anew_and_recorded_once(two: list[Records]) -> None:
    slow, quick = two
    with pytest.raises(TurnTakenError, match="answered already"), slow.claims.hold("t"):
        run_out(slow)
        with quick.claims.hold("t"):
            quick.append("talk", "t", "CUST-1", happened())
        slow.append("talk", "t", "CUST-1", happened())
    with slow.engine.connect() as connection:
        assert connection.execute(select(func.count()).select_from(turns)).scalar_one() == 1
    assert verify(slow.engine).turns == 1 and claimed(slow) == 0


@pytest.mark.slow
def test_a_turn_that_takes_longer_than_a_claim_is_taken_nowhere_else(two: list[Records]) -> None:
    holder, other = two
    end = time.monotonic() + CLAIM.total_seconds() + 2 * RENEWAL
    with pytest.raises(ZeroDivisionError), holder.claims.hold("t"), holder.claims.hold("u"):
        while time.monotonic() < end:
            for turn, store in (("t", other), ("u", holder)):
                with pytest.raises(TurnTakenError), store.claims.hold(turn):
                    pytest.fail("taken twice")
            store.ping()
            time.sleep(0.5)
        raise ZeroDivisionError
    # What was renewed goes too when its turn fails, and nothing renews it any more.
    assert claimed(other) == 0


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10 * RENEWAL
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.1)


@pytest.mark.slow
def test_a_claim_that_ran_out_while_nothing_could_be_written_is_renewed(two: list[Records]) -> None:
    one, other = two
    with one.claims.hold("t"):
        with begin_write(other.engine) as connection:
            wait_for_lock(connection)
            wait_until(lambda: not is_claimed(one.engine, "t"))
        wait_until(lambda: is_claimed(other.engine, "t"))


@pytest.mark.slow
def test_what_another_server_has_claimed_since_is_not_renewed(two: list[Records]) -> None:
    slow, quick = two
    with slow.claims.hold("t"):
        run_out(slow)
        with pytest.raises(ZeroDivisionError), quick.claims.hold("t"):
            time.sleep(RENEWAL + 1)
            raise ZeroDivisionError
        # It was the other server's own to the end, and so it is gone.
        assert claimed(slow) == 0


@pytest.mark.slow
def test_a_server_that_died_holds_a_turn_for_seconds(two: list[Records]) -> None:
    with two[0].claims.hold("t"):
        pass  # no record and no failure: the server died here
    began = time.monotonic()
    wait_until(lambda: not is_claimed(two[1].engine, "t"))
    assert time.monotonic() - began <= CLAIM.total_seconds() + 1
    with two[1].claims.hold("t"):
        assert is_claimed(two[0].engine, "t")


def test_claims_of_a_dead_server_go_with_a_look_whether_the_records_can_be_written(two: list[Records]) -> None:
    for lost in ("a", "b", "c"):
        with two[0].claims.hold(lost):
            pass  # no record and no failure: the server died here
    run_out(two[0])
    with two[1].claims.hold("soon"):
        two[1].ping()
        assert claimed(two[0]) == 4
    run_out(two[0], RENEWABLE)
    with two[0].claims.hold("held"), two[1].claims.hold("a"):
        two[1].ping()
        assert claimed(two[1]) == 2
        assert [is_claimed(two[1].engine, name) for name in ("a", "b", "held")] == [True, False, True]


@pytest.mark.parametrize("failure", [ZeroDivisionError, KeyboardInterrupt])
def test_a_slow_server_that_fails_leaves_the_claim_of_the_next(
    two: list[Records], failure: type[BaseException]
) -> None:
    slow, quick = two
    with ExitStack() as quicks:
        with pytest.raises(failure), slow.claims.hold("t"):
            run_out(slow)
            quicks.enter_context(quick.claims.hold("t"))
            raise failure
        assert is_claimed(quick.engine, "t")
        with pytest.raises(TurnTakenError), slow.claims.hold("t"):
            pytest.fail("taken twice")


def test_a_failure_is_the_one_raised_when_the_database_goes_away_with_it(two: list[Records]) -> None:
    store = two[0]
    with pytest.raises(ZeroDivisionError), store.claims.hold("t"):
        with store.engine.begin() as connection:
            connection.execute(text("DROP TABLE turn_claims"))
        raise ZeroDivisionError


def test_a_claim_is_looked_at_while_another_server_writes(two: list[Records]) -> None:
    one, other = two
    with one.claims.hold("t"), begin_write(one.engine) as connection:
        wait_for_lock(connection)
        assert is_claimed(other.engine, "t") and not is_claimed(other.engine, "u")


def test_sent_at_the_same_moment_to_two_servers_one_takes_it(two: list[Records]) -> None:
    def take(number: int) -> bool:
        try:
            with two[number % 2].claims.hold("t"):
                return True
        except TurnTakenError:
            return False

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(take, range(24))) == 1


def test_a_claim_does_not_wait_for_the_disk_and_a_turn_does(two: list[Records]) -> None:
    engine = two[0].engine
    sqlite = engine.dialect.name == "sqlite"
    setting = text("PRAGMA synchronous" if sqlite else "SHOW synchronous_commit")
    found = []
    for durable in (True, False, True):
        with begin_write(engine, durable) as connection:
            found.append(connection.execute(setting).scalar())
    assert found == ([2, 1, 2] if sqlite else ["on", "off", "on"])
