"""A customer's own details, and statements that are sent or kept at a branch."""

from typing import Any

from sqlalchemy import Connection, Row, select, update

from tellerbot.bank import demo_schema as t
from tellerbot.bank.actions import Action, ActionResult
from tellerbot.bank.demo_booking import account_facts, add_record, find_account, take_fee
from tellerbot.bank.facts import record_facts
from tellerbot.bank.queries import Query, Request
from tellerbot.errors import RefusedError
from tellerbot.types import ActionSpec, Fact, FactSheet, QuerySpec

WAYS = ("paper", "branch")
# Digits of a phone number, with and without a country (ITU-T E.164).
_SHORTEST, _LONGEST = 7, 15
_SHOWN = 2


def _profile(connection: Connection, request: Request) -> FactSheet:
    """Find where the bank writes and calls; of the phone's number only the end."""
    row = connection.execute(_select(request)).first()
    return FactSheet(_profile_facts(row) if row else {})


def _select(request: Request) -> Any:
    return select(t.profiles).where(t.profiles.c.customer_id == request.customer)


def _profile_facts(row: Row[Any]) -> dict[str, Fact]:
    return record_facts(
        f"profiles/{row.customer_id}",
        address=("text", row.address),
        phone_end=("digits", _digits(row.phone)[-_SHOWN:]),
    )


def _digits(phone: str) -> str:
    return "".join(char for char in phone if char in "0123456789")


def _change_address(connection: Connection, request: Request) -> ActionResult:
    return _change(connection, request, "address", " ".join(request.get("address").split()))


def _change_phone(connection: Connection, request: Request) -> ActionResult:
    phone = " ".join(request.get("phone").split())
    if not (_SHORTEST <= len(_digits(phone)) <= _LONGEST) or any(char.isalpha() for char in phone):
        raise RefusedError("not_possible")
    return _change(connection, request, "phone", phone)


def _change(connection: Connection, request: Request, column: str, value: str) -> ActionResult:
    before = connection.execute(_select(request)).first()
    if before is None:
        raise RefusedError("not_possible")
    shown = "phone_end" if column == "phone" else column
    if getattr(before, column) == value:
        raise RefusedError("no_change", {shown: _profile_facts(before)[shown]})
    own = t.profiles.c.customer_id == request.customer
    connection.execute(update(t.profiles).where(own).values({column: value}))
    return ActionResult({shown: _profile_facts(connection.execute(_select(request)).one())[shown]})


def _order_statement(connection: Connection, request: Request) -> ActionResult:
    """Send a copy of a month's statement by mail for a fee, or keep a stamped one at a branch for nothing."""
    account, period, way = find_account(connection, request), request.get("period"), request.get("way")
    query = select(t.statements).where(
        t.statements.c.account_id == account.id,
        t.statements.c.start == period.start,
        t.statements.c.end == period.end,
        t.statements.c.ready <= request.today,
    )
    row = connection.execute(query).first()
    if row is None:
        raise RefusedError("not_possible")
    own = account_facts(account)
    if way == "paper":
        own = take_fee(connection, request, account, "statement_copy", "Statement copy fee")
    ref = add_record(connection, t.statement_orders, statement_id=row.id, way=way, day=request.today)
    statement = record_facts(f"statements/{row.id}", start=("date", row.start), end=("date", row.end))
    return ActionResult({**own, **statement, **record_facts(ref, way=("label", way))})


def _spec(argument: str) -> ActionSpec:
    return ActionSpec(
        (argument,), (argument,), reads=("profiles",), changes=("profiles",), scope="details", second_factor=True
    )


ACTIONS = {
    "change_address": Action(_change_address, _spec("address")),
    "change_phone": Action(_change_phone, _spec("phone")),
    "order_statement": Action(
        _order_statement,
        ActionSpec(
            ("account", "period", "way"),
            ("account", "period", "way"),
            reads=("accounts", "statements", "fees"),
            changes=("statement_orders", "accounts", "transactions"),
            scope="details",
        ),
        {"way": WAYS},
    ),
}
QUERIES = {"profile": Query(_profile, QuerySpec(False))}
