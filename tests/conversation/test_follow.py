"""Follow-ups keep what they don't change, and only those that say nothing else are elliptical."""

from datetime import date

import pytest

from tellerbot.conversation.follow import compares, is_elliptical, leads_on, merge_slots, points_back
from tellerbot.types import Named, Period, Slot, SlotKind, SlotValue

SAVINGS = (Named("account", "ACC-2", "Steady Savings", ("savings",)),)
CHECKING = (Named("account", "ACC-1", "Everyday Checking", ("checking",)),)
OCTOBER = Period(date(2026, 10, 1), date(2026, 10, 31))


def slot(text: str, words: str, kind: SlotKind = "account", value: SlotValue = SAVINGS) -> Slot:
    start = text.index(words)
    return Slot(kind, start, start + len(words), words, value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("and savings?", "savings"),
        ("what about my savings then", "savings"),
        ("SAVINGS pls", "SAVINGS"),
        ("no, savings", "savings"),
    ],
)
def test_nothing_but_a_slot_is_elliptical(text: str, words: str) -> None:
    assert is_elliptical(text, [slot(text, words)])


@pytest.mark.parametrize("text", ["minimum?", "and how long", "is there a limit", "why?"])
def test_nothing_but_what_is_asked_is_elliptical(text: str) -> None:
    assert is_elliptical(text, [])


@pytest.mark.parametrize("text", ["and the weather?", "hello", "savings interest of my neighbour", "close my savings"])
def test_what_says_something_of_its_own_is_not(text: str) -> None:
    slots = [slot(text, "savings")] if "savings" in text else []
    assert not is_elliptical(text, slots)


def test_leads_and_words_that_point_back() -> None:
    assert leads_on("and in march?") and leads_on("What about Bangor") and leads_on("ok, but for the debit card")
    assert not leads_on("android app crashes") and not leads_on("my card was declined")
    assert not any(map(points_back, ["fees this year", "is there a branch in Bangor", "are there any fees"]))
    assert points_back("how long does it take") and points_back("the other one") and not points_back("item lost")


def test_what_is_set_against_the_question_before() -> None:
    assert compares("vs october?") and compares("is that more than the year before") and compares("so was it less")
    assert not compares("i want more than that") and not compares("is that all")


def test_a_follow_ups_slots_take_the_place_of_those_of_their_kind() -> None:
    text = "checking in october"
    before = [slot(text, "checking", "account", CHECKING), slot(text, "october", "period", OCTOBER)]
    now = [slot("and savings", "savings")]
    assert [(item.kind, item.value) for item in merge_slots(before, now)] == [("period", OCTOBER), ("account", SAVINGS)]
    day = [slot("on the 3rd", "the 3rd", "date", date(2026, 10, 3))]
    assert [item.kind for item in merge_slots(before, day)] == ["account", "date"]
