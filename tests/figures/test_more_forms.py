"""Figures in forms that a reader easily takes for other figures, and words that are none."""

import pytest

from tellerbot.figures import find_figures
from tellerbot.figures.locales import ambiguous_figures


def found(text: str) -> list[tuple[str, str]]:
    return [(figure.kind, figure.value) for figure in find_figures(text)]


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("4¹/₂%", "percent", "4.5"),
        ("4 ³⁄₁₆ %", "percent", "4.1875"),
        ("¹⁄₄ of 1%", "percent", "0.25"),
        ("½ of one percent", "percent", "0.5"),
        ("a hundredth of a percent", "percent", "0.01"),
        ("one-and-a-half percent", "percent", "1.5"),
        ("2 and one half percent", "percent", "2.5"),
        ("two and 1/2 percent", "percent", "2.5"),
        ("two & a half hours", "number", "2.5"),
        ("three-quarter percent", "percent", "0.75"),
        ("a quarter-point cut", "number", "0.25"),
        ("half-dozen checks", "number", "6"),
        ("one-twentieth", "number", "0.05"),
        ("$225 ¹ a year", "money", "USD 225"),
    ],
)
def test_a_part_is_never_read_as_its_last_word_or_digit(text: str, kind: str, value: str) -> None:
    assert found(text) == [(kind, value)]


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("31/12", ["31", "12"]),
        ("the last four quarters", ["4"]),
        ("a four-quarter total", ["4"]),
        ("the prior three quarters", ["3"]),
        ("customers under thirty and third parties", ["30"]),
        ("1/4-1/2%", ["0.25", "0.5"]),
    ],
)
def test_what_looks_like_a_part_stays_a_whole_number(text: str, values: list[str]) -> None:
    assert [value for _, value in found(text)] == values


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("every other week", "2"),
        ("Every third month", "3"),
        ("once daily", "1"),
        ("once in a year", "1"),
        ("tenfold", "10"),
        ("halves the fee", "0.5"),
        ("doubles your limit", "2"),
        ("a pair of cards", "2"),
    ],
)
def test_words_for_repetition_are_figures(text: str, value: str) -> None:
    assert found(text) == [("number", value)]


@pytest.mark.parametrize(
    "text",
    ["every second counts", "every other customer", "once in a while", "manifold", "quarterly", "a quarter ended"],
)
def test_words_that_only_look_like_repetition_are_no_figures(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("25 basis-points", "percent", "0.25"),
        ("a 25-basis-point rise", "percent", "0.25"),
        ("5 per-cent", "percent", "5"),
        ("5 per mille", "percent", "0.5"),
        ("5‱", "percent", "0.05"),
        ("a $5-million fund", "money", "USD 5000000"),
        ("$5 hundred thousand", "money", "USD 500000"),
        ("$1B", "money", "USD 1000000000"),
        ("$2 mil", "money", "USD 2000000"),
        ("$5.00 CR", "money", "USD 5"),
        ("₹5 Cr", "money", "INR 50000000"),
        ("₹5L", "money", "INR 500000"),
        ("₹2.5 lakh crore", "money", "INR 2500000000000"),
        ("Rs.1,00,000", "money", "INR 100000"),
        ("No.5", "number", "5"),
    ],
)
def test_what_multiplies_or_divides_a_number_is_part_of_it(text: str, kind: str, value: str) -> None:
    assert found(text) == [(kind, value)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("€5–€10", [("money", "EUR 5"), ("money", "EUR 10")]),
        ("$5- $10", [("money", "USD 5"), ("money", "USD 10")]),
        ("3,5–4,5 %", [("number", "3.5"), ("percent", "4.5")]),
        ("von 3,5 bis 4,5 %", [("number", "3.5"), ("percent", "4.5")]),
        ("€3,50–4,50", [("money", "EUR 3.5"), ("number", "4.5")]),
        ("sections 1,2 apply", [("number", "1"), ("number", "2")]),
    ],
)
def test_a_range_is_two_figures_with_the_signs_that_are_written(text: str, expected: list[tuple[str, str]]) -> None:
    assert found(text) == expected


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("0,125%", "percent", "0.125"),
        ("€0,005", "money", "EUR 0.005"),
        ("1,5 million euros", "money", "EUR 1500000"),
        ("1,5 Mio. €", "money", "EUR 1500000"),
        ("1.000,- €", "money", "EUR 1000"),
        ("5,- €", "money", "EUR 5"),
        ("1.234,56- €", "money", "EUR -1234.56"),
        ("12,50 zł", "number", "12.5"),
        ("1,5 hours", "number", "1.5"),
    ],
)
def test_a_decimal_comma_never_makes_two_numbers(text: str, kind: str, value: str) -> None:
    assert found(text) == [(kind, value)]


def test_a_decimal_comma_of_a_plain_number_is_in_doubt_unless_the_document_shows_it_elsewhere() -> None:
    (alone,) = ambiguous_figures(["It takes 1,5 hours."])
    assert [figure.text for figure in alone] == ["1,5"]
    assert ambiguous_figures(["It takes 1,5 hours.", "It costs 2,50 €."]) == [[], []]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("31-Dec-2026", ["2026-12-31"]),
        ("31DEC26", ["2026-12-31"]),
        ("5-May", ["*-05-05"]),
        ("Dec-2026", ["2026-12-*"]),
        ("12/2026", ["2026-12-*"]),
        ("2026-12-31T17:00:00Z", ["2026-12-31", "17:00"]),
        ("17:30:15", ["17:30:15"]),
        ("17:30h", ["17:30"]),
        ("9.30 am", ["09:30"]),
        ("24:00", ["00:00"]),
        ("12 noon", ["12:00"]),
        ("midday", ["12:00"]),
    ],
)
def test_a_date_or_time_is_one_figure_in_every_order(text: str, expected: list[str]) -> None:
    assert [value for _, value in found(text)] == expected
