"""Amounts of money and counts in messages."""

from datetime import date
from decimal import Decimal

import pytest

from tellerbot.slots import find_slots, unclear_amounts
from tellerbot.types import Money

TODAY = date(2024, 5, 15)


def values(text: str, kind: str) -> list[object]:
    return [slot.value for slot in find_slots(text, TODAY) if slot.kind == kind]


@pytest.mark.parametrize(
    ("text", "amount", "currency"),
    [
        ("£12.50", "12.5", "GBP"), ("12 pounds fifty", "12.5", "GBP"), ("twelve dollars 50", "12.5", "USD"),
        ("20 quid", "20", "GBP"), ("a tenner", "10", "GBP"), ("fifty bucks", "50", "USD"),
        ("two hundred dollars", "200", "USD"),
        ("1,250 eur", "1250", "EUR"), ("12,50 €", "12.5", "EUR"), ("1.000,50 €", "1000.5", "EUR"),
        ("₹5 lakh", "500000", "INR"),
        ("5 lakh", "500000", None), ("5k", "5000", None), ("a grand", "1000", None),
        ("half a million", "500000", None),
        ("send 400 to Ann", "400", None), ("I spent more than 400 there", "400", None),
        ("make a 650 transfer", "650", None),
        ("it cost 85.31", "85.31", None), ("transactions over 100", "100", None),
        ("put 3000 into savings", "3000", None),
        ("raise my limit to 2500", "2500", None), ("a payment of 70 went out", "70", None), ("-$5", "5", "USD"),
        ("I want 250", "250", None), ("amount 500", "500", None), ("a cd with 5000", "5000", None),
    ],
)  # fmt: skip
def test_amounts(text: str, amount: str, currency: str | None) -> None:
    assert values(text, "money") == [Money(Decimal(amount), currency)]
    assert values(text, "count") == []


@pytest.mark.parametrize("text", ["between 50 and 100 dollars", "50-100 dollars", "50 to 100 dollars"])
def test_both_ends_of_a_range_have_its_currency(text: str) -> None:
    assert values(text, "money") == [Money(Decimal(50), "USD"), Money(Decimal(100), "USD")]


@pytest.mark.parametrize(
    ("text", "counts"),
    [
        ("my last 5 transactions", [5]), ("send me 2 new cards", [2]), ("I tried like four times", [4]),
        ("make it 3", [3]),
        ("6", [6]), ("I want 3", [3]), ("a 12 month cd", [12]), ("more than 3 times", [3]), ("send $50 twice", [2]),
        ("dispute the $6.40, I was charged twice", [2]),
        ("twenty-one days", [21]),
        ("we get 2 or 3 cards", [2, 3]),
    ],
)  # fmt: skip
def test_counts(text: str, counts: list[int]) -> None:
    assert values(text, "count") == counts


@pytest.mark.parametrize(
    "text",
    [
        "the card ending in 4821", "my card ending 5512", "account 123456789", "my zip is 02139", "the other one",
        "my 401k",
        "a 1099 form", "call 800 555 0142", "10% back", "open 24/7", "0.5 % interest", "2FA", "five five five",
        "the last four are 9931",
        "¾ of it", "option 2",
    ],
)  # fmt: skip
def test_neither_amount_nor_count(text: str) -> None:
    assert find_slots(text, TODAY) == []


@pytest.mark.parametrize("number", ["1.000,50", "12,50", "1.234", "1.234.567,89"])
def test_numbers_that_countries_read_otherwise_have_no_value(number: str) -> None:
    for text in (f"send {number} to Ann", f"send ${number} to Ann", number):
        assert find_slots(text, TODAY) == []
        assert unclear_amounts(text) == [number]


@pytest.mark.parametrize("text", ["send 1,000.50", "12,50 €", "€1.000,50", "1,234 dollars", "0.125", "5 lakh", ""])
def test_clear_numbers(text: str) -> None:
    assert unclear_amounts(text) == []


def test_all_kinds_in_one_message() -> None:
    text = "move $250 twice, on the 20th at 5 pm, not the 3 payments of last month"
    assert [(slot.kind, slot.text) for slot in find_slots(text, TODAY)] == [
        ("money", "$250"), ("count", "twice"), ("date", "20th"), ("time", "5 pm"), ("count", "3"),
        ("period", "last month"),
    ]  # fmt: skip
