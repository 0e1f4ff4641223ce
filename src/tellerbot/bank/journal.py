"""A journal of actions in a bank's own database: what was asked for under a key is done once, or never."""

import secrets
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Column, Connection, Date, MetaData, Numeric, Row, String, Table, Text, insert, select

from tellerbot.bank.actions import NONE, Action, check_action, check_limits, check_rights
from tellerbot.bank.queries import Request
from tellerbot.bank.receipts import dump_arguments, dump_receipt, load_receipt
from tellerbot.database import wait_for_lock
from tellerbot.errors import RefusedError
from tellerbot.types import Arguments, Customer, Named, Receipt

# No vowels, so that no reference is a word, and no Y, which sounds like one.
_CONSONANTS = "BCDFGHJKLMNPQRSTVWXZ"
_LENGTH = 8
_DONE, _VOID = "done", "void"
# `amount` and `day` are what a run counts for towards the limits.
journal = Table(
    "bank_actions", MetaData(), Column("key", String, primary_key=True),
    Column("customer_id", String, nullable=False, index=True), Column("status", String, nullable=False),
    Column("name", String), Column("arguments", Text), Column("reference", String, unique=True),
    Column("receipt", Text), Column("at", String, nullable=False),
    Column("amount", Numeric(12, 2)), Column("day", Date),
)  # fmt: skip


def run_once(
    connection: Connection, name: str, actions: Mapping[str, Action], principal: Customer, arguments: Arguments,
    key: str, today: date, names: Sequence[Named],
) -> Receipt:  # fmt: skip
    """Run one of the bank's `actions`, one at a time, or return the receipt that its key has already.

    `connection` is open for writing (see `tellerbot.database.begin_write`), and `names` are the principal's own things.
    Raises ConfigError for an action that there is not, and for arguments that it does not take; RefusedError where the
    key is void or another action's, and where the bank does not do it.
    """
    check_action(name, actions, arguments, key)
    action = actions[name]
    wait_for_lock(connection)
    written = dump_arguments(arguments)
    if found := _find(connection, key):
        if (found.status, found.customer_id, found.name, found.arguments) != (_DONE, principal.id, name, written):
            raise RefusedError("not_possible")
        return load_receipt(found.receipt)
    check_rights(principal, action.spec, arguments, names)
    request = Request(principal.id, today, arguments)
    amount, day = request.get("amount"), request.get("day") or today
    check_limits(
        action.spec.limits, amount or NONE, amounts_moved(connection, principal.id, name, day), f"limits/{name}"
    )
    done = action.run(connection, request)
    receipt = Receipt(_make_reference(connection), datetime.now(UTC), done.facts, done.made)
    row = {
        "key": key, "customer_id": principal.id, "status": _DONE, "name": name, "arguments": written,
        "reference": receipt.reference, "receipt": dump_receipt(receipt), "at": receipt.at.isoformat(),
        "amount": amount, "day": day,
    }  # fmt: skip
    connection.execute(insert(journal).values(row))
    return receipt


def settle(connection: Connection, principal: Customer, key: str) -> Receipt | None:
    """Return the receipt of a key, or void it, so that nothing is done under it; `connection` as for `run_once`."""
    wait_for_lock(connection)
    found = _find(connection, key)
    if found is None:
        now = datetime.now(UTC).isoformat()
        row = {"key": key, "customer_id": principal.id, "status": _VOID, "at": now}
        connection.execute(insert(journal).values(row))
        return None
    return load_receipt(found.receipt) if (found.status, found.customer_id) == (_DONE, principal.id) else None


def amounts_moved(
    connection: Connection, customer: str, name: str, first: date, last: date | None = None
) -> Sequence[tuple[str, Decimal]]:
    """List each run's record and amount for a customer's action on a day, or on the days up to `last`.

    A run counts for the day on which the money moves, and does so even where it was stopped later.
    """
    query = select(journal.c.reference, journal.c.amount).where(
        journal.c.customer_id == customer,
        journal.c.name == name,
        journal.c.status == _DONE,
        journal.c.day.between(first, last or first),
    )
    rows = connection.execute(query.order_by(journal.c.at, journal.c.key))
    return [(f"bank_actions/{row.reference}", row.amount or NONE) for row in rows]


def _find(connection: Connection, key: str) -> Row[Any] | None:
    return connection.execute(select(journal).where(journal.c.key == key)).first()


def _make_reference(connection: Connection) -> str:
    """Make a new reference that no action has."""
    while True:
        made = "".join(secrets.choice(_CONSONANTS) for _ in range(_LENGTH))
        if not connection.execute(select(journal.c.key).where(journal.c.reference == made)).first():
            return made
