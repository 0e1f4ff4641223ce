"""Queries that anyone may ask: fees, rates, phone lines."""

from typing import Any

from sqlalchemy import Connection, Row, Select, select

from tellerbot.bank import demo_schema as t
from tellerbot.bank.facts import clock_fact, record_facts
from tellerbot.bank.queries import Query, Request
from tellerbot.types import Fact, FactSheet, QuerySpec, Source


def _fees(connection: Connection, request: Request) -> FactSheet:
    return FactSheet(
        {
            row.code: Fact(
                row.code,
                "percent" if row.kind == "percent" else "money",
                row.amount.normalize() if row.kind == "percent" else row.amount,
                Source("bank", f"fees/{row.code}"),
            )
            for row in connection.execute(select(t.fees))
        }
    )


def select_rates(request: Request, *families: str) -> Select[Any]:
    """Select the products of these families, or those among them that the request names."""
    query = select(t.rates).where(t.rates.c.family.in_(families)).order_by(t.rates.c.code)
    chosen = [named.ref for named in (request.get("product"), request.get("other_product")) if named]
    return query.where(t.rates.c.code.in_(chosen)) if chosen else query


def rate_facts(row: Row[Any]) -> dict[str, Fact]:
    """Make the facts of what one product pays or costs."""
    return record_facts(
        f"rates/{row.code}",
        product=("label", row.product),
        rate=("percent", row.rate),
        minimum=("money", row.minimum),
    )


def _rates(connection: Connection, request: Request, family: str) -> FactSheet:
    rows = connection.execute(select_rates(request, family))
    return FactSheet(clock_fact(request.today), tuple(map(rate_facts, rows)))


def _phones(connection: Connection, request: Request) -> FactSheet:
    return FactSheet(
        {
            f"{row.code}_phone": Fact(f"{row.code}_phone", "phone", row.number, Source("bank", f"phones/{row.code}"))
            for row in connection.execute(select(t.phones))
        }
    )


def _exchange_rates(connection: Connection, request: Request) -> FactSheet:
    rows = [
        record_facts(
            f"exchange_rates/{row.code}",
            currency=("label", row.currency),
            units=("count", row.units),
            we_sell=("money", row.we_sell),
            we_buy=("money", row.we_buy),
        )
        for row in connection.execute(select(t.exchange_rates).order_by(t.exchange_rates.c.currency))
    ]
    return FactSheet(clock_fact(request.today), tuple(rows))


def _rates_of(family: str) -> Query:
    return Query(lambda connection, request: _rates(connection, request, family), QuerySpec(True, ("product",)))


QUERIES = {
    "fees": Query(_fees, QuerySpec(True)),
    "savings_rates": _rates_of("savings"),
    "loan_rates": _rates_of("loans"),
    "mortgage_rates": _rates_of("mortgages"),
    "phones": Query(_phones, QuerySpec(True)),
    "exchange_rates": Query(_exchange_rates, QuerySpec(True)),
}
