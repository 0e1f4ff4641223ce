"""Where the money goes, and charges that were made twice."""

from collections import Counter
from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from demo_bank import TODAY, USERS, Asking, value
from tellerbot.bank import demo_schema as t
from tellerbot.types import Period

FEBRUARY = Period(date(2026, 2, 1), date(2026, 2, 28))


@pytest.mark.parametrize("user", USERS)
def test_spending_is_broken_down_by_category_the_most_first(asking: Asking, user: str) -> None:
    with asking.bank.engine.connect() as connection:
        query = select(t.transactions).join(t.accounts).where(t.accounts.c.customer_id == asking.customers[user].id)
        rows = [row for row in connection.execute(query) if date(2026, 2, 1) <= row.day <= date(2026, 2, 28)]
    totals: Counter[str] = Counter()
    for row in rows:
        if row.amount < 0 and row.category != "own transfers":
            totals[row.category] -= row.amount
    sheet = asking.ask("breakdown", user, period=FEBRUARY)
    found = {str(row["category"].value): row["total"].value for row in sheet.rows}
    assert found == dict(totals)
    assert [*found.values()] == sorted(found.values(), reverse=True)  # type: ignore[type-var]
    assert value(sheet, "total") == sum(totals.values()) == value(asking.ask("total", user, period=FEBRUARY), "total")
    assert (value(sheet, "top"), value(sheet, "top_total")) == totals.most_common(1)[0]
    assert sheet.rows[0]["total"].source.kind == "formula" and sheet.rows[0]["total"].source.rows
    assert abs(sum(row["share"].value for row in sheet.rows) - 100) <= len(sheet.rows)  # type: ignore[misc, operator]


def test_what_was_spent_on_a_category_is_broken_down_by_payee(asking: Asking) -> None:
    groceries = asking.named("category", "groceries", "ada")
    sheet = asking.ask("spent_by_payee", "ada", category=groceries, period=FEBRUARY)
    totals = [row["total"].value for row in sheet.rows]
    assert totals == sorted(totals, reverse=True) and len(totals) > 1  # type: ignore[type-var]
    whole = asking.ask("total", "ada", category=groceries, period=FEBRUARY)
    assert value(sheet, "total") == sum(totals) == value(whole, "total")  # type: ignore[arg-type]
    assert (value(sheet, "top"), value(sheet, "top_total")) == (sheet.rows[0]["payee"].value, totals[0])
    # A shop's name is in others' words.
    assert sheet.values["top"].kind == "text"


def test_nothing_spent_has_no_parts(asking: Asking) -> None:
    sheet = asking.ask("breakdown", "ada", account=asking.named("account", "savings", "ada"), period=FEBRUARY)
    assert sheet.rows == () and value(sheet, "total") == 0 and "top" not in sheet.values


def test_two_charges_of_one_payee_and_amount_are_found(asking: Asking) -> None:
    sheet = asking.ask("repeated_charges", "carmen", period=Period(TODAY - timedelta(days=90), None))
    streamly = next(row for row in sheet.rows if row["payee"].value == "Streamly")
    day = TODAY - timedelta(days=4)
    assert (streamly["paid"].value, streamly["day"].value, streamly["first_day"].value) == (Decimal("15.99"), day, day)
    assert streamly["day"].source != streamly["first_day"].source
    assert value(sheet, "count") == len(sheet.rows)
    own = asking.ask("repeated_charges", "carmen", payee=asking.named("payee", "Streamly", "carmen"))
    assert [row["payee"].value for row in own.rows] == ["Streamly"]


@pytest.mark.parametrize("user", USERS)
def test_charges_made_twice_are_close_and_alike_and_the_newest_first(asking: Asking, user: str) -> None:
    sheet = asking.ask("repeated_charges", user)
    days = [row["day"].value for row in sheet.rows]
    assert days == sorted(days, reverse=True)  # type: ignore[type-var]
    for row in sheet.rows:
        assert 0 <= (row["day"].value - row["first_day"].value).days <= 3  # type: ignore[operator, union-attr]
        assert row["kind"].value == "purchase"


def test_a_period_without_such_charges_has_none(asking: Asking) -> None:
    sheet = asking.ask("repeated_charges", "carmen", period=Period(date(2019, 1, 1), date(2019, 2, 1)))
    assert sheet.rows == () and value(sheet, "count") == 0
