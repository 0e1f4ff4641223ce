"""Dates that a message joins -> periods: "from Monday to Friday", "since May", "before the 3rd"."""

import re
from collections.abc import Sequence
from datetime import date, timedelta

from tellerbot.slots.calendar import make_day, shift_day
from tellerbot.slots.words import FULL_WEEKDAY, MONTH, ORDINAL, flatten
from tellerbot.types import Period, Slot

_THE = r"[ ]{1,3}(?:(?:the|on)[ ]{1,3})?$"
_HEAD = re.compile(
    r"\b(?:(?P<pair>from|between|starting(?:[ ]from)?)|(?P<since>since)"
    r"|(?P<until>until|till?|up to|no later than)|(?P<before>before|prior to|earlier than)"
    rf"|(?P<after>after|later than)){_THE}"
)
_AND = re.compile(r"[ ]{1,3}(?:(?P<and>and)|to|until|till?|up to|through|thru|-)[ ]{1,3}(?:the[ ]{1,3})?|-")
_ON = re.compile(r"[ ]{1,3}(?:onwards?|forward|on)(?!\w)")
_DAY_ONLY, _WEEKDAY = re.compile(rf"(?:{ORDINAL}|\d{{1,2}})"), re.compile(rf"\b(?:{FULL_WEEKDAY})")
_YEAR = re.compile(r"(?:19|20)\d\d|/\d\d$|\byear\b")
_MONTHS = re.compile(MONTH)
_WINDOW = 20
# Months from one to the other up to which days that name no year go over its end.
_MOST_OVER_YEAR = 5


def join_periods(text: str, slots: Sequence[Slot], *, past: bool = False) -> list[Slot]:
    """Return the slots of `find_slots`, in which dates that the words join are periods; give `past` as there.

    A period's slot begins with the word that makes it one. What one end leaves unsaid is the other's: in "the 3rd to
    the 6th of January" both are in January. A period that ends before it starts is kept: see `problems`.
    """
    flat = flatten(text)
    joined: list[Slot] = []
    at = 0
    while at < len(slots):
        slot, following = slots[at], slots[at + 1] if at + 1 < len(slots) else None
        head = _HEAD.search(flat, max(0, slot.start - _WINDOW), slot.start)
        pair = _pair(flat, slot, following, head, past)
        if pair and following:
            start = head.start() if head and head["pair"] else slot.start
            joined.append(Slot("period", start, following.end, text[start : following.end], pair))
            at += 2
            continue
        joined.append(_one(text, flat, slot, head))
        at += 1
    return joined


def _one(text: str, flat: str, slot: Slot, head: re.Match[str] | None) -> Slot:
    """Return the slot, or the period with an open end that its head makes of it."""
    if slot.kind not in ("date", "period") or not head:
        return slot
    first, last = _days(slot)
    end = slot.end
    tail = _ON.match(flat, end)
    if head["since"] or (head["pair"] and (tail or head["pair"].startswith("starting"))):
        period = Period(first, None)
        end = tail.end() if tail else end
    elif head["until"]:
        period = Period(None, last)
    elif head["before"] and first:
        period = Period(None, first - timedelta(days=1))
    elif head["after"] and last:
        period = Period(last + timedelta(days=1), None)
    else:
        return slot
    return Slot("period", head.start(), end, text[head.start() : end], period)


def _days(slot: Slot) -> tuple[date | None, date | None]:
    if isinstance(slot.value, Period):
        return slot.value.start, slot.value.end
    day = slot.value if isinstance(slot.value, date) else None
    return day, day


def _pair(flat: str, slot: Slot, following: Slot | None, head: re.Match[str] | None, past: bool) -> Period | None:
    if not following or slot.kind not in ("date", "period") or following.kind not in ("date", "period"):
        return None
    between = _AND.fullmatch(flat, slot.end, following.start)
    start, end = _days(slot)[0], _days(following)[1]
    if not between or not start or not end or (between["and"] and not (head and head["pair"])):
        return None
    if slot.kind == "period" and not all(_MONTHS.fullmatch(flat, one.start, one.end) for one in (slot, following)):
        # "Compare last month to this month" asks for two.
        return None
    return Period(*_align(flat[slot.start : slot.end], start, flat[following.start : following.end], end, past))


def _align(first: str, start: date, last: str, end: date, past: bool) -> tuple[date, date]:
    """Put both ends in the month and year that only one of them names, or that fit."""
    day_only = [bool(_DAY_ONLY.fullmatch(words)) for words in (first, last)]
    if all(day_only) or _WEEKDAY.search(last):
        if start <= end:
            return start, end
        unit = "month" if all(day_only) else "week"
        moved = shift_day(start, -1, unit) if past else shift_day(end, 1, unit)
        return (moved or start, end) if past else (start, moved or end)
    if day_only[0]:
        moved = make_day(end.year, end.month, start.day)
        return (_earlier(moved, end, "month") if moved else start), end
    if day_only[1]:
        months = (shift_day(start.replace(day=1), step, "month") for step in (0, 1))
        later = (make_day(month.year, month.month, end.day) for month in months if month)
        return start, next((day for day in later if day and day >= start), end)
    said = [bool(_YEAR.search(words)) for words in (first, last)]
    if said == [False, True]:
        moved = make_day(end.year, start.month, start.day)
        return (_earlier(moved, end, "year") if moved else start), end
    if said == [True, False]:
        moved = make_day(start.year, end.month, end.day) or end
        return start, (moved if moved >= start else shift_day(moved, 1, "year") or moved)
    are_named = all(_MONTHS.search(words) for words in (first, last))
    if said == [False, False] and are_named and (start.month, start.day) > (end.month, end.day):
        # "Dec to Feb" goes over the end of a year; "between May and March" is more likely a slip.
        if (end.month - start.month) % 12 > _MOST_OVER_YEAR:
            return start, end
        year = end.year if past else start.year + 1
        return make_day(year - 1, start.month, start.day) or start, make_day(year, end.month, end.day) or end
    if said == [False, False]:
        year = min(start.year, end.year) if past else max(start.year, end.year)
        return make_day(year, start.month, start.day) or start, make_day(year, end.month, end.day) or end
    return start, end


def _earlier(day: date, end: date, unit: str) -> date:
    """Return the day, or the one a month or year before where it lies after the end."""
    if day <= end:
        return day
    return shift_day(day, -1, "month" if unit == "month" else "year") or day
