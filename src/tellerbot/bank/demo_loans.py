"""Queries over a customer's loans: what is owed, and what paying extra would change."""

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from sqlalchemy import Connection, Row, select

from tellerbot.bank import demo_schema as t
from tellerbot.bank.facts import by_name, computed_fact, message_fact, record_facts
from tellerbot.bank.formulas import loan_payment, months_before, payments_left
from tellerbot.bank.queries import Query, Request
from tellerbot.types import Fact, FactSheet, QuerySpec

# The most that the payments of all loans may take of an income, in percent.
_MOST_SHARE = 36
_LOAN_ASSUMES = "the same payment and rate to the end, a last payment of what is left, and no extra payments"


def _loans(connection: Connection, request: Request) -> FactSheet:
    query = select(t.loans).where(t.loans.c.customer_id == request.customer).order_by(t.loans.c.id)
    said = computed_fact("assumption", "label", _LOAN_ASSUMES, "assumption")
    return FactSheet(by_name(said), tuple(map(_loan_facts, connection.execute(query))))


def _loan_facts(row: Row[Any]) -> Mapping[str, Fact]:
    """Make the facts of one loan, with the day of its last payment where the payments repay it."""
    ref = f"loans/{row.id}"
    facts = record_facts(
        ref,
        loan=("label", row.product),
        owed=("money", row.owed),
        payment=("money", row.payment),
        due=("date", row.due),
        apr=("percent", row.apr),
    )
    number = payments_left(row.owed, row.apr, row.payment)
    if number is None:
        return facts
    refs = [f"{ref}/{name}" for name in ("owed", "apr", "payment", "due")]
    formula = f"-log(1 - {row.owed:.2f} x r / {row.payment:.2f}) / log(1 + r), r = {row.apr}% / 12"
    last = months_before(row.due, 1 - number)
    return {
        **facts,
        "payments_left": computed_fact("payments_left", "count", number, formula, refs),
        "last_due": computed_fact("last_due", "date", last, f"next due date + {number - 1} months", refs),
    }


def _extra(connection: Connection, request: Request) -> FactSheet:
    """Compute what each loan above an amount would be if that were paid at once, beside its payments."""
    extra: Decimal = request.get("amount")
    query = select(t.loans).where(t.loans.c.customer_id == request.customer, t.loans.c.owed > extra)
    rows = connection.execute(query.order_by(t.loans.c.id))
    found = tuple(facts for row in rows if (facts := _extra_facts(row, extra)))
    return FactSheet(by_name(message_fact("amount", "money", extra)) if found else {}, found)


def _extra_facts(row: Row[Any], extra: Decimal) -> Mapping[str, Fact] | None:
    ref, owed = f"loans/{row.id}", row.owed - extra
    before, after = (payments_left(amount, row.apr, row.payment) for amount in (row.owed, owed))
    if before is None or after is None:
        return None
    refs = [f"{ref}/{name}" for name in ("owed", "apr", "payment")]
    left = f"{row.owed:.2f} - {extra:.2f}"
    return {
        **_loan_facts(row),
        "owed_after": computed_fact("owed_after", "money", owed, left, refs),
        "left_after": computed_fact("left_after", "count", after, f"payments that repay {left}", refs),
        "sooner": computed_fact("sooner", "count", before - after, f"{before} - {after} payments", refs),
    }


def _check(connection: Connection, request: Request) -> FactSheet:
    """Compute what a personal loan and the present loans would take of an income; it decides nothing.

    Beside the bounds of the amount and the term, there is nothing where a loan is not within them.
    """
    amount, months, income = request.get("amount"), request.get("term"), request.get("income")
    product = connection.execute(select(t.rates).where(t.rates.c.code == "personal")).one()
    bounds = record_facts(
        "rates/personal",
        product=("label", product.product),
        rate=("percent", product.rate),
        least=("money", product.amount_from),
        most=("money", product.amount_to),
        shortest=("count", product.months_from),
        longest=("count", product.months_to),
    )
    within = product.amount_from <= amount <= product.amount_to
    if not (within and product.months_from <= months <= product.months_to and income > 0):
        return FactSheet(bounds)
    payment = loan_payment(amount, product.rate, months)
    own = select(t.loans).where(t.loans.c.customer_id == request.customer).order_by(t.loans.c.id)
    payments = {f"loans/{row.id}/payment": row.payment for row in connection.execute(own)}
    together = sum(payments.values(), payment)
    exact = together / income * 100
    share = exact.quantize(Decimal("0.1"), ROUND_HALF_UP)
    verdict = "likely" if exact <= _MOST_SHARE else "unlikely"
    formula = f"{amount:.2f} x r / (1 - (1 + r)^-{months}), r = {product.rate}% / 12"
    parts, refs = " + ".join(f"{one:.2f}" for one in (payment, *payments.values())), ["payment", *payments, "income"]
    facts = [
        message_fact("amount", "money", amount),
        message_fact("months", "count", months),
        message_fact("income", "money", income),
        computed_fact("payment", "money", payment, formula, ["rates/personal/rate"]),
        computed_fact("share", "percent", share, f"({parts}) / {income:.2f}", refs),
        computed_fact("verdict", "label", verdict, f"share of at most {_MOST_SHARE}%", refs),
    ]
    return FactSheet({**bounds, **by_name(*facts)})


QUERIES = {
    "loan_check": Query(_check, QuerySpec(False, ("amount", "term", "income"), ("amount", "term", "income"))),
    "loans": Query(_loans, QuerySpec(False)),
    "loan_extra": Query(_extra, QuerySpec(False, ("amount",), ("amount",))),
}
