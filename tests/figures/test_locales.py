"""Figures that another country reads otherwise are named."""

import pytest

from tellerbot.figures.locales import ambiguous_figures


def ambiguous(*texts: str) -> list[list[str]]:
    return [[figure.text for figure in figures] for figures in ambiguous_figures(texts)]


def test_three_decimals_of_money_are_in_doubt() -> None:
    assert ambiguous("It costs €1.234 or $2.50.", "A share is $10.500.") == [["€1.234"], ["$10.500"]]


@pytest.mark.parametrize("other", ["Until 31/12/2026.", "31.12.2026", "from 25/06/26"])
def test_dates_are_in_doubt_beside_one_with_the_day_first(other: str) -> None:
    assert ambiguous("From 3/4/2026 to 5/5/2026.", other) == [["3/4/2026"], []]


@pytest.mark.parametrize("other", ["12,50 €", "1.234,56 €", "3,5 %"])
def test_groups_of_three_are_in_doubt_beside_a_decimal_comma(other: str) -> None:
    assert ambiguous("It costs 1,234 €, and 2.345 people pay.", other) == [["1,234 €", "2.345"], []]


def test_figures_of_this_country_are_in_no_doubt() -> None:
    assert ambiguous("It costs $1,234.50 from 3/4/2026, 4.125% and 1,234 people.") == [[]]


def test_a_space_before_three_more_digits_is_in_doubt() -> None:
    assert ambiguous("It costs $5 100 at most.", "1 234 people pay $20.", "From 5 to 100 days, 2 500.") == [
        ["$5"],
        ["1"],
        ["2"],
    ]
