"""How long something is to last, in months: "a 12 month cd", "over 3 years", "for half a year"."""

import re
from datetime import date

from tellerbot.slots.calendar import shift_day
from tellerbot.slots.words import COUNT, UNIT, flatten, read_count, read_unit
from tellerbot.types import Slot

_MONTHS = {"month": 1, "mo": 1, "year": 12, "yr": 12}
_WORDS = {
    "a": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
    "ten": 10, "twelve": 12, "fifteen": 15, "eighteen": 18, "twenty": 20, "thirty": 30,
}  # fmt: skip
# "A month" is no term: "what would I pay a month". Neither are "2 years ago" and "15 yr old".
_TERM = re.compile(
    rf"(?<![\w.,/$£€])(?:(?P<count>\d{{1,3}}(?:\.5)?|{'|'.join(list(_WORDS)[1:])}|half a)"
    r"|(?:for|over|in|within|after|of) (?P<single>a))[\s-]*(?P<unit>month|mo|year|yr)s?\b(?! ago|[ -]old)",
    re.IGNORECASE,
)
_LASTS = re.compile(rf"\bfor (?:about |around )?(?P<count>{COUNT}) (?P<unit>{UNIT})s?\b")
_PERIOD = re.compile(r"\b(?:last|past|previous|next)\s+$", re.IGNORECASE)


def find_terms(text: str) -> list[Slot]:
    """Return the terms in a text, in months; "the last 3 months" is a period and none."""
    return [
        Slot("term", *match.span(), match[0], _months(match))
        for match in _TERM.finditer(text)
        if not _PERIOD.search(text[: match.start()])
    ]


def last_day(text: str, first: date) -> date | None:
    """Return the day until which something that begins on a day lasts.

    An example is "for two weeks". None where the text names no such term.
    """
    match = _LASTS.search(flatten(text))
    return shift_day(first, read_count(match["count"]), read_unit(match["unit"])) if match else None


def _months(match: re.Match[str]) -> int:
    unit = _MONTHS[match["unit"].lower()]
    number = (match["count"] or match["single"]).lower()
    if number == "half a":
        return unit // 2
    return int(float(number) * unit) if number[0].isdigit() else _WORDS[number] * unit
