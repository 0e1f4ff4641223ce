"""Figures in digits and in words: what is found, its canonical value, and what is a source for what."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tellerbot.figures import Figure, find_figures

ONES = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
ONES += ["thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"]
TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]


def spell(number: int) -> str:
    """0 to 999,999 in American English words."""
    if number < 20:
        return ONES[number]
    if number < 100:
        tens, ones = divmod(number, 10)
        return TENS[tens - 2] + (f"-{ONES[ones]}" if ones else "")
    scale, name = (1000, "thousand") if number >= 1000 else (100, "hundred")
    count, rest = divmod(number, scale)
    return f"{spell(count)} {name}" + (f" {spell(rest)}" if rest else "")


def found(text: str) -> list[tuple[str, str]]:
    return [(figure.kind, figure.value) for figure in find_figures(text)]


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("the fee is $2,682.00 a year", "money", "USD 2682"),
        ("2682 dollars", "money", "USD 2682"),
        ("two thousand six hundred and eighty-two dollars", "money", "USD 2682"),
        ("USD 40", "money", "USD 40"),
        ("$2.5 million", "money", "USD 2500000"),
        ("$2.5k", "money", "USD 2500"),
        ("two dollars and fifty cents", "money", "USD 2.5"),
        ("99¢", "money", "USD 0.99"),
        ("one dollar", "money", "USD 1"),
        ("€12.50", "money", "EUR 12.5"),
        ("12 pounds", "money", "GBP 12"),
        ("-$5", "money", "USD -5"),
        ("minus $1,234.56", "money", "USD -1234.56"),
        ("3.10%", "percent", "3.1"),
        ("three point one percent", "percent", "3.1"),
        ("one hundred per cent", "percent", "100"),
        ("November 22nd, 2026", "date", "2026-11-22"),
        ("the twenty-second of November", "date", "*-11-22"),
        ("11/22/2026", "date", "2026-11-22"),
        ("2026-11-22", "date", "2026-11-22"),
        ("June 2026", "date", "2026-06-*"),
        ("5:30 p.m.", "time", "17:30"),
        ("12 am", "time", "00:00"),
        ("at noon", "time", "12:00"),
        ("17:00", "time", "17:00"),
        ("1-800-555-0142", "phone", "8005550142"),
        ("(800) 555-0142", "phone", "8005550142"),
        ("a dozen checks", "number", "12"),
        ("twenty-four hours", "number", "24"),
        ("one business day", "number", "1"),
        ("account ending in 4421", "number", "4421"),
        ("\uff04\uff15", "money", "USD 5"),
        ("\u0663 days", "number", "3"),
        ("$\u200b5", "money", "USD 5"),
        ("five\ndollars", "money", "USD 5"),
    ],
)
def test_one_figure_however_it_is_written(text: str, kind: str, value: str) -> None:
    assert found(text) == [(kind, value)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("one point five million dollars", ("money", "USD 1500000")),
        ("three point twenty-five percent", ("percent", "3.25")),
        ("$5 trillion", ("money", "USD 5000000000000")),
        ("APR 22%", ("percent", "22")),
        ("APR 19.99%", ("percent", "19.99")),
        ("five US dollars", ("money", "USD 5")),
        ("$-5", ("money", "USD -5")),
        ("40$", ("money", "USD 40")),
        ("2026\u201111\u201122", ("date", "2026-11-22")),
        ("twenty\u2011two", ("number", "22")),
    ],
)
def test_a_figure_is_never_taken_for_a_smaller_or_another_one(text: str, expected: tuple[str, str]) -> None:
    assert found(text) == [expected]


@pytest.mark.parametrize("text", ["one and a half percent", "half a percent", "a dollar a month", "one%"])
def test_vague_amounts_still_count_as_figures(text: str) -> None:
    assert found(text)


def test_an_amount_of_another_dollar_is_not_us_money() -> None:
    assert not {("money", "USD 5")} & {*found("C$5"), *found("A$5")}


def test_dollars_and_cents_are_not_two_dollar_amounts() -> None:
    assert ("money", "USD 50") not in found("5 dollars 50 cents")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("$3-$5", {"USD 3", "USD 5"}),
        ("$20 and $30", {"USD 20", "USD 30"}),
        ("five percent of $200", {"5", "USD 200"}),
        ("9am to 5pm on May 5", {"*-05-05", "09:00", "17:00"}),
        ("2, 3 and four", {"2", "3", "4"}),
        ("Call 1-800-555-0142 before 4:00 pm on 2026-12-24", {"8005550142", "16:00", "2026-12-24"}),
    ],
)
def test_every_figure_of_a_sentence_is_found(text: str, expected: set[str]) -> None:
    assert {value for _, value in found(text)} == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "No one can see it.",
        "That one is free.",
        "You may march on.",
        "Someone often wrote a tone.",
        "the one-time code",
    ],
)
def test_ordinary_words_are_no_figures(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    ("mine", "source", "traced"),
    [
        ("November 22", "2026-11-22", True),
        ("November 2026", "2026-11-22", True),
        ("2026-11-22", "November 22", False),
        ("November 23", "2026-11-22", False),
        ("$5", "5 dollars", True),
        ("$5", "5%", False),
        ("5", "$5", False),
        ("-$5", "$5", False),
        ("$5.00", "$5", True),
        ("0.5%", "5%", False),
    ],
)
def test_what_is_a_source_for_what(mine: str, source: str, traced: bool) -> None:
    (figure,), (known,) = find_figures(mine), find_figures(source)
    assert figure.matches(known) is traced


def test_a_figure_keeps_how_it_was_written() -> None:
    assert find_figures("You pay USD 40 on November 22.") == [
        Figure("date", "*-11-22", "November 22"),
        Figure("money", "USD 40", "USD 40"),
    ]


@given(st.integers(2, 999_999))
def test_words_and_digits_are_the_same_figure(number: int) -> None:
    assert found(f"{spell(number)} dollars") == found(f"${number:,}.00") == [("money", f"USD {number}")]
    assert found(f"{spell(number)} percent") == found(f"{number}%") == [("percent", str(number))]


@given(st.dates())
def test_a_date_is_the_same_in_numbers_and_with_its_month_in_words(day) -> None:
    day = day.replace(year=2000 + day.year % 100)
    for text in (f"{day:%Y-%m-%d}", f"{day:%m/%d/%Y}", f"{day:%B} {day.day}, {day:%Y}", f"{day.day} {day:%b %Y}"):
        assert found(text) == [("date", day.isoformat())]


@given(st.text())
def test_no_text_breaks_it_and_no_digit_escapes(text: str) -> None:
    assert bool(find_figures(text)) or not any(char.isdecimal() for char in text)


@given(st.lists(st.integers(2, 9_999), min_size=2, max_size=6))
def test_a_list_of_amounts_gives_each_in_order(amounts: list[int]) -> None:
    values = [value for _, value in found(", ".join(f"${amount:,}" for amount in amounts))]
    assert values == [f"USD {amount}" for amount in amounts]
    assert all(left == right for left, right in pairwise(values)) == (len(set(amounts)) == 1)
