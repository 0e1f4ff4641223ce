"""Queries that compute: totals, averages, the largest payment, two periods compared, interest and fees.

Moves between the customer's own accounts count only where the customer asks for them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Row, select

from tellerbot.bank import demo_schema as t
from tellerbot.bank.demo_transactions import (
    FILTERS,
    OWN_TRANSFERS,
    Span,
    find_span,
    ref_of,
    select_transactions,
    span_facts,
    transaction_facts,
)
from tellerbot.bank.facts import by_name, computed_fact, record_facts
from tellerbot.bank.formulas import days_before, months_before, months_in, percent_change, to_cents
from tellerbot.bank.queries import Query, Request
from tellerbot.errors import format_count
from tellerbot.types import Fact, FactSheet, Named, Period, QuerySpec, Source

# Whole months that an average is over where the customer names no period.
_USUAL_MONTHS = 6


def sum_fact(name: str, amounts: Sequence[tuple[str, Decimal]], noun: str = "transaction") -> Fact:
    """Add up records' amounts; each comes with its record's name."""
    total = sum((amount for _, amount in amounts), Decimal("0.00"))
    return computed_fact(
        name, "money", total, f"sum of {format_count(len(amounts), noun)}", [ref for ref, _ in amounts]
    )


def count_fact(name: str, refs: Sequence[str], noun: str = "transaction") -> Fact:
    """Count records."""
    return computed_fact(name, "count", len(refs), f"number of {format_count(len(refs), noun)}", refs)


def _find(connection: Connection, request: Request) -> tuple[list[Row[Any]], list[Row[Any]]]:
    """Find the transactions of a request that took money out, and those that brought some in."""
    query = select_transactions(request)
    if not any(request.get(name) for name in ("payee", "category", "kind")):
        query = query.where(t.transactions.c.category != OWN_TRANSFERS)
    rows = connection.execute(query).all()
    return [row for row in rows if row.amount < 0], [row for row in rows if row.amount > 0]


def find_spent(connection: Connection, request: Request) -> list[Row[Any]]:
    """Find the transactions of a request that took money out, the newest first."""
    return _find(connection, request)[0]


def _amounts(rows: Sequence[Row[Any]]) -> list[tuple[str, Decimal]]:
    return [(ref_of(row), abs(row.amount)) for row in rows]


def _totals(spent: Sequence[Row[Any]], received: Sequence[Row[Any]], name: str = "") -> list[Fact]:
    return [
        sum_fact(f"{name}total", _amounts(spent)),
        count_fact(f"{name}count", [ref_of(row) for row in spent]),
        sum_fact(f"{name}received", _amounts(received)),
        count_fact(f"{name}received_count", [ref_of(row) for row in received]),
    ]


def _total(connection: Connection, request: Request) -> FactSheet:
    span = find_span(connection, request, request.get("period"))
    spent, received = _find(connection, request)
    facts = by_name(*_totals(spent, received), *span_facts(span))
    return FactSheet(facts, records=_records(*spent, *received))


def _average(connection: Connection, request: Request) -> FactSheet:
    this_month = request.today.replace(day=1)
    usual = Period(months_before(this_month, _USUAL_MONTHS), this_month - timedelta(days=1))
    span = find_span(connection, request, request.get("period") or usual)
    spent, _ = _find(connection, _within(request, span))
    amounts, months = _amounts(spent), months_in(span.start, span.end)
    refs = [ref for ref, _ in amounts]
    total = sum_fact("total", amounts)
    facts = [total, count_fact("count", refs), *span_facts(span)]
    if isinstance(total.value, Decimal) and amounts:
        formula = f"sum of {format_count(len(amounts), 'transaction')} / "
        mean, monthly = to_cents(total.value / len(amounts)), to_cents(total.value / months)
        facts.append(computed_fact("average", "money", mean, f"{formula}{len(amounts)}", refs))
        facts.append(computed_fact("monthly", "money", monthly, f"{formula}{months:f} months", refs))
    return FactSheet(by_name(*facts), records=_records(*spent))


def _largest(connection: Connection, request: Request) -> FactSheet:
    spent, _ = _find(connection, request)
    span = find_span(connection, request, request.get("period"))
    facts = [count_fact("count", [ref_of(row) for row in spent]), *span_facts(span)]
    if not spent:
        return FactSheet(by_name(*facts))
    row = min(spent, key=lambda row: row.amount)
    formula = f"largest of {format_count(len(spent), 'transaction')}"
    facts.append(computed_fact("largest", "money", -row.amount, formula, [ref_of(row)]))
    return FactSheet(by_name(*facts), (transaction_facts(row),))


def _compare(connection: Connection, request: Request) -> FactSheet:
    """Compare two categories in one period where another category is named, else two periods."""
    this_month = Period(request.today.replace(day=1), request.today)
    span = find_span(connection, request, request.get("period") or this_month)
    category = request.get("other_category")
    # "Food or groceries" are two names of one category.
    category = None if category == request.get("category") else category
    before = span if category else Span(*days_before(span.start, span.end))
    other = request.get("other_period")
    other_span = find_span(connection, request, other or Period(before.start, before.end))
    facts: list[Fact] = []
    totals: list[Decimal] = []
    records: list[Row[Any]] = []
    asked = _within(request, span)
    for name, one in (("", asked), ("other_", _within(_of_category(request, category), other_span))):
        spent, received = _find(connection, one)
        days = span if one is asked else other_span
        facts += [*_totals(spent, received, name), *span_facts(days, name)]
        records += [*spent, *received]
        totals.append(sum((-row.amount for row in spent), Decimal("0.00")))
    facts += _difference(*totals)
    than = f"on {category.name}" if category else "in the other period" if other else "in the period before"
    facts.append(computed_fact("than", "label", than, "what total is compared with"))
    return FactSheet(by_name(*facts, *_category_fact(request)), records=_records(*records))


def _difference(total: Decimal, other: Decimal) -> list[Fact]:
    direction = "less" if total < other else "more"
    facts = [
        computed_fact("difference", "money", abs(total - other), "total - other_total"),
        computed_fact("direction", "label", direction, "total - other_total"),
    ]
    if (change := percent_change(other, total)) is not None:
        facts.append(computed_fact("change", "percent", abs(change), "(total - other_total) / other_total"))
    return facts


def _of_category(request: Request, category: Named | None) -> Request:
    """Change a request to another category, where there is one."""
    return replace(request, arguments={**request.arguments, "category": category}) if category else request


def _category_fact(request: Request) -> list[Fact]:
    """Name the category asked for: the first of two."""
    category = request.get("category")
    return [Fact("category", "label", category.name, Source("bank", f"categories/{category.ref}"))] if category else []


def _fees(connection: Connection, request: Request) -> FactSheet:
    span = find_span(connection, request, request.get("period"))
    rows = connection.execute(select_transactions(request).where(t.transactions.c.kind == "fee")).all()
    facts = [sum_fact("total", _amounts(rows)), count_fact("count", [ref_of(row) for row in rows]), *span_facts(span)]
    return FactSheet(by_name(*facts), tuple(map(transaction_facts, rows)))


def _interest(connection: Connection, request: Request) -> FactSheet:
    span = find_span(connection, request, request.get("period"))
    query = select_transactions(_within(request, span)).where(t.transactions.c.kind == "interest")
    earnings = connection.execute(query).all()
    earned = _amounts(earnings)
    payments = (
        select(t.loan_payments)
        .join(t.loans)
        .where(t.loans.c.customer_id == request.customer, t.loan_payments.c.day.between(span.start, span.end))
        .order_by(t.loan_payments.c.day.desc())
    )
    # A customer who names an account asks what it earned.
    rows = [] if request.get("account") else connection.execute(payments).all()
    charged = [(f"loan_payments/{row.id}", row.interest) for row in rows]
    facts = [
        sum_fact("earned", earned, "payment"),
        count_fact("earned_count", [ref for ref, _ in earned], "payment"),
        sum_fact("charged", charged, "payment"),
        count_fact("charged_count", [ref for ref, _ in charged], "payment"),
    ]
    accounts = sorted({row.account_id for row in earnings})
    by_account = {account: [row for row in earnings if row.account_id == account] for account in accounts}
    shown = tuple(
        {
            **record_facts(f"accounts/{account}", account=("label", own[0].product), last4=("digits", own[0].last4)),
            **by_name(sum_fact("earned", _amounts(own), "payment")),
        }
        for account, own in by_account.items()
    )
    return FactSheet(by_name(*facts, *span_facts(span)), shown, _records(*earnings))


def _records(*rows: Row[Any]) -> tuple[Mapping[str, Fact], ...]:
    return tuple(map(transaction_facts, rows))


def _within(request: Request, span: Span) -> Request:
    """Change a request to other days."""
    return replace(request, arguments={**request.arguments, "period": Period(span.start, span.end)})


QUERIES = {
    "total": Query(_total, QuerySpec(False, FILTERS)),
    "average": Query(_average, QuerySpec(False, FILTERS)),
    "largest": Query(_largest, QuerySpec(False, FILTERS)),
    "compare": Query(_compare, QuerySpec(False, (*FILTERS, "other_category", "other_period"))),
    "interest_paid": Query(_interest, QuerySpec(False, ("account", "period"))),
    "fees_paid": Query(_fees, QuerySpec(False, ("account", "period"))),
}
