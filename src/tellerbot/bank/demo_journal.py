"""The demo bank's journal of actions: what was asked for under a key is done once, or never."""

import secrets
from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Row, insert, select

from tellerbot.bank import demo_schema as t
from tellerbot.bank.actions import NONE, Action, check_limits, check_rights
from tellerbot.bank.demo_names import find_names
from tellerbot.bank.queries import Request
from tellerbot.bank.receipts import dump_arguments, dump_receipt, load_receipt
from tellerbot.database import storable
from tellerbot.errors import RefusedError
from tellerbot.types import Arguments, Customer, Receipt

# No vowels, so that no reference is a word, and no Y, which sounds like one.
_CONSONANTS = "BCDFGHJKLMNPQRSTVWXZ"
_LENGTH = 8
_DONE, _VOID = "done", "void"


def run_once(
    connection: Connection, name: str, action: Action, principal: Customer, arguments: Arguments, key: str, today: date
) -> Receipt:
    """Run an action under the lock of `connection`, or give the receipt that its key has already.

    Raises RefusedError where the key is void or another action's, and where the bank does not do it.
    """
    written = dump_arguments(arguments)
    if found := _find(connection, key):
        if (found.status, found.customer_id, found.name, found.arguments) != (_DONE, principal.id, name, written):
            raise RefusedError("not_possible")
        return load_receipt(found.receipt)
    if not is_customer(connection, principal.id):
        raise RefusedError("not_allowed")
    check_rights(principal, action.spec, arguments, find_names(connection, principal.id))
    request = Request(principal.id, today, arguments)
    amount, day = request.get("amount"), request.get("day") or today
    check_limits(action.spec.limits, amount or NONE, moved_on(connection, principal.id, name, day), f"limits/{name}")
    done = action.run(connection, request)
    receipt = Receipt(_make_reference(connection), datetime.now(UTC), done.facts, done.made)
    row = {
        "key": key, "customer_id": principal.id, "status": _DONE, "name": name, "arguments": written,
        "reference": receipt.reference, "receipt": dump_receipt(receipt), "at": receipt.at.isoformat(),
        "amount": amount, "day": day,
    }  # fmt: skip
    connection.execute(insert(t.bank_actions).values(row))
    return receipt


def settle(connection: Connection, principal: Customer, key: str) -> Receipt | None:
    """Give the receipt of a key, or make it void under the lock of `connection`, so that nothing is done under it."""
    found = _find(connection, key)
    if found is None:
        now = datetime.now(UTC).isoformat()
        row = {"key": key, "customer_id": principal.id, "status": _VOID, "at": now}
        connection.execute(insert(t.bank_actions).values(row))
        return None
    return load_receipt(found.receipt) if (found.status, found.customer_id) == (_DONE, principal.id) else None


def moved_on(
    connection: Connection, customer: str, name: str, first: date, last: date | None = None
) -> Sequence[tuple[str, Decimal]]:
    """What a customer's runs of an action moved on a day, or on the days up to `last`: each run's record and amount.

    A run counts for the day on which the money moves, and does so even where it was stopped later.
    """
    table = t.bank_actions
    query = select(table.c.reference, table.c.amount).where(
        table.c.customer_id == customer,
        table.c.name == name,
        table.c.status == _DONE,
        table.c.day.between(first, last or first),
    )
    rows = connection.execute(query.order_by(table.c.at, table.c.key))
    return [(f"bank_actions/{row.reference}", row.amount or NONE) for row in rows]


def is_customer(connection: Connection, customer: str) -> bool:
    """Whether the bank has a customer with this id."""
    query = select(t.customers.c.id).where(t.customers.c.id == customer)
    return storable(customer) and connection.execute(query).first() is not None


def _find(connection: Connection, key: str) -> Row[Any] | None:
    return connection.execute(select(t.bank_actions).where(t.bank_actions.c.key == key)).first()


def _make_reference(connection: Connection) -> str:
    """A new reference that no action has."""
    while True:
        made = "".join(secrets.choice(_CONSONANTS) for _ in range(_LENGTH))
        if not connection.execute(select(t.bank_actions.c.key).where(t.bank_actions.c.reference == made)).first():
            return made
