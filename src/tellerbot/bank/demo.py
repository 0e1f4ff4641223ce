"""The demo bank: a connector over a SQL database with invented customers."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from pwdlib import PasswordHash
from sqlalchemy import ColumnElement, Connection, Row, Select, inspect, select

from tellerbot.bank import demo_schema as t
from tellerbot.bank.demo_data import seed
from tellerbot.database import open_engine, reaching, storable, wait_for_lock, writing
from tellerbot.errors import ConfigError
from tellerbot.files import write_atomic
from tellerbot.types import (
    Arguments,
    Customer,
    Fact,
    FactKind,
    FactSheet,
    FactValue,
    Named,
    QuerySpec,
    Source,
)

RECENT = 8


class DemoBank:
    """Read-only queries over the demo tables. Each of a customer's filters by the signed-in id."""

    def __init__(self, url: str) -> None:
        self.engine = open_engine(url, "TELLERBOT_BANK__URL")
        self._hasher = PasswordHash.recommended()
        # Checked when a user name is unknown, so that the answer takes as long as for a known one.
        self._decoy = self._hasher.hash("decoy")
        self.private: dict[str, Callable[[Connection, str], FactSheet]] = {
            "balances": _balances,
            "recent_transactions": _recent_transactions,
            "pending_transactions": _pending_transactions,
            "recent_transfers": _recent_transfers,
            "salary": _salary,
            "cards": _cards,
            "direct_debits": _direct_debits,
            "loans": _loans,
        }
        self.public: dict[str, Callable[[Connection], FactSheet]] = {
            "fees": _fees,
            "savings_rates": lambda connection: _rates(connection, "savings"),
            "loan_rates": lambda connection: _rates(connection, "loans"),
            "mortgage_rates": lambda connection: _rates(connection, "mortgages"),
            "branches": _branches,
            "phones": _phones,
        }

    def prepare(self, passwords_file: Path, today: date) -> None:
        """Make and fill the tables once; the customers' new passwords go to an owner-only file."""
        with writing(self.engine) as connection:
            wait_for_lock(connection)
            if inspect(connection).has_table("customers"):
                return
            t.metadata.create_all(connection)
            passwords = seed(connection, today)
            # Written before the commit: customers nobody can sign in as would be of no use.
            lines = [f"{username} {password}" for username, password in passwords.items()]
            write_atomic(passwords_file, "\n".join(lines) + "\n", mode=0o600)

    def authenticate(self, username: str, password: str) -> Customer | None:
        row = self._customer(t.customers.c.username, username)
        # Unknown names take as long as known ones.
        right = storable(password) and self._hasher.verify(password, row.password_hash if row else self._decoy)
        return Customer(row.id, row.name) if row and right else None

    def find(self, customer_id: str) -> Customer | None:
        row = self._customer(t.customers.c.id, customer_id)
        return Customer(row.id, row.name) if row else None

    def find_user(self, username: str) -> Customer | None:
        row = self._customer(t.customers.c.username, username)
        return Customer(row.id, row.name) if row else None

    def queries(self) -> Mapping[str, QuerySpec]:
        return {name: QuerySpec(name in self.public) for name in (*self.private, *self.public)}

    def query(self, name: str, principal: Customer | None, arguments: Arguments, today: date) -> FactSheet:
        if arguments:
            raise ConfigError(f"Expected no arguments for {name}, found {', '.join(arguments)}. Leave them out.")
        with reaching(self.engine), self.engine.connect() as connection:
            if name in self.public:
                return self.public[name](connection)
            if name not in self.private or principal is None:
                known = ", ".join(self.queries())
                raise ConfigError(f"Expected a query among {known}, with a customer; found {name!r}.")
            return self.private[name](connection, principal.id)

    def names(self, principal: Customer | None) -> Sequence[Named]:
        return ()

    def ping(self) -> None:
        with reaching(self.engine), self.engine.connect() as connection:
            connection.execute(select(t.phones).limit(1))

    def _customer(self, column: ColumnElement[str], value: str) -> Row[Any] | None:
        if not storable(value):
            return None
        with reaching(self.engine), self.engine.connect() as connection:
            return connection.execute(select(t.customers).where(column == value)).first()


def _fact(name: str, kind: FactKind, value: FactValue, ref: str) -> Fact:
    return Fact(name, kind, value, Source("bank", f"{ref}/{name}"))


def _row_facts(ref: str, **fields: tuple[FactKind, FactValue | None]) -> Mapping[str, Fact]:
    return {name: _fact(name, kind, value, ref) for name, (kind, value) in fields.items() if value is not None}


def _today_fact() -> dict[str, Fact]:
    return {"as_of": _fact("as_of", "date", date.today(), "clock")}


def _balances(connection: Connection, customer_id: str) -> FactSheet:
    query = select(t.accounts).where(t.accounts.c.customer_id == customer_id).order_by(t.accounts.c.id)
    rows = [
        _row_facts(
            f"accounts/{row.id}",
            account=("label", row.product),
            last4=("digits", row.last4),
            available=("money", row.available),
            current=("money", row.current),
        )
        for row in connection.execute(query)
    ]
    return FactSheet(_today_fact(), tuple(rows))


def _own_transactions(customer_id: str) -> Select[Any]:
    joined = t.transactions.join(t.accounts)
    columns = (*t.transactions.c, t.accounts.c.product, t.accounts.c.last4)
    newest_first = (t.transactions.c.day.desc(), t.transactions.c.id)
    return select(*columns).select_from(joined).where(t.accounts.c.customer_id == customer_id).order_by(*newest_first)


def _transaction_rows(connection: Connection, query: Select[Any]) -> tuple[Mapping[str, Fact], ...]:
    return tuple(
        _row_facts(
            f"transactions/{row.id}",
            day=("date", row.day),
            payee=("text", row.payee),
            amount=("money", row.amount),
            account=("label", row.product),
            last4=("digits", row.last4),
            state=("label", "pending" if row.pending else "posted"),
        )
        for row in connection.execute(query)
    )


def _recent_transactions(connection: Connection, customer_id: str) -> FactSheet:
    return FactSheet({}, _transaction_rows(connection, _own_transactions(customer_id).limit(RECENT)))


def _pending_transactions(connection: Connection, customer_id: str) -> FactSheet:
    return FactSheet({}, _transaction_rows(connection, _own_transactions(customer_id).where(t.transactions.c.pending)))


def _recent_transfers(connection: Connection, customer_id: str) -> FactSheet:
    query = _own_transactions(customer_id).where(t.transactions.c.kind == "transfer").limit(RECENT)
    return FactSheet({}, _transaction_rows(connection, query))


def _salary(connection: Connection, customer_id: str) -> FactSheet:
    query = _own_transactions(customer_id).where(t.transactions.c.kind == "salary").limit(2)
    return FactSheet({}, _transaction_rows(connection, query))


def _cards(connection: Connection, customer_id: str) -> FactSheet:
    query = select(t.cards).where(t.cards.c.customer_id == customer_id).order_by(t.cards.c.id)
    rows = [
        _row_facts(
            f"cards/{row.id}",
            card=("label", row.product),
            last4=("digits", row.last4),
            status=("label", row.status),
            atm_limit=("money", row.atm_limit),
            purchase_limit=("money", row.purchase_limit),
        )
        for row in connection.execute(query)
    ]
    return FactSheet({}, tuple(rows))


def _direct_debits(connection: Connection, customer_id: str) -> FactSheet:
    query = (
        select(*t.direct_debits.c, t.accounts.c.product)
        .select_from(t.direct_debits.join(t.accounts))
        .where(t.accounts.c.customer_id == customer_id)
        .order_by(t.direct_debits.c.next_day)
    )
    rows = [
        _row_facts(
            f"direct_debits/{row.id}",
            payee=("text", row.payee),
            amount=("money", row.amount),
            next_day=("date", row.next_day),
            account=("label", row.product),
        )
        for row in connection.execute(query)
    ]
    return FactSheet({}, tuple(rows))


def _loans(connection: Connection, customer_id: str) -> FactSheet:
    query = select(t.loans).where(t.loans.c.customer_id == customer_id).order_by(t.loans.c.id)
    rows = [
        _row_facts(
            f"loans/{row.id}",
            loan=("label", row.product),
            owed=("money", row.owed),
            payment=("money", row.payment),
            due=("date", row.due),
            apr=("percent", row.apr),
        )
        for row in connection.execute(query)
    ]
    return FactSheet({}, tuple(rows))


def _fees(connection: Connection) -> FactSheet:
    return FactSheet(
        {
            row.code: Fact(
                row.code,
                "percent" if row.kind == "percent" else "money",
                row.amount.normalize() if row.kind == "percent" else row.amount,
                Source("bank", f"fees/{row.code}"),
            )
            for row in connection.execute(select(t.fees))
        }
    )


def _rates(connection: Connection, family: str) -> FactSheet:
    query = select(t.rates).where(t.rates.c.family == family).order_by(t.rates.c.code)
    rows = [
        _row_facts(
            f"rates/{row.code}",
            product=("label", row.product),
            rate=("percent", row.rate),
            minimum=("money", row.minimum if isinstance(row.minimum, Decimal) else None),
        )
        for row in connection.execute(query)
    ]
    return FactSheet(_today_fact(), tuple(rows))


def _branches(connection: Connection) -> FactSheet:
    rows = [
        _row_facts(
            f"branches/{row.id}",
            branch=("label", row.name),
            address=("label", row.address),
            opens=("time", row.opens),
            closes=("time", row.closes),
            saturday=("label", row.saturday),
        )
        for row in connection.execute(select(t.branches).order_by(t.branches.c.name))
    ]
    return FactSheet({}, tuple(rows))


def _phones(connection: Connection) -> FactSheet:
    return FactSheet(
        {
            f"{row.code}_phone": Fact(f"{row.code}_phone", "phone", row.number, Source("bank", f"phones/{row.code}"))
            for row in connection.execute(select(t.phones))
        }
    )
