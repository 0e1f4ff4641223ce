"""Raised and lowered text never makes another number: it is read as what it means, or left out and noted."""

import pytest

from tellerbot.knowledge.documents.blocks import Omissions, unmark
from tellerbot.knowledge.documents.scripts import WHAT, Span, join


def spans(wording: str) -> list[Span]:
    """`$5|^1| a` -> a level, a raised and a level span."""
    found: list[Span] = []
    for part in wording.split("|"):
        sign = part[:1] if part[:1] in ("^", "_") else ""
        shift = "raised" if sign == "^" else "lowered" if sign == "_" else "level"
        found.append(Span(part[len(sign) :], shift))
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
