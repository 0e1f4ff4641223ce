"""Slots of a question -> the typed arguments of a query."""

import re
from collections.abc import Sequence
from datetime import date
from typing import Any

from tellerbot.types import Arguments, Money, Named, Period, QuerySpec, Slot

_MORE = re.compile(
    r"\b(?:over|above|more than|greater than|bigger than|larger than|at least|exceeding|from)\W*$", re.IGNORECASE
)
_LESS = re.compile(r"\b(?:under|below|less than|smaller than|up to|at most|within)\W*$", re.IGNORECASE)
_MONTHS = {"month": 1, "mo": 1, "year": 12, "yr": 12}
_TERM = re.compile(
    r"\b(\d{1,3}|one|two|three|four|five|six|nine|ten|twelve|eighteen|twenty.?four|a)[\s-]*(month|mo|year|yr)s?\b",
    re.IGNORECASE,
)
_WORDS = {
    "a": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "nine": 9, "ten": 10, "twelve": 12,
    "eighteen": 18, "twentyfour": 24,
}  # fmt: skip


def fill_arguments(spec: QuerySpec, text: str, slots: Sequence[Slot]) -> Arguments:
    """The arguments that `spec` takes and a question gives, by name.

    A single day is a period of one day for a query that takes no day. Amounts are bounds where words such as "over"
    or "under" come before them. `term` is in months.
    """
    given: dict[str, Any] = {}
    for slot in slots:
        match slot.value:
            case tuple():
                fitting = [named for named in slot.value if named.kind in spec.arguments]
                if len(fitting) == 1:
                    _name(given, fitting[0])
            case Money(amount=amount):
                before = text[: slot.start]
                given["minimum" if _MORE.search(before) else "maximum" if _LESS.search(before) else "amount"] = amount
            case Period() as period:
                given["other_period" if "period" in given else "period"] = period
            case date() as day if "day" in spec.arguments:
                given["day"] = day
            case date() as day:
                given["other_period" if "period" in given else "period"] = Period(day, day)
            case int() as count if slot.kind == "count":
                given.setdefault("limit", count)
    if "term" in spec.arguments and (term := find_term(text)):
        given["term"] = term
    return {name: value for name, value in given.items() if name in spec.arguments}


def _name(given: dict[str, Any], named: Named) -> None:
    """Give the first thing of its kind by its kind, a further one as the other: two products to compare."""
    other = f"other_{named.kind}"
    given[other if named.kind in given else named.kind] = named


def find_term(text: str) -> int | None:
    """How long something is to last, in months: 12 in "a 12 month cd"; None where a text names no term."""
    match = _TERM.search(text)
    if not match:
        return None
    number = re.sub(r"\W", "", match[1].lower())
    return (int(number) if number.isdigit() else _WORDS[number]) * _MONTHS[match[2].lower()]
