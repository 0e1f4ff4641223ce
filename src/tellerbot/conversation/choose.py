"""Which of the choices of the last reply a message takes: "2", "the second one", "yes", "savings"."""

import re
from collections.abc import Mapping, Sequence

from rapidfuzz import fuzz

from tellerbot.types import Choice, Named, Slot

_PLACES = {
    0: r"1|1st|one|first|a|former|top|number one|option (?:1|one|a)",
    1: r"2|2nd|two|second|b|number two|option (?:2|two|b)",
    2: r"3|3rd|three|third|c|number three|option (?:3|three|c)",
    3: r"4|4th|four|fourth|d|option (?:4|four|d)",
    -1: r"last|latter|bottom",
}
_AROUND = (
    r"^\W*(?:(?:yes|ok|okay|yeah|sure|please|uh|um|i|mean|meant|want|would like|take|choose|pick|go with|number|option|"
    r"the|no|nr)\b\W*)*"
)
_AFTER = r"(?:\W*(?:one|option|choice|please|pls|thanks|thank you))*\W*$"
# What says nothing of which is meant, and how many other words may.
_FILLER_WORDS = (
    "a account actually an and card choose for from hm i i'd it it's its i'll instead is like make mean meant my no "
    "of oh ok okay on one ones option order payment pick please rather sorry take that the to uh um use wait want "
    "well would with yes"
)
_FILLER, _MOST_WORDS = frozenset(_FILLER_WORDS.split()), 3
# How like a title a message must be to take it, of 100.
_ALIKE = 88


def choose(text: str, acts: Sequence[str], slots: Sequence[Slot], choices: Sequence[Choice]) -> Choice | None:
    """Return the choice that a message takes; None where it takes none, or does not say which of several."""
    for place, words in _PLACES.items():
        if re.match(_AROUND + rf"(?:{words})" + _AFTER, text, re.IGNORECASE) and place < len(choices):
            return choices[place]
    if len(choices) == 1 and "affirm" in acts:
        return choices[0]
    named = {item for slot in slots if isinstance(slot.value, tuple) for item in slot.value}
    fitting = [choice for choice in choices if choice.named in named]
    if len(fitting) == 1:
        return fitting[0]
    alike = [choice for choice in choices if fuzz.ratio(choice.title.casefold(), text.casefold().strip()) >= _ALIKE]
    return alike[0] if len(alike) == 1 else None


def choose_by_words(text: str, things: Mapping[str, Named]) -> Named | None:
    """Return the only thing whose title has all the telling words of a short message: "the travel one".

    `things` are by title.
    """
    words = {word for word in re.findall(r"[^\W_]+(?:['’]\w+)?", text.casefold()) if word not in _FILLER}
    if not 0 < len(words) <= _MOST_WORDS:
        return None
    fitting = [thing for title, thing in things.items() if words <= {*re.findall(r"[^\W_]+", title.casefold())}]
    return fitting[0] if len(fitting) == 1 else None
