"""The typed arguments of queries and actions, and the check of what is given."""

import unicodedata
from collections.abc import Mapping
from datetime import date, datetime, time
from decimal import Decimal

from tellerbot.errors import ConfigError
from tellerbot.types import ActionSpec, Arguments, Named, Period, QuerySpec

Words = Mapping[str, tuple[str, ...]]

_NAMED = (
    "account", "to_account", "card", "payee", "category", "other_category", "branch", "product", "other_product",
    "record",
)  # fmt: skip
_TYPES: Mapping[str, type] = {
    **dict.fromkeys(_NAMED, Named), "day": date, "time": time, "period": Period, "other_period": Period,
    "minimum": Decimal, "maximum": Decimal, "amount": Decimal, "income": Decimal, "term": int, "limit": int,
    "kind": str, "order": str, "every": str, "delivery": str, "reason": str, "way": str, "name": str, "bank": str,
    "number": str, "address": str, "phone": str, "place": str, "check": str, "topic": str,
}  # fmt: skip
# Amounts and numbers that customers mean: those beyond would only make databases and formulas fail.
_BOUNDS = {"term": (1, 600)}
_USUAL_BOUNDS = (0, 10**9)
_LONGEST = 200
# Control characters, and halves of characters that no database holds.
_UNSEEN = ("Cc", "Cs")


def check_arguments(name: str, spec: QuerySpec | ActionSpec, arguments: Arguments, words: Words) -> None:
    """Raise ConfigError for an argument that is not taken, is of the wrong type, or is missing.

    `words` are the only values that arguments of these names may have.
    """
    for key, value in arguments.items():
        if key not in spec.arguments:
            takes = ", ".join(spec.arguments) or "no argument"
            raise ConfigError(f"{name}: expected {takes}, found {key!r}. Leave it out.")
        _check_value(f"{name}, {key}", key, value, words)
    if missing := [key for key in spec.required if key not in arguments]:
        raise ConfigError(f"{name}: expected {', '.join(spec.required)}, found no {missing[0]}. Ask for it first.")


def find_stranger(arguments: Arguments, names: set[tuple[str, str]]) -> Named | None:
    """Return the first thing that the arguments name and that is not among `names`, by kind and ref.

    A record is none of them: whose it is, is checked where it is read.
    """
    for value in arguments.values():
        if isinstance(value, Named) and value.kind != "record" and (value.kind, value.ref) not in names:
            return value
    return None


def _check_value(place: str, key: str, value: object, words: Words) -> None:
    # A bank of one's own may take arguments of other names: they are texts.
    kind = _TYPES.get(key, str)
    if not isinstance(value, kind) or isinstance(value, bool | datetime):
        found = type(value).__name__
        raise ConfigError(f"{place}: expected a value of type {kind.__name__}, found {found}. Convert it.")
    if isinstance(value, Named) and value.kind != key.removeprefix("other_").removeprefix("to_"):
        raise ConfigError(f"{place}: expected the name of a {key}, found that of a {value.kind}. Give the right one.")
    least, most = _BOUNDS.get(key, _USUAL_BOUNDS)
    # NaN is in no order.
    if isinstance(value, Decimal | int) and not (Decimal(value).is_finite() and least <= value <= most):
        raise ConfigError(f"{place}: expected a number from {least} to {most}, found {value}. Ask for another.")
    if isinstance(value, Period) and value.start and value.end and value.start > value.end:
        days = f"{value.start} to {value.end}"
        raise ConfigError(f"{place}: expected a period that begins before it ends, found {days}. Ask which is meant.")
    if key in words and value not in words[key]:
        raise ConfigError(f"{place}: expected one of {', '.join(words[key])}, found {value!r}. Use one of them.")
    if isinstance(value, str) and not _is_line(value):
        raise ConfigError(f"{place}: expected one line of 1 to {_LONGEST} characters, found another. Ask for it again.")


def _is_line(text: str) -> bool:
    return 0 < len(text.strip()) <= len(text) <= _LONGEST and not any(
        unicodedata.category(char) in _UNSEEN for char in text
    )
