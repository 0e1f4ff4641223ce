"""Dates, periods and times of day in messages, in many forms."""

from datetime import date, time

import pytest

from tellerbot.slots import find_slots, has_no_such_day
from tellerbot.types import Period

# A Wednesday.
TODAY = date(2024, 5, 15)


def values(text: str, kind: str, **options: bool) -> list[object]:
    return [slot.value for slot in find_slots(text, TODAY, **options) if slot.kind == kind]


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("today", "2024-05-15"), ("do it tomorrow", "2024-05-16"), ("it came yesterday", "2024-05-14"),
        ("the day before yesterday", "2024-05-13"), ("day after tomorrow works", "2024-05-17"),
        ("my wallet went last night", "2024-05-14"), ("call me tonight", "2024-05-15"),
        ("on Friday", "2024-05-17"), ("on Wednesday", "2024-05-22"), ("last Wednesday", "2024-05-08"),
        ("last Tuesday", "2024-05-14"), ("this Saturday", "2024-05-18"), ("next Saturday", "2024-05-25"),
        ("this coming monday", "2024-05-20"), ("Monday last week", "2024-05-06"), ("next week Tuesday", "2024-05-21"),
        ("Thursday in two weeks", "2024-05-30"), ("friday week", "2024-05-24"), ("by fri", "2024-05-17"),
        ("the 20th please", "2024-05-20"), ("on the 15th", "2024-05-15"), ("the 3rd", "2024-06-03"),
        ("on the twenty-first", "2024-05-21"), ("the 31st", "2024-05-31"), ("last 13th", "2024-05-13"),
        ("July 4th", "2024-07-04"), ("4th of July", "2024-07-04"), ("July the 4th 2021", "2021-07-04"),
        ("4 Jul", "2024-07-04"), ("Jan 9", "2025-01-09"), ("2 Feb. 2023", "2023-02-02"), ("may 2", "2024-05-02"),
        ("June 21, 2022", "2022-06-21"), ("the first of August", "2024-08-01"), ("3 March last year", "2023-03-03"),
        ("the 25th this month", "2024-05-25"), ("the 3rd of last month", "2024-04-03"),
        ("7th of the month", "2024-05-07"),
        ("2021-09-15", "2021-09-15"), ("9/3/2019", "2019-09-03"), ("25/12/2023", "2023-12-25"),
        ("on 7/9", "2024-07-09"),
        ("31.01.2023", "2023-01-31"), ("15/09", "2024-09-15"), ("8 weeks ago", "2024-03-20"),
        ("a month ago", "2024-04-15"),
        ("three years ago", "2021-05-15"), ("couple of days ago", "2024-05-13"), ("in 10 days", "2024-05-25"),
        ("in two weeks' time", "2024-05-29"), ("a year from now", "2025-05-15"), ("end of the month", "2024-05-31"),
        ("the beginning of next year", "2025-01-01"), ("end of June", "2024-06-30"), ("on christmas", "2024-12-25"),
        ("labor day", "2024-09-02"), ("on memorial day", "2024-05-27"), ("thanksgiving last year", "2023-11-23"),
        ("Tuesday, May 21", "2024-05-21"), ("Monday the 20th", "2024-05-20"), ("a week from Monday", "2024-05-27"),
        ("the last day of the month", "2024-05-31"),
    ],
)  # fmt: skip
def test_dates(text: str, day: str) -> None:
    assert values(text, "date") == [date.fromisoformat(day)]


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("my balance on July 4th", "2023-07-04"), ("what did I buy on Friday", "2024-05-10"),
        ("on Wednesday", "2024-05-08"), ("on the 20th", "2024-04-20"), ("the 31st", "2024-03-31"),
        ("may 2", "2024-05-02"), ("may 20", "2023-05-20"), ("tomorrow", "2024-05-16"),
        ("Monday in a week", "2024-05-27"),        ("4 July 2025", "2025-07-04"),
    ],
)  # fmt: skip
def test_dates_of_the_past(text: str, day: str) -> None:
    assert values(text, "date", past=True) == [date.fromisoformat(day)]


def test_day_first() -> None:
    assert values("on 3/4/2024", "date") == [date(2024, 3, 4)]
    assert values("on 3/4/2024", "date", day_first=True) == [date(2024, 4, 3)]
    assert values("on 3/14/2024", "date", day_first=True) == [date(2024, 3, 14)]


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("last month", "2024-04-01", "2024-04-30"), ("this week", "2024-05-13", "2024-05-19"),
        ("next quarter", "2024-07-01", "2024-09-30"), ("the previous year", "2023-01-01", "2023-12-31"),
        ("this weekend", "2024-05-18", "2024-05-19"), ("the week before last", "2024-04-29", "2024-05-05"),
        ("the month after next", "2024-07-01", "2024-07-31"), ("in the last 30 days", "2024-04-15", "2024-05-15"),
        ("next 3 days", "2024-05-16", "2024-05-18"), ("the past week", "2024-05-08", "2024-05-15"),
        ("year to date", "2024-01-01", "2024-05-15"), ("in October", "2024-10-01", "2024-10-31"),
        ("in march", "2025-03-01", "2025-03-31"), ("March 2021", "2021-03-01", "2021-03-31"),
        ("last October", "2023-10-01", "2023-10-31"), ("next may", "2025-05-01", "2025-05-31"),
        ("October last year", "2023-10-01", "2023-10-31"), ("q3", "2024-07-01", "2024-09-30"),
        ("Q1 2022", "2022-01-01", "2022-03-31"), ("the second quarter of 2023", "2023-04-01", "2023-06-30"),
        ("first half of last year", "2023-01-01", "2023-06-30"), ("in 2021", "2021-01-01", "2021-12-31"),
        ("the week of June 5th", "2024-06-03", "2024-06-09"),
        ("first week of April", "2025-04-01", "2025-04-07"),
        ("last week of February 2024", "2024-02-23", "2024-02-29"),
    ],
)  # fmt: skip
def test_periods(text: str, start: str, end: str) -> None:
    assert values(text, "period") == [Period(date.fromisoformat(start), date.fromisoformat(end))]


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("in the last 3 months", "2024-02-15", "2024-05-15"), ("october", "2023-10-01", "2023-10-31"),
        ("in may", "2024-05-01", "2024-05-31"),
        ("march spending", "2024-03-01", "2024-03-31"), ("q3", "2023-07-01", "2023-09-30"),
        ("over the weekend", "2024-05-11", "2024-05-12"), ("last year", "2023-01-01", "2023-12-31"),
    ],
)  # fmt: skip
def test_periods_of_the_past(text: str, start: str, end: str) -> None:
    assert values(text, "period", past=True) == [Period(date.fromisoformat(start), date.fromisoformat(end))]


@pytest.mark.parametrize(
    ("text", "clock"),
    [
        ("21:10", "21:10"), ("9 05 in the morning", "09:05"), ("25 to 7 p.m.", "18:35"), ("half past six", "06:30"),
        ("half six", "06:30"), ("half 8", "08:30"), ("noon", "12:00"), ("at midnight", "00:00"),
        ("call me at 5pm", "17:00"),
        ("5:30 PM", "17:30"), ("at 9.30", "09:30"), ("8 o'clock", "08:00"), ("10 minutes to 5", "04:50"),
        ("quarter to nine", "08:45"), ("ten past 4 in the afternoon", "16:10"), ("12:15 a.m.", "00:15"),
        ("3 at night", "03:00"), ("9 at night", "21:00"), ("any time after 10", "10:00"), ("around 7ish", "07:00"),
        ("twenty-five past 11", "11:25"),
    ],
)  # fmt: skip
def test_times(text: str, clock: str) -> None:
    assert values(text, "time") == [time.fromisoformat(clock)]


def test_years_side_by_side() -> None:
    years = [Period(date(year, 1, 1), date(year, 12, 31)) for year in (2023, 2022)]
    assert values("spent in 2023 vs 2022", "period") == years


def test_both_ends_of_a_span_of_time() -> None:
    assert values("between 3 and 5 p.m.", "time") == [time(15), time(17)]
    assert values("from 10:30 to 11", "time") == [time(10, 30), time(11)]


@pytest.mark.parametrize(
    "text",
    [
        "may I see my balance", "you may march on", "my 2nd card", "the first one", "on the 4th of each month",
        "every Monday", "open 24/7", "lately", "some days ago", "on Black Friday", "a few days ago", "Monday, May 21",
        "February 30", "on 45/13/2024", "I sat in the sun",
        "at 4 stores", "the second account", "31 June", "99:99", "a second opinion", "in a minute", "99999 years ago",
    ],
)  # fmt: skip
def test_no_date_and_no_time(text: str) -> None:
    assert [slot for slot in find_slots(text, TODAY) if slot.kind in ("date", "period", "time")] == []


def test_places_are_those_of_the_text_itself() -> None:
    text = "  Zürich — İstanbul:\tpay ５0 €  on\u00a0JULY  the 4th, at 5 P.M.!"
    found = find_slots(text, TODAY)
    assert [(slot.kind, slot.text) for slot in found] == [
        ("money", "５0 €"),
        ("date", "JULY  the 4th"),
        ("time", "5 P.M."),
    ]
    assert all(text[slot.start : slot.end] == slot.text for slot in found)


def test_the_last_day_of_february() -> None:
    found = find_slots("a year ago, next month", date(2024, 2, 29))
    assert [slot.value for slot in found] == [date(2023, 2, 28), Period(date(2024, 3, 1), date(2024, 3, 31))]


@pytest.mark.parametrize(
    ("text", "is_none"),
    [
        ("spent on feb 30", True),
        ("the 31st of April", True),
        ("on February 29", False),
        ("march 31", False),
        ("may 5", False),
    ],
)
def test_a_day_that_no_year_has_is_noticed(text: str, is_none: bool) -> None:
    assert has_no_such_day(text) == is_none


def test_the_weekday_that_today_is_named_as_is_no_other() -> None:
    # A Wednesday.
    found = find_slots("today is wednesday, are you open", TODAY)
    assert [(slot.text, slot.value) for slot in found] == [("today", TODAY)]
    assert [slot.text for slot in find_slots("today or friday", TODAY)] == ["today", "friday"]
    assert [slot.text for slot in find_slots("from wednesday to today", TODAY)] == ["wednesday", "today"]
