"""Asking the demo bank in tests."""

from datetime import date

from tellerbot.bank.demo import DemoBank
from tellerbot.types import Arguments, FactSheet, Named

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


def value(sheet: FactSheet, name: str) -> object:
    """The value of a fact by its name."""
    return sheet.values[name].value
