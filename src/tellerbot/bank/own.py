"""A connector of a bank's own: its answers are checked, and mistakes named by query, action, fact and type."""

import logging
import traceback
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any, get_args

from tellerbot.errors import ConfigError, TellerbotError, UnavailableError
from tellerbot.types import (
    ActionSpec,
    Arguments,
    Bank,
    Customer,
    Fact,
    FactKind,
    FactSheet,
    Named,
    QuerySpec,
    Receipt,
    Source,
)

_PACKAGE = str(Path(__file__).parents[1])
log = logging.getLogger("tellerbot")

METHODS = tuple(name for name, value in vars(Bank).items() if callable(value) and not name.startswith("_"))
_VALUES: Mapping[str, type] = {
    **dict.fromkeys(get_args(FactKind), str), "money": Decimal, "percent": Decimal, "date": date, "time": time,
    "count": int,
}  # fmt: skip


class OwnBank:
    """A guard around the connector `bank`, which is called `name`.

    What it answers wrongly, or raises besides tellerbot's own errors, counts as no answer: UnavailableError, with a
    line in the log that holds places and types and nothing of the answer. Raises ConfigError at once for methods that
    are missing, and for queries and actions that are none.
    """

    def __init__(self, bank: Any, name: str) -> None:
        if missing := [method for method in METHODS if not callable(getattr(bank, method, None))]:
            kind = type(bank).__name__
            raise ConfigError(
                f"Bank connector {name!r}: expected the methods of tellerbot.types.Bank, found no {', '.join(missing)} "
                f"in {kind}. Write them; docs/how-to/connector.md has a whole connector."
            )
        self._bank, self._name = bank, name
        try:
            self._queries = self._specs("queries", QuerySpec)
            self._actions = self._specs("actions", ActionSpec)
        except UnavailableError as error:
            raise ConfigError(str(error)) from error

    def authenticate(self, username: str, password: str) -> Customer | None:
        """Return the customer when the password is right, else None."""
        return self._customer("authenticate", lambda: self._bank.authenticate(username, password))

    def find(self, customer_id: str) -> Customer | None:
        """Return the customer with this id, else None."""
        return self._customer("find", lambda: self._bank.find(customer_id))

    def find_user(self, username: str) -> Customer | None:
        """Return the customer with this user name, else None."""
        return self._customer("find_user", lambda: self._bank.find_user(username))

    def queries(self) -> Mapping[str, QuerySpec]:
        """Return the queries that this bank answers, by name."""
        return self._queries

    def query(self, name: str, principal: Customer | None, arguments: Arguments, today: date) -> FactSheet:
        """Answer a query; see `types.Bank.query` for its errors."""
        place = f"query {name!r}"
        sheet = self._ask(place, FactSheet, lambda: self._bank.query(name, principal, arguments, today))
        self._check_facts(place, sheet.values)
        for part, rows in (("row", sheet.rows), ("record", sheet.records)):
            for number, row in enumerate(rows, 1):
                self._check_facts(f"{place}, {part} {number}", row)
        return sheet

    def names(self, principal: Customer | None) -> Sequence[Named]:
        """Return what the principal may name; branches and products for anyone."""
        names = self._ask("names", Sequence, lambda: self._bank.names(principal))
        for number, named in enumerate(names, 1):
            self._check(f"names, number {number}", Named, named)
        return names

    def actions(self) -> Mapping[str, ActionSpec]:
        """Return the actions that this bank runs, by name."""
        return self._actions

    def act(self, name: str, principal: Customer, arguments: Arguments, key: str, today: date) -> Receipt:
        """Run an action once for its `key`; see `types.Bank.act` for its errors."""
        place = f"action {name!r}"
        receipt = self._ask(place, Receipt, lambda: self._bank.act(name, principal, arguments, key, today))
        self._check_receipt(place, receipt)
        return receipt

    def outcome(self, principal: Customer, key: str) -> Receipt | None:
        """Return the receipt of the action with this key, None where it never ran and never will."""
        receipt = self._ask("outcome", Receipt | None, lambda: self._bank.outcome(principal, key))
        if receipt is not None:
            self._check_receipt("outcome", receipt)
        return receipt

    def send_code(self, principal: Customer, code: str, purpose: str) -> None:
        """Send the principal a one-time code."""
        self._ask("send_code", object, lambda: self._bank.send_code(principal, code, purpose))

    def ping(self) -> None:
        """Raise UnavailableError when the bank cannot be reached."""
        self._ask("ping", object, self._bank.ping)

    def close(self) -> None:
        """Close the connector's connections, where it has a `close`."""
        if callable(close := getattr(self._bank, "close", None)):
            self._ask("close", object, close)

    def _specs(self, place: str, kind: type) -> Mapping[str, Any]:
        specs = self._ask(place, Mapping, getattr(self._bank, place))
        for name, spec in specs.items():
            self._check(f"{place}, {name!r}", kind, spec)
        return specs

    def _customer(self, place: str, ask: Callable[[], Any]) -> Customer | None:
        return self._ask(place, Customer | None, ask)

    def _ask(self, place: str, kind: Any, ask: Callable[[], Any]) -> Any:
        try:
            answer = ask()
        except TellerbotError:
            raise
        except Exception as error:  # whatever a connector raises
            frames = traceback.extract_tb(error.__traceback__)
            frame = next((frame for frame in frames if not frame.filename.startswith(_PACKAGE)), frames[-1])
            found = f"{type(error).__name__} at {frame.filename}:{frame.lineno}"
            raise self._mistake(place, _title(kind), found) from error
        self._check(place, kind, answer)
        return answer

    def _check(self, place: str, kind: Any, value: object) -> None:
        if not isinstance(value, kind) or (kind is Sequence and isinstance(value, str)):
            raise self._mistake(place, _title(kind), type(value).__name__)

    def _check_receipt(self, place: str, receipt: Receipt) -> None:
        self._check(f"{place}, reference", str, receipt.reference)
        self._check(f"{place}, at", datetime, receipt.at)
        if receipt.at.tzinfo is None:
            raise self._mistake(f"{place}, at", "a datetime with its time zone", "one without")
        self._check(f"{place}, made", Named | None, receipt.made)
        self._check_facts(place, receipt.facts)

    def _check_facts(self, place: str, facts: Mapping[str, Any]) -> None:
        self._check(f"{place}, facts", Mapping, facts)
        for name, fact in facts.items():
            at = f"{place}, fact {name!r}"
            self._check(at, Fact, fact)
            kind = _VALUES.get(fact.kind)
            if kind is None:
                raise self._mistake(at, f"a kind among {', '.join(_VALUES)}", repr(fact.kind))
            value = fact.value
            # A moment is a date to Python, and true a number.
            if not isinstance(value, kind) or isinstance(value, bool | datetime):
                raise self._mistake(at, f"{kind.__name__} for {fact.kind}", type(value).__name__)
            if isinstance(value, Decimal) and not value.is_finite():
                raise self._mistake(at, "a finite Decimal", "another")
            self._check(f"{at}, source", Source, fact.source)

    def _mistake(self, place: str, expected: str, found: str) -> UnavailableError:
        message = f"Bank connector {self._name!r}, {place}: expected {expected}, found {found}. Mend the connector."
        log.warning(message)
        return UnavailableError(message)


def _title(kind: Any) -> str:
    return "an answer" if kind is object else str(getattr(kind, "__name__", kind)).replace("tellerbot.types.", "")
