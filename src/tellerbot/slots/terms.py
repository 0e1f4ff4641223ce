"""How long something is to last, in months: "a 12 month cd", "over 3 years", "for half a year"."""

import re

from tellerbot.types import Slot

_MONTHS = {"month": 1, "mo": 1, "year": 12, "yr": 12}
_WORDS = {
    "a": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "nine": 9, "ten": 10, "twelve": 12,
    "eighteen": 18, "twentyfour": 24,
}  # fmt: skip
# "A month" is no term: "what would I pay a month". Neither are "2 years ago" and "15 yr old".
_TERM = re.compile(
    r"\b(?:(?P<count>\d{1,3}|one|two|three|four|five|six|nine|ten|twelve|eighteen|twenty.?four|half a)"
    r"|(?:for|over|in|within|after|of) (?P<single>a))[\s-]*(?P<unit>month|mo|year|yr)s?\b(?! ago|[ -]old)",
    re.IGNORECASE,
)
_PERIOD = re.compile(r"\b(?:last|past|previous|next) $", re.IGNORECASE)


def find_terms(text: str) -> list[Slot]:
    """The terms in a text, in months; "the last 3 months" is a period and none."""
    return [
        Slot("term", *match.span(), match[0], _months(match))
        for match in _TERM.finditer(text)
        if not _PERIOD.search(text[: match.start()])
    ]


def _months(match: re.Match[str]) -> int:
    unit = _MONTHS[match["unit"].lower()]
    number = re.sub(r"\W", "", (match["count"] or match["single"]).lower())
    return unit // 2 if number == "halfa" else (int(number) if number.isdigit() else _WORDS[number]) * unit
