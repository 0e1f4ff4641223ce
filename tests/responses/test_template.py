"""Placeholders are typed, and filled from facts only."""

from datetime import date, time
from decimal import Decimal

import pytest

from tellerbot.responses.template import MissingFactError, fill, say, template_mistakes
from tellerbot.types import Fact, FactKind, FactValue, Source

HERE = Source("bank", "accounts/1")


def fact(name: str, kind: FactKind, value: FactValue) -> Fact:
    return Fact(name, kind, value, HERE)


@pytest.mark.parametrize(
    "kind, value, said",
    [
        ("money", Decimal("2682"), "$2,682.00"),
        ("money", Decimal("-36.2"), "-$36.20"),
        ("money", Decimal("0.00"), "$0.00"),
        ("money", Decimal("1234567.89"), "$1,234,567.89"),
        ("percent", Decimal("3.10"), "3.10%"),
        ("percent", Decimal("10.00").normalize(), "10%"),
        ("date", date(2026, 3, 4), "March 4, 2026"),
        ("time", time(0, 5), "12:05 am"),
        ("time", time(12), "12:00 pm"),
        ("time", time(17, 30), "5:30 pm"),
        ("count", 3, "3"),
        ("phone", "1-800-555-0199", "1-800-555-0199"),
        ("digits", "0042", "0042"),
        ("text", "Everyday {x:money} Account", "Everyday {x:money} Account"),
    ],
)
def test_a_fact_is_said_as_a_customer_reads_it(kind: FactKind, value: FactValue, said: str):
    assert say(fact("x", kind, value)) == said


def test_filling_uses_the_facts_that_are_named_and_no_others():
    facts = {
        "who": fact("who", "text", "{owed:money}"),
        "owed": fact("owed", "money", Decimal("12.5")),
        "rate": fact("rate", "percent", Decimal("4")),
    }
    text, used = fill("{who:text} owes {owed:money}, that is {owed:money}.", facts)
    assert text == "{owed:money} owes $12.50, that is $12.50."
    assert [item.name for item in used] == ["who", "owed", "owed"]
    assert fill("Nothing to fill.", facts) == ("Nothing to fill.", [])


@pytest.mark.parametrize(
    "template, message",
    [
        ("{due:date}", "{due:date}: expected a fact of kind date, found no such fact."),
        ("{owed:text}", "{owed:text}: expected a fact of kind text, found a fact of kind money."),
    ],
)
def test_a_missing_fact_or_one_of_another_kind_is_named(template: str, message: str):
    with pytest.raises(MissingFactError) as caught:
        fill(template, {"owed": fact("owed", "money", Decimal("12.5"))})
    assert str(caught.value) == message


@pytest.mark.parametrize(
    "template, mistake",
    [
        ("You owe {owed}.", "Expected a placeholder like {balance:money}, found {owed}."),
        ("You owe {}.", "found {}."),
        ("You owe {Owed:money}.", "found {Owed:money}."),
        ("You owe {owed:cash}.", "expected a kind among text, label, money, percent"),
        ("You owe $5.00.", "The figure '$5.00' stands in the wording"),
        ("You owe {owed:money} in three days.", "The figure 'three' stands in the wording"),
        ("It is due by {due:date} at noon.", "The figure 'noon' stands in the wording"),
        ("You owe {owed:money.", "{owed:money"),
        ("You owe owed:money}.", "owed:money}"),
    ],
)
def test_mistakes_in_a_template_are_told(template: str, mistake: str):
    found = template_mistakes(template)
    assert len(found) == 1
    assert mistake in found[0]


@pytest.mark.parametrize(
    "template", ["You owe {owed:money} on {due:date}.", "No one can see it.", "{a:text}{b:digits}"]
)
def test_a_sound_template_has_no_mistakes(template: str):
    assert template_mistakes(template) == []
