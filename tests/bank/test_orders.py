"""Standing orders, direct debits, and payments that are stopped."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from demo_bank import TODAY, Acting, values
from tellerbot.bank import demo_schema as t
from tellerbot.errors import ConfigError

CHECKING, SAVINGS = "Everyday Checking", "Steady Savings"
SOON = TODAY + timedelta(days=20)
ORDER: dict[str, Any] = {"account": CHECKING, "amount": Decimal(50), "day": SOON, "every": "month"}


def record(acting: Acting, query: str, user: str, payee: str) -> str:
    """The record of the payment to a payee that a query lists."""
    (ref,) = [
        row["amount"].source.ref.removesuffix("/amount")
        for row in acting.ask(query, user).rows
        if row["payee"].value == payee
    ]
    return ref


def payees(acting: Acting, query: str, user: str) -> list[object]:
    return [row["payee"].value for row in acting.ask(query, user).rows]


def test_a_standing_order_pays_a_payee_or_fills_an_own_account(acting: Acting) -> None:
    receipt = acting.act("set_standing_order", "ada", **ORDER, payee="Mom")
    shown = values(receipt)
    assert (shown["payee"], shown["amount"], shown["next_day"], shown["every"]) == (
        "Grace Okafor", Decimal("50.00"), SOON, "month",
    )  # fmt: skip
    saved = acting.act("set_standing_order", "ada", **{**ORDER, "every": "week"}, to_account=SAVINGS)
    assert values(saved)["to_account"] == SAVINGS
    orders = acting.ask("standing_orders", "ada").rows
    assert [(row["payee"].value, row["every"].value) for row in orders if row["next_day"].value == SOON] == [
        ("Grace Okafor", "month"), (SAVINGS, "week"),
    ]  # fmt: skip
    assert "Grace Okafor" in payees(acting, "upcoming_payments", "ada")
    assert SAVINGS not in payees(acting, "upcoming_payments", "ada")
    # No money moves before its day.
    assert acting.balances("ACC-1001") == (Decimal("2682.00"), Decimal("2724.65"))
    again = acting.refused("set_standing_order", "ada", **ORDER, payee="Mom")
    assert again.reason == "no_change"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"payee": "Casco Coffee"}, "not_possible"),
        ({"payee": "Mom", "day": TODAY}, "not_possible"),
        ({"payee": "Mom", "day": TODAY - timedelta(days=1)}, "not_possible"),
        ({"payee": "Mom", "amount": Decimal(0)}, "not_possible"),
        ({"to_account": CHECKING}, "not_possible"),
        ({"payee": "Mom", "amount": Decimal("5000.01")}, "amount_limit"),
        ({"to_account": SAVINGS, "amount": Decimal("25000.01")}, "amount_limit"),
    ],
)
def test_an_order_that_cannot_be_is_not_set(acting: Acting, change: dict[str, Any], reason: str) -> None:
    assert acting.refused("set_standing_order", "ada", **{**ORDER, **change}).reason == reason


def test_an_order_goes_to_one_place_and_not_into_a_cd(acting: Acting) -> None:
    targets: list[dict[str, Any]] = [{}, {"payee": "Mom", "to_account": SAVINGS}]
    for target in targets:
        with pytest.raises(ConfigError, match="expected payee or to_account, found both or neither"):
            acting.act("set_standing_order", "ada", **ORDER, **target)
    for given in ({"to_account": "Twelve-month CD"}, {"account": "Twelve-month CD", "to_account": CHECKING}):
        assert acting.refused("set_standing_order", "ernest", **{**ORDER, **given}).reason == "not_possible"


def test_a_cancelled_order_pays_no_more(acting: Acting) -> None:
    rent = record(acting, "standing_orders", "ada", "Seabright Property Management")
    receipt = acting.act("cancel_standing_order", "ada", record=rent)
    assert values(receipt)["amount"] == Decimal("1900.00") and "last_day" not in receipt.facts
    for query in ("standing_orders", "upcoming_payments", "stoppable_payments"):
        assert "Seabright Property Management" not in payees(acting, query, "ada")
    assert acting.refused("cancel_standing_order", "ada", record=rent).reason == "no_change"
    assert acting.refused("stop_payment", "ada", record=rent).reason == "no_change"


def test_an_order_that_is_cancelled_on_its_day_pays_once_more(acting: Acting) -> None:
    rent = record(acting, "standing_orders", "ada", "Seabright Property Management")
    day = acting.rows(t.standing_orders)[0].next_day
    receipt = acting.act("cancel_standing_order", "ada", record=rent, today=day)
    assert values(receipt)["last_day"] == day
    assert "Seabright Property Management" in payees(acting, "upcoming_payments", "ada")


def test_a_direct_debit_needs_three_business_days_of_notice(acting: Acting) -> None:
    phone = record(acting, "direct_debits", "ada", "Granite Mobile")
    receipt = acting.act("cancel_direct_debit", "ada", record=phone)
    assert "last_day" not in receipt.facts and "Granite Mobile" not in payees(acting, "direct_debits", "ada")
    assert acting.refused("cancel_direct_debit", "ada", record=phone).reason == "no_change"
    # Ben's gym is due on Friday: it collects once more.
    gym = record(acting, "direct_debits", "ben", "Coastal Fitness")
    friday = date(2026, 3, 13)
    wednesday = TODAY + timedelta(days=1)
    late = acting.refused("change_direct_debit", "ben", record=gym, account="Goal Saver", today=wednesday)
    assert (late.reason, values(late)) == ("too_late", {"notice": 3})
    receipt = acting.act("cancel_direct_debit", "ben", record=gym, today=wednesday)
    assert values(receipt)["last_day"] == friday
    assert "Coastal Fitness" in payees(acting, "upcoming_payments", "ben")
    assert "Coastal Fitness" not in payees(acting, "stoppable_payments", "ben")


def test_a_direct_debit_is_taken_from_another_account(acting: Acting) -> None:
    power = record(acting, "direct_debits", "ada", "Northeast Light and Power")
    receipt = acting.act("change_direct_debit", "ada", record=power, account=SAVINGS)
    assert (values(receipt)["account"], values(receipt)["last4"]) == (SAVINGS, "7730")
    assert acting.refused("change_direct_debit", "ada", record=power, account=SAVINGS).reason == "no_change"
    water = record(acting, "direct_debits", "ernest", "Kennebec Water District")
    given = {"record": water, "account": "Twelve-month CD"}
    assert acting.refused("change_direct_debit", "ernest", **given).reason == "not_possible"
    acting.act("cancel_direct_debit", "ada", record=power)
    assert acting.refused("change_direct_debit", "ada", record=power, account=CHECKING).reason == "no_change"


def test_a_transfer_to_come_is_stopped_for_nothing_until_its_day(acting: Acting) -> None:
    acting.act("pay_payee", "ada", account=CHECKING, payee="Mom", amount=Decimal(40), day=SOON)
    ref = record(acting, "scheduled_payments", "ada", "Grace Okafor")
    assert acting.refused("stop_payment", "ada", record=ref, today=SOON).reason == "too_late"
    receipt = acting.act("stop_payment", "ada", record=ref)
    assert values(receipt)["kind"] == "scheduled transfer" and "fee" not in receipt.facts
    for query in ("scheduled_payments", "stoppable_payments", "upcoming_payments"):
        assert "Grace Okafor" not in payees(acting, query, "ada")
    assert acting.refused("stop_payment", "ada", record=ref).reason == "no_change"


def test_a_pending_payment_is_taken_back_to_the_cent_and_its_number_is_not_used_again(acting: Acting) -> None:
    before = acting.balances("ACC-1001")
    acting.act("pay_payee", "ada", account=CHECKING, payee="Mom", amount=Decimal("20.01"))
    ref = record(acting, "stoppable_payments", "ada", "Grace Okafor")
    receipt = acting.act("stop_payment", "ada", record=ref)
    assert (values(receipt)["amount"], values(receipt)["available"]) == (Decimal("20.01"), Decimal("2682.00"))
    assert acting.balances("ACC-1001") == before
    acting.act("pay_payee", "ada", account=CHECKING, payee="Tunde Okafor", amount=Decimal("5"))
    assert acting.refused("stop_payment", "ada", record=ref).reason == "not_theirs"
    posted = record(acting, "stoppable_payments", "ada", "Tunde Okafor")
    with acting.bank.engine.begin() as connection:
        connection.execute(t.transactions.update().where(t.transactions.c.payee_id.is_not(None)).values(pending=False))
    assert acting.refused("stop_payment", "ada", record=posted).reason == "too_late"
    # A card payment cannot be stopped, not even while it is pending.
    assert acting.refused("stop_payment", "ada", record="transactions/1").reason == "not_possible"
    assert acting.refused("stop_payment", "ada", record="transactions/2").reason == "too_late"


def test_the_next_payment_of_an_order_is_left_out(acting: Acting) -> None:
    rent = record(acting, "standing_orders", "ada", "Seabright Property Management")
    day = acting.rows(t.standing_orders)[0].next_day
    assert acting.refused("stop_payment", "ada", record=rent, today=day).reason == "too_late"
    receipt = acting.act("stop_payment", "ada", record=rent)
    shown = values(receipt)
    assert (shown["day"], shown["next_day"]) == (day, day.replace(month=day.month + 1)) and "fee" not in shown
    acting.act("set_standing_order", "ada", **{**ORDER, "every": "week"}, payee="Mom")
    weekly = record(acting, "standing_orders", "ada", "Grace Okafor")
    assert values(acting.act("stop_payment", "ada", record=weekly))["next_day"] == SOON + timedelta(days=7)


def test_stopping_the_next_direct_debit_costs_the_fee_of_the_policy(acting: Acting) -> None:
    power = record(acting, "direct_debits", "ada", "Northeast Light and Power")
    (offered,) = [
        row for row in acting.ask("stoppable_payments", "ada").rows if row["amount"].source.ref == f"{power}/amount"
    ]
    assert (offered["fee"].value, offered["fee"].source.ref) == (Decimal("28.00"), "fees/stop_payment")
    receipt = acting.act("stop_payment", "ada", record=power)
    shown = values(receipt)
    assert (shown["fee"], shown["available"], shown["amount"]) == (
        Decimal("28.00"), Decimal("2654.00"), Decimal("88.13"),
    )  # fmt: skip
    assert acting.balances("ACC-1001") == (Decimal("2654.00"), Decimal("2696.65"))
    newest = acting.rows(t.transactions)[-1]
    assert (newest.payee, newest.amount, newest.kind) == ("Stop payment fee", Decimal("-28.00"), "fee")
    assert shown["next_day"] == TODAY.replace(month=4, day=3) + timedelta(days=31 - 1)
    assert (
        acting.refused("stop_payment", "ben", record=record(acting, "direct_debits", "ben", "Coastal Fitness")).reason
        == "insufficient"
    )
    late = acting.refused(
        "stop_payment", "ada", record=record(acting, "direct_debits", "ada", "Granite Mobile"),
        today=TODAY + timedelta(days=3),
    )  # fmt: skip
    assert late.reason == "too_late"
