"""The customers' records as rows of the demo bank's tables."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, time, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Date, Numeric, Table

from tellerbot.bank import demo_people as people
from tellerbot.bank import demo_schema as t
from tellerbot.bank.demo_history import MONTHS, Entry, History, make_history, to_cents
from tellerbot.bank.demo_lives import LIVES
from tellerbot.bank.formulas import CENT, months_before
from tellerbot.bank.holidays import business_day, statement_ready

Record = dict[str, object]


def customer_id(username: str) -> str:
    """Make the id of a demo customer."""
    return f"CUST-{[*people.CUSTOMERS].index(username) + 1}"


def to_records(table: Table, rows: Iterable[Sequence[Any]], today: date) -> list[Record]:
    """Make rows with a value for each column but a number that counts up: amounts as text, days as days from today."""
    columns = [column for column in table.columns if not (column.name == "id" and column.type.python_type is int)]
    return [
        {column.name: _value(column.type, value, today) for column, value in zip(columns, row, strict=True)}
        for row in rows
    ]


def _value(kind: object, value: Any, today: date) -> object:
    if isinstance(kind, Numeric) and isinstance(value, str):
        return Decimal(value)
    if isinstance(kind, Date) and isinstance(value, int):
        return today + timedelta(days=value)
    return value


def customer_records(today: date) -> Mapping[Table, list[Record]]:
    """Return all that the customers have, by table."""
    history = make_history(today)
    owned = [(key, customer_id(username), *rest) for key, username, *rest in people.CARDS]
    loans = [(key, customer_id(username), *rest) for key, username, *rest in people.LOANS]
    payees = [(customer_id(username), *rest) for username, *rest in people.PAYEES]
    accounts = [
        (key, customer_id(username), *rest, _money(history.openings[key][0]), history.openings[key][1])
        for key, username, *rest in people.ACCOUNTS
    ]
    entries = [
        (entry.account, entry.day, entry.payee, _money(entry.cents), entry.kind, entry.category, entry.pending, None)
        for entry in history.entries
    ]
    orders = [
        (
            life.account,
            regular.payee,
            regular.amount[1:],
            months_before(today - timedelta(days=regular.ago), -1),
            "month",
            None,
            None,
            None,
        )
        for life in LIVES
        for regular in life.regulars
        if regular.kind == "standing order"
    ]
    products = {key: product for key, _, product, *_ in people.ACCOUNTS}
    scheduled = [
        (account, products[to], amount, days, to, None, None) for account, to, amount, days in people.SCHEDULED
    ]
    rows: dict[Table, Iterable[Sequence[Any]]] = {
        t.accounts: accounts,
        t.cards: owned,
        t.cds: people.CDS,
        t.card_bills: people.CARD_BILLS,
        t.transactions: entries,
        t.direct_debits: [(*row, None) for row in people.DIRECT_DEBITS],
        t.standing_orders: orders,
        t.scheduled_payments: scheduled,
        t.statements: _statements(history, today),
        t.payees: payees,
        t.profiles: [(customer_id(username), *rest) for username, *rest in people.PROFILES],
        t.appointments: _appointments(today),
        t.disputes: _disputes(history, today),
        t.loans: loans,
        t.loan_payments: _loan_payments(today),
    }
    return {table: to_records(table, table_rows, today) for table, table_rows in rows.items()}


def _money(cents: int) -> Decimal:
    return (Decimal(cents) / 100).quantize(CENT)


def _statements(history: History, today: date) -> Iterator[Sequence[Any]]:
    """Yield one statement for each account and whole month, ready on the third business day of the next."""
    for account, (opening, opened) in history.openings.items():
        own = [entry for entry in history.entries if entry.account == account and not entry.pending]
        start = months_before(opened.replace(day=1), -1)
        while (after := months_before(start, -1)) <= today:
            before = opening + sum(entry.cents for entry in own if entry.day < start)
            closing = before + sum(entry.cents for entry in own if start <= entry.day < after)
            end = after - timedelta(days=1)
            yield account, start, end, _money(before), _money(closing), statement_ready(end)
            start = after


def _disputes(history: History, today: date) -> Iterator[Sequence[Any]]:
    for account, ago, later, state, decided in people.DISPUTES:
        latest = today - timedelta(days=ago)
        charges = [entry for entry in history.entries if _is_charge(entry, account) and entry.day <= latest]
        charge = max(charges, key=lambda entry: (entry.day, -entry.cents))
        day = charge.day + timedelta(days=later)
        decision = day + timedelta(days=decided)
        # Numbered as the tables number them: in their order, from 1.
        number = history.entries.index(charge) + 1
        yield account, day, charge.payee, _money(-charge.cents), charge.day, state, decision, number


def _appointments(today: date) -> Iterator[Sequence[Any]]:
    for username, branch, days, at, topic in people.APPOINTMENTS:
        day = business_day(today, days)
        yield customer_id(username), branch, day, time.fromisoformat(at), topic, False


def _is_charge(entry: Entry, account: str) -> bool:
    return entry.account == account and entry.kind == "purchase" and entry.category == "shopping"


def _loan_payments(today: date) -> Iterator[Sequence[Any]]:
    """Yield the payments of the last months, backwards, each with the interest on what the one before left."""
    for loan, _, _, owed, payment, due, apr in people.LOANS:
        balance, paid = to_cents(owed), to_cents(payment)
        for month in range(1, MONTHS + 1):
            before = round((balance + paid) / (1 + float(apr) / 1200))
            day = months_before(today + timedelta(days=due), month)
            yield loan, day, payment, _money(paid - (before - balance))
            balance = before
