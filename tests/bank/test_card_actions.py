"""What customers change about their cards."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from demo_bank import TODAY, Acting, values
from tellerbot.bank import demo_schema as t
from tellerbot.types import Period


def status(acting: Acting, card: str) -> str:
    (row,) = [row for row in acting.rows(t.cards) if row.id == card]
    return row.status


def test_a_card_is_frozen_and_unfrozen(acting: Acting) -> None:
    receipt = acting.act("freeze_card", "ada", card="debit")
    assert values(receipt) == {"card": "Debit card", "last4": "5512", "status": "frozen"}
    assert status(acting, "CARD-11") == "frozen" and status(acting, "CARD-12") == "active"
    again = acting.refused("freeze_card", "ada", card="debit")
    assert (again.reason, values(again)["status"]) == ("no_change", "frozen")
    acting.act("unfreeze_card", "ada", card="debit")
    assert acting.refused("unfreeze_card", "ada", card="debit").reason == "no_change"


def test_a_card_that_the_bank_blocked_is_not_opened_by_its_customer(acting: Acting) -> None:
    for action in ("freeze_card", "unfreeze_card", "activate_card"):
        blocked = acting.refused(action, "carmen", card="debit")
        assert blocked.reason == "not_possible"
        assert values(blocked)["status"] == "blocked until tomorrow after wrong PINs"
    acting.act("report_card", "carmen", card="debit", reason="lost")
    for action in ("freeze_card", "unfreeze_card", "activate_card"):
        assert acting.refused(action, "carmen", card="debit").reason == "not_possible"


def test_a_reported_card_is_blocked_for_good_and_replaced_once(acting: Acting) -> None:
    receipt = acting.act("report_card", "ada", card="travel card", reason="stolen")
    assert values(receipt)["status"] == "reported stolen"
    assert acting.refused("report_card", "ada", card="travel card", reason="lost").reason == "no_change"
    ordered = acting.act("order_card", "ada", card="travel card", delivery="standard")
    # Seven business days, with a weekend between.
    assert values(ordered)["arrives"] == date(2026, 3, 19) and "fee" not in ordered.facts
    again = acting.refused("order_card", "ada", card="travel card", delivery="rush", today=TODAY + timedelta(days=9))
    assert (again.reason, values(again)["arrives"]) == ("no_change", date(2026, 3, 19))
    acting.act("order_card", "ada", card="debit", delivery="standard")
    acting.act("order_card", "ada", card="travel card", delivery="standard", today=TODAY + timedelta(days=10))


def test_a_rush_costs_its_fee_from_the_checking_account(acting: Acting) -> None:
    shown = values(acting.act("order_card", "ada", card="travel card", delivery="rush"))
    assert (shown["fee"], shown["arrives"]) == (Decimal("20.00"), date(2026, 3, 12))
    assert (shown["account"], shown["available"]) == ("Everyday Checking", Decimal("2662.00"))
    assert acting.balances("ACC-1001") == (Decimal("2662.00"), Decimal("2704.65"))
    assert acting.refused("order_card", "ben", card="debit", delivery="rush").reason == "insufficient"
    acting.act("order_card", "ben", card="debit", delivery="standard")


def test_a_new_card_is_activated(acting: Acting) -> None:
    card = acting.named("card", "cashback card", "dina")
    (row,) = acting.ask("cards", "dina", card=card).rows
    assert row["status"].value == "not activated yet"
    assert acting.refused("freeze_card", "dina", card=card).reason == "not_possible"
    assert values(acting.act("activate_card", "dina", card=card))["status"] == "active"
    assert acting.refused("activate_card", "dina", card=card).reason == "no_change"
    acting.act("freeze_card", "dina", card=card)
    assert acting.refused("activate_card", "dina", card=card).reason == "not_possible"


def test_a_daily_limit_goes_down_and_up_to_that_of_the_policy(acting: Acting) -> None:
    shown = values(acting.act("change_card_limit", "ada", card="debit", kind="atm", amount=Decimal("200")))
    assert (shown["limit"], shown["limit_before"]) == (Decimal("200.00"), Decimal("600.00"))
    acting.act("change_card_limit", "ada", card="debit", kind="atm", amount=Decimal("600"))
    same = acting.refused("change_card_limit", "ada", card="debit", kind="atm", amount=Decimal("600"))
    assert (same.reason, values(same)) == ("no_change", {"limit": Decimal("600.00")})
    for kind, most in (("atm", "600.00"), ("purchase", "3000.00")):
        over = acting.refused(
            "change_card_limit", "dina", card="debit", kind=kind, amount=Decimal(most) + Decimal("0.01")
        )
        assert (over.reason, values(over)) == ("amount_limit", {"limit": Decimal(most)})
        acting.act("change_card_limit", "dina", card="debit", kind=kind, amount=Decimal(most))
    (row,) = acting.ask("cards", "dina", card=acting.named("card", "debit", "dina")).rows
    assert (row["atm_limit"].value, row["purchase_limit"].value) == (Decimal("600.00"), Decimal("3000.00"))
    acting.act("change_card_limit", "ada", card="debit", kind="purchase", amount=Decimal(0))
    # A credit card has no such limit.
    given: dict[str, Any] = {"card": "travel card", "kind": "atm", "amount": Decimal(10)}
    assert acting.refused("change_card_limit", "ada", **given).reason == "not_possible"
    given = {"card": "debit", "kind": "atm", "amount": Decimal("10.001")}
    assert acting.refused("change_card_limit", "ada", **given).reason == "not_possible"


def test_a_travel_notice_is_for_a_card_or_all(acting: Acting) -> None:
    trip = Period(TODAY, TODAY + timedelta(days=89))
    shown = values(acting.act("set_travel_notice", "ada", place="Portugal and Spain", period=trip))
    assert shown == {"place": "Portugal and Spain", "start": trip.start, "end": trip.end}
    assert acting.refused("set_travel_notice", "ada", place="Portugal and Spain", period=trip).reason == "no_change"
    card = acting.act("set_travel_notice", "ada", card="debit", place="Portugal and Spain", period=trip)
    assert values(card)["card"] == "Debit card"


@pytest.mark.parametrize(
    "period",
    [
        Period(TODAY - timedelta(days=1), TODAY),
        Period(TODAY, TODAY + timedelta(days=90)),
        Period(TODAY, None),
        Period(None, TODAY),
        Period(None, None),
    ],
)
def test_a_notice_has_days_to_come_and_not_too_many(acting: Acting, period: Period) -> None:
    refusal = acting.refused("set_travel_notice", "ada", place="Japan", period=period)
    assert refusal.reason == "not_possible"
    assert values(refusal) in ({}, {"most_days": 90})


def test_a_reported_card_takes_no_notice_and_no_limit(acting: Acting) -> None:
    acting.act("report_card", "ada", card="debit", reason="lost")
    trip = Period(TODAY, TODAY)
    assert acting.refused("set_travel_notice", "ada", card="debit", place="Japan", period=trip).reason == "not_possible"
    limit: dict[str, Any] = {"card": "debit", "kind": "atm", "amount": Decimal(10)}
    assert acting.refused("change_card_limit", "ada", **limit).reason == "not_possible"
