"""Typed actions: what each takes, and the checks that come before it runs."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from sqlalchemy import Connection

from tellerbot.bank.arguments import Words, check_arguments, find_stranger
from tellerbot.bank.facts import by_name, computed_fact
from tellerbot.bank.formulas import to_cents
from tellerbot.bank.queries import Request
from tellerbot.errors import ConfigError, RefusedError
from tellerbot.types import ActionSpec, Arguments, Customer, Fact, FactKind, Limits, Named, Source

NONE = Decimal("0.00")


@dataclass(frozen=True, slots=True)
class ActionResult:
    """The result of an action: facts to show, and the thing that it made."""

    facts: Mapping[str, Fact]
    made: Named | None = None


@dataclass(frozen=True, slots=True)
class Action:
    """An action and the function that does it; `words` are the only values that arguments of these names may have.

    The function raises RefusedError where the bank does not do it.
    """

    run: Callable[[Connection, Request], ActionResult]
    spec: ActionSpec
    words: Words = field(default_factory=dict)


def check_action(name: str, actions: Mapping[str, Action], arguments: Arguments, key: str) -> None:
    """Raise ConfigError for an action that there is not, for arguments that it does not take, and for a bad key."""
    action = actions.get(name)
    if action is None:
        raise ConfigError(f"Expected an action among {', '.join(actions)}; found {name!r}.")
    check_arguments(name, action.spec, arguments, action.words)
    if not (key.isprintable() and 0 < len(key) <= 200):
        raise ConfigError(f"{name}: expected a key of 1 to 200 characters, found another. Make a new one.")


def check_rights(principal: Customer, spec: ActionSpec, arguments: Arguments, names: Sequence[Named]) -> None:
    """Raise RefusedError where this sign-in may not do it, or an argument names what is not the principal's."""
    if spec.scope not in principal.scopes:
        raise RefusedError("not_allowed")
    if find_stranger(arguments, {(named.kind, named.ref) for named in names}):
        raise RefusedError("not_theirs")


def check_limits(limits: Limits, amount: Decimal, moved: Sequence[tuple[str, Decimal]], place: str) -> None:
    """Raise RefusedError where a run would go over a limit.

    `moved` are the runs that count for the same day, each with its record's name and its amount. `place` is the record
    of the limits.
    """
    if limits.amount is not None and amount > limits.amount:
        raise RefusedError("amount_limit", by_name(limit_fact(place, "amount", limits.amount)))
    if limits.day_count is not None and len(moved) >= limits.day_count:
        raise RefusedError("count_limit", by_name(limit_fact(place, "day_count", limits.day_count, "count")))
    if limits.day_sum is not None and amount + sum(one for _, one in moved) > limits.day_sum:
        limit = limit_fact(place, "day_sum", limits.day_sum)
        raise RefusedError("day_limit", by_name(limit, remaining_fact(limits.day_sum, moved)))


def limit_fact(place: str, which: str, value: Decimal | int, kind: FactKind = "money") -> Fact:
    """Make the fact of a limit, with its record."""
    return Fact("limit", kind, value, Source("bank", f"{place}/{which}"))


def remaining_fact(limit: Decimal, moved: Sequence[tuple[str, Decimal]], name: str = "remaining") -> Fact:
    """Compute what is left of a limit; never below zero."""
    total = sum((amount for _, amount in moved), NONE)
    return computed_fact(name, "money", max(limit - total, NONE), f"{limit:.2f} - {total:.2f}", [r for r, _ in moved])


def read_amount(request: Request) -> Decimal:
    """Read the amount of a request in whole cents. Raises RefusedError where it is zero, negative or finer."""
    amount: Decimal = request.get("amount")
    if amount <= 0 or amount != to_cents(amount):
        raise RefusedError("not_possible")
    return to_cents(amount)


def read_day(request: Request) -> date:
    """Read the day of a request, today by default. Raises RefusedError for a day in the past."""
    day = request.get("day") or request.today
    if day < request.today:
        raise RefusedError("not_possible")
    return day
