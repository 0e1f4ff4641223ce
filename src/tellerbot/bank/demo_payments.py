"""Queries over payments to come, and whom a customer pays."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, Table, or_, select

from tellerbot.bank import demo_schema as t
from tellerbot.bank.demo_spending import count_fact, sum_fact
from tellerbot.bank.demo_transactions import select_transactions
from tellerbot.bank.facts import by_name, computed_fact, record_facts
from tellerbot.bank.queries import Query, Request
from tellerbot.types import Fact, FactKind, FactSheet, Named, QuerySpec

# What a payment from an account is that is still to be made.
REGULAR = {
    t.direct_debits: "direct debit",
    t.standing_orders: "standing order",
    t.scheduled_payments: "scheduled transfer",
}
# The categories of what is paid to the bank itself.
_CATEGORIES = {"loan payment": "loans", "card payment": "card payments"}


@dataclass(frozen=True, slots=True)
class Due:
    """A payment to come. The payee of a direct debit is in others' words, that of a loan in the bank's."""

    ref: str
    payee_kind: FactKind
    payee: str
    kind: str
    amount: Decimal
    day: date
    account: str | None = None


def goes_on(table: Table) -> ColumnElement[bool]:
    """Return whether the next payment of a direct debit, standing order or scheduled payment is still made."""
    return or_(table.c.ends.is_(None), table.c.next_day <= table.c.ends)


def select_own(table: Table, request: Request) -> Select[Any]:
    """Select the regular or scheduled payments from the customer's accounts, the next one first."""
    query = (
        select(*table.c, t.accounts.c.product, t.accounts.c.last4)
        .select_from(table.join(t.accounts))
        .where(t.accounts.c.customer_id == request.customer, goes_on(table))
        .order_by(table.c.next_day, table.c.id)
    )
    if account := request.get("account"):
        query = query.where(table.c.account_id == account.ref)
    return query


def _orders(connection: Connection, request: Request, table: Table) -> FactSheet:
    rows = [
        record_facts(
            f"{table.name}/{row.id}",
            payee=("text", row.payee),
            amount=("money", row.amount),
            next_day=("date", row.next_day),
            account=("label", row.product),
            every=("label", getattr(row, "every", None)),
        )
        for row in connection.execute(select_own(table, request))
    ]
    return FactSheet({}, tuple(rows))


def _upcoming(connection: Connection, request: Request) -> FactSheet:
    """Find the payments from today on, in a period where one is given, by date."""
    found = find_due(connection, request)
    period = request.get("period")
    start = max(request.today, period.start) if period and period.start else request.today
    end = period.end if period else None
    chosen = [due for due in found if start <= due.day and (end is None or due.day <= end)]
    refs = [due.ref for due in chosen]
    values = [
        sum_fact("total", [(due.ref, due.amount) for due in chosen], "payment"),
        count_fact("count", refs, "payment"),
    ]
    values.append(computed_fact("start", "date", start, "first day of the period"))
    if end:
        values.append(computed_fact("end", "date", end, "last day of the period"))
    return FactSheet(by_name(*values), tuple(map(due_facts, chosen)))


def find_due(connection: Connection, request: Request) -> list[Due]:
    """Find the payments to come to the payee and of the category that a request names, the next one first."""
    due = sorted(_all_due(connection, request), key=lambda one: (one.day, one.ref))
    if payee := request.get("payee"):
        due = [one for one in due if one.payee == payee.ref]
    if category := request.get("category"):
        own = _payees_of(connection, request, category)
        due = [one for one in due if (one.payee in own if one.account else _CATEGORIES[one.kind] == category.ref)]
    return due


def _payees_of(connection: Connection, request: Request, category: Named) -> set[str]:
    """List whom the customer has paid for things of this category, as payments to come have no category."""
    rows = connection.execute(select_transactions(Request(request.customer, request.today, {"category": category})))
    return {row.payee for row in rows}


def _all_due(connection: Connection, request: Request) -> Iterator[Due]:
    for table, kind in REGULAR.items():
        for row in connection.execute(select_own(table, request)):
            is_made = table is t.scheduled_payments and row.next_day < request.today
            # Nothing is spent by what goes to an account of one's own.
            if is_made or getattr(row, "to_account_id", None):
                continue
            yield Due(f"{table.name}/{row.id}", "text", row.payee, kind, row.amount, row.next_day, row.product)
    if request.get("account"):
        return
    loans = select(t.loans).where(t.loans.c.customer_id == request.customer)
    for row in connection.execute(loans):
        yield Due(f"loans/{row.id}", "label", row.product, "loan payment", row.payment, row.due)
    cards = select(t.card_bills, t.cards.c.product).join(t.cards).where(t.cards.c.customer_id == request.customer)
    for row in connection.execute(cards):
        yield Due(f"card_bills/{row.card_id}", "label", row.product, "card payment", row.owed, row.due)


def due_facts(due: Due) -> Mapping[str, Fact]:
    """Make the facts of a payment to come."""
    return record_facts(
        due.ref,
        payee=(due.payee_kind, due.payee),
        kind=("label", due.kind),
        amount=("money", due.amount),
        day=("date", due.day),
        account=("label", due.account),
    )


def split_nicknames(nicknames: str | None) -> tuple[str, ...]:
    """Split what a customer calls a payee."""
    return tuple(nicknames.split(", ")) if nicknames else ()


def _payees(connection: Connection, request: Request) -> FactSheet:
    query = select(t.payees).where(t.payees.c.customer_id == request.customer).order_by(t.payees.c.payee)
    rows = [
        record_facts(
            f"payees/{row.id}",
            payee=("text", row.payee),
            bank=("label", row.bank),
            last4=("digits", row.last4),
            nickname=("text", next(iter(split_nicknames(row.nicknames)), None)),
        )
        for row in connection.execute(query)
    ]
    return FactSheet({}, tuple(rows))


def _targets(connection: Connection, request: Request) -> FactSheet:
    """List where money may go: the customer's own accounts, and the payees that they have saved."""
    own = select(t.accounts).where(t.accounts.c.customer_id == request.customer).order_by(t.accounts.c.id)
    rows = [
        record_facts(
            f"accounts/{row.id}", target=("label", row.product), place=("label", "your account"),
            last4=("digits", row.last4),
        )
        for row in connection.execute(own)
    ]  # fmt: skip
    saved = select(t.payees).where(t.payees.c.customer_id == request.customer).order_by(t.payees.c.payee)
    rows += [
        record_facts(
            f"payees/{row.id}", target=("text", row.payee), place=("label", row.bank), last4=("digits", row.last4)
        )
        for row in connection.execute(saved)
    ]
    return FactSheet({}, tuple(rows))


QUERIES = {
    "transfer_targets": Query(_targets, QuerySpec(False)),
    "upcoming_payments": Query(
        _upcoming, QuerySpec(False, ("account", "period", "payee", "category"), looks_ahead=True)
    ),
    "standing_orders": Query(
        lambda connection, request: _orders(connection, request, t.standing_orders), QuerySpec(False, ("account",))
    ),
    "direct_debits": Query(
        lambda connection, request: _orders(connection, request, t.direct_debits), QuerySpec(False, ("account",))
    ),
    "payees": Query(_payees, QuerySpec(False)),
}
