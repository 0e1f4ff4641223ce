"""CDs, what went into savings, whether there is enough for something, and what regular payments cost a year before."""

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from demo_bank import TODAY, Asking, value
from tellerbot.bank import demo_schema as t
from tellerbot.bank.formulas import days_of_interest, earnings
from tellerbot.types import Period


def test_a_cd_says_when_it_matures_what_it_earns_and_what_ending_it_costs(asking: Asking) -> None:
    (cd,) = asking.ask("cds", "ernest").rows
    assert (cd["account"].value, cd["last4"].value, cd["rate"].value) == ("Twelve-month CD", "3357", Decimal("4.10"))
    assert cd["matures"].value == TODAY + timedelta(days=97)
    assert cd["days"].value == 97
    assert cd["earns"].value == earnings(Decimal("15307.50"), Decimal("4.10"), 97) == Decimal("164.34")
    assert cd["at_end"].value == Decimal("15471.84")
    assert cd["charge"].value == days_of_interest(Decimal("15307.50"), Decimal("4.10"), 90) == Decimal("154.75")
    assert cd["charge"].source.ref == "15307.50 x 4.10% x 90/365"
    assert cd["paid_out"].value == Decimal("15152.75")


def test_who_has_no_cd_gets_none(asking: Asking) -> None:
    assert asking.ask("cds", "ada").rows == ()


def test_what_went_into_savings_leaves_interest_out(asking: Asking) -> None:
    year = Period(TODAY.replace(month=1, day=1), TODAY)
    sheet = asking.ask("moved_to_savings", "ada", period=year)
    with asking.bank.engine.connect() as connection:
        table = t.transactions
        rows = connection.execute(
            select(table).where(table.c.account_id == "ACC-1002", table.c.kind == "transfer", table.c.day >= year.start)
        ).all()
    assert value(sheet, "total") == sum(row.amount for row in rows if row.amount > 0) > 0
    assert value(sheet, "count") == sum(row.amount > 0 for row in rows)
    assert value(sheet, "taken_total") == sum((-row.amount for row in rows if row.amount < 0), Decimal(0))


@pytest.mark.parametrize(
    ("amount", "verdict", "direction", "difference"),
    [("2682.00", "Yes", "more", "0.00"), ("2000", "Yes", "more", "682.00"), ("2791.68", "No", "less", "109.68")],
)
def test_whether_there_is_enough_goes_by_what_is_available(
    asking: Asking, amount: str, verdict: str, direction: str, difference: str
) -> None:
    sheet = asking.ask("enough", "ada", amount=Decimal(amount))
    assert (value(sheet, "verdict"), value(sheet, "direction")) == (verdict, direction)
    assert value(sheet, "difference") == Decimal(difference)
    savings = asking.ask("enough", "ada", amount=Decimal(amount), account=asking.named("account", "savings", "ada"))
    assert value(savings, "verdict") == "Yes"


def test_regular_payments_are_set_beside_those_of_a_year_before(asking: Asking) -> None:
    rows = asking.ask("price_changes", "ada").rows
    names = [row["payee"].value for row in rows]
    assert "Seabright Property Management" in names and "Harborview Grocers" not in names
    (rent,) = [row for row in rows if row["category"].value == "rent"]
    assert (rent["paid"].value, rent["earlier_paid"].value) == (Decimal("1900.00"), Decimal("1900.00"))
    assert rent["direction"].value == "it stayed the same"
    (power,) = asking.ask("price_changes", "ada", payee=asking.named("payee", "Northeast Light and Power", "ada")).rows
    gone_up = power["paid"].value > power["earlier_paid"].value  # type: ignore[operator]
    assert power["direction"].value == ("it went up" if gone_up else "it went down")
    assert 345 <= (power["day"].value - power["earlier_day"].value).days <= 386  # type: ignore[operator]
