"""Queries over a customer's cards: what they are, what is owed on them, and what was bought with a debit card."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Row, Select, func, select

from tellerbot.bank import demo_schema as t
from tellerbot.bank.demo_spending import count_fact, sum_fact
from tellerbot.bank.demo_transactions import (
    LISTED,
    MOST_LISTED,
    find_span,
    ref_of,
    select_transactions,
    span_facts,
    transaction_facts,
)
from tellerbot.bank.facts import by_name, computed_fact, record_facts
from tellerbot.bank.queries import Query, Request
from tellerbot.types import Fact, FactSheet, QuerySpec

# What is paid with a debit card: its account's purchases, and cash.
_BY_CARD = ("purchase", "cash")


def _select_cards(request: Request) -> Select[Any]:
    """Select the customer's cards, or the one that the request names, each with its bill where it has one."""
    query = (
        select(t.cards, *(column for column in t.card_bills.c if column.name != "card_id"))
        .select_from(t.cards.outerjoin(t.card_bills))
        .where(t.cards.c.customer_id == request.customer)
        .order_by(t.cards.c.id)
    )
    if card := request.get("card"):
        query = query.where(t.cards.c.id == card.ref)
    return query


def _cards(connection: Connection, request: Request) -> FactSheet:
    return FactSheet({}, tuple(map(_card_facts, connection.execute(_select_cards(request)))))


def _card_facts(row: Row[Any]) -> dict[str, Fact]:
    return record_facts(
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


def _bills(connection: Connection, request: Request) -> FactSheet:
    """Find what is owed on each credit card, and what is left of its limit."""
    query = _select_cards(request).where(t.card_bills.c.card_id.is_not(None))
    return FactSheet({}, tuple(map(_bill_facts, connection.execute(query))))


def _bill_facts(row: Row[Any]) -> Mapping[str, Fact]:
    formula = f"{row.credit_limit:.2f} - {row.owed:.2f}"
    refs = [f"cards/{row.id}/credit_limit", f"cards/{row.id}/owed"]
    available = computed_fact("available_credit", "money", row.credit_limit - row.owed, formula, refs)
    facts = _card_facts(row)
    del facts["status"]
    return {**facts, "available_credit": available}


def _select_paid(request: Request, order: str = "newest") -> Select[Any]:
    """Select what the customer paid with a debit card.

    No row names a card: these are the payments from the checking account.

    Nothing for a credit card, whose purchases are not among the records.
    """
    query = select_transactions(request, order).where(
        t.transactions.c.kind.in_(_BY_CARD), t.transactions.c.amount < 0, t.accounts.c.product.endswith("Checking")
    )
    if card := request.get("card"):
        debit = select(t.cards.c.id).where(t.cards.c.id == card.ref, t.cards.c.atm_limit.is_not(None))
        query = query.where(debit.exists())
    return query


def _card_total(connection: Connection, request: Request) -> FactSheet:
    rows = connection.execute(_select_paid(request)).all()
    span = find_span(connection, request, request.get("period"))
    total = sum_fact("total", [(ref_of(row), -row.amount) for row in rows])
    count = count_fact("count", [ref_of(row) for row in rows])
    return FactSheet(by_name(total, count, *span_facts(span)), records=tuple(map(transaction_facts, rows)))


def _card_transactions(connection: Connection, request: Request) -> FactSheet:
    query = _select_paid(request, request.get("order") or "newest")
    number = connection.execute(select(func.count()).select_from(query.order_by(None).subquery())).scalar() or 0
    limit = request.get("limit")
    rows = connection.execute(query.limit(min(limit if limit is not None else LISTED, MOST_LISTED)))
    count = computed_fact("count", "count", number, "number of card transactions")
    span = find_span(connection, request, request.get("period"))
    return FactSheet(by_name(count, *span_facts(span)), tuple(map(transaction_facts, rows)))


_FILTERS = ("card", "period", "payee", "category", "minimum", "maximum")
QUERIES = {
    "cards": Query(_cards, QuerySpec(False, ("card",))),
    "card_bills": Query(_bills, QuerySpec(False, ("card",))),
    "card_total": Query(_card_total, QuerySpec(False, _FILTERS)),
    "card_transactions": Query(_card_transactions, QuerySpec(False, (*_FILTERS, "order", "limit"))),
}
