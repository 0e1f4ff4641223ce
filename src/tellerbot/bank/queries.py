"""Typed queries: what each takes, and the check of what it is given."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import Connection

from tellerbot.bank.arguments import check_arguments, find_stranger
from tellerbot.errors import ConfigError, DataError
from tellerbot.types import Arguments, Customer, FactSheet, Named, QuerySpec

# What a transaction is by the way the money moved.
KINDS = (
    "purchase", "transfer", "salary", "deposit", "direct debit", "standing order", "loan payment", "card payment",
    "cash", "fee", "interest",
)  # fmt: skip
ORDERS = ("newest", "oldest", "largest", "smallest")
_WORDS = {"kind": KINDS, "order": ORDERS}


class NameNotFoundError(DataError):
    """An argument names something that is not the customer's; whether another customer has it stays open."""


@dataclass(frozen=True, slots=True)
class Request:
    """One query or action with its checked arguments.

    `customer` is the signed-in customer's id, "" where nobody signed in.
    """

    customer: str
    today: date
    arguments: Mapping[str, Any] = field(default_factory=dict)

    def get(self, name: str) -> Any:
        """Return the argument of this name, None where it is not given."""
        return self.arguments.get(name)


@dataclass(frozen=True, slots=True)
class Query:
    """A query and the function that answers it."""

    run: Callable[[Connection, Request], FactSheet]
    spec: QuerySpec


def check_query(name: str, specs: Mapping[str, QuerySpec], principal: Customer | None, arguments: Arguments) -> None:
    """Raise ConfigError for a query that there is not, or needs a sign-in, and for arguments that it does not take."""
    spec = specs.get(name)
    if spec is None or (principal is None and not spec.is_public):
        raise ConfigError(f"Expected a query among {', '.join(specs)}, with a customer; found {name!r}.")
    check_arguments(name, spec, arguments, _WORDS)


def check_names(arguments: Arguments, names: Sequence[Named]) -> None:
    """Raise NameNotFoundError unless everything that the arguments name is among `names`."""
    if stranger := find_stranger(arguments, {(named.kind, named.ref) for named in names}):
        raise NameNotFoundError(
            f"Expected the name of one of the customer's own or the bank's things of kind {stranger.kind}, "
            "found another. Ask which one is meant."
        )
