"""How long something is to last."""

from datetime import date

import pytest

from tellerbot.slots import find_terms, last_day


@pytest.mark.parametrize(
    ("text", "months"),
    [
        ("if i put 5000 in a 12 month cd", [12]),
        ("for two years", [24]),
        ("a six-month term or eighteen months", [6, 18]),
        ("over a year", [12]),
        ("for half a year", [6]),
        ("what would 8000 cost a month over 3 yrs", [36]),
        ("what would i pay a month", []),
        ("my 15 year old daughter", []),
        ("2 years ago", []),
        ("in the last 3 months", []),
        ("in the past  3 months", []),
        ("a 1.5 year cd", [18]),
        ("over seven years", [84]),
        ("thirty year mortgage", [360]),
    ],
)
def test_terms_are_in_months(text: str, months: list[int]) -> None:
    found = find_terms(text)
    assert [slot.value for slot in found] == months
    assert all(text[slot.start : slot.end] == slot.text for slot in found)


@pytest.mark.parametrize(
    ("text", "last"),
    [
        ("from tomorrow for two weeks", date(2026, 3, 25)),
        ("for 10 days from March 11", date(2026, 3, 21)),
        ("for a month", date(2026, 4, 11)),
        ("For about 3 months", date(2026, 6, 11)),
        ("for my trip", None),
        ("two weeks ago", None),
        ("for 900 years", None),
    ],
)
def test_how_long_something_lasts_gives_its_last_day(text: str, last: date | None) -> None:
    assert last_day(text, date(2026, 3, 11)) == last
