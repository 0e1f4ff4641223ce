"""Periods: weeks, months, quarters and years by name, and so many days back or ahead."""

import re
from datetime import date, timedelta

from tellerbot.slots.calendar import month_period, shift_day, unit_around
from tellerbot.slots.days import DAY_MONTH, MONTH_DAY, NAMED_YEAR, read_month_day, read_numbered
from tellerbot.slots.reference import Reference, relative_step, year_of
from tellerbot.slots.words import COUNT, MONTH, ORDINAL, UNIT, pattern, read_count, read_month, read_unit
from tellerbot.types import Period

_RELATIVE = "this|current|last|previous|prior|next|following|coming|upcoming"
# These months are words of their own, so that they need a word that leads to a month, or a year.
_DOUBTFUL = r"(?:may|march)(?!\w)"
_NO_VERB = r"(?! (?:i|we|you|he|she|it|they|be|not|have|need|want)\b)"
_OF_MONEY = r"(?= (?:spend(?:ing)?|transactions?|statements?|bills?|payments?|purchases?|expenses?|totals?)\b)"
_LEAD = r"(?:in|on|since|until|till?|during|for|of|from|to|by|before|after|through|between|and|than)"
_TO = r"(?:to|until|till?|and|through)"
_LIKELY_YEAR = r"(?P<y>(?:19[89]|20[0-3])\d)(?!\w|[.,]\d| (?:dollars|pounds|euros|quid|bucks)\b)"
_NUMBERS = {"first": 1, "1st": 1, "second": 2, "2nd": 2, "third": 3, "3rd": 3, "fourth": 4, "4th": 4}


def _unit(match: re.Match[str], reference: Reference) -> Period | None:
    """Read `last month`, `this week`."""
    unit = read_unit(match["unit"])
    around = shift_day(reference.today, relative_step(match["rel"]), unit)
    return unit_around(around, unit) if around else None


def _a_year_before(match: re.Match[str], reference: Reference) -> Period:
    """Read `this time last year`: the month that it was."""
    return month_period(reference.today.year - 1, reference.today.month)


def _weekend(match: re.Match[str], reference: Reference) -> Period:
    """Read `the weekend`: this week's, or with `past` the last that has begun."""
    weekend = unit_around(reference.today, "weekend")
    early = reference.past and reference.today.weekday() < 5
    return unit_around(reference.today - timedelta(days=7), "weekend") if early else weekend


def _second(match: re.Match[str], reference: Reference) -> Period | None:
    """Read `week before last`, `month after next`."""
    unit = read_unit(match["unit"])
    around = shift_day(reference.today, -2 if match["way"].startswith("before") else 2, unit)
    return unit_around(around, unit) if around else None


def _several(match: re.Match[str], reference: Reference) -> Period | None:
    """Read `last 30 days`: to today; `next 3 days`: from tomorrow; `past week`: seven days back.

    Weeks, months and years before are the calendar's and end where today's begins, as NLU++ labels them;
    with `past` they end today.
    """
    today, unit = reference.today, read_unit(match["unit"])
    count = read_count(match.groupdict().get("n") or "a")
    if match["way"] in ("next", "coming", "following"):
        end = shift_day(today, count, unit)
        return Period(today + timedelta(days=1), end) if end else None
    end = today if reference.past or match["way"] == "past" else unit_around(today, unit).start
    start = shift_day(end, -count, unit) if end else None
    return Period(start, end) if start else None


def _to_date(match: re.Match[str], reference: Reference) -> Period:
    unit = next(unit for unit in ("year", "month", "week", "quarter") if unit[0] == match["to"][0])
    return Period(unit_around(reference.today, read_unit(unit)).start, reference.today)


def _week_of(match: re.Match[str], reference: Reference) -> Period | None:
    read = read_month_day if "m" in match.groupdict() else read_numbered
    day = read(match, reference)
    return unit_around(day, "week") if day else None


def _week_of_month(match: re.Match[str], reference: Reference) -> Period:
    """Read `first week of April`: days 1 to 7; `last week of April`: its last 7 days."""
    month = _month(match, reference)
    first, last = month.start or reference.today, month.end or reference.today
    if match["n"] == "last":
        return Period(last - timedelta(days=6), last)
    start = first + timedelta(days=7 * (_NUMBERS[match["n"]] - 1))
    return Period(start, start + timedelta(days=6))


def _month(match: re.Match[str], reference: Reference) -> Period:
    month = read_month(match["m"])
    return month_period(year_of(match.groupdict(), month, 1, reference), month)


def _relative_month(match: re.Match[str], reference: Reference) -> Period:
    """Read `last October`: the last that is over; `next May`: the next to begin; `this June`: this year's."""
    month, today = read_month(match["m"]), reference.today
    years = {0: 0, -1: -(month >= today.month), 1: month <= today.month}
    return month_period(today.year + years[relative_step(match["rel"])], month)


def _part_of_year(match: re.Match[str], reference: Reference) -> Period:
    """Read `q3`, `second quarter of 2021`, `first half of last year`; one that goes on is meant itself."""
    part = match.groupdict()
    months = 6 if part["what"] in ("half", "h") else 3
    first = ((int(part["n"]) if part["n"].isdigit() else _NUMBERS[part["n"]]) - 1) * months + 1
    day = first if reference.past else first + months - 1
    return month_period(year_of(part, day, 1, reference), first, months)


def _year(match: re.Match[str], reference: Reference) -> Period:
    return Period(date(int(match["y"]), 1, 1), date(int(match["y"]), 12, 31))


READERS = (
    (pattern(r"(?:this|the same|around this) time last year\b"), _a_year_before),
    (pattern(rf"(?P<rel>{_RELATIVE}) (?!day)(?P<unit>{UNIT})\b"), _unit),
    (pattern(r"weekend\b"), _weekend),
    (pattern(rf"(?P<unit>{UNIT}) (?P<way>before last|after next)\b"), _second),
    (pattern(rf"(?P<way>last|past|previous|next|coming|following) (?P<n>{COUNT}) (?P<unit>{UNIT})s?(?!\w)"), _several),
    (pattern(rf"(?P<way>past) (?P<unit>{UNIT})\b"), _several),
    (pattern(r"(?P<to>(?:year|month|week|quarter)[ -]to[ -]date|[ymqw]td)\b"), _to_date),
    (pattern(rf"(?:the )?week of (?:the )?(?P<d>{ORDINAL})(?!\w)"), _week_of),
    (pattern(rf"(?:the )?week of (?:the )?{MONTH_DAY}"), _week_of),
    (pattern(rf"(?:the )?week of (?:the )?{DAY_MONTH}"), _week_of),
    (pattern(rf"(?P<n>{'|'.join(_NUMBERS)}|last) week of (?P<m>{MONTH}){NAMED_YEAR}?"), _week_of_month),
    (pattern(rf"(?!{_DOUBTFUL})(?P<m>{MONTH}){NAMED_YEAR}?"), _month),
    (pattern(rf"(?P<m>{MONTH}){NAMED_YEAR}"), _month),
    (pattern(rf"{_LEAD} (?P<at>(?P<m>{_DOUBTFUL})){_NO_VERB}"), _month),
    (pattern(rf"(?P<m>{_DOUBTFUL}){_OF_MONEY}"), _month),
    (pattern(rf"(?P<rel>{_RELATIVE}) (?P<m>{MONTH})"), _relative_month),
    (pattern(rf"(?P<what>q) ?(?P<n>[1-4])(?!\w){NAMED_YEAR}?"), _part_of_year),
    (pattern(rf"(?P<what>h)(?P<n>[12])(?!\w){NAMED_YEAR}"), _part_of_year),
    (pattern(rf"(?P<n>{'|'.join(_NUMBERS)}) (?P<what>quarter)(?!\w)(?:{NAMED_YEAR})?"), _part_of_year),
    (pattern(rf"(?P<n>first|1st|second|2nd) (?P<what>half)(?:{NAMED_YEAR}| of the year\b)"), _part_of_year),
    (pattern(rf"(?:in|on|during|since|throughout|year|until|till?) (?:the year )?(?P<at>{_LIKELY_YEAR})"), _year),
    (pattern(rf"(?:from|between) (?P<at>{_LIKELY_YEAR})(?= {_TO} (?:19|20)\d\d\b)"), _year),
    (pattern(rf"(?:19|20)\d\d (?:{_TO}|or|vs\.?|versus|compared (?:to|with)) (?P<at>{_LIKELY_YEAR})"), _year),
)
