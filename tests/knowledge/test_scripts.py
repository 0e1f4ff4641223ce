"""Raised and lowered text never makes another number: it is read as what it means, or left out and noted."""

import pytest

from tellerbot.knowledge.documents.blocks import Omissions, unmark
from tellerbot.knowledge.documents.overlays import REVERSED, STRUCK
from tellerbot.knowledge.documents.scripts import WHAT, Shift, Span, join

SHIFTS: dict[str, Shift] = {"^": "raised", "_": "lowered", "<": "small"}


def spans(wording: str) -> list[Span]:
    """`$5|^1| a` -> a level, a raised and a level span; `_` lowers, `<` makes small."""
    found: list[Span] = []
    for part in wording.split("|"):
        shift = SHIFTS.get(part[:1], "level")
        found.append(Span(part if shift == "level" else part[1:], shift))
    return found


@pytest.mark.parametrize(
    ("wording", "line", "omitted"),
    [
        ("$2.50|^1", "$2.50", ["1"]),
        ("$8|^2| a month", "$8 a month", ["2"]),
        ("$8|^(a)|, $9|^[12]", "$8, $9", ["(a)", "[12]"]),
        ("$8|_1| fee", "$8 fee", ["1"]),
        ("Basic|^1|$5", "Basic $5", ["1"]),
        ("$5|^1|0 days", "$5 0 days", ["1"]),
        ("10|^*|%", "10%", ["*"]),
        ("$5|^1|/10 days", "$5/10 days", ["1"]),
        ("$5|^1|/month", "$5/month", ["1"]),
        ("$5|<1| a month", "$5 a month", ["1"]),
        ("$7|<99", "$7", ["99"]),
        ("$5|<1|0 days", "$5 0 days", ["1"]),
    ],
)
def test_footnote_marks_are_left_out_and_noted(wording: str, line: str, omitted: list[str]) -> None:
    omissions = Omissions()
    assert unmark(join(spans(wording), omissions)) == line
    assert [(item.what, item.text) for item in omissions.items] == [(WHAT, text) for text in omitted]


@pytest.mark.parametrize(
    ("wording", "line"),
    [
        ("4|^1|/|_2|%", "4½%"),
        ("4 |^3|⁄|_16|%", "4 3⁄16%"),
        ("4|^3|/|_16|%", "4 3⁄16%"),
        ("4|^1/2|%", "4½%"),
        ("4|^1|/2%", "4 1/2%"),
        ("4 1/|_2|%", "4 1/2%"),
        ("|^1|/|_4|%", "¼%"),
        ("the 1|^st| and 22|^nd", "the 1st and 22nd"),
        ("5 m|^2", "5 m²"),
        ("10|^3| members", "10³ members"),
        ("CO|_2", "CO₂"),
        ("Card|^TM", "Card™"),
        ("$5|^.50|", "$5.50"),
        ("|^all of it", "all of it"),
        ("|^$|5, 5|^¢", "$5, 5¢"),
        ("$5|<.00| or 4|<1/2|%", "$5.00 or 4½%"),
        ("|<The fee is $5|<0| a month", "The fee is $50 a month"),
        ("|<1|5% of it", "1 5% of it"),
        ("5|<th| and 5|<%", "5th and 5%"),
        ("$5|^ a month with us", "$5 a month with us"),
    ],
)
def test_fractions_ordinals_exponents_and_long_texts_are_read(wording: str, line: str) -> None:
    omissions = Omissions()
    assert " ".join(join(spans(wording), omissions).split()) == line
    assert not omissions.items


def test_marks_of_omissions_within_raised_text_stay() -> None:
    omissions = Omissions()
    hidden, note = omissions.add("hidden text", "9"), omissions.add("footnotes", "1")
    assert join([Span("$5"), Span(hidden, "raised"), Span("0")], omissions) == f"$5{hidden}0"
    assert join([Span("$5"), Span(note, "raised"), Span("0")], omissions) == f"$5{note} 0"
    line = join([Span("$5"), Span(f"2{hidden}", "raised"), Span(".")], omissions)
    assert hidden in line and unmark(line) == "$5."


@pytest.mark.parametrize(
    ("line", "kept", "omitted"),
    [
        ("It was $\u03361\u03362\u0336 $9", "It was $9", [(STRUCK, "$12")]),
        ("It was $\u0335 1\u03352\u0335, $9", "It was , $9", [(STRUCK, "$ 12")]),
        ("It was 1\u03382\u0338 or 9", "It was or 9", [(STRUCK, "12")]),
        ("Basic o\u0336l\u0336d\u0336 $1\u03362\u0336, $9", "Basic $, $9", [(STRUCK, "old"), (STRUCK, "12")]),
        ("a =\u0338 b", "a =\u0338 b", []),
        ("It is \u202e05.2$\u202c now", "It is now", [(REVERSED, "05.2$")]),
        ("It is \u202e05.2$", "It is", [(REVERSED, "05.2$")]),
        ("It is \u2066$5\u2069\u200e \u202a$6\u202c \u202eאב\u202c", "It is $5 $6 אב", []),
    ],
)
def test_characters_that_strike_out_or_turn_round_others(line: str, kept: str, omitted: list[tuple[str, str]]) -> None:
    omissions = Omissions()
    assert " ".join(unmark(join([Span(line)], omissions)).split()) == kept
    assert [(item.what, item.text) for item in omissions.items] == omitted
