"""A customer's message -> its typed values."""

import re
from bisect import bisect_left
from collections.abc import Iterator
from datetime import date, time
from typing import NamedTuple

from tellerbot.slots import days, near, periods, times
from tellerbot.slots.amounts import find_amounts
from tellerbot.slots.reference import Reference
from tellerbot.slots.words import WEEKDAYS, flatten
from tellerbot.types import Money, Period, Slot, SlotKind

_SINCE = re.compile(r"\bsince[ ]{1,3}(?:the[ ]{1,3})?$")
_UNTIL = re.compile(r"\b(?:until|till?|up to)[ ]{1,3}(?:the[ ]{1,3})?$")
_FROM = re.compile(r"\b(?:from|between|starting)[ ]{1,3}(?:the[ ]{1,3}|in[ ]{1,3})?$")
_TO = re.compile(r"[ ]{1,3}(?:to|until|till?|up to|through|thru|and|-)[ ]{1,3}(?:the[ ]{1,3})?")
_ON = re.compile(r"[ ]{1,3}(?:on|onwards?|to|until|till?|up to|through|thru|and)(?!\w)")
_TODAY = re.compile(r"\btoday(?:'s| is| being)?,?[ ]{1,3}(?:a[ ]{1,3})?$")
_LEAD = 16


class _Candidate(NamedTuple):
    start: int
    end: int
    value: date | Period | time | Money | None


def find_slots(text: str, today: date, *, past: bool = False, day_first: bool = False) -> list[Slot]:
    """Return the amounts, dates, periods, times and counts of a message, by place; no two overlap.

    A bare "the 3rd", "Monday" or "May" is the next one; with `past`, for questions about what has been, the last
    one. The ends of "from Monday to Friday" and "since May" are dates of their own; `join_periods` makes them periods.
    `day_first` reads 3/4 as the 3rd of April. `today` lies in the years from 1900 to 2200. What has no certain value
    (`lately`, `1.000,50`) is no slot.
    """
    flat = flatten(text)
    reference = Reference(today, past, day_first)
    amounts = list(find_amounts(text, flat))
    money = [_Candidate(slot.start, slot.end, slot.value) for slot in amounts if isinstance(slot.value, Money)]
    chosen = _choose([*_candidates(flat, reference), *money])
    taken = [(item.start, item.end) for item in chosen]
    counts = [slot for slot in amounts if slot.kind == "count" and _is_free((slot.start, slot.end), taken)]
    chosen = [item for item in chosen if not _is_today(flat, item)]
    slots = [
        Slot(_kind(value), start, end, text[start:end], value)
        for start, end, value in _dates_at_ends(flat, chosen)
        if value is not None
    ]
    return sorted([*slots, *counts], key=lambda slot: slot.start)


def _is_today(flat: str, item: _Candidate) -> bool:
    """Return whether a candidate only says which weekday today is: "today is Sunday, are you open?"."""
    return flat[item.start : item.end] in WEEKDAYS and bool(
        _TODAY.search(flat[max(0, item.start - _LEAD) : item.start])
    )


def _is_free(place: tuple[int, int], taken: list[tuple[int, int]]) -> bool:
    """Return whether a place overlaps none of the places in order."""
    at = bisect_left(taken, place)
    return (at == len(taken) or place[1] <= taken[at][0]) and (at == 0 or taken[at - 1][1] <= place[0])


def _candidates(flat: str, reference: Reference) -> Iterator[_Candidate]:
    for pattern, read in (*days.READERS, *near.READERS, *periods.READERS, *times.READERS):
        for match in pattern.finditer(flat):
            yield _Candidate(*match.span("at" if "at" in pattern.groupindex else 0), read(match, reference))


def _choose(candidates: list[_Candidate]) -> list[_Candidate]:
    """Return the longest at each place, from the left; those without a value keep others away."""
    chosen: list[_Candidate] = []
    at = 0
    for item in sorted(candidates, key=lambda item: (item.start, -item.end)):
        if item.start >= at:
            chosen.append(item)
            at = item.end
    return chosen


def _dates_at_ends(flat: str, items: list[_Candidate]) -> Iterator[_Candidate]:
    """Turn periods that only say where another begins or ends into dates: "since May", "from January to March"."""
    open_end = -1
    for item in items:
        start, end, value = item
        before = flat[max(0, start - _LEAD) : start]
        begins = bool(_FROM.search(before) and _ON.match(flat, end))
        if isinstance(value, Period):
            closes = open_end >= 0 and bool(_TO.fullmatch(flat, open_end, start))
            if begins or _SINCE.search(before):
                item = item._replace(value=value.start)
            elif closes or _UNTIL.search(before):
                item = item._replace(value=value.end)
        open_end = end if begins else -1
        yield item


def _kind(value: date | Period | time | Money) -> SlotKind:
    if isinstance(value, Money):
        return "money"
    return "period" if isinstance(value, Period) else "time" if isinstance(value, time) else "date"
