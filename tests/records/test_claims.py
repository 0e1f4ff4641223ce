"""A message sent again leads to one turn, on SQLite and PostgreSQL, whichever server it reaches."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select, text, update

from records.conftest import happened  # pyright: ignore[reportMissingImports]
from tellerbot.database import wait_for_lock, writing
from tellerbot.records.claims import CLAIM, TurnTakenError, claim, conversation_of, is_claimed, turn_of
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


def run_out(store: Records) -> None:
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


def test_sent_again_a_turn_under_way_is_taken_nowhere_else(two: list[Records]) -> None:
    one, other = two
    said = turn_of("talk", "m")
    with claim(one.writes, said):
        for store in two:
            with pytest.raises(TurnTakenError), claim(store.writes, said):
                pytest.fail("taken twice")
        with claim(other.writes, turn_of("talk", "another message")):
            pass
        one.append("talk", said, "CUST-1", happened())
    assert claimed(one) == 1  # the other message's, which recorded nothing
    with pytest.raises(TurnTakenError), claim(other.writes, said):
        pytest.fail("taken twice")
    found = other.find_turn(said, "CUST-1")
    assert found and found == other.turns("talk", "CUST-1")[0]
    assert other.find_turn(said, "CUST-2") is None and other.find_turn("none", "CUST-1") is None


def test_sent_again_after_a_turn_that_failed_it_is_taken_anew(two: list[Records]) -> None:
    with pytest.raises(ZeroDivisionError), claim(two[0].writes, "t"):
        raise ZeroDivisionError
    assert claimed(two[0]) == 0
    with claim(two[1].writes, "t"):
        pass


def test_sent_again_after_a_server_died_it_is_taken_anew_and_recorded_once(two: list[Records]) -> None:
    slow, quick = two
    with pytest.raises(TurnTakenError, match="answered already"), claim(slow.writes, "t"):
        run_out(slow)
        with claim(quick.writes, "t"):
            quick.append("talk", "t", "CUST-1", happened())
        slow.append("talk", "t", "CUST-1", happened())
    with slow.engine.connect() as connection:
        assert connection.execute(select(func.count()).select_from(turns)).scalar_one() == 1
    assert verify(slow.engine).turns == 1 and claimed(slow) == 0
    assert timedelta(seconds=30) <= CLAIM <= timedelta(minutes=5)


def test_claims_of_a_dead_server_go_with_the_next_claim_of_any_turn(two: list[Records]) -> None:
    for lost in ("a", "b", "c"):
        with claim(two[0].writes, lost):
            pass  # no record and no failure: the server died here
    assert claimed(two[0]) == 3
    run_out(two[0])
    with claim(two[0].writes, "held"), claim(two[1].writes, "new"):
        assert claimed(two[1]) == 2
        assert [is_claimed(two[1].engine, name) for name in ("a", "held", "new")] == [False, True, True]


@pytest.mark.parametrize("failure", [ZeroDivisionError, KeyboardInterrupt])
def test_a_slow_server_that_fails_leaves_the_claim_of_the_next(
    two: list[Records], failure: type[BaseException]
) -> None:
    slow, quick = two
    with ExitStack() as quicks:
        with pytest.raises(failure), claim(slow.writes, "t"):
            run_out(slow)
            quicks.enter_context(claim(quick.writes, "t"))
            raise failure
        assert is_claimed(quick.engine, "t")
        with pytest.raises(TurnTakenError), claim(slow.writes, "t"):
            pytest.fail("taken twice")


def test_a_failure_is_the_one_raised_when_the_database_goes_away_with_it(two: list[Records]) -> None:
    store = two[0]
    with pytest.raises(ZeroDivisionError), claim(store.writes, "t"):
        with store.engine.begin() as connection:
            connection.execute(text("DROP TABLE turn_claims"))
        raise ZeroDivisionError


def test_a_claim_is_looked_at_while_another_server_writes(two: list[Records]) -> None:
    one, other = two
    with claim(one.writes, "t"), writing(one.engine) as connection:
        wait_for_lock(connection)
        assert is_claimed(other.engine, "t") and not is_claimed(other.engine, "u")


def test_sent_at_the_same_moment_to_two_servers_one_takes_it(two: list[Records]) -> None:
    def take(number: int) -> bool:
        try:
            with claim(two[number % 2].writes, "t"):
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
        with writing(engine, durable) as connection:
            found.append(connection.execute(setting).scalar())
    assert found == ([2, 1, 2] if sqlite else ["on", "off", "on"])
