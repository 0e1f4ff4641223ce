"""Slots of a question -> the typed arguments of a query."""

import re
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from tellerbot.types import Money, Named, Period, QuerySpec, Slot

_MORE = re.compile(
    r"\b(?:over|above|more than|greater than|bigger than|larger than|at least|exceeding|from)\W*$", re.IGNORECASE
)
_LESS = re.compile(r"\b(?:under|below|less than|smaller than|up to|at most|within)\W*$", re.IGNORECASE)


def fill_arguments(spec: QuerySpec, text: str, slots: Sequence[Slot]) -> dict[str, Any]:
    """Return the arguments that `spec` takes and a question gives, by name.

    A single day is a period of one day for a query that takes no day, and a period's last day is the day of one that
    takes no period. Amounts are bounds where words such as "over" or "under" come before them. `term` is in months.
    """
    given: dict[str, Any] = {}
    for slot in slots:
        if isinstance(slot.value, date | Period):
            _time(given, spec, slot.value)
        elif isinstance(slot.value, Money):
            given |= _bounds(spec, text[: slot.start], slot.value.amount)
        elif isinstance(slot.value, tuple):
            _name(given, [named for named in slot.value if named.kind in spec.arguments])
        elif slot.kind == "count":
            given.setdefault("limit", slot.value)
            if "amount" in spec.arguments:
                given.setdefault("amount", Decimal(str(slot.value)))
        elif slot.kind == "term":
            given["term"] = slot.value
    return {name: value for name, value in given.items() if name in spec.arguments}


def _bounds(spec: QuerySpec, before: str, amount: Decimal) -> dict[str, Decimal]:
    """Turn an amount into what a query takes: itself, or bounds. "The $88 charge" may be one of $88.13."""
    if _MORE.search(before):
        return {"minimum": amount}
    if _LESS.search(before):
        return {"maximum": amount}
    if "amount" in spec.arguments:
        return {"amount": amount}
    return {"minimum": amount, "maximum": amount if amount % 1 else amount + Decimal("0.99")}


def _name(given: dict[str, Any], fitting: Sequence[Named]) -> None:
    """Give the first thing of its kind by its kind, a further one as the other: two products to compare."""
    if len(fitting) == 1:
        other = f"other_{fitting[0].kind}"
        given[other if fitting[0].kind in given else fitting[0].kind] = fitting[0]


def _time(given: dict[str, Any], spec: QuerySpec, value: date | Period) -> None:
    if "day" in spec.arguments:
        given["day"] = (value.end or value.start) if isinstance(value, Period) else value
    else:
        period = value if isinstance(value, Period) else Period(value, value)
        given["other_period" if "period" in given else "period"] = period
