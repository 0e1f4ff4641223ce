"""Dates joined to periods, follow-ups relative to a period, and what is wrong with one."""

from datetime import date

import pytest

from tellerbot.slots import find_slots, join_periods, problems, shift_period
from tellerbot.types import Period, Slot

# A Wednesday.
TODAY = date(2024, 5, 15)


def joined(text: str, *, past: bool = False) -> list[Slot]:
    return join_periods(text, find_slots(text, TODAY, past=past), past=past)


def period(start: str | None, end: str | None) -> Period:
    return Period(date.fromisoformat(start) if start else None, date.fromisoformat(end) if end else None)


@pytest.mark.parametrize(
    ("text", "written", "start", "end"),
    [
        ("spent since tuesday", "since tuesday", "2024-05-14", None),
        ("since last month", "since last month", "2024-04-01", None),
        ("from June on", "from June on", "2023-06-01", None),
        ("starting the 3rd", "starting the 3rd", "2024-05-03", None),
        ("up to the 3rd of May", "up to the 3rd of May", None, "2024-05-03"),
        ("no later than the 3rd", "no later than the 3rd", None, "2024-05-03"),
        ("starting from the 3rd", "starting from the 3rd", "2024-05-03", None),
        ("before yesterday", "before yesterday", None, "2024-05-13"),
        ("before April", "before April", None, "2024-03-31"),
        ("after the 5th", "after the 5th", "2024-05-06", None),
        ("between the 1st and the 15th", "between the 1st and the 15th", "2024-05-01", "2024-05-15"),
        ("between the 10th and the 20th", "between the 10th and the 20th", "2024-04-10", "2024-04-20"),
        ("from the 3rd to the 6th of January", "from the 3rd to the 6th of January", "2024-01-03", "2024-01-06"),
        ("from the 28th to the 3rd of March", "from the 28th to the 3rd of March", "2024-02-28", "2024-03-03"),
        ("from Jan 30 to the 2nd, please", "from Jan 30 to the 2nd", "2024-01-30", "2024-02-02"),
        ("from March 3rd to April 2nd", "from March 3rd to April 2nd", "2024-03-03", "2024-04-02"),
        ("from April 3rd to June 2nd", "from April 3rd to June 2nd", "2023-04-03", "2023-06-02"),
        ("from March 3 to April 2, 2021", "from March 3 to April 2, 2021", "2021-03-03", "2021-04-02"),
        ("from December 3 2021 to January 2", "from December 3 2021 to January 2", "2021-12-03", "2022-01-02"),
        ("from monday to friday", "from monday to friday", "2024-05-06", "2024-05-10"),
        ("friday to tuesday", "friday to tuesday", "2024-05-10", "2024-05-14"),
        ("between January and March", "between January and March", "2024-01-01", "2024-03-31"),
        ("from 2019 to 2021", "from 2019 to 2021", "2019-01-01", "2021-12-31"),
        ("june 3 - 9", "june 3 - 9", "2023-06-03", "2023-06-09"),
        ("between 3 and 6 january", "between 3 and 6 january", "2024-01-03", "2024-01-06"),
        ("last winter, dec to feb", "dec to feb", "2023-12-01", "2024-02-29"),
        ("from oct through jan", "from oct through jan", "2023-10-01", "2024-01-31"),
        ("since labor day", "since labor day", "2023-09-04", None),
        ("from thanksgiving to christmas", "from thanksgiving to christmas", "2023-11-23", "2023-12-25"),
    ],
)
def test_periods_of_the_past(text: str, written: str, start: str | None, end: str | None) -> None:
    assert [(slot.kind, slot.text, slot.value) for slot in joined(text, past=True)] == [
        ("period", written, period(start, end))
    ]
    slot = joined(text, past=True)[0]
    assert text[slot.start : slot.end] == slot.text


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("from monday to friday", "2024-05-20", "2024-05-24"),
        ("from thursday to monday", "2024-05-16", "2024-05-20"),
        ("from the 10th to the 20th", "2024-06-10", "2024-06-20"),
        ("between the 20th and the 10th", "2024-05-20", "2024-06-10"),
        ("from February to June", "2025-02-01", "2025-06-30"),
    ],
)
def test_periods_to_come(text: str, start: str, end: str) -> None:
    assert [slot.value for slot in joined(text)] == [period(start, end)]


@pytest.mark.parametrize(
    "text",
    [
        "on the 1st and the 15th",
        "yesterday and on Friday",
        "my payment from yesterday",
        "by may 3",
        "did it go through in April",
    ],
)
def test_dates_that_are_not_joined(text: str) -> None:
    assert joined(text, past=True) == find_slots(text, TODAY, past=True)


def test_other_slots_stay() -> None:
    text = "more than $50 twice since monday at 5 pm"
    assert [slot.kind for slot in joined(text, past=True)] == ["money", "count", "period", "time"]


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("between May and March", ["period_reversed"]), ("in june 2030", ["period_in_future"]),
        ("tomorrow", ["date_in_future"]), ("since tomorrow", ["period_in_future"]), ("last month, $5 and today", []),
        ("june 2030, july 2030 and tomorrow", ["period_in_future", "date_in_future"]), ("at 5 pm", []),
    ],
)  # fmt: skip
def test_problems(text: str, codes: list[str]) -> None:
    assert problems(joined(text, past=True), TODAY) == codes


OCTOBER, ROLLING = period("2023-10-01", "2023-10-31"), period("2024-04-15", "2024-05-14")
WEEK, YEAR = period("2024-05-06", "2024-05-12"), period("2023-01-01", "2023-12-31")


@pytest.mark.parametrize(
    ("text", "before", "after"),
    [
        ("and the month before?", OCTOBER, period("2023-09-01", "2023-09-30")),
        ("the month after that", OCTOBER, period("2023-11-01", "2023-11-30")),
        ("and the previous month?", OCTOBER, period("2023-09-01", "2023-09-30")),
        ("two months before", OCTOBER, period("2023-08-01", "2023-08-31")),
        ("the year before that", OCTOBER, period("2022-10-01", "2022-10-31")),
        ("same month last year", OCTOBER, period("2022-10-01", "2022-10-31")),
        ("the one before", OCTOBER, period("2023-09-01", "2023-09-30")),
        ("and the next one", OCTOBER, period("2023-11-01", "2023-11-30")),
        ("the week before", WEEK, period("2024-04-29", "2024-05-05")),
        ("The Week After", WEEK, period("2024-05-13", "2024-05-19")),
        ("what about the year before?", YEAR, period("2022-01-01", "2022-12-31")),
        ("the month before", YEAR, period("2022-12-01", "2022-12-31")),
        ("the month before", ROLLING, period("2024-03-15", "2024-04-14")),
        ("the period before", ROLLING, period("2024-03-16", "2024-04-14")),
        ("a year earlier", period("2024-02-01", "2024-02-29"), period("2023-02-01", "2023-02-28")),
    ],
)
def test_follow_ups(text: str, before: Period, after: Period) -> None:
    assert shift_period(text, before) == after


@pytest.mark.parametrize("text", ["last month", "the week before last", "in march", "and savings?", "before", ""])
def test_no_follow_up(text: str) -> None:
    assert shift_period(text, OCTOBER) is None


def test_an_open_period_has_none_before_it() -> None:
    assert shift_period("the month before", period("2024-01-01", None)) is None


def test_two_periods_that_are_compared_stay_two() -> None:
    for text in ("compare last month to this month", "this month to last month"):
        assert [slot.kind for slot in joined(text, past=True)] == ["period", "period"]
    # Today is in no other year.
    assert joined("from today to January 5", past=True)[0].value != period("2023-05-15", "2024-01-05")
