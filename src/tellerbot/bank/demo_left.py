"""Queries over money and payments to come: the balance after them, and whether the pay comes first."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

from sqlalchemy import Connection, select

from tellerbot.bank import demo_schema as t
from tellerbot.bank.demo_payments import Due, due_facts, find_due
from tellerbot.bank.demo_spending import sum_fact
from tellerbot.bank.demo_transactions import SALARY
from tellerbot.bank.facts import by_name, clock_fact, computed_fact, record_facts
from tellerbot.bank.queries import Query, Request
from tellerbot.types import FactSheet, QuerySpec

# What comes due within so many days is paid where the customer names nothing.
_SOON = timedelta(days=30)


def _left(connection: Connection, request: Request) -> FactSheet:
    """Compute what an account holds after the payments asked about; by default the first checking account.

    Of each payee, card and category named the next payment, of a kind all that is owed, else what is due soon.
    """
    query = select(t.accounts).where(t.accounts.c.customer_id == request.customer).order_by(t.accounts.c.id)
    if account := request.get("account"):
        query = query.where(t.accounts.c.id == account.ref)
    row = connection.execute(query.limit(1)).first()
    # The landlord and the rent are one payment.
    paid = [*{due.ref: due for due in _paid(connection, request)}.values()]
    if row is None or not paid:
        return FactSheet()
    amounts = [(due.ref, due.amount) for due in paid]
    total = sum((due.amount for due in paid), Decimal("0.00"))
    rest = row.available - total
    formula, refs = f"{row.available:.2f} - {total:.2f}", [f"accounts/{row.id}/available", *(ref for ref, _ in amounts)]
    found = record_facts(
        f"accounts/{row.id}",
        own_account=("label", row.product),
        last4=("digits", row.last4),
        available=("money", row.available),
    )
    facts = [
        sum_fact("total", amounts, "payment"),
        computed_fact("verdict", "label", "Yes" if rest >= 0 else "No", formula, refs),
        computed_fact("leaves", "label", "leaves" if rest >= 0 else "leaves it short by", formula, refs),
        computed_fact("rest", "money", abs(rest), formula, refs),
    ]
    return FactSheet({**clock_fact(request.today), **found, **by_name(*facts)}, tuple(map(due_facts, paid)))


def _paid(connection: Connection, request: Request) -> Iterator[Due]:
    """Yield the payments that are asked about, from whichever account; one may be asked about twice."""
    due = find_due(connection, Request(request.customer, request.today))
    kind, card = request.get("kind"), request.get("card")
    named = [name for name in ("payee", "category") if request.get(name)]
    if kind == "loan payment":
        loans = select(t.loans).where(t.loans.c.customer_id == request.customer).order_by(t.loans.c.id)
        for row in connection.execute(loans):
            yield Due(f"loans/{row.id}", "label", row.product, "loan in full", row.owed, row.due)
    if card or kind == "card payment":
        bills = [one for one in due if one.kind == "card payment"]
        yield from [one for one in bills if card is None or one.ref == f"card_bills/{card.ref}"]
    for name in named:
        asked = Request(request.customer, request.today, {name: request.get(name)})
        yield from find_due(connection, asked)[:1]
    if not (kind or card or named):
        yield from [one for one in due if request.today <= one.day <= request.today + _SOON]


def _pay_first(connection: Connection, request: Request) -> FactSheet:
    """Return whether the next pay comes before the payment asked about, the next one where none is named."""
    pay = SALARY.run(connection, Request(request.customer, request.today)).values
    due = find_due(connection, request)
    if not due or "next_day" not in pay:
        return FactSheet()
    payment = due[0]
    comes_first = pay["next_day"].value < payment.day  # type: ignore[operator]
    refs = [payment.ref, *pay["next_day"].source.rows]
    facts = [
        computed_fact("verdict", "label", "Yes" if comes_first else "No", "next pay before payment", refs),
        computed_fact("order", "label", "before" if comes_first else "not before", "next pay before payment", refs),
    ]
    return FactSheet({"next_day": pay["next_day"], **by_name(*facts)}, (due_facts(payment),))


QUERIES = {
    "left_after": Query(_left, QuerySpec(False, ("account", "card", "payee", "category", "kind"))),
    "pay_first": Query(_pay_first, QuerySpec(False, ("payee", "category"))),
}
