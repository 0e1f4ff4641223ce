"""Disputing a charge, and which charges can be disputed."""

from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection, Row, Select, select

from tellerbot.bank import demo_schema as t
from tellerbot.bank.actions import Action, ActionResult
from tellerbot.bank.demo_booking import add_record, find_record
from tellerbot.bank.demo_transactions import LISTED, MOST_LISTED, ref_of, select_transactions, transaction_facts
from tellerbot.bank.facts import by_name, computed_fact, record_facts
from tellerbot.bank.formulas import months_before
from tellerbot.bank.holidays import statement_ready
from tellerbot.bank.queries import Query, Request
from tellerbot.errors import RefusedError
from tellerbot.types import ActionSpec, FactSheet, QuerySpec

REASONS = ("not_mine", "twice", "wrong_amount", "not_received", "other")
# Days from the date of the statement that shows a charge, and days until it is decided (the policy on disputes).
_DAYS, _DECISION = timedelta(days=60), timedelta(days=45)
_STATE = "open"


def _dispute(connection: Connection, request: Request) -> ActionResult:
    """Open a dispute about a posted purchase, once."""
    _, row = find_record(connection, request, t.transactions)
    if row.pending or row.kind != "purchase" or row.amount >= 0:
        raise RefusedError("not_possible", transaction_facts(row))
    open_one = select(t.disputes).where(t.disputes.c.transaction_id == row.id)
    if known := connection.execute(open_one).first():
        facts = record_facts(f"disputes/{known.id}", state=("label", known.state), decision=("date", known.decision))
        raise RefusedError("no_change", facts)
    last = _last_day(row.day)
    if request.today > last:
        formula = f"date of the statement + {_DAYS.days} days"
        raise RefusedError(
            "too_late", by_name(computed_fact("last_day", "date", last, formula, [f"{ref_of(row)}/day"]))
        )
    decision = request.today + _DECISION
    ref = add_record(
        connection, t.disputes, account_id=row.account_id, day=request.today, payee=row.payee, amount=-row.amount,
        charged=row.day, state=_STATE, decision=decision, transaction_id=row.id,
    )  # fmt: skip
    facts = record_facts(
        ref,
        payee=("text", row.payee),
        amount=("money", -row.amount),
        charged=("date", row.day),
        account=("label", row.product),
        last4=("digits", row.last4),
        state=("label", _STATE),
        decision=("date", decision),
    )
    return ActionResult(facts)


def _last_day(day: date) -> date:
    """Return the last day on which a charge of a day can be disputed."""
    end = months_before(day.replace(day=1), -1) - timedelta(days=1)
    return statement_ready(end) + _DAYS


def _first_day(today: date) -> date:
    """Return the first day whose charges can still be disputed."""
    first = today.replace(day=1)
    while _last_day(months_before(first, 1)) >= today:
        first = months_before(first, 1)
    return first


def _disputable(connection: Connection, request: Request) -> FactSheet:
    """Find the posted purchases that can be disputed, the newest first."""
    limit = request.get("limit")
    query = _select(request).limit(min(LISTED if limit is None else limit, MOST_LISTED))
    return FactSheet({}, tuple(map(transaction_facts, connection.execute(query))))


def _select(request: Request) -> Select[tuple[Row[Any]]]:
    disputed = select(t.disputes.c.transaction_id)
    return select_transactions(request).where(
        t.transactions.c.kind == "purchase",
        t.transactions.c.amount < 0,
        ~t.transactions.c.pending,
        t.transactions.c.day >= _first_day(request.today),
        t.transactions.c.id.not_in(disputed),
    )


ACTIONS = {
    "dispute_transaction": Action(
        _dispute,
        ActionSpec(
            ("record", "reason"),
            ("record", "reason"),
            reads=("transactions",),
            changes=("disputes",),
            scope="payments",
        ),
        {"reason": REASONS},
    )
}
QUERIES = {
    "disputable": Query(_disputable, QuerySpec(False, ("payee", "category", "period", "minimum", "maximum", "limit")))
}
