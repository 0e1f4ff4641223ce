"""Stopping payments: transfers to come, the next payment of a regular one, transfers that are still pending."""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Row, Table, delete, update

from tellerbot.bank import demo_schema as t
from tellerbot.bank.actions import NONE, Action, ActionResult
from tellerbot.bank.demo_booking import (
    account_facts,
    change_balance,
    fee_fact,
    find_record,
    read_account,
    take_fee,
)
from tellerbot.bank.demo_orders import is_short, order_facts, refuse_ended, refuse_short
from tellerbot.bank.demo_payments import REGULAR, select_own
from tellerbot.bank.demo_transactions import ref_of, select_transactions
from tellerbot.bank.facts import record_facts
from tellerbot.bank.formulas import months_before
from tellerbot.bank.queries import Query, Request
from tellerbot.errors import RefusedError
from tellerbot.types import ActionSpec, Fact, FactSheet, QuerySpec

_FEE = "stop_payment"
_WEEK = timedelta(days=7)


def _stop(connection: Connection, request: Request) -> ActionResult:
    """Stop one payment; regular ones go on after it."""
    table, row = find_record(connection, request, *REGULAR, t.transactions)
    if table is t.transactions:
        return _stop_pending(connection, row)
    facts = {**order_facts(table, row), **_kind_fact(table, row)}
    refuse_ended(row)
    if table is t.direct_debits:
        refuse_short(request.today, row.next_day)
        facts |= take_fee(connection, request, read_account(connection, row.account_id), _FEE, "Stop payment fee")
    elif row.next_day <= request.today:
        raise RefusedError("too_late", facts)
    if table is t.scheduled_payments:
        values = {"ends": row.next_day - timedelta(days=1)}
    else:
        values = {"next_day": _following(row)}
        facts |= record_facts(f"{table.name}/{row.id}", next_day=("date", values["next_day"]))
    connection.execute(update(table).where(table.c.id == row.id).values(**values))
    return ActionResult(facts)


def _stop_pending(connection: Connection, row: Row[Any]) -> ActionResult:
    """Take a transfer back that the other bank does not have yet: it is gone, as if it had never been."""
    if not row.pending:
        raise RefusedError("too_late")
    # A card payment that is approved cannot be stopped (the policy on transfers).
    if row.payee_id is None:
        raise RefusedError("not_possible")
    connection.execute(delete(t.transactions).where(t.transactions.c.id == row.id))
    change_balance(connection, row.account_id, -row.amount, NONE)
    return ActionResult({**_pending_facts(row), **account_facts(read_account(connection, row.account_id))})


def _following(row: Row[Any]) -> date:
    """Return the day of the payment after the next."""
    return row.next_day + _WEEK if getattr(row, "every", "month") == "week" else months_before(row.next_day, -1)


def _scheduled(connection: Connection, request: Request) -> FactSheet:
    """Find the transfers to come, the next one first."""
    query = select_own(t.scheduled_payments, request).where(t.scheduled_payments.c.next_day >= request.today)
    return FactSheet({}, tuple(_regular_facts(t.scheduled_payments, row) for row in connection.execute(query)))


def _stoppable(connection: Connection, request: Request) -> FactSheet:
    """Find every payment that can be stopped, with what that costs."""
    return FactSheet({}, tuple(_all_stoppable(connection, request)))


def _all_stoppable(connection: Connection, request: Request) -> Iterator[Mapping[str, Fact]]:
    pending = select_transactions(request).where(t.transactions.c.pending, t.transactions.c.payee_id.is_not(None))
    for row in connection.execute(pending):
        yield _pending_facts(row)
    for table in (t.scheduled_payments, t.standing_orders, t.direct_debits):
        query = select_own(table, request).where(table.c.ends.is_(None), table.c.next_day > request.today)
        for row in connection.execute(query):
            if table is not t.direct_debits:
                yield _regular_facts(table, row)
            elif not is_short(request.today, row.next_day):
                yield {**_regular_facts(table, row), "fee": fee_fact(connection, _FEE)}


def _regular_facts(table: Table, row: Row[Any]) -> dict[str, Fact]:
    return {**order_facts(table, row), **_kind_fact(table, row)}


def _kind_fact(table: Table, row: Row[Any]) -> dict[str, Fact]:
    return record_facts(f"{table.name}/{row.id}", kind=("label", REGULAR[table]))


def _pending_facts(row: Row[Any]) -> dict[str, Fact]:
    amount: Decimal = -row.amount
    return record_facts(
        ref_of(row),
        payee=("text", row.payee),
        amount=("money", amount),
        day=("date", row.day),
        account=("label", row.product),
        last4=("digits", row.last4),
        kind=("label", "pending transfer"),
    )


ACTIONS = {
    "stop_payment": Action(
        _stop,
        ActionSpec(
            ("record",),
            ("record",),
            reads=("accounts", "fees"),
            changes=("transactions", "accounts", "direct_debits", "standing_orders", "scheduled_payments"),
            scope="payments",
        ),
    )
}
QUERIES = {
    "scheduled_payments": Query(_scheduled, QuerySpec(False, ("account",))),
    "stoppable_payments": Query(_stoppable, QuerySpec(False, ("account",))),
}
