"""Dates by their number: `2021-09-15`, `the 3rd`, `July 4th`, `25th of last month`."""

import re
from datetime import date

from tellerbot.slots.calendar import make_day, shift_day
from tellerbot.slots.reference import Reference, relative_step, year_of
from tellerbot.slots.words import DAY, MONTH, ORDINAL, WEEKDAY, WEEKDAYS, YEAR, flatten, pattern, read_day, read_month

_LEAD = r"(?:on|since|from|until|till?|to|up to|by|before|after|between|than|of|for|and)"
_TO = r"(?:to|and|until|till?|-)"
NAMED_YEAR = rf"(?:(?:,|,? (?:of |in )?)(?P<y>{YEAR})|,? (?:of )?(?P<year>this|last|next) year\b)"
# A number after a month is its day, unless it is an amount or a time: "May 12 pounds".
_ENDS = r"(?!\w|[:.,]\d| ?[%£€$]| (?:pounds?|dollars?|euros?|percent|quid|[ap]\.?m)\b)"
MONTH_DAY = rf"(?P<m>{MONTH}),? (?:the )?(?P<d>{DAY}){_ENDS}{NAMED_YEAR}?"
DAY_MONTH = rf"(?P<d>{DAY})(?: of)?(?: |(?<=\d))(?P<m>{MONTH}){NAMED_YEAR}?"
_NUMERIC = r"(?P<a>\d{1,2})(?P<by>[-/.])(?P<b>\d{1,2})(?P=by)(?P<y>(?:19|20)?\d\d)(?![\d/])"
_SHORT = r"(?!24/7\b)(?P<a>\d{1,2})/(?P<b>\d{1,2})(?![\w/%]|[.,]\d)"
_OVER_12 = r"(?:1[3-9]|2\d|3[01])"
# "My 2nd card" is no date.
_NO_THING = (
    r"(?! (?:[a-z]{1,20} )?(?:cards?|accounts?|payments?|transactions?|transfers?|times?|ones?|attempts?|floor|loans?|"
    r"part(?:y|ies)|person|street|avenue|charges?|half|hand|place|quarter|day|week)\b| (?:of )?(?:each|every)\b)"
)
_NOTHING_AFTER = r"(?!\w)(?=\s{0,3}(?:$|[.,;:?!)]| (?:and|to|until|till?|at|or|please)\b))"


_MONTH_DAY = pattern(rf"(?:(?P<m>{MONTH}),? (?:the )?(?P<d>{DAY})|(?P<d2>{DAY})(?: of)? (?P<m2>{MONTH})){_ENDS}")


def has_no_such_day(text: str) -> bool:
    """Return whether a text names a day that no year has: "February 30", "the 31st of April"."""
    days = ((match["m"] or match["m2"], match["d"] or match["d2"]) for match in _MONTH_DAY.finditer(flatten(text)))
    return any(make_day(2024, read_month(month), read_day(day)) is None for month, day in days)


def read_month_day(match: re.Match[str], reference: Reference) -> date | None:
    """Read `July the 20th 1992`, `7th of Jan`, `3 May last year`: groups `m`, `d`, and `y` or `year`."""
    part = match.groupdict()
    month, day = read_month(part["m"]), read_day(part["d"])
    return make_day(year_of(part, month, day, reference), month, day)


def read_numbered(match: re.Match[str], reference: Reference) -> date | None:
    """Read `the 16th`, `last 13th`: the next or last day of this number, over the months that have it."""
    today, day = reference.today, read_day(match["d"])
    past = reference.past or match.groupdict().get("rel") == "last"
    gone = day > today.day if past else day < today.day
    for months in range(1 if gone else 0, 4):
        month = shift_day(today.replace(day=1), -months if past else months, "month")
        if month and (found := make_day(month.year, month.month, day)):
            return found
    return None


def _with_weekday(match: re.Match[str], reference: Reference) -> date | None:
    """Read `Friday, October 16th`, `Friday the 13th`: the day that is both.

    None where the next or last such day is not.
    """
    day = read_month_day(match, reference) if "m" in match.groupdict() else read_numbered(match, reference)
    return day if day and day.weekday() == WEEKDAYS[match["w"]] else None


def _iso(match: re.Match[str], reference: Reference) -> date | None:
    return make_day(int(match["y"]), int(match["m"]), int(match["d"]))


def _numeric(match: re.Match[str], reference: Reference) -> date | None:
    """Read `9/3/2019`, `15/09`: the other order where the first number can only be the day, or the second."""
    part = match.groupdict()
    month, day = int(part["a"]), int(part["b"])
    if (reference.day_first and day <= 12) or month > 12:
        month, day = day, month
    return make_day(year_of(part, month, day, reference), month, day)


def _in_month(match: re.Match[str], reference: Reference) -> date | None:
    """Read `25th this month`, `3rd of last month`."""
    month = shift_day(reference.today.replace(day=1), relative_step(match["rel"]), "month")
    return make_day(month.year, month.month, read_day(match["d"])) if month else None


READERS = (
    (pattern(r"(?P<y>(?:19|20)\d\d)[-/.](?P<m>\d{1,2})[-/.](?P<d>\d{1,2})(?!\d)"), _iso),
    (pattern(_NUMERIC), _numeric),
    (pattern(rf"{_LEAD} (?:the )?(?P<at>{_SHORT})"), _numeric),
    (pattern(rf"(?=\d{{1,2}}/{_OVER_12}|{_OVER_12}/){_SHORT}"), _numeric),
    (pattern(MONTH_DAY), read_month_day),
    (pattern(DAY_MONTH), read_month_day),
    (pattern(rf"(?P<w>{WEEKDAY}),? (?:the )?{MONTH_DAY}"), _with_weekday),
    (pattern(rf"(?P<w>{WEEKDAY}),? (?:the )?{DAY_MONTH}"), _with_weekday),
    (pattern(rf"(?P<w>{WEEKDAY}),? (?:the )?(?P<d>\d{{1,2}}(?:st|nd|rd|th)){_NO_THING}(?!\w)"), _with_weekday),
    # "From 3 to 6 January", "June 3 - 9": one end has the month of the other.
    (pattern(rf"(?P<at>(?P<d>\d{{1,2}})) ?{_TO} ?(?:the )?{DAY}(?: of)? (?P<m>{MONTH})"), read_month_day),
    (pattern(rf"(?P<m>{MONTH}) (?:the )?{DAY} ?{_TO} ?(?P<at>(?P<d>\d{{1,2}}){_ENDS})"), read_month_day),
    (
        pattern(rf"(?P<d>{ORDINAL})(?: of)? (?:the )?(?P<rel>this|last|next|current|previous|following) month\b"),
        _in_month,
    ),
    (pattern(rf"(?P<d>{ORDINAL}) of the (?P<rel>month)\b"), _in_month),
    (pattern(rf"(?:(?P<rel>last|this|next) )?(?P<d>\d{{1,2}}(?:st|nd|rd|th)){_NO_THING}(?!\w)"), read_numbered),
    (pattern(rf"{_LEAD} the (?P<at>(?P<d>{ORDINAL})){_NOTHING_AFTER}"), read_numbered),
)
