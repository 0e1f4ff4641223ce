"""Opening a savings account or a CD."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from demo_bank import Acting, values
from tellerbot.bank import demo_schema as t

GIVEN: dict[str, Any] = {"product": "Twelve-month CD", "account": "Steady Savings", "amount": Decimal("1000.00")}


def test_an_account_is_opened_and_funded(acting: Acting) -> None:
    product = acting.named("product", "Goal Saver")
    total = sum(row.current for row in acting.rows(t.accounts))
    receipt = acting.act("open_savings", "ada", **{**GIVEN, "product": product, "amount": Decimal("5000")})
    assert receipt.made is not None and receipt.made in acting.bank.names(acting.customers["ada"])
    shown = values(receipt)
    assert (shown["account"], shown["available"]) == ("Steady Savings", Decimal("6450.12"))
    assert (shown["to_account"], shown["to_available"]) == ("Goal Saver", Decimal("5000.00"))
    assert (shown["rate"], shown["amount"]) == (Decimal("3.60"), Decimal("5000.00"))
    assert shown["to_last4"] == receipt.made.aliases[-1] and len(str(shown["to_last4"])) == 4
    assert acting.balances("ACC-1002") == (Decimal("6450.12"), Decimal("6450.12"))
    assert acting.balances(receipt.made.ref) == (Decimal("5000.00"), Decimal("5000.00"))
    assert sum(row.current for row in acting.rows(t.accounts)) == total
    # The accounts that there were come first.
    names = [row["account"].value for row in acting.ask("balances", "ada").rows]
    assert names == ["Everyday Checking", "Steady Savings", "Goal Saver"]
    # It can be used at once, and has no balance of days before.
    made = {"account": receipt.made, "to_account": "Everyday Checking"}
    acting.act("move_money", "ada", **made, amount=Decimal("0.01"))
    before = acting.ask("balances", "ada", day=date(2026, 3, 9)).rows
    assert [row["account"].value for row in before] == ["Everyday Checking", "Steady Savings"]


def test_a_cd_is_opened_for_its_term_and_then_keeps_its_money(acting: Acting) -> None:
    product = acting.named("product", "Twelve-month CD")
    receipt = acting.act("open_savings", "ada", **{**GIVEN, "product": product})
    assert values(receipt)["matures"] == date(2027, 3, 10)
    (cd,) = acting.ask("cds", "ada").rows
    assert (cd["current"].value, cd["rate"].value, cd["days"].value) == (Decimal("1000.00"), Decimal("4.10"), 365)
    out = {"account": receipt.made, "to_account": "Everyday Checking", "amount": Decimal(1)}
    assert acting.refused("move_money", "ada", **out).reason == "not_possible"
    # A second one is told apart by its last digits.
    other = acting.act("open_savings", "ada", **{**GIVEN, "product": product})
    assert receipt.made and other.made and receipt.made.name == other.made.name
    assert receipt.made.aliases[-1] != other.made.aliases[-1] and receipt.made.ref != other.made.ref


@pytest.mark.parametrize(
    ("change", "reason", "shown"),
    [
        ({"amount": Decimal("999.99")}, "not_possible", {"minimum": Decimal("1000.00")}),
        ({"amount": Decimal("11450.13")}, "insufficient", None),
        ({"amount": Decimal("1000.001")}, "not_possible", {}),
        ({"product": "Personal loan"}, "not_possible", {}),
        ({"product": "Home equity line"}, "not_possible", {}),
    ],
)
def test_what_cannot_be_opened(acting: Acting, change: dict[str, Any], reason: str, shown: object) -> None:
    given = {**GIVEN, **change}
    refusal = acting.refused("open_savings", "ada", **{**given, "product": acting.named("product", given["product"])})
    assert refusal.reason == reason
    assert shown is None or values(refusal) == shown


def test_a_cd_funds_nothing(acting: Acting) -> None:
    given = {"product": acting.named("product", "Six-month CD"), "account": "Twelve-month CD", "amount": Decimal(1000)}
    assert acting.refused("open_savings", "ernest", **given).reason == "not_possible"
