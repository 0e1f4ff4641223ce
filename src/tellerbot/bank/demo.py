"""The demo bank: a connector over a SQL database with invented customers."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

from pwdlib import PasswordHash
from sqlalchemy import Connection, Row, Select, bindparam, inspect, select

from tellerbot.bank import (
    demo_accounts,
    demo_appointments,
    demo_branches,
    demo_card_actions,
    demo_cards,
    demo_checks,
    demo_details,
    demo_disputes,
    demo_estimates,
    demo_habits,
    demo_left,
    demo_loans,
    demo_openings,
    demo_orders,
    demo_pay,
    demo_payments,
    demo_phone,
    demo_prices,
    demo_products,
    demo_savings,
    demo_spending,
    demo_stops,
    demo_transactions,
)
from tellerbot.bank import demo_schema as t
from tellerbot.bank.actions import Action
from tellerbot.bank.demo_data import seed
from tellerbot.bank.demo_facts import facts_of, receipt_facts
from tellerbot.bank.demo_names import find_names, is_customer
from tellerbot.bank.demo_people import CUSTOMERS
from tellerbot.bank.demo_phone import PhoneMessage
from tellerbot.bank.journal import run_once, settle
from tellerbot.bank.queries import Query, Request, check_names, check_query
from tellerbot.database import begin_read, begin_write, is_storable, open_engine, translate_errors, wait_for_lock
from tellerbot.errors import ConfigError, RefusedError
from tellerbot.files import write_atomic
from tellerbot.types import ActionSpec, Arguments, Customer, FactSheet, Named, QuerySpec, Receipt

# The layout of the tables. The first had no number, and these tables.
VERSION = 5
FIRST_TABLES = frozenset(
    {"customers", "accounts", "cards", "transactions", "direct_debits", "loans", "fees", "rates", "branches", "phones"}
)
_QUERIES: Mapping[str, Query] = {
    **demo_accounts.QUERIES,
    **demo_cards.QUERIES,
    **demo_transactions.QUERIES,
    **demo_spending.QUERIES,
    **demo_habits.QUERIES,
    **demo_left.QUERIES,
    **demo_loans.QUERIES,
    **demo_payments.QUERIES,
    **demo_prices.QUERIES,
    **demo_savings.QUERIES,
    **demo_products.QUERIES,
    **demo_branches.QUERIES,
    **demo_estimates.QUERIES,
    **demo_pay.QUERIES,
    **demo_stops.QUERIES,
    **demo_checks.QUERIES,
    **demo_disputes.QUERIES,
    **demo_details.QUERIES,
    **demo_appointments.QUERIES,
}
_SPECS = {
    name: replace(query.spec, values=values, rows=rows)
    for name, query in _QUERIES.items()
    for values, rows in [facts_of(name)]
}
_ACTIONS: Mapping[str, Action] = {
    **demo_pay.ACTIONS,
    **demo_orders.ACTIONS,
    **demo_stops.ACTIONS,
    **demo_checks.ACTIONS,
    **demo_card_actions.ACTIONS,
    **demo_disputes.ACTIONS,
    **demo_details.ACTIONS,
    **demo_appointments.ACTIONS,
    **demo_openings.ACTIONS,
}
_ACTION_SPECS = {name: replace(action.spec, facts=receipt_facts(name)) for name, action in _ACTIONS.items()}
_BY_ID = select(t.customers).where(t.customers.c.id == bindparam("value"))
_BY_NAME = select(t.customers).where(t.customers.c.username == bindparam("value"))


class DemoBank:
    """Queries and actions over the demo tables. Each of a customer's filters by the signed-in id.

    `show` prints the text messages that it sends.
    """

    def __init__(self, url: str, show: Callable[[str], None] = demo_phone.show) -> None:
        self.engine = open_engine(url, "TELLERBOT_BANK__URL")
        self._hasher = PasswordHash.recommended()
        self._show = show

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()

    @cached_property
    def _decoy(self) -> str:
        """A hash to check where the user name is unknown, so that the answer takes as long as for a known one."""
        return self._hasher.hash("decoy")

    def prepare(self, passwords_file: Path, today: date) -> None:
        """Make and fill the tables once; the customers' new passwords go to an owner-only file.

        Tables of an older version hold nothing but invented records: they are made anew, and the customers keep their
        passwords. Raises ConfigError for those of a newer one.
        """
        with begin_write(self.engine) as connection:
            wait_for_lock(connection)
            found = set(inspect(connection).get_table_names()) & set(t.metadata.tables)
            if t.demo_bank.name in found and _version(connection) == VERSION:
                return
            known = _known_hashes(connection) if found else {}
            t.metadata.drop_all(connection)
            t.metadata.create_all(connection)
            passwords = seed(connection, today, known, VERSION)
            # Written before the commit: customers nobody can sign in as would be of no use.
            kept = passwords_file.read_text().splitlines() if known and passwords_file.is_file() else []
            lines = [*kept, *(f"{username} {password}" for username, password in passwords.items())]
            write_atomic(passwords_file, "\n".join(lines) + "\n", mode=0o600)

    def authenticate(self, username: str, password: str) -> Customer | None:
        """Return the customer when the password is right, else None."""
        row = self._customer(_BY_NAME, username)
        # Unknown names take as long as known ones, the first of them too.
        decoy = self._decoy
        right = is_storable(password) and self._hasher.verify(password, row.password_hash if row else decoy)
        return _customer(row) if row and right else None

    def find(self, customer_id: str) -> Customer | None:
        """Return the customer with this id, else None."""
        row = self._customer(_BY_ID, customer_id)
        return _customer(row) if row else None

    def find_user(self, username: str) -> Customer | None:
        """Return the customer with this user name, else None."""
        row = self._customer(_BY_NAME, username)
        return _customer(row) if row else None

    def queries(self) -> Mapping[str, QuerySpec]:
        """Return the queries that this bank answers, by name."""
        return _SPECS

    def query(self, name: str, principal: Customer | None, arguments: Arguments, today: date) -> FactSheet:
        """Answer a query; see `types.Bank.query` for its errors."""
        check_query(name, _SPECS, principal, arguments)
        query = _QUERIES[name]
        with translate_errors(self.engine), self.engine.connect() as connection:
            customer = principal.id if principal else ""
            # Nobody has no records, whatever is computed from what the bank offers.
            if not query.spec.is_public and not is_customer(connection, customer):
                return FactSheet()
            if any(isinstance(value, Named) for value in arguments.values()):
                check_names(arguments, find_names(connection, customer))
            return query.run(connection, Request(customer, today, arguments))

    def names(self, principal: Customer | None) -> Sequence[Named]:
        """Return what the principal may name; branches and products for anyone."""
        with begin_read(self.engine) as connection:
            return find_names(connection, principal.id if principal else "")

    def actions(self) -> Mapping[str, ActionSpec]:
        """Return the actions that this bank runs, by name."""
        return _ACTION_SPECS

    def act(self, name: str, principal: Customer, arguments: Arguments, key: str, today: date) -> Receipt:
        """Run an action once for its `key`; see `types.Bank.act` for its errors."""
        with begin_write(self.engine) as connection:
            # Read under the lock, so that the customer's things are up to date.
            wait_for_lock(connection)
            if not is_customer(connection, principal.id):
                raise RefusedError("not_allowed")
            names = find_names(connection, principal.id)
            return run_once(connection, name, _ACTIONS, principal, arguments, key, today, names)

    def outcome(self, principal: Customer, key: str) -> Receipt | None:
        """Return the receipt of the action with this key, None where it never ran and never will."""
        with begin_write(self.engine) as connection:
            return settle(connection, principal, key)

    def send_code(self, principal: Customer, code: str, purpose: str) -> None:
        """Send the principal a one-time code."""
        with begin_write(self.engine) as connection:
            text = demo_phone.keep_code(connection, principal, code, purpose)
        self._show(text)

    def messages(self, customer_id: str) -> Sequence[PhoneMessage]:
        """Return the text messages to a customer's phone in the last day, the newest first."""
        with begin_read(self.engine) as connection:
            return demo_phone.find_messages(connection, customer_id)

    def ping(self) -> None:
        """Raise UnavailableError when the bank cannot be reached."""
        with begin_read(self.engine) as connection:
            connection.execute(select(t.phones).limit(1))

    def _customer(self, query: Select[Any], value: str) -> Row[Any] | None:
        if not is_storable(value):
            return None
        with begin_read(self.engine) as connection:
            return connection.execute(query, {"value": value}).first()


def _customer(row: Row[Any]) -> Customer:
    credential = hashlib.sha256(row.password_hash.encode()).hexdigest()[:32]
    return Customer(row.id, row.name, credential=credential)


def _version(connection: Connection) -> int:
    """Return the version of the tables. Raises ConfigError where it is newer than ours."""
    version = connection.execute(select(t.demo_bank.c.version)).scalar_one()
    if version > VERSION:
        raise ConfigError(
            f"TELLERBOT_BANK__URL: expected a demo bank of version {VERSION}, found {version}, which a newer tellerbot "
            "made. Use that tellerbot, or name another database."
        )
    return version


def _known_hashes(connection: Connection) -> dict[str, str]:
    """Return the password hashes of an older demo bank's customers, by user name.

    Raises ConfigError for a database of something else: its tables are not ours to replace.
    """
    found = inspect(connection)
    tables = set(found.get_table_names())
    columns = {column["name"] for column in found.get_columns("customers")} if "customers" in tables else set()
    if not tables >= FIRST_TABLES or columns != set(t.customers.c.keys()):
        raise ConfigError(
            "TELLERBOT_BANK__URL: expected an empty database or a demo bank's, found tables of something else: "
            f"{', '.join(sorted(tables & set(t.metadata.tables)))}. Name another database."
        )
    rows = connection.execute(select(t.customers.c.username, t.customers.c.password_hash))
    return {row.username: row.password_hash for row in rows if row.username in CUSTOMERS}
