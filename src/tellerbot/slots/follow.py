"""Periods that are meant by the one before them: "and the month before?"."""

from datetime import date, timedelta

from tellerbot.slots.calendar import Unit, shift_day, unit_around
from tellerbot.slots.words import COUNT, UNIT, flatten, pattern, read_count, read_unit
from tellerbot.types import Period

_BEFORE = "before|prior|earlier|previous|preceding"
_AFTER = "after|later|following|next"
_UNITS_OFF = pattern(
    rf"(?:(?P<n>{COUNT}) )?(?P<unit>{UNIT})s? (?:(?P<back>{_BEFORE})|{_AFTER})(?: (?:that|this|it|then))?(?!\w| last\b)"
)
_NEXT_UNIT = pattern(rf"the (?:(?P<back>{_BEFORE})|{_AFTER}) (?P<unit>{UNIT})\b")
_ANOTHER = pattern(
    rf"(?:(?P<back>{_BEFORE})|{_AFTER}) (?:one|period)\b|(?:one|period) (?:(?P<one_back>{_BEFORE})|{_AFTER})\b"
)
_YEAR_AGO = pattern(
    rf"(?:same|that) (?:{UNIT}|period|time|days|dates?) (?:of |in )?(?:the )?(?:last|previous|prior) year\b"
)


def shift_period(text: str, before: Period) -> Period | None:
    """Return the period that a follow-up names by the one `before`; None where it names none, or `before` is open.

    "The month before", "two weeks after that", "the one before", "same month last year".
    """
    if before.start is None or before.end is None:
        return None
    start, end = before.start, before.end
    flat = flatten(text)
    if _YEAR_AGO.search(flat):
        return _years_off(start, end, -1)
    if match := _UNITS_OFF.search(flat) or _NEXT_UNIT.search(flat):
        unit = read_unit(match["unit"])
        count = read_count(match.groupdict().get("n") or "1")
        steps = -count if match["back"] else count
        if unit == "year" and unit_around(start, "year") != before:
            return _years_off(start, end, steps)
        return _units_off(start, end, steps, unit)
    if match := _ANOTHER.search(flat):
        return _length_off(start, end, -1 if match["back"] or match["one_back"] else 1)
    return None


def _years_off(start: date, end: date, years: int) -> Period | None:
    first, last = shift_day(start, years, "year"), shift_day(end + timedelta(days=1), years, "year")
    return Period(first, last - timedelta(days=1)) if first and last else None


def _units_off(start: date, end: date, steps: int, unit: Unit) -> Period | None:
    """Return the period so many units before or after; units are the calendar's where the period begins with one."""
    if unit_around(start, unit).start == start:
        moved = shift_day(start if steps < 0 else unit_around(end, unit).start or end, steps, unit)
        return unit_around(moved, unit) if moved else None
    if steps < 0:
        first = shift_day(start, steps, unit)
        return Period(first, (shift_day(start, steps + 1, unit) or start) - timedelta(days=1)) if first else None
    last = shift_day(end, steps, unit)
    return Period((shift_day(end, steps - 1, unit) or end) + timedelta(days=1), last) if last else None


def _length_off(start: date, end: date, way: int) -> Period | None:
    """Return the period of the same length just before or after; calendar units stay such."""
    units: tuple[Unit, ...] = ("week", "month", "quarter", "year")
    for unit in units:
        if unit_around(start, unit) == Period(start, end):
            return _units_off(start, end, way, unit)
    length = way * ((end - start).days + 1)
    first, last = shift_day(start, length, "day"), shift_day(end, length, "day")
    return Period(first, last) if first and last else None
