"""Moving money: between a customer's own accounts, and to the payees that the customer has saved."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Row, select

from tellerbot.bank import demo_schema as t
from tellerbot.bank.actions import Action, ActionResult, limit_fact, read_amount, read_day, remaining_fact
from tellerbot.bank.demo_booking import (
    account_facts,
    add_record,
    book,
    find_account,
    read_account,
    refuse_cd,
    require,
)
from tellerbot.bank.demo_transactions import OWN_TRANSFERS
from tellerbot.bank.facts import by_name, clock_fact, record_facts
from tellerbot.bank.formulas import months_before
from tellerbot.bank.journal import amounts_moved
from tellerbot.bank.queries import Query, Request
from tellerbot.errors import RefusedError
from tellerbot.types import ActionSpec, Fact, FactSheet, Limits, Named, QuerySpec

OWN_LIMITS = Limits(Decimal("25000.00"), Decimal("50000.00"))
# Those of transfers to other banks (the policy on transfers).
PAY_LIMITS = Limits(Decimal("5000.00"), Decimal("5000.00"))
_MONTH_LIMIT = Decimal("20000.00")
# New payees a day, so that who has got into an account cannot empty it to many others.
_NEW_PAYEES = 5
_SHORTEST, _LONGEST = 6, 17


def _move(connection: Connection, request: Request) -> ActionResult:
    """Move money between two of the customer's own accounts, today or on a later day."""
    amount, day = read_amount(request), read_day(request)
    source, target = find_account(connection, request), find_account(connection, request, "to_account")
    if source.id == target.id:
        raise RefusedError("not_possible")
    refuse_cd(connection, source, target)
    if day > request.today:
        to = account_facts(target, "to_")
        return _schedule(connection, source, target.product, amount, day, to, to_account_id=target.id)
    require(source, amount)
    ref = transfer(connection, source, target, amount, day)
    facts = record_facts(ref, amount=("money", amount), day=("date", day))
    own = account_facts(read_account(connection, source.id))
    return ActionResult({**facts, **own, **account_facts(read_account(connection, target.id), "to_")})


def transfer(connection: Connection, source: Row[Any], target: Row[Any], amount: Decimal, day: date) -> str:
    """Book a move between two accounts at once; returns the record of what went out."""
    book(connection, target.id, amount, day, f"Transfer from {source.product}", "transfer", OWN_TRANSFERS)
    return book(connection, source.id, -amount, day, f"Transfer to {target.product}", "transfer", OWN_TRANSFERS)


def _pay(connection: Connection, request: Request) -> ActionResult:
    """Pay a saved payee: today as a transfer that is pending until the other bank has it, or on a later day."""
    amount, day = read_amount(request), read_day(request)
    source, payee = find_account(connection, request), find_payee(connection, request)
    refuse_cd(connection, source)
    paid = amounts_moved(connection, request.customer, "pay_payee", *_month(day))
    if amount + sum(one for _, one in paid) > _MONTH_LIMIT:
        facts = by_name(limit_fact("limits/pay_payee", "month_sum", _MONTH_LIMIT), remaining_fact(_MONTH_LIMIT, paid))
        raise RefusedError("amount_limit", facts)
    to = payee_facts(payee)
    if day > request.today:
        return _schedule(connection, source, payee.payee, amount, day, to, payee_id=payee.id)
    require(source, amount)
    ref = book(
        connection, source.id, -amount, day, payee.payee, "transfer", "transfers", payee_id=payee.id, pending=True
    )
    facts = record_facts(ref, amount=("money", amount), day=("date", day), state=("label", "pending"))
    return ActionResult({**facts, **to, **account_facts(read_account(connection, source.id))})


def _schedule(
    connection: Connection,
    source: Row[Any],
    payee: str,
    amount: Decimal,
    day: date,
    to: dict[str, Fact],
    **target: object,
) -> ActionResult:
    """Keep a transfer for a later day; what is in the account counts only then."""
    values = {"account_id": source.id, "payee": payee, "amount": amount, "next_day": day, **target}
    ref = add_record(connection, t.scheduled_payments, **values)
    facts = record_facts(ref, amount=("money", amount), day=("date", day), state=("label", "scheduled"))
    return ActionResult({**facts, **to, **account_facts(source)})


def find_payee(connection: Connection, request: Request) -> Row[Any]:
    """Find the payee that a request names. Raises RefusedError where the customer has not saved it."""
    saved = select(t.payees).where(
        t.payees.c.customer_id == request.customer, t.payees.c.payee == request.get("payee").ref
    )
    row = connection.execute(saved).first()
    if row is None:
        raise RefusedError("not_possible")
    return row


def payee_facts(row: Row[Any]) -> dict[str, Fact]:
    """Make the facts of a saved payee, with the last digits of its account."""
    facts = record_facts(
        f"payees/{row.id}", payee=("text", row.payee), bank=("text", row.bank), last4=("digits", row.last4)
    )
    last4 = facts.pop("last4")
    return {**facts, "payee_last4": replace(last4, name="payee_last4")}


def _add_payee(connection: Connection, request: Request) -> ActionResult:
    """Save a payee. A further account of one name is called by its last digits too, so that a name is one account."""
    name, bank = request.get("name").strip(), request.get("bank").strip()
    number = request.get("number").replace(" ", "").replace("-", "")
    if not (number.isascii() and number.isdigit() and _SHORTEST <= len(number) <= _LONGEST):
        raise RefusedError("not_possible")
    last4, named_so = number[-4:], f"{name} ({number[-4:]})"
    own = connection.execute(select(t.payees).where(t.payees.c.customer_id == request.customer)).all()
    alike = [row for row in own if row.payee.casefold() in (name.casefold(), named_so.casefold())]
    if same := next((row for row in alike if row.last4 == last4), None):
        raise RefusedError("no_change", payee_facts(same))
    saved = named_so if alike else name
    values = {"customer_id": request.customer, "payee": saved, "bank": bank, "last4": last4}
    ref = add_record(connection, t.payees, **values)
    row = connection.execute(select(t.payees).where(t.payees.c.id == int(ref.split("/")[1]))).one()
    return ActionResult(payee_facts(row), Named("payee", saved, saved))


def _limits(connection: Connection, request: Request) -> FactSheet:
    """Compute what may still be paid to saved payees today and this month."""
    today = request.today
    paid = amounts_moved(connection, request.customer, "pay_payee", today)
    this_month = amounts_moved(connection, request.customer, "pay_payee", *_month(today))
    limit, left = PAY_LIMITS.day_sum or Decimal(0), remaining_fact(_MONTH_LIMIT, this_month, "month_remaining")
    month_limit = replace(limit_fact("limits/pay_payee", "month_sum", _MONTH_LIMIT), name="month_limit")
    day = [limit_fact("limits/pay_payee", "day_sum", limit), remaining_fact(limit, paid)]
    return FactSheet({**clock_fact(today), **by_name(*day, month_limit, left)})


def _month(day: date) -> tuple[date, date]:
    first = day.replace(day=1)
    return first, months_before(first, -1) - timedelta(days=1)


ACTIONS = {
    "move_money": Action(
        _move,
        ActionSpec(
            ("account", "to_account", "amount", "day"),
            ("account", "to_account", "amount"),
            reads=("accounts",),
            changes=("accounts", "transactions", "scheduled_payments"),
            scope="payments",
            limits=OWN_LIMITS,
        ),
    ),
    "pay_payee": Action(
        _pay,
        ActionSpec(
            ("account", "payee", "amount", "day"),
            ("account", "payee", "amount"),
            reads=("accounts", "payees"),
            changes=("accounts", "transactions", "scheduled_payments"),
            scope="payments",
            limits=PAY_LIMITS,
            second_factor=True,
        ),
    ),
    "add_payee": Action(
        _add_payee,
        ActionSpec(
            ("name", "bank", "number"),
            ("name", "bank", "number"),
            reads=("payees",),
            changes=("payees",),
            scope="payments",
            limits=Limits(day_count=_NEW_PAYEES),
            second_factor=True,
        ),
    ),
}
QUERIES = {"action_limits": Query(_limits, QuerySpec(False))}
