"""Which charges can be disputed, and disputing one."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from demo_bank import TODAY, USERS, Acting, Asking, values
from tellerbot.bank import demo_schema as t
from tellerbot.types import Period


def refs(asking: Asking, user: str, **arguments: object) -> list[str]:
    return [
        row["amount"].source.ref.removesuffix("/amount") for row in asking.ask("disputable", user, **arguments).rows
    ]


def test_a_posted_purchase_is_disputed_once_and_decided_in_time(acting: Acting) -> None:
    first, second = refs(acting, "carmen", payee=acting.named("payee", "Streamly", "carmen"))[:2]
    receipt = acting.act("dispute_transaction", "carmen", record=first, reason="twice")
    shown = values(receipt)
    assert (shown["payee"], shown["amount"], shown["state"]) == ("Streamly", Decimal("15.99"), "open")
    assert shown["decision"] == TODAY + timedelta(days=45)
    assert acting.ask("disputes", "carmen").rows[0]["charged"].value == TODAY - timedelta(days=4)
    again = acting.refused("dispute_transaction", "carmen", record=first, reason="other")
    assert (again.reason, values(again)["decision"]) == ("no_change", TODAY + timedelta(days=45))
    assert first not in refs(acting, "carmen")
    # The other of two charges that are alike is another.
    assert second in refs(acting, "carmen")
    acting.act("dispute_transaction", "carmen", record=second, reason="twice")


def test_the_disputes_of_the_records_are_about_the_charges_that_they_name(asking: Asking) -> None:
    acting = Acting(asking.bank)
    charges = {row.id: row for row in acting.rows(t.transactions)}
    disputes = acting.rows(t.disputes)
    assert len(disputes) == 3
    for row in disputes:
        charge = charges[row.transaction_id]
        assert (charge.account_id, charge.payee, charge.day) == (row.account_id, row.payee, row.charged)
        assert charge.amount == -row.amount


def test_what_is_pending_or_no_purchase_is_not_disputed(acting: Acting) -> None:
    rows = [row for row in acting.rows(t.transactions) if row.account_id == "ACC-1001"]
    for row in (next(one for one in rows if one.pending), next(one for one in rows if one.kind == "salary")):
        refusal = acting.refused("dispute_transaction", "ada", record=f"transactions/{row.id}", reason="other")
        assert refusal.reason == "not_possible"


@pytest.mark.parametrize(("day", "possible"), [(date(2026, 5, 3), True), (date(2026, 5, 4), False)])
def test_there_are_sixty_days_from_the_statement(acting: Acting, day: date, possible: bool) -> None:
    # February's statement is ready on March 4.
    row = next(
        row
        for row in acting.rows(t.transactions)
        if row.account_id == "ACC-1001" and row.kind == "purchase" and row.day.replace(day=1) == date(2026, 2, 1)
    )
    record = f"transactions/{row.id}"
    listed = acting.bank.query("disputable", acting.customers["ada"], {"limit": 100}, day).rows
    assert possible == any(one["amount"].source.ref == f"{record}/amount" for one in listed)
    if possible:
        acting.act("dispute_transaction", "ada", record=record, reason="not_received", today=day)
    else:
        late = acting.refused("dispute_transaction", "ada", record=record, reason="not_received", today=day)
        assert (late.reason, values(late)) == ("too_late", {"last_day": date(2026, 5, 3)})


@pytest.mark.parametrize("user", USERS)
def test_all_that_is_listed_can_be_disputed_the_newest_first(asking: Asking, user: str) -> None:
    rows = asking.ask("disputable", user, limit=100).rows
    days = [row["day"].value for row in rows]
    assert days == sorted(days, reverse=True) and days  # type: ignore[type-var]
    assert {(row["kind"].value, row["state"].value) for row in rows} == {("purchase", "posted")}
    assert min(days) >= date(2025, 12, 1)  # type: ignore[type-var, operator]
    assert len(asking.ask("disputable", user).rows) == 20
    assert len(asking.ask("disputable", user, limit=3).rows) == 3


def test_they_are_found_by_what_customers_name(asking: Asking) -> None:
    coffee = asking.ask("disputable", "ada", payee=asking.named("payee", "Casco Coffee", "ada")).rows
    assert {row["payee"].value for row in coffee} == {"Casco Coffee"}
    fuel = asking.ask("disputable", "ada", category=asking.named("category", "fuel", "ada")).rows
    assert {row["category"].value for row in fuel} == {"fuel"}
    week = asking.ask("disputable", "ada", period=Period(TODAY - timedelta(days=6), TODAY)).rows
    assert [row["payee"].value for row in week] == ["Casco Coffee"]
    dear = asking.ask("disputable", "ada", minimum=Decimal(50), maximum=Decimal(60)).rows
    assert dear and all(50 <= row["paid"].value <= 60 for row in dear)  # type: ignore[operator]
