"""Stopping a check that has not been paid yet."""

from sqlalchemy import Connection, select

from tellerbot.bank import demo_schema as t
from tellerbot.bank.actions import Action, ActionResult, read_amount
from tellerbot.bank.demo_booking import account_facts, add_record, find_account, take_fee
from tellerbot.bank.facts import record_facts
from tellerbot.bank.formulas import months_before
from tellerbot.bank.queries import Query, Request
from tellerbot.errors import RefusedError
from tellerbot.types import ActionSpec, FactSheet, QuerySpec

# How long a stop payment order lasts (the policy on transfers), and the most digits that the number of a check has.
_MONTHS, _DIGITS = 6, 6
_CHECKING = "Checking"


def _stop(connection: Connection, request: Request) -> ActionResult:
    """Place a stop payment order, for a fee; not two at once for one check."""
    account, amount, number = find_account(connection, request), read_amount(request), request.get("check")
    number = number.lstrip("0") if number.isascii() and number.isdigit() else ""
    if not account.product.endswith(_CHECKING) or not 0 < len(number) <= _DIGITS:
        raise RefusedError("not_possible", account_facts(account))
    table = t.stopped_checks
    same = (table.c.account_id == account.id) & (table.c.number == number) & (table.c.ends >= request.today)
    if known := connection.execute(select(table).where(same)).first():
        raise RefusedError("no_change", record_facts(f"stopped_checks/{known.id}", until=("date", known.ends)))
    fee = take_fee(connection, request, account, "stop_payment", "Stop payment fee")
    ends = months_before(request.today, -_MONTHS)
    ref = add_record(connection, table, account_id=account.id, number=number, amount=amount, ends=ends)
    own = record_facts(ref, number=("digits", number), amount=("money", amount), until=("date", ends))
    return ActionResult({**own, **fee})


def _checking(connection: Connection, request: Request) -> FactSheet:
    """Find the accounts that checks are drawn on."""
    own = (t.accounts.c.customer_id == request.customer) & t.accounts.c.product.endswith(_CHECKING)
    rows = connection.execute(select(t.accounts).where(own).order_by(t.accounts.c.id))
    return FactSheet({}, tuple(account_facts(row) for row in rows))


ACTIONS = {
    "stop_check": Action(
        _stop,
        ActionSpec(
            ("account", "check", "amount"),
            ("account", "check", "amount"),
            reads=("accounts", "fees"),
            changes=("stopped_checks", "transactions", "accounts"),
            scope="payments",
        ),
    )
}
QUERIES = {"checking_accounts": Query(_checking, QuerySpec(False))}
