"""Typed queries: what each takes, and the check of what it is given."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection

from tellerbot.errors import ConfigError, DataError
from tellerbot.types import Arguments, FactSheet, Named, Period, QuerySpec

# What a transaction is by the way the money moved.
KINDS = (
    "purchase", "transfer", "salary", "deposit", "direct debit", "standing order", "loan payment", "card payment",
    "cash", "fee", "interest",
)  # fmt: skip
ORDERS = ("newest", "oldest", "largest", "smallest")

_TYPES: Mapping[str, type] = {
    "account": Named, "card": Named, "payee": Named, "category": Named, "other_category": Named, "branch": Named,
    "product": Named, "other_product": Named, "day": date, "period": Period, "other_period": Period, "minimum": Decimal,
    "maximum": Decimal, "amount": Decimal, "term": int, "limit": int, "kind": str, "order": str,
}  # fmt: skip
_WORDS = {"kind": KINDS, "order": ORDERS}
# Amounts and numbers that customers mean: those beyond would only make databases and formulas fail.
_BOUNDS = {"term": (1, 600)}
_USUAL_BOUNDS = (0, 10**9)


class NotTheirsError(DataError):
    """An argument names what is not the customer's. It does not tell whether somebody else has such a thing."""


@dataclass(frozen=True, slots=True)
class Request:
    """One query with its checked arguments. `customer` is the signed-in customer's id, "" where nobody signed in."""

    customer: str
    today: date
    arguments: Mapping[str, Any] = field(default_factory=dict)

    def get(self, name: str) -> Any:
        """The argument of this name, None where it is not given."""
        return self.arguments.get(name)


@dataclass(frozen=True, slots=True)
class Query:
    """A query and the function that answers it."""

    run: Callable[[Connection, Request], FactSheet]
    spec: QuerySpec


def check_arguments(name: str, spec: QuerySpec, arguments: Arguments) -> None:
    """Raise ConfigError for an argument that a query does not take, is of the wrong type, or is missing."""
    for key, value in arguments.items():
        if key not in spec.arguments:
            takes = ", ".join(spec.arguments) or "no argument"
            raise ConfigError(f"{name}: expected {takes}, found {key!r}. Leave it out.")
        _check_value(f"{name}, {key}", key, value)
    if missing := [key for key in spec.required if key not in arguments]:
        raise ConfigError(f"{name}: expected {', '.join(spec.required)}, found no {missing[0]}. Ask for it first.")


def check_names(arguments: Arguments, names: Sequence[Named]) -> None:
    """Raise NotTheirsError unless everything that the arguments name is among `names`."""
    known = {(named.kind, named.ref) for named in names}
    for value in arguments.values():
        if isinstance(value, Named) and (value.kind, value.ref) not in known:
            raise NotTheirsError(
                f"Expected the name of one of the customer's own or the bank's things of kind {value.kind}, "
                "found another. Ask which one is meant."
            )


def _check_value(place: str, key: str, value: object) -> None:
    kind = _TYPES[key]
    if not isinstance(value, kind) or isinstance(value, bool):
        found = type(value).__name__
        raise ConfigError(f"{place}: expected a value of type {kind.__name__}, found {found}. Convert it.")
    if isinstance(value, Named) and value.kind != key.removeprefix("other_"):
        raise ConfigError(f"{place}: expected the name of a {key}, found that of a {value.kind}. Give the right one.")
    least, most = _BOUNDS.get(key, _USUAL_BOUNDS)
    # NaN is in no order.
    if isinstance(value, Decimal | int) and not (Decimal(value).is_finite() and least <= value <= most):
        raise ConfigError(f"{place}: expected a number from {least} to {most}, found {value}. Ask for another.")
    if isinstance(value, Period) and value.start and value.end and value.start > value.end:
        days = f"{value.start} to {value.end}"
        raise ConfigError(f"{place}: expected a period that begins before it ends, found {days}. Ask which is meant.")
    if key in _WORDS and value not in _WORDS[key]:
        raise ConfigError(f"{place}: expected one of {', '.join(_WORDS[key])}, found {value!r}. Use one of them.")
