"""Changing what is paid again and again: standing orders, and the direct debits that companies collect."""

from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection, Row, Table, select, update

from tellerbot.bank import demo_schema as t
from tellerbot.bank.actions import Action, ActionResult, check_limits, read_amount, read_day
from tellerbot.bank.demo_booking import account_facts, add_record, find_account, find_record, refuse_cd
from tellerbot.bank.demo_pay import OWN_LIMITS, PAY_LIMITS, find_payee, payee_facts
from tellerbot.bank.facts import by_name, computed_fact, record_facts
from tellerbot.bank.holidays import business_days_until
from tellerbot.bank.queries import Request
from tellerbot.errors import ConfigError, RefusedError
from tellerbot.types import ActionSpec, Fact, Limits

EVERY = ("week", "month")
# Business days before a direct debit is due that the bank needs (the policy on direct debits).
_NOTICE = 3


def _set(connection: Connection, request: Request) -> ActionResult:
    """Pay a saved payee, or move money to an own account, on a first day and every week or month after it."""
    amount, day, payee, to = read_amount(request), read_day(request), request.get("payee"), request.get("to_account")
    if (payee is None) == (to is None):
        raise ConfigError(
            "set_standing_order: expected payee or to_account, found both or neither. Ask which is meant."
        )
    source = find_account(connection, request)
    refuse_cd(connection, source)
    if day == request.today:
        raise RefusedError("not_possible")
    values = {"account_id": source.id, "amount": amount, "next_day": day, "every": request.get("every")}
    if payee:
        check_limits(Limits(PAY_LIMITS.amount), amount, [], "limits/pay_payee")
        saved = find_payee(connection, request)
        values |= {"payee": saved.payee, "payee_id": saved.id}
        facts = payee_facts(saved)
    else:
        target = find_account(connection, request, "to_account")
        if target.id == source.id:
            raise RefusedError("not_possible")
        refuse_cd(connection, target)
        values |= {"payee": target.product, "to_account_id": target.id}
        facts = account_facts(target, "to_")
    table = t.standing_orders
    alike = select(table.c.id).where(table.c.ends.is_(None), *(table.c[name] == one for name, one in values.items()))
    if connection.execute(alike).first():
        raise RefusedError("no_change")
    ref = add_record(connection, table, **values)
    own = record_facts(ref, amount=("money", amount), next_day=("date", day), every=("label", values["every"]))
    return ActionResult({**own, **facts, **account_facts(source)})


def _cancel_order(connection: Connection, request: Request) -> ActionResult:
    """End a standing order: from the next payment on, unless that is made today."""
    table, row = find_record(connection, request, t.standing_orders)
    return _end(connection, table, row, row.next_day == request.today)


def _cancel_debit(connection: Connection, request: Request) -> ActionResult:
    """End a direct debit: from the next payment on, or from the one after it where the bank has too little notice."""
    table, row = find_record(connection, request, t.direct_debits)
    return _end(connection, table, row, row.next_day >= request.today and is_short(request.today, row.next_day))


def _end(connection: Connection, table: Table, row: Row[Any], once_more: bool) -> ActionResult:
    if row.ends is not None:
        raise RefusedError("no_change")
    ends = row.next_day if once_more else row.next_day - timedelta(days=1)
    connection.execute(update(table).where(table.c.id == row.id).values(ends=ends))
    facts = order_facts(table, row)
    if once_more:
        facts |= record_facts(f"{table.name}/{row.id}", last_day=("date", ends))
    return ActionResult(facts)


def _change_debit(connection: Connection, request: Request) -> ActionResult:
    """Take a direct debit from another of the customer's accounts."""
    table, row = find_record(connection, request, t.direct_debits)
    account = find_account(connection, request)
    refuse_cd(connection, account)
    refuse_ended(row)
    if account.id == row.account_id:
        raise RefusedError("no_change")
    refuse_short(request.today, row.next_day)
    connection.execute(update(table).where(table.c.id == row.id).values(account_id=account.id))
    return ActionResult({**order_facts(table, row), **account_facts(account)})


def is_short(today: date, day: date) -> bool:
    """Return whether it is too late to change a direct debit that is due on a day."""
    return business_days_until(today, day) < _NOTICE


def refuse_short(today: date, day: date) -> None:
    """Raise RefusedError where it is too late to change a direct debit that is due on a day."""
    if is_short(today, day):
        notice = computed_fact("notice", "count", _NOTICE, "business days before the due date")
        raise RefusedError("too_late", by_name(notice))


def refuse_ended(row: Row[Any]) -> None:
    """Raise RefusedError for a payment that is not made again."""
    if row.ends is not None:
        raise RefusedError("no_change")


def order_facts(table: Table, row: Row[Any]) -> dict[str, Fact]:
    """Make the facts of a regular or scheduled payment."""
    return record_facts(
        f"{table.name}/{row.id}",
        payee=("text", row.payee),
        amount=("money", row.amount),
        day=("date", row.next_day),
        account=("label", row.product),
        last4=("digits", row.last4),
    )


def _spec(table: Table, *arguments: str) -> ActionSpec:
    return ActionSpec(
        ("record", *arguments), ("record", *arguments), reads=(table.name,), changes=(table.name,), scope="payments"
    )


ACTIONS = {
    "set_standing_order": Action(
        _set,
        ActionSpec(
            ("account", "payee", "to_account", "amount", "day", "every"),
            ("account", "amount", "day", "every"),
            reads=("accounts", "payees"),
            changes=("standing_orders",),
            scope="payments",
            limits=Limits(OWN_LIMITS.amount),
            second_factor=True,
            undo="cancel_standing_order",
        ),
        {"every": EVERY},
    ),
    "cancel_standing_order": Action(_cancel_order, _spec(t.standing_orders)),
    "cancel_direct_debit": Action(_cancel_debit, _spec(t.direct_debits)),
    "change_direct_debit": Action(_change_debit, _spec(t.direct_debits, "account")),
}
