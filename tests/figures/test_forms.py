"""Figures in the forms that documents and customers write them in, and the time that finding them takes."""

import time

import pytest

from tellerbot.figures import find_figures, place_figures


def found(text: str) -> list[tuple[str, str]]:
    return [(figure.kind, figure.value) for figure in find_figures(text)]


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("The fee is $225¹ a year", "money", "USD 225"),
        ("$2,500²³ at most", "money", "USD 2500"),
        ("225¹ dollars", "money", "USD 225"),
        ("4.5%² a year", "percent", "4.5"),
        ("5 days³", "number", "5"),
        ("It is $5.¹ Ask us", "money", "USD 5"),
        ("a room of 50 m²", "number", "50"),
        ("10₁ transfers", "number", "10"),
    ],
)
def test_marks_above_the_line_are_no_part_of_a_number(text: str, kind: str, value: str) -> None:
    assert found(text) == [(kind, value)]


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("2½%", "percent", "2.5"),
        ("½ percent", "percent", "0.5"),
        ("4 1/2%", "percent", "4.5"),
        ("4-1/2 percent", "percent", "4.5"),
        ("4 3⁄16%", "percent", "4.1875"),
        ("an extra 1/4%", "percent", "0.25"),
        ("$2½ million", "money", "USD 2500000"),
        ("1⅓ years", "number", "1.3333333333"),
        ("5¹½ hours", "number", "5.5"),
        ("1/3 of it", "number", "0.3333333333"),
    ],
)
def test_a_fraction_is_one_number_with_what_it_follows(text: str, kind: str, value: str) -> None:
    assert found(text) == [(kind, value)]


@pytest.mark.parametrize("text", ["⑤ days", "⁵ days", "$⁵", "(²)"])
def test_a_number_in_other_characters_alone_still_counts(text: str) -> None:
    assert [kind for kind, _ in found(text)] == ["number"]


def test_what_is_shown_stays_as_written() -> None:
    shown, placed = place_figures("Pay ＄225¹ or 2½% by May 5¹.")
    assert shown == "Pay $225¹ or 2½% by May 5¹."
    assert [figure.text for figure, _, _ in sorted(placed, key=lambda item: item[1])] == ["$225", "2½%", "May 5"]
    assert [shown[start:end] for _, start, end in placed] == [figure.text for figure, _, _ in placed]


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("a third of it", "number", "0.3333333333"),
        ("refund a third", "number", "0.3333333333"),
        ("two-thirds of the fee", "number", "0.6666666667"),
        ("refund half", "number", "0.5"),
        ("half an hour", "number", "0.5"),
        ("half a million dollars", "money", "USD 500000"),
        ("three quarters of a percent", "percent", "0.75"),
        ("two and three quarters percent", "percent", "2.75"),
        ("half a percentage point", "percent", "0.5"),
        ("twice a month", "number", "2"),
        ("three times a month", "number", "3"),
        ("once per year", "number", "1"),
        ("within a fortnight", "number", "14"),
        ("two fortnights", "number", "28"),
        ("a couple of days", "number", "2"),
        ("a decade", "number", "10"),
        ("double the fee", "number", "2"),
        ("25 basis points", "percent", "0.25"),
        ("up by 50bps", "percent", "0.5"),
        ("a basis point", "percent", "0.01"),
        ("5‰ a day", "percent", "0.5"),
    ],
)
def test_words_for_parts_times_and_periods_are_figures(text: str, kind: str, value: str) -> None:
    assert found(text) == [(kind, value)]


@pytest.mark.parametrize(
    "text",
    [
        "a third party",
        "the third Monday",
        "every quarter",
        "quarterly",
        "once you have signed in",
        "double-check it",
        "Someone wrote a tenor.",
        "they halved it",
    ],
)
def test_words_that_only_look_like_parts_are_no_figures(text: str) -> None:
    assert found(text) == []


def test_a_quarter_after_an_amount_is_a_period() -> None:
    assert found("$5 a quarter.") == [("money", "USD 5")]


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("1.234,56 €", "money", "EUR 1234.56"),
        ("€12,50", "money", "EUR 12.5"),
        ("3,5 %", "percent", "3.5"),
        ("1.234.567 customers", "number", "1234567"),
        ("CHF 1'234.50", "money", "CHF 1234.5"),
        ("1’234.50 francs", "money", "CHF 1234.5"),
        ("1 234,56 €", "money", "EUR 1234.56"),
        ("1\u202f234 €", "money", "EUR 1234"),
        ("5\u00a0000 members", "number", "5000"),
        ("5 000 members", "number", "5000"),
        ("$1 000 000", "money", "USD 1000000"),
        ("₹5 lakh", "money", "INR 500000"),
        ("Rs. 2.5 crore", "money", "INR 25000000"),
        ("₹12,34,567.89", "money", "INR 1234567.89"),
        ("5 lakh rupees", "money", "INR 500000"),
        ("31/12/2026", "date", "2026-12-31"),
        ("31.12.2026", "date", "2026-12-31"),
        ("31/12/26", "date", "2026-12-31"),
        ("17h30", "time", "17:30"),
        ("+44 20 7946 0958", "phone", "442079460958"),
    ],
)
def test_forms_of_other_countries_are_one_figure(text: str, kind: str, value: str) -> None:
    assert found(text) == [(kind, value)]


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("sections 1,2 and 3", ["1", "2", "3"]),
        ("$5 100 days", ["USD 5", "100"]),
        ("3/4/2026", ["2026-03-04"]),
        ("24/7", ["24", "7"]),
    ],
)
def test_forms_of_this_country_stay_what_they_are(text: str, values: list[str]) -> None:
    assert [value for _, value in found(text)] == values


@pytest.mark.parametrize(
    "unit",
    ["The fee is $2.50 for 3 days. ", "one ", "one and ", "point one ", "1", "1,111", "1.111.", "1 234 ", "1/2 ", "1⁄",
     "half a ", "one-", "may   ", "+1 ", "(1", "¹", "$-", "a third "],
)  # fmt: skip
def test_the_time_grows_with_the_length_of_the_text_and_no_faster(unit: str) -> None:
    def seconds(characters: int) -> float:
        text = (unit * (characters // len(unit) + 1))[:characters]
        times = []
        for _ in range(5):
            start = time.process_time()
            find_figures(text)
            times.append(time.process_time() - start)
        return min(times)

    # Eight times the text: 8 where the time grows with it, 64 where it grows with the square.
    assert seconds(32_000) < 20 * seconds(4_000)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("Free: 5\n1/2% back", ["5", "0.5"]),
        ("Up to 10\n000 is a code", ["10", "000"]),
        ("It is $2\nmillion times better", ["USD 2", "1000000"]),
        ("Only in May\n5 days", ["5"]),
        ("two hundred\nfifty", ["200", "50"]),
        ("$5\n%", ["USD 5"]),
        ("5 cards\u202820 days", ["5", "20"]),
        ("Refund a third\nParty fees", ["0.3333333333"]),
    ],
)
def test_a_figure_does_not_go_on_over_a_lines_end(text: str, values: list[str]) -> None:
    assert [value for _, value in found(text)] == values
