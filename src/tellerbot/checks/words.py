"""The words that programmed mistakes and paraphrases exchange (`words.yaml`)."""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any, Literal

import yaml

Part = Literal["train", "held_out"]
# The place of one of them, and the whole list.
Exchange = tuple[re.Match[str], Sequence[str]]


@cache
def _read() -> Mapping[str, Any]:
    return yaml.safe_load((files("tellerbot.checks") / "words.yaml").read_text(encoding="utf-8"))


@cache
def _lists(name: str, part: Part | None) -> tuple[tuple[re.Pattern[str], Sequence[str]], ...]:
    found = _read()[name]
    made: list[tuple[re.Pattern[str], Sequence[str]]] = []
    for words in found[part] if part else found:
        # The longest first: "the next business day" before "the next day".
        longest = sorted(words, key=len, reverse=True)
        pattern = re.compile(rf"(?<![\w-])(?:{'|'.join(map(re.escape, longest))})(?![\w'-])", re.IGNORECASE)
        made.append((pattern, words))
    return tuple(made)


def texts(name: str, part: Part | None = None) -> Sequence[str]:
    """Return the texts under a name of the file: its openings, conditions or promises."""
    found = _read()[name]
    return found[part] if part else found


def exchanges(name: str, text: str, part: Part | None = None) -> Iterator[Exchange]:
    """Yield each place of a text where a word of a list stands, with the list."""
    for pattern, words in _lists(name, part):
        for match in pattern.finditer(text):
            yield match, words


def others(match: re.Match[str], words: Sequence[str]) -> list[str]:
    """Return the words that may stand in a place: all of its list but the one that does."""
    return [word for word in words if word.lower() != match[0].lower()]


def put(text: str, match: re.Match[str], word: str) -> str:
    """Put a word in the place of another, with a capital where that has one."""
    if match[0][:1].isupper():
        word = word[:1].upper() + word[1:]
    return text[: match.start()] + word + text[match.end() :]
