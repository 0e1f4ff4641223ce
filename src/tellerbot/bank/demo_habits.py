"""Queries over habits: where the money goes, and charges that were made twice."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise
from typing import Any

from sqlalchemy import Connection, Row

from tellerbot.bank import demo_schema as t
from tellerbot.bank.demo_spending import count_fact, find_spent, sum_fact
from tellerbot.bank.demo_transactions import find_span, ref_of, select_transactions, span_facts, transaction_facts
from tellerbot.bank.facts import by_name, computed_fact, record_facts
from tellerbot.bank.queries import Query, Request
from tellerbot.errors import format_count
from tellerbot.types import Fact, FactKind, FactSheet, QuerySpec, Source

# Two charges of one amount this many days apart, or fewer, may be one that was made twice.
_TWICE_DAYS = 3


def _breakdown(connection: Connection, request: Request) -> FactSheet:
    """Add up spending by category, the most first."""
    return _by(connection, request, "category", "label")


def _payees(connection: Connection, request: Request) -> FactSheet:
    """Add up spending by payee, the most first."""
    return _by(connection, request, "payee", "text")


def _by(connection: Connection, request: Request, column: str, kind: FactKind) -> FactSheet:
    spent = find_spent(connection, request)
    groups: defaultdict[str, list[Row[Any]]] = defaultdict(list)
    for row in spent:
        groups[getattr(row, column)].append(row)
    total = sum((-row.amount for row in spent), Decimal("0.00"))
    rows = sorted(
        (_group_facts(column, kind, found, total) for found in groups.values()),
        key=lambda facts: (-_amount(facts["total"]), str(facts[column].value)),
    )
    values = [
        sum_fact("total", [(ref_of(row), -row.amount) for row in spent]),
        *span_facts(find_span(connection, request, request.get("period"))),
    ]
    if rows:
        formula = f"largest of {format_count(len(rows), 'total')}"
        top = rows[0]
        most = top["total"]
        values.append(replace(top[column], name="top"))
        values.append(computed_fact("top_total", "money", _amount(most), formula, most.source.rows))
    return FactSheet(by_name(*values), tuple(rows), tuple(map(transaction_facts, spent)))


def _group_facts(column: str, kind: FactKind, rows: list[Row[Any]], total: Decimal) -> Mapping[str, Fact]:
    amounts = [(ref_of(row), -row.amount) for row in rows]
    own = sum_fact("total", amounts)
    share = (_amount(own) / total * 100).quantize(Decimal(1), ROUND_HALF_UP)
    return by_name(
        Fact(column, kind, getattr(rows[0], column), Source("bank", f"{ref_of(rows[0])}/{column}")),
        own,
        count_fact("count", [ref for ref, _ in amounts]),
        computed_fact("share", "percent", share, f"{own.value} / {total}"),
    )


def _amount(fact: Fact) -> Decimal:
    return Decimal(str(fact.value))


def _repeated(connection: Connection, request: Request) -> FactSheet:
    """Find purchases that follow one of the same payee, account and amount within a few days, the newest first."""
    rows = connection.execute(select_transactions(request).where(t.transactions.c.kind == "purchase")).all()
    rows = [row for row in rows if row.amount < 0]
    rows.sort(key=lambda row: (row.account_id, row.payee, row.amount, row.day, row.id))
    pairs = [(one, other) for one, other in pairwise(rows) if _is_twice(one, other)]
    pairs.sort(key=lambda pair: (pair[1].day, pair[1].id), reverse=True)
    refs = [ref_of(other) for _, other in pairs]
    values = [
        count_fact("count", refs),
        sum_fact("total", [(ref_of(other), -other.amount) for _, other in pairs]),
        *span_facts(find_span(connection, request, request.get("period"))),
    ]
    shown = [{**transaction_facts(other), **_first_facts(one)} for one, other in pairs]
    records = [transaction_facts(row) for pair in pairs for row in pair]
    return FactSheet(by_name(*values), tuple(shown), tuple(records))


def _is_twice(one: Row[Any], other: Row[Any]) -> bool:
    same = (one.account_id, one.payee, one.amount) == (other.account_id, other.payee, other.amount)
    return same and (other.day - one.day).days <= _TWICE_DAYS


def _first_facts(row: Row[Any]) -> Mapping[str, Fact]:
    return {"first_day": record_facts(ref_of(row), day=("date", row.day))["day"]}


QUERIES = {
    "breakdown": Query(_breakdown, QuerySpec(False, ("account", "period"))),
    "spent_by_payee": Query(_payees, QuerySpec(False, ("account", "category", "period"))),
    "repeated_charges": Query(_repeated, QuerySpec(False, ("account", "payee", "period"))),
}
