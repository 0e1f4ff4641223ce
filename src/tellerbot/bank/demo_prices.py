"""The query over what regular payments cost now, and a year ago."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, Row, select

from tellerbot.bank import demo_schema as t
from tellerbot.bank.demo_payments import goes_on
from tellerbot.bank.demo_transactions import ref_of, select_transactions, transaction_facts
from tellerbot.bank.facts import computed_fact
from tellerbot.bank.formulas import months_before
from tellerbot.bank.queries import Query, Request
from tellerbot.types import Fact, FactSheet, QuerySpec

# A payment within so many days of the day a year before is the one of that time.
_AROUND = timedelta(days=20)
_YEAR = 12


def _prices(connection: Connection, request: Request) -> FactSheet:
    """Find the latest payment to each payee asked for, and that of a year before; by default to all regular ones."""
    query = select_transactions(request).where(t.transactions.c.amount < 0, ~t.transactions.c.pending)
    if not (request.get("payee") or request.get("category")):
        tables = (t.direct_debits, t.standing_orders)
        regular = [select(table.c.payee).join(t.accounts).where(goes_on(table)) for table in tables]
        own = [one.where(t.accounts.c.customer_id == request.customer) for one in regular]
        query = query.where(t.transactions.c.payee.in_(own[0].union(own[1])))
    rows = sorted(connection.execute(query).all(), key=lambda row: row.payee)
    found = [_change([*payments]) for _, payments in groupby(rows, key=lambda row: row.payee)]
    return FactSheet({}, tuple(facts for facts in found if facts))


def _change(payments: Sequence[Row[Any]]) -> Mapping[str, Fact] | None:
    """Compare one payee's latest payment with that of a year before; None where there is none.

    `payments` come with the newest first.
    """
    latest = payments[0]
    day = months_before(latest.day, _YEAR)

    def distance(row: Row[Any]) -> timedelta:
        return abs(row.day - day)

    before = min(payments, key=distance)
    if distance(before) > _AROUND:
        return None
    now, then = -latest.amount, -before.amount
    refs = [ref_of(latest), ref_of(before)]
    direction = "it went up" if now > then else "it went down" if now < then else "it stayed the same"
    formula = f"{now:.2f} - {then:.2f}"
    return {
        **transaction_facts(latest),
        **{f"earlier_{name}": fact for name, fact in transaction_facts(before).items()},
        "difference": computed_fact("difference", "money", abs(now - then), formula, refs),
        "direction": computed_fact("direction", "label", direction, formula, refs),
    }


QUERIES = {"price_changes": Query(_prices, QuerySpec(False, ("account", "payee", "category")))}
