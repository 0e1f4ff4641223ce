"""Appointments: in a branch's hours, on its days, one at a time."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, time, timedelta
from typing import Any

import pytest

from demo_bank import TODAY, Acting, Asking, values
from tellerbot.errors import RefusedError

THURSDAY, SATURDAY, SUNDAY = date(2026, 3, 12), date(2026, 3, 14), date(2026, 3, 15)
MEMORIAL_DAY = date(2026, 5, 25)
GIVEN: dict[str, Any] = {"branch": "Old Port", "day": THURSDAY, "time": time(14), "topic": "a mortgage"}


def free(asking: Asking, branch: str, **given: Any) -> list[object]:
    rows = asking.ask("free_appointments", branch=asking.named("branch", branch), **given).rows
    assert len({row["time"].source.ref for row in rows}) == len(rows)
    return [row["time"].value for row in rows]


# The first and last times of the policy on appointments.
@pytest.mark.parametrize(
    ("branch", "day", "first", "last", "number"),
    [
        ("Old Port", THURSDAY, time(9), time(16), 15),
        ("Bangor", THURSDAY, time(9), time(16), 15),
        ("Brunswick", THURSDAY, time(9, 30), time(16), 14),
        ("Augusta", THURSDAY, time(8, 30), time(15, 30), 15),
        ("Old Port", SATURDAY, time(9), time(12), 7),
        ("Brunswick", SATURDAY, time(9, 30), time(11, 30), 5),
    ],
)
def test_every_half_hour_is_free(asking: Asking, branch: str, day: date, first: time, last: time, number: int) -> None:
    found = free(asking, branch, day=day)
    assert (found[0], found[-1], len(found)) == (first, last, number)


@pytest.mark.parametrize(
    ("branch", "day"),
    [
        ("Bangor", SATURDAY),
        ("Old Port", SUNDAY),
        ("Old Port", MEMORIAL_DAY),
        ("Old Port", TODAY),
        ("Old Port", TODAY - timedelta(days=1)),
    ],
)
def test_a_day_that_is_closed_or_gone_by_has_none(acting: Acting, branch: str, day: date) -> None:
    assert free(acting, branch, day=day) == []
    refusal = acting.refused("book_appointment", "ada", **{**GIVEN, "branch": branch, "day": day})
    shown = values(refusal)
    assert refusal.reason == "not_possible" and shown["day"] > max(day, TODAY)  # type: ignore[operator]
    free_then = free(acting, branch, day=shown["day"])
    assert {shown[f"free_{number}"] for number in (1, 2, 3)} <= set(free_then)


def test_without_a_day_it_is_the_next_that_has_free_times(asking: Asking) -> None:
    rows = asking.ask("free_appointments", branch=asking.named("branch", "Bangor")).rows
    assert {row["day"].value for row in rows} == {TODAY + timedelta(days=1)}


def test_a_time_is_booked_and_then_taken(acting: Acting) -> None:
    receipt = acting.act("book_appointment", "ada", **GIVEN)
    shown = values(receipt)
    assert (shown["branch"], shown["day"], shown["time"]) == ("Old Port", THURSDAY, time(14))
    assert (shown["topic"], shown["address"]) == ("a mortgage", "12 Quay Street, Portland, Maine")
    (own,) = acting.ask("appointments", "ada").rows
    assert (own["time"].value, own["topic"].value) == (time(14), "a mortgage")
    assert time(14) not in free(acting, "Old Port", day=THURSDAY)
    assert time(14) in free(acting, "Bangor", day=THURSDAY)
    taken = acting.refused("book_appointment", "carmen", **GIVEN)
    assert (taken.reason, values(taken)["day"]) == ("not_possible", THURSDAY)
    nearest = [values(taken)[f"free_{number}"] for number in (1, 2, 3)]
    assert {time(13, 30), time(14, 30)} <= set(nearest)


@pytest.mark.parametrize("at", [time(8, 30), time(16, 30), time(14, 15), time(14, 0, 1), time(23)])
def test_a_time_outside_the_half_hours_is_not_booked(acting: Acting, at: time) -> None:
    refusal = acting.refused("book_appointment", "ada", **{**GIVEN, "time": at})
    assert refusal.reason == "not_possible" and values(refusal)["day"] == THURSDAY


def test_of_several_who_want_one_time_one_gets_it(acting: Acting) -> None:
    given = acting.arguments("ada", GIVEN)

    def attempt(user: str) -> bool:
        try:
            return bool(acting.act("book_appointment", user, **given))
        except RefusedError:
            return False

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(attempt, ["ada", "carmen", "dina", "ernest"])) == 1


def test_a_cancelled_time_is_free_again(acting: Acting) -> None:
    (row,) = acting.ask("appointments", "ben").rows
    record = row["time"].source.ref.removesuffix("/time")
    day, at = row["day"].value, row["time"].value
    assert at not in free(acting, "Old Port", day=day)
    shown = values(acting.act("cancel_appointment", "ben", record=record))
    assert (shown["branch"], shown["day"], shown["time"]) == ("Old Port", day, at)
    assert at in free(acting, "Old Port", day=day) and acting.ask("appointments", "ben").rows == ()
    assert acting.refused("cancel_appointment", "ben", record=record).reason == "no_change"


def test_an_appointment_that_is_over_is_not_cancelled(acting: Acting) -> None:
    (row,) = acting.ask("appointments", "ernest").rows
    record, day = row["time"].source.ref.removesuffix("/time"), row["day"].value
    assert isinstance(day, date)
    over = acting.refused("cancel_appointment", "ernest", record=record, today=day + timedelta(days=1))
    assert over.reason == "too_late"
