"""Dates near today: weekdays, `tomorrow`, `8 weeks ago`, `end of the month`, feasts."""

import re
from datetime import date, timedelta

from tellerbot.slots.calendar import make_day, shift_day, unit_around, weekday_in_month
from tellerbot.slots.days import NAMED_YEAR
from tellerbot.slots.reference import Reference, relative_step, year_of
from tellerbot.slots.words import (
    COUNT,
    FULL_WEEKDAY,
    MONTH,
    ORDINAL,
    UNIT,
    WEEKDAY,
    WEEKDAYS,
    pattern,
    read_count,
    read_month,
    read_unit,
)

_NEARBY = {
    "day before yesterday": -2, "yesterday": -1, "yday": -1, "last night": -1, "today": 0, "tonight": 0,
    "this morning": 0, "this afternoon": 0, "this evening": 0, "tomorrow": 1, "tommorow": 1, "tomorow": 1, "tmrw": 1,
    "day after tomorrow": 2,
}  # fmt: skip
_FEASTS = {
    "xmas eve": (12, 24),
    "xmas": (12, 25),
    "christmas eve": (12, 24),
    "christmas": (12, 25),
    "new year's eve": (12, 31),
    "new year's day": (1, 1),
    "halloween": (10, 31),
    "valentine's day": (2, 14),
}
# Month, weekday (0 is Monday) and number in the month, from its end if negative.
_FLOATING = {
    "thanksgiving": (11, 3, 4),
    "labor day": (9, 0, 1),
    "memorial day": (5, 0, -1),
}
_RELATIVE = "last|previous|past|this coming|this|coming|next|following"


def _weekday(match: re.Match[str], reference: Reference) -> date | None:
    """Read `Monday`, `last Monday`, `next Friday` (of next week), `Monday last week`, `Monday in a week`."""
    part = match.groupdict()
    today, weekday = reference.today, WEEKDAYS[part["w"]]
    in_week = today + timedelta(days=weekday - today.weekday())
    before = today - timedelta(days=(today.weekday() - weekday - 1) % 7 + 1)
    after = today + timedelta(days=(weekday - today.weekday() - 1) % 7 + 1)
    if part.get("week"):
        return shift_day(in_week, relative_step(part["week"]), "week")
    relative = part.get("rel")
    match relative:
        case "next":
            return in_week + timedelta(days=7)
        case "this":
            # On a Tuesday, "this Tuesday" is not today.
            return after if in_week == today else in_week
        case "last" | "previous" | "past":
            return before
    later = read_count(part["weeks"]) if part.get("weeks") else 1 if part.get("then") else 0
    return before if reference.past and not (relative or later) else shift_day(after, later, "week")


def _nearby(match: re.Match[str], reference: Reference) -> date:
    return reference.today + timedelta(days=_NEARBY[re.sub(" +", " ", match["near"])])


def _distance(match: re.Match[str], reference: Reference) -> date | None:
    """Read `8 weeks ago`, `in 7 days`, `two months from now`."""
    count = read_count(match["n"])
    return shift_day(reference.today, -count if match.groupdict().get("ago") else count, read_unit(match["unit"]))


def _edge(match: re.Match[str], reference: Reference) -> date | None:
    """Read `end of the month`, `beginning of next year`, `end of May`."""
    part = match.groupdict()
    if part["m"]:
        month = read_month(part["m"])
        unit, around = "month", make_day(year_of(part, month, 1, reference), month, 1)
    else:
        unit = read_unit(part["unit"])
        around = shift_day(reference.today, relative_step(part["rel"]), unit)
    if not around:
        return None
    period = unit_around(around, unit)
    return period.end if part["edge"][0] in "el" else period.start


def _feast(match: re.Match[str], reference: Reference) -> date:
    month, day = _FEASTS[re.sub(" +", " ", match["feast"])]
    return date(year_of(match.groupdict(), month, day, reference), month, day)


def _floating_feast(match: re.Match[str], reference: Reference) -> date:
    month, weekday, number = _FLOATING[re.sub(" +", " ", match["feast"])]
    this_year = weekday_in_month(reference.today.year, month, weekday, number)
    year = year_of(match.groupdict(), month, this_year.day, reference)
    return weekday_in_month(year, month, weekday, number)


def _nothing(match: re.Match[str], reference: Reference) -> None:
    """Return no day for what comes again and again: `4th of each month`; nor for the Friday of `Black Friday`."""


READERS = (
    (
        pattern(
            rf"(?:(?P<rel>{_RELATIVE}) )?(?P<w>{FULL_WEEKDAY})(?: in (?P<weeks>{COUNT}) weeks?\b|(?P<then> week\b))?"
        ),
        _weekday,
    ),
    (pattern(rf"(?P<weeks>{COUNT}) weeks? (?:from|on|after) (?P<w>{WEEKDAY})"), _weekday),
    (pattern(rf"(?P<rel>{_RELATIVE}) (?P<w>{WEEKDAY})"), _weekday),
    (pattern(rf"(?:on|since|from|until|till?|by|before|after) (?P<at>(?P<w>{WEEKDAY}))(?!')"), _weekday),
    (pattern(rf"(?P<w>{WEEKDAY}),? (?:of )?(?P<week>last|this|next|previous) week\b"), _weekday),
    (pattern(rf"(?P<week>last|this|next|previous) week,? (?:on )?(?P<w>{WEEKDAY})"), _weekday),
    (pattern(rf"(?P<near>{'|'.join(_NEARBY)})(?!\w)"), _nearby),
    # "A few days ago" is no certain day.
    (pattern(rf"(?!(?:a )?few)(?P<n>{COUNT}) (?P<unit>{UNIT})s? (?P<ago>ago|earlier|back)\b"), _distance),
    (pattern(rf"(?:in|after) (?P<n>{COUNT}) (?P<unit>{UNIT})s?(?:' time)?(?!\w)"), _distance),
    (pattern(rf"(?P<n>{COUNT}) (?P<unit>{UNIT})s? from (?:now|today)\b"), _distance),
    (
        pattern(
            rf"(?P<edge>end|last day|start|beginning|first day) of (?:(?P<m>{MONTH}){NAMED_YEAR}?"
            r"|(?:the )?(?:(?P<rel>this|last|next|current|previous|following) )?(?P<unit>week|month|quarter|year)\b)"
        ),
        _edge,
    ),
    (pattern(rf"(?P<feast>{'|'.join(_FEASTS)}){NAMED_YEAR}?(?!\w)"), _feast),
    (pattern(rf"(?P<feast>{'|'.join(_FLOATING)})(?: day)?{NAMED_YEAR}?(?!\w)"), _floating_feast),
    (pattern(r"(?:black|good|cyber|easter) (?:friday|monday|sunday)\b"), _nothing),
    (
        pattern(
            rf"(?:(?:{ORDINAL}|last) (?:(?:{WEEKDAY}|day) )?(?:of )?)?(?:each|every) (?:other |{COUNT} )?"
            rf"(?:{UNIT}s?|{WEEKDAY})(?!\w)"
        ),
        _nothing,
    ),
)
