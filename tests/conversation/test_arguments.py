"""Slots fill the arguments that a query takes, and no others."""

from datetime import date
from decimal import Decimal

import pytest

from tellerbot.conversation.arguments import fill_arguments
from tellerbot.types import Money, Named, Period, QuerySpec, Slot, SlotKind, SlotValue

SAVINGS = Named("account", "ACC-2", "Steady Savings")
OCTOBER, MAY = Period(date(2026, 10, 1), date(2026, 10, 31)), Period(date(2026, 5, 1), date(2026, 5, 31))
TRANSACTIONS = QuerySpec(False, ("account", "period", "other_period", "minimum", "maximum", "limit"))


def slots(text: str, *found: tuple[SlotKind, str, SlotValue]) -> list[Slot]:
    return [Slot(kind, text.index(words), text.index(words) + len(words), words, value) for kind, words, value in found]


def test_each_argument_has_its_slot() -> None:
    text = "last 3 over $100 from savings in october"
    given = slots(
        text, ("count", "3", 3), ("money", "$100", Money(Decimal(100), "USD")), ("account", "savings", (SAVINGS,)),
        ("period", "october", OCTOBER),
    )  # fmt: skip
    expected = {"limit": 3, "minimum": Decimal(100), "account": SAVINGS, "period": OCTOBER}
    assert fill_arguments(TRANSACTIONS, text, given) == expected
    assert fill_arguments(QuerySpec(False, ("account",)), text, given) == {"account": SAVINGS}


@pytest.mark.parametrize(
    ("text", "bounds"),
    [
        ("under $50", {"maximum": Decimal(50)}),
        ("more than $50", {"minimum": Decimal(50)}),
        ("up to $50", {"maximum": Decimal(50)}),
        ("the $50 charge", {"minimum": Decimal(50), "maximum": Decimal("50.99")}),
    ],
)
def test_an_amount_is_a_bound_of_transactions(text: str, bounds: dict[str, Decimal]) -> None:
    given = slots(text, ("money", "$50", Money(Decimal(50), "USD")))
    assert fill_arguments(TRANSACTIONS, text, given) == bounds


@pytest.mark.parametrize("text", ["if i put 5000 in a 12 month cd", "a 12 month cd with 5000"])
def test_a_bare_number_is_the_amount_of_what_takes_one(text: str) -> None:
    projection = QuerySpec(True, ("amount", "term"))
    given = slots(text, ("count", "5000", 5000), ("term", "12 month", 12))
    given.sort(key=lambda slot: slot.start)
    assert fill_arguments(projection, text, given) == {"amount": Decimal(5000), "term": 12}


def test_a_day_is_a_period_where_no_day_is_taken() -> None:
    text, day = "on october 3", date(2026, 10, 3)
    given = slots(text, ("date", "october 3", day))
    assert fill_arguments(TRANSACTIONS, text, given) == {"period": Period(day, day)}
    assert fill_arguments(QuerySpec(False, ("account", "day")), text, given) == {"day": day}


def test_two_periods_are_compared() -> None:
    text = "may or october"
    given = slots(text, ("period", "may", MAY), ("period", "october", OCTOBER))
    assert fill_arguments(TRANSACTIONS, text, given) == {"period": MAY, "other_period": OCTOBER}


def test_an_ambiguous_name_fills_nothing() -> None:
    other = Named("account", "ACC-3", "Goal Saver")
    text = "savings"
    assert fill_arguments(TRANSACTIONS, text, slots(text, ("account", "savings", (SAVINGS, other)))) == {}
