"""Queries over what a customer has: accounts on any day, statements, cards, loans, disputes."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, select

from tellerbot.bank import demo_schema as t
from tellerbot.bank.facts import by_name, clock_fact, computed_fact, message_fact, record_facts
from tellerbot.bank.formulas import balance_before
from tellerbot.bank.queries import Query, Request
from tellerbot.errors import counted
from tellerbot.types import Fact, FactSheet, Period, QuerySpec


def _balances(connection: Connection, request: Request) -> FactSheet:
    """Today's balances; on a day before, what was booked at its end. No rows where no records are of that day."""
    query = select(t.accounts).where(t.accounts.c.customer_id == request.customer).order_by(t.accounts.c.id)
    if account := request.get("account"):
        query = query.where(t.accounts.c.id == account.ref)
    rows = connection.execute(query).all()
    day = request.get("day")
    if day is None or day == request.today:
        return FactSheet(clock_fact(request.today), tuple(map(_balance_facts, rows)))
    known = [row for row in rows if row.opened <= day < request.today]
    values = {"as_of": message_fact("as_of", "date", day)}
    if rows and not known:
        first = min(row.opened for row in rows)
        values |= by_name(computed_fact("earliest", "date", first, "first day of the records"))
    return FactSheet(values, tuple(_balance_on(connection, row, day) for row in known))


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
    formula = f"balance today less {counted(len(later), 'later transaction')}"
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


def _cards(connection: Connection, request: Request) -> FactSheet:
    query = (
        select(t.cards, *(column for column in t.card_bills.c if column.name != "card_id"))
        .select_from(t.cards.outerjoin(t.card_bills))
        .where(t.cards.c.customer_id == request.customer)
        .order_by(t.cards.c.id)
    )
    if card := request.get("card"):
        query = query.where(t.cards.c.id == card.ref)
    rows = [
        record_facts(
            f"cards/{row.id}",
            card=("label", row.product),
            last4=("digits", row.last4),
            status=("label", row.status),
            atm_limit=("money", row.atm_limit),
            purchase_limit=("money", row.purchase_limit),
            credit_limit=("money", row.credit_limit),
            owed=("money", row.owed),
            least_payment=("money", row.least),
            due=("date", row.due),
        )
        for row in connection.execute(query)
    ]
    return FactSheet({}, tuple(rows))


def _loans(connection: Connection, request: Request) -> FactSheet:
    query = select(t.loans).where(t.loans.c.customer_id == request.customer).order_by(t.loans.c.id)
    rows = [
        record_facts(
            f"loans/{row.id}",
            loan=("label", row.product),
            owed=("money", row.owed),
            payment=("money", row.payment),
            due=("date", row.due),
            apr=("percent", row.apr),
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
    "statements": Query(_statements, QuerySpec(False, ("account", "period"))),
    "cards": Query(_cards, QuerySpec(False, ("card",))),
    "loans": Query(_loans, QuerySpec(False)),
    "disputes": Query(_disputes, QuerySpec(False)),
}
