"""Dates and times of day."""

import re

from tellerbot.figures.figure import FigureKind
from tellerbot.figures.words import ORDINALS, TENS, one_of

MONTHS = {
    name: number
    for number, names in enumerate(
        ("jan january", "feb february", "mar march", "apr april", "may", "jun june", "jul july", "aug august",
         "sep sept september", "oct october", "nov november", "dec december"), 1,
    )
    for name in names.split()
}  # fmt: skip

_MONTH = rf"(?:{one_of(MONTHS)})\b\.?"
_DAY = rf"(?:\d{{1,2}}(?:st|nd|rd|th)?|(?:(?:twenty|thirty)[ -])?(?:{one_of(ORDINALS)})|twentieth|thirtieth)"
_YEAR = r"(?:19|20)\d\d"
DATES = (
    re.compile(rf"\b(?P<y>{_YEAR})(?P<by>[-/.])(?P<m>\d{{1,2}})[-/.](?P<d>\d{{1,2}})(?:\b|(?=t\d))"),
    re.compile(rf"\b(?P<m>\d{{1,2}})[-/.](?P<d>\d{{1,2}})[-/.](?P<y>{_YEAR}|\d\d)\b"),
    re.compile(rf"\b(?P<day>\d{{1,2}})(?P<by>[-/]?)(?P<month>{one_of(MONTHS)})(?:(?P=by)(?P<y>{_YEAR}|\d\d))?\b"),
    re.compile(
        rf"\b(?P<month>{_MONTH})[ ]{{1,2}}(?:the[ ]{{1,2}})?(?P<day>{_DAY})\b"
        rf"(?:,?[ ]{{1,2}}(?P<y>{_YEAR})\b)?(?!:\d|\.\d|[ ]?%)"
    ),
    re.compile(rf"\b(?P<day>{_DAY})[ ]{{1,2}}(?:of[ ]{{1,2}})?(?P<month>{_MONTH})(?:,?[ ]{{1,2}}(?P<y>{_YEAR})\b)?"),
    re.compile(rf"\b(?P<month>{_MONTH}),?(?:[ ]{{1,2}}|-)(?P<y>{_YEAR})\b"),
    re.compile(rf"(?<![\w/])(?P<m>0[1-9]|1[0-2])/(?P<y>{_YEAR})\b(?!/)"),
)
TIMES = (
    re.compile(r"(?<!\d[.,:])\b(?P<h>\d{1,2})(?:[:.](?P<min>[0-5]\d))?(?::(?P<s>[0-5]\d))?[ ]?(?P<half>[ap])\.?m\b\.?"),
    re.compile(
        r"(?:\b|(?<=~t))(?P<h>[01]?\d|2[0-3]|24(?=[:h]00))[:h](?P<min>[0-5]\d)(?::(?P<s>[0-5]\d))?"
        r"(?:[ ]?h(?:rs?|ours?)?|z)?\b"
    ),
    re.compile(r"\b(?:12[ ])?(?P<noon>noon|midday|midnight)\b"),
)


def read_date(match: re.Match[str]) -> tuple[FigureKind, str] | None:
    """Return a date's kind and value; None where no calendar has it. In figures the month comes first, as in the US.

    Where the first number is no month but the second is one (`31/12/2026`), the day comes first.
    """
    part = match.groupdict()
    year = part.get("y") or "*"
    month = int(part["m"]) if part.get("m") else MONTHS[part["month"].rstrip(".")]
    day = int(part.get("d") or 0) or (_day(part["day"]) if part.get("day") else 0)
    if month > 12 and 1 <= day <= 12:
        month, day = day, month
    if not 1 <= month <= 12 or day > 31:
        return None
    if len(year) == 2:
        year = f"20{year}"
    return "date", f"{year}-{month:02d}-{f'{day:02d}' if day else '*'}"


def read_time(match: re.Match[str]) -> tuple[FigureKind, str] | None:
    """Return a time's kind and value on a clock of 24 hours; None for 13 pm."""
    part = match.groupdict()
    if part.get("noon"):
        return "time", "00:00" if part["noon"] == "midnight" else "12:00"
    hour, minute = int(part["h"]), int(part.get("min") or 0)
    if part.get("half"):
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if part["half"] == "p" else 0)
    seconds = f":{part['s']}" if part["s"] not in (None, "00") else ""
    return "time", f"{hour % 24:02d}:{minute:02d}{seconds}"


def _day(written: str) -> int:
    if written[0].isdigit():
        return int(re.sub(r"\D", "", written))
    return sum(TENS.get(part, 0) or ORDINALS[part] for part in re.split(r"[ -]", written))
