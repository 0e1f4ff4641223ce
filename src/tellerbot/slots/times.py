"""Times of day: `21:10`, `9 05 in the morning`, `25 to 7 p.m.`, `half past six`, `noon`."""

import re
from datetime import time

from tellerbot.figures.words import TENS, one_of
from tellerbot.figures.words import UNITS as NUMBERS
from tellerbot.slots.reference import Reference
from tellerbot.slots.words import pattern, read_count

_HOUR_WORDS = one_of(list(NUMBERS)[2:14])
_DIGITS = r"(?:[01]?\d|2[0-4])"
_HOUR = rf"(?:{_DIGITS}|{_HOUR_WORDS})"
_TENS_AND_ONE = rf"(?:{one_of(TENS)})[ -](?:{one_of(list(NUMBERS)[2:11])})"
_MINUTES = rf"(?:[0-5]?\d|(?:a )?quarter|half|{_TENS_AND_ONE}|{one_of([*list(NUMBERS)[2:21], *TENS])})"
# Before "to" only what clocks are read by: "15 to 3" may be a time, "12 to 3" not.
_MINUTES_TO = r"(?:5|10|15|20|25|(?:a )?quarter|five|ten|fifteen|twenty(?:[ -]five)?|\d{1,2}(?= minutes))"
_PART = (
    r"(?: ?(?P<half>[ap])(?:\.? ?m\b\.?)"
    r"|,? (?:(?:in the|at|this|in) )?(?P<part>morning|afternoon|evening|night|tonight|noon)\b)"
)
_OF_HOUR = rf"(?P<h>{_HOUR})(?!\w|[:.,]\d)(?: o'? ?clock\b)?{_PART}?"
_TO = r"(?:and|to|until|till?|-)"
# A bare hour is a time only after these, and where nothing that it counts follows.
_BEFORE = (
    r"(?:at|(?:any ?time )?(?:after|before|until|till?|by|from)|(?:later|earlier|sooner|no later|no earlier) than)"
)
_CLOSE = (
    r"(?=\s{0,3}(?:$|[.,;?!)](?!\d)| (?:ok|okay|please|then|today|tomorrow|works?|will|would|is|or|instead|sharp|next|"
    r"this|onwards?|and (?:not|no)|for me|if|but|because|thanks?)\b))"
)


def _hour(word: str) -> int:
    return int(word) if word.isdigit() else NUMBERS[word]


def _clock(match: re.Match[str], minutes: int) -> time | None:
    """Return the time so many minutes from the hour in group `h`; they are negative in "ten to six"."""
    groups = match.groupdict()
    hour, half, part = _hour(match["h"]), groups.get("half"), groups.get("part")
    if hour == 12 and (half == "a" or part in ("morning", "evening", "night", "tonight")):
        hour = 0
    elif hour < 12 and (half == "p" or part in ("afternoon", "evening", "noon")):
        hour += 12
    elif 6 <= hour < 12 and part in ("night", "tonight"):
        # "3 at night" is before dawn, "9 at night" is not.
        hour += 12
    at = (hour * 60 + minutes) % (24 * 60)
    return time(at // 60, at % 60)


def _read_clock(match: re.Match[str], reference: Reference) -> time | None:
    return _clock(match, int(match.groupdict().get("min") or 0))


def _past(match: re.Match[str], reference: Reference) -> time | None:
    """Read `25 to 7 p.m.`, `half past six`, `quarter to nine`."""
    words = match["min"]
    minutes = 30 if words == "half" else 15 if words.endswith("quarter") else read_count(words)
    return _clock(match, minutes if match["way"] in ("past", "after") else -minutes)


def _half(match: re.Match[str], reference: Reference) -> time | None:
    """Read `half six`, which is half past six."""
    return _clock(match, 30)


def _noon(match: re.Match[str], reference: Reference) -> time:
    return time(0) if match["noon"] == "midnight" else time(12)


READERS = (
    (pattern(rf"(?P<h>{_DIGITS})[:h](?P<min>[0-5]\d)(?![\d:]){_PART}?"), _read_clock),
    (pattern(rf"(?P<h>{_DIGITS})(?:\.| )(?P<min>[0-5]\d)(?!\d){_PART}"), _read_clock),
    (pattern(rf"{_BEFORE} (?P<at>(?P<h>{_DIGITS})(?:\.| )(?P<min>[0-5]\d))(?![\d.,]\d){_CLOSE}"), _read_clock),
    (pattern(rf"(?P<h>{_HOUR})(?: o'? ?clock\b)?{_PART}"), _read_clock),
    (pattern(rf"(?P<h>{_HOUR})(?:ish| o'? ?clock)\b{_PART}?"), _read_clock),
    # "Between 3 and 5 p.m.": both are p.m.
    (
        pattern(
            rf"(?:from|between) (?P<at>(?P<h>{_HOUR})(?:[:.](?P<min>[0-5]\d))?)"
            rf"(?= {_TO} {_HOUR}(?:[:.][0-5]\d)?{_PART})"
        ),
        _read_clock,
    ),
    (pattern(rf"(?P<min>{_MINUTES})(?: minutes?)? (?P<way>past|after) {_OF_HOUR}"), _past),
    # "From 5 to 7" is no time before 7.
    (
        pattern(rf"(?<!from\s)(?<!between\s)(?P<min>{_MINUTES_TO})(?: minutes)? (?P<way>to|till?|before) {_OF_HOUR}"),
        _past,
    ),
    (pattern(rf"half (?P<h>{_HOUR})(?!\w|[:.,]\d|%)"), _half),
    (pattern(rf"{_DIGITS}[:.][0-5]\d(?: ?[ap]\.?m\.?)? {_TO} (?P<at>(?P<h>{_HOUR})){_CLOSE}"), _read_clock),
    (pattern(rf"{_BEFORE} (?P<at>(?P<h>{_HOUR})){_CLOSE}"), _read_clock),
    (pattern(r"(?:12 )?(?P<noon>noon|midday|midnight)\b"), _noon),
)
