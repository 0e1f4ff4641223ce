"""The check of what a query or an action of the file is given."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from tellerbot.bank.http.parts import ArgumentKind
from tellerbot.database import is_storable
from tellerbot.errors import ConfigError
from tellerbot.types import Arguments, Named, Period

_TYPES: Mapping[str, type] = {"money": Decimal, "date": date, "period": Period, "count": int, "text": str}
_LEAST, _MOST = 0, 10**9


def check_given(name: str, kinds: Mapping[str, ArgumentKind], required: tuple[str, ...], arguments: Arguments) -> None:
    """Raise ConfigError for an argument that `name` does not take, is of the wrong type, or is missing."""
    for key, value in arguments.items():
        if key not in kinds:
            takes = ", ".join(kinds) or "no argument"
            raise ConfigError(f"{name}: expected {takes}, found {key!r}. Leave it out.")
        _check_value(f"{name}, {key}", kinds[key], value)
    if missing := [key for key in required if key not in arguments]:
        raise ConfigError(f"{name}: expected {', '.join(required)}, found no {missing[0]}. Ask for it first.")


def _check_value(place: str, kind: ArgumentKind, value: object) -> None:
    expected = _TYPES.get(kind, Named)
    if not isinstance(value, expected) or isinstance(value, bool):
        found = type(value).__name__
        raise ConfigError(f"{place}: expected a value of type {expected.__name__}, found {found}. Convert it.")
    if isinstance(value, Named) and value.kind != kind:
        raise ConfigError(f"{place}: expected the name of a {kind}, found that of a {value.kind}. Give the right one.")
    if isinstance(value, str) and not is_storable(value):
        raise ConfigError(f"{place}: expected text, found half of a character or none. Clean it.")
    # NaN is in no order.
    if isinstance(value, Decimal | int) and not (Decimal(value).is_finite() and _LEAST <= value <= _MOST):
        raise ConfigError(f"{place}: expected a number from {_LEAST} to {_MOST}, found another. Ask for another.")
    if isinstance(value, Period) and value.start and value.end and value.start > value.end:
        days = f"{value.start} to {value.end}"
        raise ConfigError(f"{place}: expected a period that begins before it ends, found {days}. Ask which is meant.")
