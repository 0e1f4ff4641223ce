"""What is owed on a credit card, and what was paid with a debit card."""

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from demo_bank import TODAY, Asking, value
from tellerbot.bank import demo_schema as t


def test_a_card_bill_says_what_is_owed_when_and_what_credit_remains(asking: Asking) -> None:
    (bill,) = asking.ask("card_bills", "ada").rows
    assert (bill["card"].value, bill["last4"].value) == ("Travel credit card", "8890")
    assert (bill["owed"].value, bill["least_payment"].value) == (Decimal("742.18"), Decimal("35.00"))
    assert bill["due"].value == TODAY + timedelta(days=11)
    assert bill["available_credit"].value == Decimal("5257.82")
    source = bill["available_credit"].source
    assert (source.kind, source.ref) == ("formula", "6000.00 - 742.18")
    assert source.rows == ("cards/CARD-12/credit_limit", "cards/CARD-12/owed")


@pytest.mark.parametrize(("user", "card"), [("ben", None), ("ada", "debit card")])
def test_there_is_no_bill_without_a_credit_card(asking: Asking, user: str, card: str | None) -> None:
    arguments = {"card": asking.named("card", card, user)} if card else {}
    assert asking.ask("card_bills", user, **arguments).rows == ()


def test_debit_card_payments_are_the_purchases_and_cash_of_the_checking_account(asking: Asking) -> None:
    card = asking.named("card", "debit card", "ernest")
    with asking.bank.engine.connect() as connection:
        own = connection.execute(select(t.transactions).where(t.transactions.c.account_id == "ACC-5001")).all()
    paid = [row for row in own if row.kind in ("purchase", "cash") and row.amount < 0]
    sheet = asking.ask("card_total", "ernest", card=card)
    assert value(sheet, "total") == -sum(row.amount for row in paid)
    assert value(sheet, "count") == len(paid) > 100
    assert set(sheet.values["total"].source.rows) == {f"transactions/{row.id}" for row in paid}
    latest = asking.ask("card_transactions", "ernest", card=card, limit=3)
    assert len(latest.rows) == 3 and value(latest, "count") == len(paid)
    health = asking.ask("card_total", "ernest", card=card, category=asking.named("category", "health", "ernest"))
    assert value(health, "total") == -sum(row.amount for row in paid if row.category == "health")


def test_the_purchases_of_a_credit_card_are_not_among_the_records(asking: Asking) -> None:
    card = asking.named("card", "credit card", "ada")
    assert value(asking.ask("card_total", "ada", card=card), "count") == 0
    assert asking.ask("card_transactions", "ada", card=card).rows == ()
