"""Whatever a message holds, its slots lie in it, in order, apart from each other."""

from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from tellerbot.slots import find_named, find_slots, join_periods, problems, unclear_amounts
from tellerbot.types import Named, Slot

NAMES = (Named("account", "a", "Rainy Day Savings", ("7781",)), Named("payee", "b", "Brookfield Bakers"))
_WORDS = """
    the last next this 3rd 31st 29 february may march since from to between and until before after week weeks month year
    years ago in on at half past quarter 12 0 5 59 99 2021 1999 1,5 1.000,50 $ £5 € k quid dollars fifty noon p.m. a.m.
    monday sun q3 end of each every twice 12/31 2024-02-30 savings 7781 brookfield day 99999 lakh first few couple
"""
WORDS = _WORDS.split()
TEXTS = st.lists(st.sampled_from(WORDS) | st.text(max_size=4), max_size=14).map(" ".join)
DAYS = st.dates(min_value=date(1900, 1, 1), max_value=date(2200, 12, 31))


def check(text: str, slots: list[Slot]) -> None:
    at = 0
    for slot in slots:
        assert at <= slot.start < slot.end <= len(text)
        assert text[slot.start : slot.end] == slot.text
        at = slot.end


@settings(max_examples=400, deadline=None)
@given(TEXTS, DAYS, st.booleans(), st.booleans())
def test_any_text(text: str, today: date, past: bool, day_first: bool) -> None:
    slots = find_slots(text, today, past=past, day_first=day_first)
    check(text, slots)
    joined = join_periods(text, slots, past=past)
    check(text, joined)
    problems(joined, today)
    check(text, find_named(text, NAMES))
    assert all(number in text for number in unclear_amounts(text))
