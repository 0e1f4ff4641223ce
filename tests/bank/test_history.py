"""The demo bank's history: two years that add up to what the customers hold today."""

from collections import Counter
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from sqlalchemy import select

from demo_bank import TODAY, USERS, Asking
from tellerbot.bank import demo_schema as t
from tellerbot.bank.demo_history import make_history
from tellerbot.bank.demo_people import ACCOUNTS, TRANSACTIONS

DAYS = [TODAY, date(2026, 4, 3), date(2026, 11, 29), date(2028, 2, 29), date(2026, 12, 31), date(2026, 7, 15)]


@pytest.mark.parametrize("today", DAYS)
def test_the_same_day_gives_the_same_records_and_another_day_others(today: date) -> None:
    history = make_history(today)
    assert history == make_history(today)
    assert history != make_history(today + timedelta(days=1))


@pytest.mark.parametrize("today", DAYS)
def test_balances_are_what_was_there_and_what_came_and_stay_above_zero(today: date) -> None:
    history = make_history(today)
    for account, user, _, _, _, current in ACCOUNTS:
        balance, opened = history.openings[account]
        own = [entry for entry in history.entries if entry.account == account and not entry.pending]
        assert opened < min(entry.day for entry in own)
        lowest = balance
        for day in sorted({entry.day for entry in own}):
            balance += sum(entry.cents for entry in own if entry.day == day)
            lowest = min(lowest, balance)
        assert Decimal(balance) / 100 == Decimal(current)
        # Ben's is overdrawn today, and never was.
        assert lowest == -3620 if account == "ACC-2001" else lowest > 0, (user, account)


@pytest.mark.parametrize("today", DAYS)
def test_history_is_older_than_what_is_listed_and_never_in_the_future(today: date) -> None:
    history = make_history(today)
    listed, made = history.entries[: len(TRANSACTIONS)], history.entries[len(TRANSACTIONS) :]
    assert [(entry.payee, (today - entry.day).days) for entry in listed] == [row[2:0:-1] for row in TRANSACTIONS]
    newest = {account: max(e.day for e in made if e.account == account) for account, *_ in ACCOUNTS}
    assert newest["ACC-1001"] <= today - timedelta(days=19)
    assert all(day <= today for day in newest.values())
    assert not any(entry.pending for entry in made)


def test_each_customer_has_two_years_of_an_ordinary_life(asking: Asking) -> None:
    joined = select(t.transactions, t.accounts.c.customer_id).join(t.accounts)
    with asking.bank.engine.connect() as connection:
        rows = connection.execute(joined).all()
    for user in USERS:
        own = [row for row in rows if row.customer_id == asking.customers[user].id]
        assert len(own) >= 400
        assert (TODAY - min(row.day for row in own)).days > 700
        categories = Counter(row.category for row in own)
        assert len(categories) >= 10 and categories["groceries"] > 100, user
    rent = [row for row in rows if row.payee == "Seabright Property Management"]
    assert len(rent) == 24 and {row.kind for row in rent} == {"standing order"}


def test_the_first_rows_of_what_was_listed_before_are_the_same(asking: Asking) -> None:
    for user in USERS:
        account = {key for key, owner, *_ in ACCOUNTS if owner == user}
        listed = [row for row in TRANSACTIONS if row[0] in account]
        listed.sort(key=lambda row: row[1])
        shown = [
            ((TODAY - row["day"].value).days, row["payee"].value, str(row["amount"].value))  # type: ignore[operator]
            for row in asking.ask("recent_transactions", user).rows
        ]
        first = [(ago, payee, amount) for _, ago, payee, amount, *_ in listed]
        assert len(shown) == 8
        # Ben's salary of twelve days ago comes after what was spent since.
        kept = [row for row in first if user != "ben" or row[0] < 12]
        assert shown[: len(kept)] == kept


def test_statements_follow_each_other_and_end_in_the_balances(asking: Asking) -> None:
    for user in USERS:
        for account in {row["last4"].value for row in asking.ask("balances", user).rows}:
            rows = asking.ask("statements", user, account=asking.named("account", str(account), user)).rows
            assert len(rows) >= 23
            for later, earlier in pairwise(rows):
                assert later["opening"].value == earlier["closing"].value
                assert later["start"].value == earlier["end"].value + timedelta(days=1)  # type: ignore[operator]
            assert rows[0]["end"].value == date(2026, 2, 28)
            assert rows[0]["ready"].value == date(2026, 3, 4)


def test_loan_payments_pay_the_loan_off(asking: Asking) -> None:
    with asking.bank.engine.connect() as connection:
        for loan in connection.execute(select(t.loans)):
            paid = connection.execute(select(t.loan_payments).where(t.loan_payments.c.loan_id == loan.id)).all()
            owed = loan.owed + sum(row.payment - row.interest for row in paid)
            for row in sorted(paid, key=lambda row: row.day):
                assert abs(row.interest - owed * loan.apr / 1200) < Decimal("0.01")
                owed -= row.payment - row.interest
            assert owed == loan.owed and max(row.day for row in paid) < TODAY
