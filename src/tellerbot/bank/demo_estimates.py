"""Queries that anyone may ask and that compute: what a deposit or a loan comes to, and products side by side."""

from collections.abc import Mapping
from decimal import Decimal

from sqlalchemy import Connection

from tellerbot.bank import demo_schema as t
from tellerbot.bank.demo_products import rate_facts, select_rates
from tellerbot.bank.facts import clock_fact, computed_fact, message_fact, record_facts
from tellerbot.bank.formulas import deposit_value, loan_payment
from tellerbot.bank.queries import Query, Request
from tellerbot.types import Fact, FactSheet, QuerySpec

# How long money lies in an account without a term, where the customer names none.
_USUAL_MONTHS = 12
_DEPOSIT_ASSUMES = "interest compounded daily and left in the account, rate kept for the whole term"
_LOAN_ASSUMES = "our lowest rate, kept for the whole term, and equal monthly payments"


def _comparison(connection: Connection, request: Request) -> FactSheet:
    """Compare savings products, the best rate first; of two, compute by how much their rates differ."""
    rows = sorted(connection.execute(select_rates(request, "savings")), key=lambda row: -row.rate)
    values = dict(clock_fact(request.today))
    if len(rows) == 2:
        refs = [f"rates/{row.code}/rate" for row in rows]
        formula = f"{rows[0].rate}% - {rows[1].rate}%"
        values["difference"] = computed_fact("difference", "percent", rows[0].rate - rows[1].rate, formula, refs)
    shown = [
        {
            **rate_facts(row),
            **record_facts(
                f"rates/{row.code}",
                term=("count", row.months_from),
                access=("label", "at the end of its term" if row.months_from else "at any time"),
            ),
        }
        for row in rows
    ]
    return FactSheet(values, tuple(shown))


def _deposit(connection: Connection, request: Request) -> FactSheet:
    """Compute what an amount grows to in each product that takes it, the most first; a CD keeps its own term."""
    amount, term = request.get("amount"), request.get("term")
    rows: list[tuple[Decimal, Mapping[str, Fact]]] = []
    for row in connection.execute(select_rates(request, "savings")):
        months = row.months_from or term or _USUAL_MONTHS
        if (row.minimum and amount < row.minimum) or (term and not request.get("product") and months != term):
            continue
        value = deposit_value(amount, row.rate, months)
        formula = f"{amount:.2f} x (1 + {row.rate}%)^({months}/12)"
        refs = [f"rates/{row.code}/rate"]
        computed = {
            "term": computed_fact("term", "count", months, f"{months} months", refs),
            "total": computed_fact("total", "money", value, formula, refs),
            "interest": computed_fact("interest", "money", value - amount, f"{formula} - {amount:.2f}", refs),
        }
        rows.append((value, {**rate_facts(row), **computed}))
    rows.sort(key=lambda item: -item[0])
    return FactSheet(_inputs(request, _DEPOSIT_ASSUMES), tuple(facts for _, facts in rows))


def _loan(connection: Connection, request: Request) -> FactSheet:
    """Compute what a loan costs a month with each product that allows its amount and term, the cheapest first."""
    amount, months = request.get("amount"), request.get("term")
    families = ("loans", "mortgages") if request.get("product") else ("loans",)
    rows: list[tuple[Decimal, Mapping[str, Fact]]] = []
    # A line of credit has no term, and so no payment that would repay it.
    for row in connection.execute(select_rates(request, *families).where(t.rates.c.months_to.is_not(None))):
        if not (_within(amount, row.amount_from, row.amount_to) and _within(months, row.months_from, row.months_to)):
            continue
        payment = loan_payment(amount, row.rate, months)
        formula = f"{amount:.2f} x r / (1 - (1 + r)^-{months}), r = {row.rate}% / 12"
        refs = [f"rates/{row.code}/rate"]
        total = payment * months
        computed = {
            "payment": computed_fact("payment", "money", payment, formula, refs),
            "total": computed_fact("total", "money", total, f"{months} x {payment:.2f}", refs),
            "interest": computed_fact("interest", "money", total - amount, f"{total:.2f} - {amount:.2f}", refs),
        }
        rows.append((payment, {**rate_facts(row), **computed}))
    rows.sort(key=lambda item: item[0])
    return FactSheet(_inputs(request, _LOAN_ASSUMES), tuple(facts for _, facts in rows))


def _inputs(request: Request, assumption: str) -> dict[str, Fact]:
    """Return what a computation starts from: the customer's own values, the day of the rates, the assumption."""
    given = [message_fact("amount", "money", request.get("amount"))]
    if request.get("term"):
        given.append(message_fact("months", "count", request.get("term")))
    said = computed_fact("assumption", "label", assumption, "assumption")
    return {**clock_fact(request.today), **{fact.name: fact for fact in (*given, said)}}


def _within(value: Decimal | int, least: Decimal | int | None, most: Decimal | int | None) -> bool:
    return (least is None or value >= least) and (most is None or value <= most)


QUERIES = {
    "product_comparison": Query(_comparison, QuerySpec(True, ("product", "other_product"))),
    "deposit_projection": Query(_deposit, QuerySpec(True, ("amount", "product", "term"), ("amount",))),
    "loan_estimate": Query(_loan, QuerySpec(True, ("amount", "term", "product"), ("amount", "term"))),
}
