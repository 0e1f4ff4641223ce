"""Booking money on the accounts, and reading what an action changes. All of it runs in one write transaction."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Row, Table, insert, select, update

from tellerbot.bank import demo_schema as t
from tellerbot.bank.actions import NONE
from tellerbot.bank.facts import record_facts
from tellerbot.bank.queries import Request
from tellerbot.errors import RefusedError
from tellerbot.types import Fact, Named, Source

# Digits of a record's number: what has more is none.
_MOST_DIGITS = 9


def find_account(connection: Connection, request: Request, argument: str = "account") -> Row[Any]:
    """Find the customer's account that an argument names. Raises RefusedError where there is none."""
    named: Named = request.get(argument)
    query = select(t.accounts).where(t.accounts.c.id == named.ref, t.accounts.c.customer_id == request.customer)
    row = connection.execute(query).first()
    if row is None:
        raise RefusedError("not_theirs")
    return row


def refuse_cd(connection: Connection, *accounts: Row[Any]) -> None:
    """Raise RefusedError where one of the accounts is a CD, which nothing goes into or comes out of in its term."""
    cds = select(t.cds.c.account_id).where(t.cds.c.account_id.in_([account.id for account in accounts]))
    if connection.execute(cds).first():
        raise RefusedError("not_possible")


def find_record(connection: Connection, request: Request, *tables: Table) -> tuple[Table, Row[Any]]:
    """Find the customer's record of one of these tables that a request names, and its table.

    A record of an account comes with the account's `product` and `last4`. RefusedError where it is not the customer's.
    """
    name, _, number = request.get("record").ref.partition("/")
    table = next((table for table in tables if table.name == name), None)
    if table is None or not (number.isascii() and number.isdigit() and len(number) <= _MOST_DIGITS):
        raise RefusedError("not_theirs")
    query = select(table).where(table.c.id == int(number))
    if "account_id" in table.c:
        query = query.join(t.accounts, table.c.account_id == t.accounts.c.id)
        query = query.add_columns(t.accounts.c.product, t.accounts.c.last4)
        query = query.where(t.accounts.c.customer_id == request.customer)
    else:
        query = query.where(table.c.customer_id == request.customer)
    row = connection.execute(query).first()
    if row is None:
        raise RefusedError("not_theirs")
    return table, row


def require(account: Row[Any], amount: Decimal) -> None:
    """Raise RefusedError where less than an amount is available in an account."""
    if account.available < amount:
        raise RefusedError("insufficient", account_facts(account))


def add_record(connection: Connection, table: Table, **values: object) -> str:
    """Insert a record; returns its name, such as `transactions/12`."""
    key = connection.execute(insert(table).values(**values)).inserted_primary_key
    return f"{table.name}/{key[0] if key else ''}"


def book(
    connection: Connection,
    account: str,
    amount: Decimal,
    day: date,
    payee: str,
    kind: str,
    category: str,
    *,
    payee_id: int | None = None,
    pending: bool = False,
) -> str:
    """Book a transaction, out of the account where negative; returns its record's name.

    A pending one lowers what is available, and the balance only when it is posted.
    """
    change_balance(connection, account, amount, NONE if pending else amount)
    return add_record(
        connection, t.transactions, account_id=account, day=day, payee=payee, amount=amount, kind=kind,
        category=category, pending=pending, payee_id=payee_id,
    )  # fmt: skip


def change_balance(connection: Connection, account: str, available: Decimal, current: Decimal) -> None:
    """Add these amounts to an account's balances."""
    row = read_account(connection, account)
    # Added here and not by the database, which on SQLite knows no decimals.
    values = {"available": row.available + available, "current": row.current + current}
    connection.execute(update(t.accounts).where(t.accounts.c.id == account).values(**values))


def read_account(connection: Connection, account: str) -> Row[Any]:
    """Read an account as it is now."""
    return connection.execute(select(t.accounts).where(t.accounts.c.id == account)).one()


def fee_fact(connection: Connection, code: str) -> Fact:
    """Make the fact of a fee of the bank's."""
    amount = connection.execute(select(t.fees.c.amount).where(t.fees.c.code == code)).scalar_one()
    return Fact("fee", "money", amount, Source("bank", f"fees/{code}"))


def take_fee(connection: Connection, request: Request, account: Row[Any], code: str, name: str) -> dict[str, Fact]:
    """Book a fee on an account, and give what to show of it. RefusedError where it holds too little."""
    fee = fee_fact(connection, code)
    amount = Decimal(str(fee.value))
    require(account, amount)
    ref = book(connection, account.id, -amount, request.today, name, "fee", "fees")
    facts = record_facts(ref, fee=("money", amount))
    return {**facts, **account_facts(read_account(connection, account.id))}


def account_facts(row: Row[Any], prefix: str = "") -> dict[str, Fact]:
    """Make the facts of an account and its available balance, their names with a prefix."""
    facts = record_facts(
        f"accounts/{row.id}",
        account=("label", row.product),
        last4=("digits", row.last4),
        available=("money", row.available),
    )
    return {f"{prefix}{name}": replace(fact, name=f"{prefix}{name}") for name, fact in facts.items()}
