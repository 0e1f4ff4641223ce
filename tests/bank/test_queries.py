"""Each query's figures, computed independently from the rows of the tables."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from demo_bank import TODAY, USERS, Asking, value
from tellerbot.bank import demo_schema as t
from tellerbot.bank.demo import DemoBank
from tellerbot.types import Period

FEBRUARY = Period(date(2026, 2, 1), date(2026, 2, 28))
NEVER = Period(date(2019, 1, 1), date(2019, 12, 31))


@pytest.fixture(scope="module")
def rows(asking: Asking) -> dict[str, list[Any]]:
    """All transactions of each customer."""
    with asking.bank.engine.connect() as connection:
        found = connection.execute(select(t.transactions, t.accounts.c.customer_id).join(t.accounts)).all()
    return {user: [row for row in found if row.customer_id == asking.customers[user].id] for user in USERS}


def spent(rows: list[Any], keep: Callable[[Any], bool]) -> list[Any]:
    return [row for row in rows if row.amount < 0 and keep(row)]


def in_february(row: Any) -> bool:
    return date(2026, 2, 1) <= row.day <= date(2026, 2, 28)


@pytest.mark.parametrize("user", USERS)
def test_a_total_is_the_sum_of_its_rows(asking: Asking, rows: dict[str, list[Any]], user: str) -> None:
    sheet = asking.ask("total", user, category=asking.named("category", "groceries", user), period=FEBRUARY)
    expected = spent(rows[user], lambda row: row.category == "groceries" and in_february(row))
    assert expected
    assert value(sheet, "total") == -sum(row.amount for row in expected)
    assert value(sheet, "count") == len(expected)
    assert (value(sheet, "start"), value(sheet, "end")) == (FEBRUARY.start, FEBRUARY.end)
    source = sheet.values["total"].source
    assert (source.kind, source.ref) == ("formula", f"sum of {len(expected)} transactions")
    assert set(source.rows) == {f"transactions/{row.id}" for row in expected}


def test_moves_between_ones_own_accounts_are_nothing_spent(asking: Asking, rows: dict[str, list[Any]]) -> None:
    expected = spent(rows["ada"], lambda row: row.category != "own transfers")
    received = [row for row in rows["ada"] if row.amount > 0 and row.category != "own transfers"]
    sheet = asking.ask("total", "ada")
    assert value(sheet, "total") == -sum(row.amount for row in expected)
    assert value(sheet, "received") == sum(row.amount for row in received)
    assert value(sheet, "end") == TODAY
    moved = asking.ask("total", "ada", kind="transfer", period=Period(TODAY - timedelta(days=5), None))
    assert (value(moved, "total"), value(moved, "received")) == (Decimal("250.00"), Decimal("250.00"))


def test_every_condition_narrows_a_list(asking: Asking, rows: dict[str, list[Any]]) -> None:
    conditions: list[tuple[dict[str, object], Callable[[Any], bool]]] = [
        ({"account": asking.named("account", "savings", "ada")}, lambda row: row.account_id == "ACC-1002"),
        ({"payee": asking.named("payee", "Casco Coffee", "ada")}, lambda row: row.payee == "Casco Coffee"),
        ({"category": asking.named("category", "eating out", "ada")}, lambda row: row.category == "dining"),
        ({"kind": "standing order"}, lambda row: row.kind == "standing order"),
        ({"minimum": Decimal("500")}, lambda row: abs(row.amount) >= 500),
        ({"maximum": Decimal("6.40")}, lambda row: abs(row.amount) <= Decimal("6.40")),
        ({"period": FEBRUARY}, in_february),
        ({"period": Period(date(2026, 3, 1), None)}, lambda row: row.day >= date(2026, 3, 1)),
        ({"period": Period(None, date(2024, 4, 1))}, lambda row: row.day <= date(2024, 4, 1)),
    ]
    for arguments, keep in conditions:
        expected = [row for row in rows["ada"] if keep(row)]
        sheet = asking.ask("transactions", "ada", limit=100, **arguments)
        assert 0 < value(sheet, "count") == len(expected) < len(rows["ada"]), arguments  # type: ignore[operator]
        refs = {row["amount"].source.ref for row in sheet.rows}
        assert refs <= {f"transactions/{row.id}/amount" for row in expected}
        assert len(sheet.rows) == min(100, len(expected))


@pytest.mark.parametrize(
    ("order", "key"),
    [
        ("newest", lambda row: -row["day"].toordinal()),
        ("oldest", lambda row: row["day"].toordinal()),
        ("largest", lambda row: -abs(row["amount"])),
        ("smallest", lambda row: abs(row["amount"])),
    ],
)
def test_a_list_has_an_order_and_a_length(asking: Asking, order: str, key: Callable[[Any], Any]) -> None:
    found = asking.ask("transactions", "ben", order=order, limit=5).rows
    assert len(found) == 5
    with asking.bank.engine.connect() as connection:
        own = select(t.transactions).join(t.accounts).where(t.accounts.c.customer_id == asking.customers["ben"].id)
        known = sorted(key({"day": row.day, "amount": row.amount}) for row in connection.execute(own))
    assert [key({name: fact.value for name, fact in row.items()}) for row in found] == known[:5]
    assert asking.ask("transactions", "ben", limit=0).rows == ()


def test_the_largest_payment_is_found(asking: Asking, rows: dict[str, list[Any]]) -> None:
    sheet = asking.ask("largest", "carmen", period=FEBRUARY, kind="purchase")
    expected = spent(rows["carmen"], lambda row: row.kind == "purchase" and in_february(row))
    row = min(expected, key=lambda row: row.amount)
    assert value(sheet, "largest") == -row.amount
    assert (sheet.rows[0]["payee"].value, sheet.rows[0]["day"].value) == (row.payee, row.day)
    assert sheet.values["largest"].source.rows == (f"transactions/{row.id}",)


def test_an_average_is_by_payment_and_by_month(asking: Asking, rows: dict[str, list[Any]]) -> None:
    sheet = asking.ask("average", "ada", category=asking.named("category", "groceries", "ada"))
    months = spent(
        rows["ada"], lambda row: row.category == "groceries" and date(2025, 9, 1) <= row.day <= date(2026, 2, 28)
    )
    total = -sum(row.amount for row in months)
    assert (value(sheet, "start"), value(sheet, "end")) == (date(2025, 9, 1), date(2026, 2, 28))
    assert value(sheet, "total") == total
    assert abs(value(sheet, "average") - total / len(months)) <= Decimal("0.005")  # type: ignore[operator]
    assert abs(value(sheet, "monthly") - total / 6) <= Decimal("0.005")  # type: ignore[operator]


def test_two_periods_are_compared(asking: Asking, rows: dict[str, list[Any]]) -> None:
    january = Period(date(2026, 1, 1), date(2026, 1, 31))
    category = asking.named("category", "dining", "dina")
    sheet = asking.ask("compare", "dina", period=FEBRUARY, category=category)
    months = [(2026, 2), (2026, 1)]
    dining = [row for row in rows["dina"] if row.category == "dining"]
    totals = [-sum(row.amount for row in dining if (row.day.year, row.day.month) == month) for month in months]
    assert (value(sheet, "total"), value(sheet, "other_total")) == tuple(totals)
    assert (value(sheet, "other_start"), value(sheet, "other_end")) == (january.start, january.end)
    assert value(sheet, "difference") == abs(totals[0] - totals[1])
    assert value(sheet, "direction") == ("more" if totals[0] > totals[1] else "less")
    turned = asking.ask("compare", "dina", period=january, other_period=FEBRUARY, category=category)
    assert value(turned, "difference") == value(sheet, "difference")
    assert {value(turned, "direction"), value(sheet, "direction")} == {"more", "less"}
    same = asking.ask("compare", "dina", period=FEBRUARY, other_period=FEBRUARY)
    assert (value(same, "difference"), value(same, "direction")) == (0, "more")


def test_two_categories_are_compared_in_one_period(asking: Asking, rows: dict[str, list[Any]]) -> None:
    dining, groceries = (asking.named("category", name, "ben") for name in ("dining", "groceries"))
    sheet = asking.ask("compare", "ben", category=dining, other_category=groceries, period=FEBRUARY)
    in_month = [row for row in rows["ben"] if in_february(row)]
    expected = [-sum(row.amount for row in in_month if row.category == name) for name in ("dining", "groceries")]
    assert [value(sheet, "total"), value(sheet, "other_total")] == expected
    assert (value(sheet, "category"), value(sheet, "than")) == ("dining", "on groceries")
    assert value(sheet, "difference") == abs(expected[0] - expected[1])
    assert value(sheet, "other_start") == value(sheet, "start") == FEBRUARY.start
    turned = asking.ask("compare", "ben", category=groceries, other_category=dining, period=FEBRUARY)
    assert {value(turned, "direction"), value(sheet, "direction")} == {"more", "less"}
    for other in ({}, {"other_category": dining}):
        assert value(asking.ask("compare", "ben", category=dining, **other), "than") == "in the period before"


@pytest.mark.parametrize("query", ["total", "average", "largest", "compare", "fees_paid", "interest_paid"])
def test_a_period_without_transactions_gives_nothing_and_says_which(asking: Asking, query: str) -> None:
    sheet = asking.ask(query, "ben", period=NEVER)
    for name in {"count", "total", "earned", "charged"} & set(sheet.values):
        assert value(sheet, name) == 0
    assert (value(sheet, "start"), value(sheet, "end")) == (NEVER.start, NEVER.end)
    assert sheet.rows == () and "average" not in sheet.values and "largest" not in sheet.values


def test_a_period_that_is_not_over_ends_today(asking: Asking) -> None:
    sheet = asking.ask("total", "ada", period=Period(date(2026, 3, 1), date(2026, 3, 31)))
    assert value(sheet, "end") == TODAY
    ahead = asking.ask("total", "ada", period=Period(date(2026, 5, 1), date(2026, 5, 31)))
    assert (value(ahead, "start"), value(ahead, "count")) == (date(2026, 5, 1), 0)


@pytest.mark.parametrize("user", USERS)
@pytest.mark.parametrize("day", [date(2026, 3, 9), date(2026, 2, 28), date(2025, 6, 15)])
def test_a_days_balance_is_what_was_booked_at_its_end(
    asking: Asking, rows: dict[str, list[Any]], user: str, day: date
) -> None:
    with asking.bank.engine.connect() as connection:
        accounts = {row.last4: row for row in connection.execute(select(t.accounts))}
    sheet = asking.ask("balances", user, day=day)
    assert value(sheet, "as_of") == day and sheet.rows
    for row in sheet.rows:
        account = accounts[row["last4"].value]
        until = [x.amount for x in rows[user] if x.account_id == account.id and not x.pending and x.day <= day]
        assert row["current"].value == account.opening + sum(until)
        assert row["current"].source.kind == "formula"
        assert "available" not in row


def test_balances_of_today_are_records_and_there_are_none_of_other_days(asking: Asking) -> None:
    assert asking.ask("balances", "ada", day=TODAY).rows == asking.ask("balances", "ada").rows
    assert len(asking.ask("balances", "ada", account=asking.named("account", "7730", "ada")).rows) == 1
    before = asking.ask("balances", "ada", day=date(2020, 1, 1))
    assert before.rows == () and value(before, "earliest") == date(2024, 2, 19)
    assert asking.ask("balances", "ada", day=TODAY + timedelta(days=1)).rows == ()


def test_interest_is_earned_on_savings_and_charged_on_loans(asking: Asking, rows: dict[str, list[Any]]) -> None:
    year = Period(date(2025, 1, 1), date(2025, 12, 31))
    sheet = asking.ask("interest_paid", "ben", period=year)
    earned = [row for row in rows["ben"] if row.kind == "interest" and row.day.year == 2025]
    with asking.bank.engine.connect() as connection:
        paid = connection.execute(select(t.loan_payments).where(t.loan_payments.c.loan_id == "LOAN-1")).all()
    charged = [row for row in paid if row.day.year == 2025]
    assert len(earned) == len(charged) == 12
    assert value(sheet, "earned") == sum(row.amount for row in earned)
    assert value(sheet, "charged") == sum(row.interest for row in charged)
    assert value(asking.ask("interest_paid", "carmen"), "earned") == 0


def test_fees_are_summed_and_listed(asking: Asking, rows: dict[str, list[Any]]) -> None:
    sheet = asking.ask("fees_paid", "ben")
    fees = [row for row in rows["ben"] if row.kind == "fee"]
    assert value(sheet, "total") == -sum(row.amount for row in fees)
    assert len(sheet.rows) == value(sheet, "count") == len(fees) > 1


def test_what_is_due_next_comes_by_date(asking: Asking) -> None:
    sheet = asking.ask("upcoming_payments", "ben")
    days = [row["day"].value for row in sheet.rows]
    assert days == sorted(days) and days[0] == TODAY + timedelta(days=3)  # type: ignore[type-var]
    assert [row["kind"].value for row in sheet.rows][:2] == ["direct debit", "loan payment"]
    assert value(sheet, "total") == sum(row["amount"].value for row in sheet.rows)  # type: ignore[misc]
    week = asking.ask("upcoming_payments", "ben", period=Period(TODAY, TODAY + timedelta(days=6)))
    assert [row["payee"].value for row in week.rows] == ["Coastal Fitness"]
    kinds = {row["kind"].value for row in asking.ask("upcoming_payments", "ada").rows}
    assert kinds == {"direct debit", "standing order", "card payment"}


def test_what_is_due_can_be_asked_for_by_payee_and_category(asking: Asking) -> None:
    for user, kind, name, payee in (
        ("ada", "payee", "Granite Mobile", "Granite Mobile"),
        ("ada", "payee", "landlord", "Seabright Property Management"),
        ("ada", "category", "rent", "Seabright Property Management"),
        ("ada", "category", "insurance", "Pine State Insurance"),
        ("ada", "category", "card payments", "Travel credit card"),
        ("ben", "category", "loans", "Auto loan"),
    ):
        sheet = asking.ask("upcoming_payments", user, **{kind: asking.named(kind, name, user)})
        assert [row["payee"].value for row in sheet.rows] == [payee]
    utilities = asking.ask("upcoming_payments", "ada", category=asking.named("category", "utilities", "ada"))
    assert {row["payee"].value for row in utilities.rows} == {"Northeast Light and Power", "Granite Mobile"}
    assert asking.ask("upcoming_payments", "ada", payee=asking.named("payee", "Casco Coffee", "ada")).rows == ()


def test_balances_have_a_sum(asking: Asking) -> None:
    sheet = asking.ask("balances", "ernest")
    assert value(sheet, "total") == Decimal("25471.36") == sum(row["available"].value for row in sheet.rows)  # type: ignore[misc]
    assert sheet.values["total"].source.ref == "sum of 3 accounts"
    assert sheet.values["total"].source.rows[0] == "accounts/ACC-5001/available"
    past = asking.ask("balances", "ernest", day=date(2026, 2, 28))
    assert value(past, "total") == sum(row["current"].value for row in past.rows)  # type: ignore[misc]


def test_a_loan_says_when_its_last_payment_is_due(asking: Asking) -> None:
    sheet = asking.ask("loans", "ben")
    (loan,) = sheet.rows
    balance, number = Decimal("14210.55"), 0
    while balance > 0:
        balance = balance * (1 + Decimal("5.79") / 1200) - Decimal("412.30")
        number += 1
    assert loan["payments_left"].value == number == 38
    assert loan["last_due"].value == date(2029, 4, 19)
    assert loan["payments_left"].source.kind == loan["last_due"].source.kind == "formula"
    assert "no extra payments" in str(value(sheet, "assumption"))


def test_the_next_salary_follows_from_the_last_two(asking: Asking) -> None:
    sheet = asking.ask("salary", "ada")
    assert (value(sheet, "last_paid"), value(sheet, "last_day")) == (Decimal("2140.00"), TODAY - timedelta(days=5))
    assert (value(sheet, "interval"), value(sheet, "next_day")) == (14, TODAY + timedelta(days=9))
    assert sheet.values["next_day"].source.kind == "formula"


def test_a_deposit_is_projected_with_its_formula(asking: Asking) -> None:
    product = asking.named("product", "12 month cd")
    sheet = asking.ask("deposit_projection", amount=Decimal("5000"), product=product)
    (row,) = sheet.rows
    assert (row["total"].value, row["interest"].value) == (Decimal("5205.00"), Decimal("205.00"))
    assert row["total"].source.ref == "5000.00 x (1 + 4.10%)^(12/12)"
    assert row["total"].source.rows == ("rates/cd12/rate",)
    assert "rate kept for the whole term" in str(value(sheet, "assumption"))
    # A CD takes no less than its minimum.
    assert asking.ask("deposit_projection", amount=Decimal("999.99"), product=product).rows == ()
    terms = {row["term"].value for row in asking.ask("deposit_projection", amount=Decimal("5000"), term=24).rows}
    assert terms == {24}
    best = [row["total"].value for row in asking.ask("deposit_projection", amount=Decimal("5000")).rows]
    assert len(best) == 5 and best == sorted(best, reverse=True)  # type: ignore[type-var]


def test_a_loan_is_estimated_within_its_bounds(asking: Asking) -> None:
    sheet = asking.ask("loan_estimate", amount=Decimal("10000"), term=36)
    assert len(sheet.rows) == 3
    for row in sheet.rows:
        assert row["total"].value == row["payment"].value * 36  # type: ignore[operator]
        assert row["interest"].value == row["total"].value - 10000  # type: ignore[operator]
    personal = asking.named("product", "Personal loan")
    assert asking.ask("loan_estimate", amount=Decimal("1999"), term=36, product=personal).rows == ()
    assert asking.ask("loan_estimate", amount=Decimal("10000"), term=73, product=personal).rows == ()
    (mortgage,) = asking.ask(
        "loan_estimate", amount=Decimal("300000"), term=360, product=asking.named("product", "30 year mortgage")
    ).rows
    assert mortgage["payment"].value == Decimal("1866.71")


def test_products_are_compared_side_by_side(asking: Asking) -> None:
    steady, goal = (asking.named("product", name) for name in ("Steady Savings", "Goal Saver"))
    sheet = asking.ask("product_comparison", product=steady, other_product=goal)
    assert [row["product"].value for row in sheet.rows] == ["Goal Saver", "Steady Savings"]
    assert value(sheet, "difference") == Decimal("0.50")
    assert len(asking.ask("product_comparison").rows) == 5


def test_one_branch_or_product_can_be_asked_for(asking: Asking) -> None:
    (branch,) = asking.ask("branches", branch=asking.named("branch", "portland")).rows
    assert branch["branch"].value == "Old Port"
    (rate,) = asking.ask("savings_rates", product=asking.named("product", "Goal Saver")).rows
    assert rate["rate"].value == Decimal("3.60")
    (card,) = asking.ask("cards", "ada", card=asking.named("card", "credit card", "ada")).rows
    assert (card["last4"].value, card["owed"].value) == ("8890", Decimal("742.18"))


@pytest.mark.parametrize("name", DemoBank("sqlite://").queries())
def test_a_query_gives_only_the_facts_that_it_says_it_gives(asking: Asking, name: str) -> None:
    spec = asking.bank.queries()[name]
    assert spec.values is not None and spec.rows is not None
    given: dict[str, object] = {
        "amount": Decimal(9000),
        "income": Decimal(4000),
        "term": 24,
        "period": FEBRUARY,
        "day": TODAY,
    }
    for user in USERS:
        named = {item.kind: item for item in asking.bank.names(asking.customers[user])}
        sheet = asking.ask(name, user, **{key: {**given, **named}[key] for key in spec.required})
        for facts, kinds in ((sheet.values, spec.values), *((row, spec.rows) for row in sheet.rows)):
            for key, fact in facts.items():
                # The bank's own words may stand where a text is said to.
                assert kinds[key] == fact.kind or (fact.kind, kinds[key]) == ("label", "text")
