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
_MONTHS = {"month": 1, "mo": 1, "year": 12, "yr": 12}
# "A month" is no term: "what would I pay a month".
_TERM = re.compile(
    r"\b(?:(\d{1,3}|one|two|three|four|five|six|nine|ten|twelve|eighteen|twenty.?four|half a)"
    r"|(?:for|over|in|within|after|of) (a))[\s-]*(month|mo|year|yr)s?\b(?! ago| old)",
    re.IGNORECASE,
)
_WORDS = {
    "a": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "nine": 9, "ten": 10, "twelve": 12,
    "eighteen": 18, "twentyfour": 24,
}  # fmt: skip


def fill_arguments(spec: QuerySpec, text: str, slots: Sequence[Slot]) -> dict[str, Any]:
    """The arguments that `spec` takes and a question gives, by name.

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
            if "amount" in spec.arguments and not _TERM.match(text, slot.start):
                given.setdefault("amount", Decimal(str(slot.value)))
    if "term" in spec.arguments and (term := find_term(text)):
        given["term"] = term
    return {name: value for name, value in given.items() if name in spec.arguments}


def _bounds(spec: QuerySpec, before: str, amount: Decimal) -> dict[str, Decimal]:
    """An amount as what a query takes: itself, or bounds. "The $88 charge" may be one of $88.13."""
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


def find_term(text: str) -> int | None:
    """How long something is to last, in months: 12 in "a 12 month cd"; None where a text names no term.

    Of several the last counts, which a follow-up named.
    """
    *_, match = [None, *_TERM.finditer(text)]
    if not match:
        return None
    number = re.sub(r"\W", "", (match[1] or match[2]).lower())
    unit = _MONTHS[match[3].lower()]
    return unit // 2 if number == "halfa" else (int(number) if number.isdigit() else _WORDS[number]) * unit


def find_terms(text: str) -> list[tuple[int, int]]:
    """Where a text names terms."""
    return [match.span() for match in _TERM.finditer(text)]
