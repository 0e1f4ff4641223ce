"""Which branches are open on a day."""

from datetime import date

import pytest

from demo_bank import TODAY, Asking, value
from tellerbot.bank.demo_branches import next_such_day
from tellerbot.bank.holidays import is_holiday


@pytest.mark.parametrize(
    ("day", "hours"),
    [
        (
            date(2026, 3, 10),
            {
                "Augusta": "8:30 am to 4:30 pm",
                "Bangor": "9:00 am to 5:00 pm",
                "Brunswick": "9:30 am to 5:00 pm",
                "Old Port": "9:00 am to 5:00 pm",
            },
        ),
        (date(2026, 3, 14), {"Brunswick": "9:30 am to 12:30 pm", "Old Port": "9:00 am to 1:00 pm"}),
        (date(2026, 3, 15), {}),
        (date(2026, 5, 25), {}),  # Memorial Day
    ],
)
def test_the_branches_that_are_open_on_a_day(asking: Asking, day: date, hours: dict[str, str]) -> None:
    sheet = asking.ask("open_branches", day=day)
    assert {str(row["branch"].value): row["hours"].value for row in sheet.rows} == hours
    assert (value(sheet, "day"), value(sheet, "weekday")) == (day, f"{day:%A}")


def test_without_a_day_it_is_today_and_one_branch_can_be_asked_for(asking: Asking) -> None:
    bangor = asking.named("branch", "Bangor")
    sheet = asking.ask("open_branches", branch=bangor)
    assert value(sheet, "day") == TODAY
    assert [row["address"].value for row in sheet.rows] == ["210 Birch Avenue, Bangor, Maine"]
    assert asking.ask("open_branches", branch=bangor, day=date(2026, 3, 14)).rows == ()


@pytest.mark.parametrize(
    ("day", "meant"),
    [
        (date(2026, 3, 12), date(2026, 3, 12)),
        (date(2026, 3, 8), date(2026, 3, 15)),
        (date(2026, 3, 3), date(2026, 3, 10)),
        (date(2026, 2, 15), date(2026, 3, 15)),
        (date(2025, 12, 25), date(2026, 12, 25)),
        (date(2025, 3, 9), date(2027, 3, 9)),
    ],
)
def test_a_day_gone_by_is_read_as_the_next_that_is_called_so(day: date, meant: date) -> None:
    assert next_such_day(day, date(2026, 3, 10)) == meant


# As published by the Office of Personnel Management for 2026 and 2027; New Year's Day of 2022 was kept the day before.
KEPT = (
    "2026-01-01 2026-01-19 2026-02-16 2026-05-25 2026-06-19 2026-07-03 2026-09-07 2026-10-12 2026-11-11 2026-11-26 "
    "2026-12-25 2027-05-31 2027-06-18 2027-07-05 2027-12-24 2027-12-31 2021-12-31"
)


def test_federal_holidays_are_known_and_kept_on_weekdays() -> None:
    assert all(is_holiday(date.fromisoformat(day)) for day in KEPT.split())
    days = [date.fromordinal(date(2026, 1, 1).toordinal() + number) for number in range(365)]
    assert sum(is_holiday(day) for day in days if day.weekday() < 5) == 11


def test_days_to_come_can_be_asked_for(asking: Asking) -> None:
    specs = asking.bank.queries()
    assert {name for name, spec in specs.items() if spec.looks_ahead} == {
        "open_branches", "upcoming_payments", "free_appointments",
    }  # fmt: skip
