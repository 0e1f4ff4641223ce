"""One-time codes and private values, on SQLite and PostgreSQL: right once, for a while, for one action alone."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import Table, func, select, update

from tellerbot.errors import DataError
from tellerbot.records.short_lived import CODE_LASTS, CODE_TRIES, VALUE_LASTS, ShortLived
from tellerbot.records.store import Records
from tellerbot.records.tables import codes, private_values


@pytest.fixture
def kept(store: Records) -> ShortLived:
    return ShortLived(store.engine)


def age(store: Records, table: Table, by: timedelta) -> None:
    """Move the end of all that is kept, as if time had passed."""
    with store.engine.begin() as connection:
        (key,) = table.primary_key.columns
        for row in connection.execute(select(table)).all():
            connection.execute(update(table).where(key == row[0]).values(until=row.until - by))


def wrong(code: str, by: int = 1) -> str:
    return f"{(int(code) + by) % 1_000_000:06}"


def test_a_code_is_right_once(kept: ShortLived) -> None:
    code = kept.issue_code("a")
    assert len(code) == 6 and code.isdigit()
    assert [kept.try_code("a", code) for _ in range(3)] == ["right", "expired", "expired"]


def test_a_code_is_kept_as_a_hash_alone(store: Records, kept: ShortLived) -> None:
    code = kept.issue_code("a")
    with store.engine.connect() as connection:
        (row,) = connection.execute(select(codes)).all()
    assert code not in str(tuple(row)) and row.hash.startswith("$argon2")


@pytest.mark.parametrize("typed", ["", "abc", "12345", "1234567", " ", "\0", "٣" * 6])
def test_what_is_no_code_is_wrong(kept: ShortLived, typed: str) -> None:
    kept.issue_code("a")
    assert kept.try_code("a", typed) == "wrong"


def test_a_code_is_for_its_action_alone(kept: ShortLived) -> None:
    one, other = kept.issue_code("a"), kept.issue_code("b")
    assert kept.try_code("c", one) == "expired"
    if one != other:
        assert kept.try_code("b", one) == "wrong"
    assert (kept.try_code("a", one), kept.try_code("b", other)) == ("right", "right")


@pytest.mark.slow
def test_after_five_tries_not_even_the_right_code_counts(kept: ShortLived) -> None:
    code = kept.issue_code("a")
    found = [kept.try_code("a", wrong(code)) for _ in range(CODE_TRIES)]
    assert CODE_TRIES == 5 and found == ["wrong"] * 4 + ["spent"]
    assert kept.try_code("a", code) == "spent"
    # Another code wins no tries.
    assert kept.try_code("a", kept.issue_code("a")) == "spent"


def test_the_fifth_try_may_be_the_right_one(kept: ShortLived) -> None:
    code = kept.issue_code("a")
    for by in range(1, 5):
        assert kept.try_code("a", wrong(code, by)) == "wrong"
    assert kept.try_code("a", code) == "right"


@pytest.mark.slow
def test_a_new_code_makes_the_old_one_useless_and_counts_the_tries_on(kept: ShortLived) -> None:
    old = kept.issue_code("a")
    assert kept.try_code("a", wrong(old)) == kept.try_code("a", wrong(old)) == "wrong"
    new = kept.issue_code("a")
    while new == old:
        new = kept.issue_code("a")
    assert kept.try_code("a", old) == "wrong" and kept.try_code("a", wrong(new)) == "wrong"
    assert kept.try_code("a", new) == "right"


def test_a_code_is_good_for_three_minutes(store: Records, kept: ShortLived) -> None:
    assert timedelta(minutes=3) == CODE_LASTS
    code = kept.issue_code("a")
    age(store, codes, CODE_LASTS - timedelta(seconds=30))
    assert kept.try_code("a", wrong(code)) == "wrong"
    age(store, codes, timedelta(seconds=31))
    assert kept.try_code("a", code) == "expired"
    assert kept.try_code("a", kept.issue_code("a")) == "right"


def test_codes_of_the_day_before_are_swept_away(store: Records, kept: ShortLived) -> None:
    kept.issue_code("old")
    age(store, codes, timedelta(days=1))
    kept.issue_code("new")
    with store.engine.connect() as connection:
        assert [row.key for row in connection.execute(select(codes))] == ["new"]


def at_once(stores: list[Records], do: Callable[[ShortLived], str]) -> list[str]:
    """What eight threads of several servers get for the same."""
    with ThreadPoolExecutor(8) as pool:
        return [*pool.map(lambda at: do(ShortLived(stores[at % len(stores)].engine)), range(8))]


def test_of_many_tabs_with_the_right_code_one_is_right(store: Records, stores: list[Records]) -> None:
    code = ShortLived(store.engine).issue_code("a")
    found = at_once(stores, lambda one: one.try_code("a", code))
    assert found.count("right") == 1 and {*found} <= {"right", "expired", "spent"}


def test_many_tabs_have_five_tries_together(store: Records, stores: list[Records]) -> None:
    code = ShortLived(store.engine).issue_code("a")
    found = at_once(stores, lambda one: one.try_code("a", wrong(code)))
    assert found.count("wrong") == 4 and found.count("spent") == 4


def test_a_private_value_is_found_by_its_token_until_it_is_dropped(kept: ShortLived) -> None:
    one, other = kept.keep("12345678"), kept.keep("12345678")
    assert one != other and "12345678" not in one and kept.find(one) == "12345678"
    kept.drop(one)
    kept.drop("never kept")
    with pytest.raises(DataError, match="Ask the customer for it again"):
        kept.find(one)
    assert kept.find(other) == "12345678"


@pytest.mark.parametrize("value", ["", "naïve 🙂", "x" * 5000, "'; DROP TABLE codes; --"])
def test_any_private_value_is_kept_as_it_is(kept: ShortLived, value: str) -> None:
    assert kept.find(kept.keep(value)) == value


def test_a_private_value_is_gone_after_its_time(store: Records, kept: ShortLived) -> None:
    token = kept.keep("12345678")
    age(store, private_values, VALUE_LASTS - timedelta(minutes=1))
    assert kept.find(token) == "12345678"
    age(store, private_values, timedelta(minutes=2))
    with pytest.raises(DataError):
        kept.find(token)
    kept.keep("another")
    with store.engine.connect() as connection:
        assert connection.execute(select(func.count()).select_from(private_values)).scalar() == 1


def test_a_token_that_nobody_gave_finds_nothing(kept: ShortLived) -> None:
    for token in ("", "x", "' OR 1=1"):
        with pytest.raises(DataError):
            kept.find(token)
