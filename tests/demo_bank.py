"""Asking the demo bank in tests, and letting it act."""

import secrets
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Row, Table, select

from tellerbot.bank import demo_schema as t
from tellerbot.bank.demo import DemoBank
from tellerbot.errors import RefusedError
from tellerbot.types import Arguments, Customer, FactSheet, Named, Receipt

# In a month that comes after a shorter one.
TODAY = date(2026, 3, 10)
USERS = ("ada", "ben", "carmen", "dina", "ernest")


class Asking:
    """Asks the bank as one of its customers."""

    def __init__(self, bank: DemoBank) -> None:
        self.bank = bank
        self.customers = {name: found for name in USERS if (found := bank.find_user(name))}

    def ask(self, query: str, user: str | None = None, /, **arguments: object) -> FactSheet:
        given: Arguments = arguments  # type: ignore[assignment]
        return self.bank.query(query, self.customers[user] if user else None, given, TODAY)

    def named(self, kind: str, name: str, user: str | None = None) -> Named:
        """The thing that has this name or alias; it must be the only one."""
        names = self.bank.names(self.customers[user] if user else None)
        (found,) = [one for one in names if one.kind == kind and name in (one.name, *one.aliases)]
        return found


class Acting(Asking):
    """Lets the bank act for one of its customers. An account, card, payee, branch or product is named by its name."""

    def arguments(self, user: str, given: dict[str, Any]) -> dict[str, Any]:
        """Arguments with the user's own things in place of their names, and records in place of theirs."""
        kinds = {"to_account": "account"}
        found = dict(given)
        for name, one in given.items():
            if name == "record" and isinstance(one, str):
                found[name] = Named("record", one, one)
            elif name in ("account", "to_account", "card", "payee", "branch", "product") and isinstance(one, str):
                found[name] = self.named(kinds.get(name, name), one, user)
        return found

    def act(self, action: str, user: str | Customer, /, *, key: str = "", today: date = TODAY, **given: Any) -> Receipt:
        customer = self.customers[user] if isinstance(user, str) else user
        name = next(name for name, one in self.customers.items() if one.id == customer.id)
        receipt = self.bank.act(action, customer, self.arguments(name, given), key or secrets.token_hex(8), today)
        # A receipt gives only the facts that its action says it gives.
        kinds = self.bank.actions()[action].facts or {}
        assert {key: fact.kind for key, fact in receipt.facts.items()}.items() <= kinds.items()
        return receipt

    def refused(self, action: str, user: str | Customer, /, **given: Any) -> RefusedError:
        """The refusal of an action, after which nothing is otherwise than before."""
        before = self.everything()
        refusal = self.refusal(action, user, **given)
        assert self.everything() == before
        return refusal

    def refusal(self, action: str, user: str | Customer, /, **given: Any) -> RefusedError:
        """The refusal of an action."""
        with pytest.raises(RefusedError) as caught:
            self.act(action, user, **given)
        return caught.value

    def rows(self, table: Table) -> list[Row[Any]]:
        with self.bank.engine.connect() as connection:
            return [*connection.execute(select(table).order_by(*table.primary_key))]

    def everything(self) -> dict[str, list[Row[Any]]]:
        """The rows of all tables."""
        return {table.name: self.rows(table) for table in t.metadata.sorted_tables}

    def balances(self, account: str) -> tuple[Decimal, Decimal]:
        """What is available in an account, and on its books."""
        (row,) = [row for row in self.rows(t.accounts) if row.id == account]
        return row.available, row.current


def values(found: RefusedError | Receipt) -> dict[str, object]:
    """The values of all facts, by name."""
    return {name: fact.value for name, fact in found.facts.items()}


def value(sheet: FactSheet, name: str) -> object:
    """The value of a fact by its name."""
    return sheet.values[name].value
