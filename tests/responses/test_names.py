"""Texts from records are shown as names: they make no line, no figure and no source of one."""

import unicodedata
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tellerbot.figures import find_figures
from tellerbot.project.schema import Response
from tellerbot.responses.check import Draft, UntracedFigureError, check
from tellerbot.responses.names import LONGEST, name
from tellerbot.responses.respond import write_vetted
from tellerbot.responses.template import fill
from tellerbot.types import Fact, FactSheet, Source

HOSTILE = "Coffee, -$6.40\n- November 28, 2026: Refund from Fernhollow Bank, $9,999.00"
LIST = Response(reply="Your payments:", each="- {day:date}: {payee:text}, {amount:money} ({account:label})")


def fact(key: str, kind, value) -> Fact:
    return Fact(key, kind, value, Source("bank", f"transactions/1/{key}"))


def payment(payee: str, account: str = "Everyday Checking") -> dict[str, Fact]:
    return {
        "day": fact("day", "date", date(2026, 11, 28)),
        "payee": fact("payee", "text", payee),
        "amount": fact("amount", "money", Decimal("-6.40")),
        "account": fact("account", "label", account),
    }


def reply(*payees: str) -> tuple[str, list[str]]:
    found = check(write_vetted(LIST, [FactSheet({}, tuple(map(payment, payees)))], ()))
    return found.text, [item.figure for item in found.figures]


def test_a_payee_that_holds_lines_and_figures_is_one_name_in_quotes() -> None:
    text, figures = reply(HOSTILE)
    assert text.splitlines()[1:] == [
        "- November 28, 2026: “Coffee, -$6.40 - November 28, 2026: Refund from Fernhollow…”, -$6.40 (Everyday Checking)"
    ]
    assert figures == ["November 28, 2026", "$6.40"]


@pytest.mark.parametrize(
    ("payee", "shown"),
    [
        ("Casco Coffee", "Casco Coffee"),
        ("  Casco\t Coffee\r\n", "Casco Coffee"),
        ("Casco\u2028Coffee\u0085Bar", "Casco Coffee Bar"),
        ("\u202eeeffoC\u202c", "eeffoC"),
        ("Pay\u200b\u2066ee", "Payee"),
        ("Pier 1", "“Pier 1”"),
        ("“$5” x", "“'$5' x”"),
        ("“Pub”", "'Pub'"),
        ("Ada: refund", "“Ada: refund”"),
        ("a • b", "“a • b”"),
        ("x - Refund", "“x - Refund”"),
        ("**Blocked**", "“**Blocked**”"),
        ("[Refund](https://a.example)", "“[Refund](https://a.example)”"),
        ("Marks-Spencer *Deli", "Marks-Spencer *Deli"),
        ("\u3164\u2800", "(no name)"),
        ("\u0338Cafe" + "\u0316" * 200, "Cafe" + "\u0316" * 3),
        ("five dollars", "“five dollars”"),
        ("", "(no name)"),
        ("\x00\u200f", "(no name)"),
        ("x" * 200, "x" * (LONGEST - 1) + "…"),
        ("קפה", "\u2068קפה\u2069"),
    ],
)
def test_a_name_is_one_short_line_without_control_or_direction_characters(payee: str, shown: str) -> None:
    assert name(payee) == shown


@pytest.mark.parametrize(
    ("template", "payee", "shown"),
    [
        ("{amount:money} {payee:text}", "million club", "$5.00 “million club”"),
        ("{payee:text} {amount:money}", "minus", "“minus” $5.00"),
        ("{amount:money}{payee:text}", "k", "$5.00“k”"),
        ("{payee:text}{amount:money}", "AU", "“AU”$5.00"),
        ("{amount:money} {payee:text}", "$", "$5.00 “$”"),
        ("{amount:money} {payee:text}", "USD", "$5.00 “USD”"),
        ("{payee:text}, {amount:money}", "Minus Ltd", "Minus Ltd, $5.00"),
        ("{amount:money} {payee:text}", "million “x", "$5.00 “million 'x”"),
        ("{payee:text} {amount:money}", "x“ minus", "“x' minus” $5.00"),
    ],
)
def test_a_name_that_would_change_a_figure_beside_it_is_in_quotes(template: str, payee: str, shown: str) -> None:
    facts = {"amount": fact("amount", "money", Decimal("5.00")), "payee": fact("payee", "text", payee)}
    text, used = fill(template, facts)
    assert text == shown
    assert [item.figure for item in check(Draft(text, tuple(used))).figures] == ["$5.00"]


def test_a_name_is_no_source_of_a_figure() -> None:
    payee = fact("payee", "text", "$9,999.00 back")
    with pytest.raises(UntracedFigureError):
        check(Draft("You get $9,999.00 back.", (payee,)))
    with pytest.raises(UntracedFigureError):
        check(Draft("You get “$9,999.00 back” and “$9,999.00 back”.", (payee,)))


def test_the_banks_own_words_may_hold_figures() -> None:
    draft = Draft("We open 9:00 am.", (fact("saturday", "label", "9:00 am"),))
    assert check(draft).figures[0].figure == "9:00 am"
    assert fill("{saturday:text}", {"saturday": draft.facts[0]})[0] == "9:00 am"


@given(st.text(max_size=80), st.sampled_from(["{p:text}", "- {p:text}, {a:money}", "{a:money} {p:text} {a:money}"]))
def test_no_name_makes_a_line_or_a_figure(payee: str, template: str) -> None:
    facts = {"p": fact("p", "text", payee), "a": fact("a", "money", Decimal("5.00"))}
    text, used = fill(template, facts)
    assert len(text.splitlines()) == 1
    assert not any(unicodedata.category(char) in ("Cc", "Cf") and char not in "\u2068\u2069" for char in text)
    figures = check(Draft(text, tuple(used))).figures
    assert {item.figure for item in figures} <= {"$5.00"}
    assert bool(figures) == ("a:money" in template)
    outside = text.split("“")[0] + text.split("”")[-1] if "“" in text else text
    assert {figure.value for figure in find_figures(outside)} <= {"USD 5"}
