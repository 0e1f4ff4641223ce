"""Words that the readers of dates, periods and times share, and the text that they read."""

import re

from tellerbot.characters import plain_letters
from tellerbot.figures.dates import MONTHS
from tellerbot.figures.words import ORDINALS, TENS, one_of
from tellerbot.figures.words import UNITS as NUMBERS
from tellerbot.slots.calendar import UNITS, Unit

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_SHORT_WEEKDAYS = ("mon", "tue tues", "wed weds", "thu thur thurs", "fri", "sat", "sun")
WEEKDAYS = {name: number for number, name in enumerate(_WEEKDAYS)} | {
    name: number for number, names in enumerate(_SHORT_WEEKDAYS) for name in names.split()
}

ORDINAL = rf"(?:\d{{1,2}}(?:st|nd|rd|th)|(?:(?:twenty|thirty)[ -])?(?:{one_of(ORDINALS)})|twentieth|thirtieth)"
DAY = rf"(?:{ORDINAL}|\d{{1,2}})"
MONTH = rf"(?:{one_of(MONTHS)})(?:\.(?= ?\d)|(?!\w))"
WEEKDAY = rf"(?:{one_of(WEEKDAYS)})(?!\w)"
FULL_WEEKDAY = rf"(?:{one_of(_WEEKDAYS)})(?!\w)"
YEAR = r"(?:19|20)\d\d(?!\w|[.,]\d)"
_SHORT_UNITS: dict[str, Unit] = {"yr": "year", "mo": "month", "wk": "week"}
UNIT = rf"(?:{one_of([*UNITS, *_SHORT_UNITS])})"
COUNT = (
    rf"(?:\d{{1,3}}|(?:{one_of(TENS)})[ -](?:{one_of(list(NUMBERS)[2:11])})|{one_of([*NUMBERS, *TENS])}"
    r"|an?(?: couple(?: of)?| few)?|couple(?: of)?|few)"
)
_VAGUE = {"a": 1, "an": 1, "couple": 2, "few": 3}


def pattern(written: str) -> re.Pattern[str]:
    """Compile a pattern that begins at a word's start, and in which a space stands for one to three.

    A long run of spaces costs no more than its length. `[ -]` stands for spaces or a hyphen.
    """
    spaced = written.replace("[ -]", "\0").replace(" ", "(?:[ ]{1,3})").replace("\0", "(?:[ ]{1,3}|-)")
    return re.compile(rf"(?<![\w])(?:{spaced})")


def flatten(text: str) -> str:
    """Return the text in lower case and plain characters, of the same length, so that places in both agree."""
    return "".join(map(_flat, text))


def _flat(char: str) -> str:
    if char.isascii():
        return " " if char.isspace() else char.lower()
    if char in "‘’ʼ":
        return "'"
    if char in "‐‑‒–—−":
        return "-"
    plain = plain_letters(char).lower()
    return (" " if char.isspace() else plain) if len(plain) == 1 or char.isspace() else char


def read_month(word: str) -> int:
    """Return the number of a month: 9 for `Sept.`."""
    return MONTHS[word.rstrip(".")]


def read_day(word: str) -> int:
    """Return the number of a day: 22 for `22nd`, `twenty-second`, `22`."""
    if word[0].isdigit():
        return int(re.sub(r"\D", "", word))
    return sum(TENS.get(part, 0) or ORDINALS[part] for part in re.split(r"[ -]+", word))


def read_count(word: str) -> int:
    """Return how many: `twelve`, `12`, `a`, `a couple of` (2), `a few` (3)."""
    if word.isdigit():
        return int(word)
    parts = re.split(r"[ -]+", word)
    for vague in ("couple", "few", "an", "a"):
        if vague in parts:
            return _VAGUE[vague]
    return sum(TENS.get(part, 0) or NUMBERS[part] for part in parts)


def read_unit(word: str) -> Unit:
    """Return the unit in the singular: `week` for `weeks`."""
    return _SHORT_UNITS.get(word.rstrip("s")) or next(unit for unit in UNITS if unit == word.rstrip("s"))
