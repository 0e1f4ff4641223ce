"""Queries over what a customer has: accounts on any day, what took one below zero, statements, disputes."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Row, select

from tellerbot.bank import demo_schema as t
from tellerbot.bank.demo_spending import count_fact, sum_fact
from tellerbot.bank.demo_transactions import NEWEST, select_transactions, transaction_facts
from tellerbot.bank.facts import by_name, clock_fact, computed_fact, message_fact, record_facts
from tellerbot.bank.formulas import balance_before
from tellerbot.bank.queries import Query, Request
from tellerbot.errors import format_count
from tellerbot.types import Fact, FactSheet, Period, QuerySpec


def _balances(connection: Connection, request: Request) -> FactSheet:
    """Find today's balances, or those at the end of an earlier day.

    There are no rows for a day without records.
    """
    query = select(t.accounts).where(t.accounts.c.customer_id == request.customer).order_by(t.accounts.c.id)
    if account := request.get("account"):
        query = query.where(t.accounts.c.id == account.ref)
    rows = connection.execute(query).all()
    day = request.get("day")
    if day is None or day == request.today:
        shown = tuple(map(_balance_facts, rows))
        return FactSheet({**clock_fact(request.today), **_sum(shown, "available")}, shown)
    known = [row for row in rows if row.opened <= day < request.today]
    values = {"as_of": message_fact("as_of", "date", day)}
    if rows and not known:
        first = min(row.opened for row in rows)
        values |= by_name(computed_fact("earliest", "date", first, "first day of the records"))
    past = tuple(_balance_on(connection, row, day) for row in known)
    return FactSheet({**values, **_sum(past, "current")}, past)


def _overdrawn(connection: Connection, request: Request) -> FactSheet:
    """Find the accounts below zero, each with the amount that brings it back to zero."""
    query = select(t.accounts).where(t.accounts.c.customer_id == request.customer, t.accounts.c.available < 0)
    rows = [
        {
            **_balance_facts(row),
            "needed": computed_fact(
                "needed", "money", -row.available, f"0.00 - {row.available:.2f}", [f"accounts/{row.id}/available"]
            ),
        }
        for row in connection.execute(query.order_by(t.accounts.c.id))
    ]
    return FactSheet(clock_fact(request.today), tuple(rows))


def _overdrawn_by(connection: Connection, request: Request) -> FactSheet:
    """Find the first account below zero, and the payments that took it there, the newest first."""
    query = select(t.accounts).where(t.accounts.c.customer_id == request.customer, t.accounts.c.available < 0)
    account = connection.execute(query.order_by(t.accounts.c.id).limit(1)).first()
    if account is None:
        return FactSheet(clock_fact(request.today))
    own = select_transactions(Request(request.customer, request.today)).where(t.transactions.c.account_id == account.id)
    # Pending entries count only where nothing else takes the account below zero.
    balance = account.current if account.current < 0 else account.available
    if account.current < 0:
        own = own.where(~t.transactions.c.pending)
    rows: list[Mapping[str, Fact]] = []
    for row in connection.execute(own.order_by(None).order_by(t.transactions.c.pending.desc(), *NEWEST)):
        if balance >= 0:
            break
        balance -= row.amount
        rows += [transaction_facts(row)] if row.amount < 0 else []
    return FactSheet({**clock_fact(request.today), **_balance_facts(account)}, tuple(rows))


def _sum(accounts: Sequence[Mapping[str, Fact]], name: str) -> dict[str, Fact]:
    """Add up all accounts by the balances of this name."""
    balances = [fact for account in accounts for key, fact in account.items() if key == name]
    amounts = [(fact.source.ref, fact.value) for fact in balances if isinstance(fact.value, Decimal)]
    return by_name(sum_fact("total", amounts, "account"), count_fact("count", [ref for ref, _ in amounts], "account"))


def _balance_facts(row: Row[Any]) -> dict[str, Fact]:
    return record_facts(
        f"accounts/{row.id}",
        account=("label", row.product),
        last4=("digits", row.last4),
        available=("money", row.available),
        current=("money", row.current),
    )


def _balance_on(connection: Connection, account: Row[Any], day: date) -> Mapping[str, Fact]:
    table = t.transactions.c
    query = select(table.id, table.amount).where(table.account_id == account.id, table.day > day, ~table.pending)
    later = connection.execute(query.order_by(table.day.desc(), table.id)).all()
    facts = _balance_facts(account)
    formula = f"balance today less {format_count(len(later), 'later transaction')}"
    refs = [f"accounts/{account.id}/current", *(f"transactions/{row.id}" for row in later)]
    balance = balance_before(account.current, [row.amount for row in later])
    del facts["available"]
    return {**facts, "current": computed_fact("current", "money", balance, formula, refs)}


def _statements(connection: Connection, request: Request) -> FactSheet:
    query = (
        select(*t.statements.c, t.accounts.c.product, t.accounts.c.last4)
        .select_from(t.statements.join(t.accounts))
        .where(t.accounts.c.customer_id == request.customer, t.statements.c.ready <= request.today)
        .order_by(t.statements.c.end.desc(), t.statements.c.account_id)
    )
    if account := request.get("account"):
        query = query.where(t.statements.c.account_id == account.ref)
    period = request.get("period") or Period(None, None)
    if period.start:
        query = query.where(t.statements.c.end >= period.start)
    if period.end:
        query = query.where(t.statements.c.start <= period.end)
    rows = [
        record_facts(
            f"statements/{row.id}",
            account=("label", row.product),
            last4=("digits", row.last4),
            start=("date", row.start),
            end=("date", row.end),
            opening=("money", row.opening),
            closing=("money", row.closing),
            ready=("date", row.ready),
        )
        for row in connection.execute(query)
    ]
    return FactSheet({}, tuple(rows))


def _disputes(connection: Connection, request: Request) -> FactSheet:
    query = (
        select(*t.disputes.c, t.accounts.c.product)
        .select_from(t.disputes.join(t.accounts))
        .where(t.accounts.c.customer_id == request.customer)
        .order_by(t.disputes.c.day.desc())
    )
    rows = [
        record_facts(
            f"disputes/{row.id}",
            day=("date", row.day),
            payee=("text", row.payee),
            amount=("money", row.amount),
            charged=("date", row.charged),
            account=("label", row.product),
            state=("label", row.state),
            decision=("date", row.decision),
        )
        for row in connection.execute(query)
    ]
    return FactSheet({}, tuple(rows))


QUERIES = {
    "balances": Query(_balances, QuerySpec(False, ("account", "day"))),
    "overdrawn": Query(_overdrawn, QuerySpec(False)),
    "overdrawn_by": Query(_overdrawn_by, QuerySpec(False)),
    "statements": Query(_statements, QuerySpec(False, ("account", "period"))),
    "disputes": Query(_disputes, QuerySpec(False)),
}
