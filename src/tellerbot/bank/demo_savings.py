"""Queries over what a customer saves: their CDs, what went into savings, and whether there is enough for something."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Row, select

from tellerbot.bank import demo_schema as t
from tellerbot.bank.demo_spending import count_fact, sum_fact
from tellerbot.bank.demo_transactions import (
    OWN_TRANSFERS,
    find_span,
    ref_of,
    select_transactions,
    span_facts,
    transaction_facts,
)
from tellerbot.bank.facts import by_name, clock_fact, computed_fact, message_fact, record_facts
from tellerbot.bank.formulas import days_of_interest, earnings
from tellerbot.bank.queries import Query, Request
from tellerbot.types import Fact, FactSheet, QuerySpec

# Days of interest that it costs to end a CD early: one of up to a year, and a longer one (the policy on savings).
_SHORT_TERM, _SHORT_DAYS, _LONG_DAYS = 12, 90, 180


def _cds(connection: Connection, request: Request) -> FactSheet:
    """Find the customer's CDs: when they mature, what they earn until then, and what ending them today would cost."""
    query = (
        select(t.accounts, *(column for column in t.cds.c if column.name != "account_id"))
        .select_from(t.cds.join(t.accounts))
        .where(t.accounts.c.customer_id == request.customer)
        .order_by(t.cds.c.matures)
    )
    rows = tuple(_cd_facts(row, request) for row in connection.execute(query))
    return FactSheet(clock_fact(request.today), rows)


def _cd_facts(row: Row[Any], request: Request) -> Mapping[str, Fact]:
    ref = f"accounts/{row.id}"
    days = (row.matures - request.today).days
    charged = _SHORT_DAYS if row.months <= _SHORT_TERM else _LONG_DAYS
    earned, charge = earnings(row.current, row.rate, days), days_of_interest(row.current, row.rate, charged)
    refs = [f"{ref}/current", f"{ref}/rate"]
    grown = f"{row.current:.2f} x (1 + {row.rate}%)^({days}/365)"
    cost = f"{row.current:.2f} x {row.rate}% x {charged}/365"
    return {
        **record_facts(
            ref,
            account=("label", row.product),
            last4=("digits", row.last4),
            current=("money", row.current),
            rate=("percent", row.rate),
            matures=("date", row.matures),
        ),
        "days": computed_fact("days", "count", days, "days until it matures", [f"{ref}/matures"]),
        "earns": computed_fact("earns", "money", earned, f"{grown} - {row.current:.2f}", refs),
        "at_end": computed_fact("at_end", "money", row.current + earned, grown, refs),
        "charged": computed_fact("charged", "count", charged, "days of interest by the term", [f"{ref}/months"]),
        "charge": computed_fact("charge", "money", charge, cost, refs),
        "paid_out": computed_fact("paid_out", "money", row.current - charge, f"{row.current:.2f} - {cost}", refs),
    }


def _saved(connection: Connection, request: Request) -> FactSheet:
    """Add up what went from the customer's other accounts into savings in a period, and what came back out."""
    query = select_transactions(request).where(
        t.transactions.c.category == OWN_TRANSFERS, ~t.accounts.c.product.endswith("Checking")
    )
    rows = connection.execute(query).all()
    span = find_span(connection, request, request.get("period"))
    moves = {"": [row for row in rows if row.amount > 0], "taken_": [row for row in rows if row.amount < 0]}
    facts = [*span_facts(span)]
    for name, some in moves.items():
        facts.append(sum_fact(f"{name}total", [(ref_of(row), abs(row.amount)) for row in some], "transfer"))
        facts.append(count_fact(f"{name}count", [ref_of(row) for row in some], "transfer"))
    return FactSheet(by_name(*facts), records=tuple(map(transaction_facts, rows)))


def _enough(connection: Connection, request: Request) -> FactSheet:
    """Return whether an account, the first checking account where none is named, holds an amount."""
    amount: Decimal = request.get("amount")
    query = select(t.accounts).where(t.accounts.c.customer_id == request.customer).order_by(t.accounts.c.id)
    if account := request.get("account"):
        query = query.where(t.accounts.c.id == account.ref)
    row = connection.execute(query.limit(1)).first()
    if row is None:
        return FactSheet()
    rest = row.available - amount
    formula, refs = f"{row.available:.2f} - {amount:.2f}", [f"accounts/{row.id}/available"]
    verdict, direction = ("Yes", "more") if rest >= 0 else ("No", "less")
    facts = [
        message_fact("amount", "money", amount),
        computed_fact("verdict", "label", verdict, formula, refs),
        computed_fact("direction", "label", direction, formula, refs),
        computed_fact("difference", "money", abs(rest), formula, refs),
    ]
    found = record_facts(
        f"accounts/{row.id}",
        account=("label", row.product),
        last4=("digits", row.last4),
        available=("money", row.available),
    )
    return FactSheet({**clock_fact(request.today), **found, **by_name(*facts)})


QUERIES = {
    "cds": Query(_cds, QuerySpec(False)),
    "moved_to_savings": Query(_saved, QuerySpec(False, ("account", "period"))),
    "enough": Query(_enough, QuerySpec(False, ("account", "amount"), ("amount",))),
}
