"""How customers and the bank speak to each other: the grammar of manners.yaml, and its use on replies."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
import yaml
from pydantic import TypeAdapter

from tellerbot.responses.sentences import split_sentences


@dataclass(frozen=True, slots=True)
class Mood:
    """What customers write before and after what they ask, and how the reply opens; see manners.yaml."""

    name: str
    share: float
    before: tuple[str, ...]
    after: tuple[str, ...]
    openings: tuple[str, ...]
    refuses: bool = False


_GROUP = re.compile(r"\(([^()]*)\)")
_REFUSES = re.compile(
    r"\b(?:can't|cannot|can not|won't|will not|unable|not able|may not|may only|can only|never guess|not something|"
    r"nothing I can|beyond what I|(?:please never|please don't|never) (?:write|share|send|type))\b",
    re.IGNORECASE,
)


@cache
def moods() -> tuple[Mood, ...]:
    """Read every mood of manners.yaml."""
    found = yaml.safe_load((files("tellerbot.responses") / "manners.yaml").read_text(encoding="utf-8"))
    return TypeAdapter(tuple[Mood, ...]).validate_python(found)


def expand(pattern: str, rng: np.random.Generator) -> str:
    """Choose one of the texts that a pattern stands for."""
    while group := _GROUP.search(pattern):
        parts = group[1].split("|")
        pattern = pattern[: group.start()] + parts[int(rng.integers(len(parts)))] + pattern[group.end() :]
    return re.sub(r" +", " ", pattern)


def refuses(text: str) -> bool:
    """Return whether a reply, or its opening, declines something, by the phrases that such replies use."""
    return bool(_REFUSES.search(text.replace("’", "'")))


@cache
def courtesies() -> frozenset[str]:
    """Return every sentence that an opening may hold, as `plain` has it."""
    return frozenset(
        plain(sentence)
        for mood in moods()
        for opening in mood.openings
        for text in _expansions(opening)
        for sentence in split_sentences(text)
    )


def plain(sentence: str) -> str:
    """Return a sentence in lower case, with straight apostrophes, single spaces and no mark at its end."""
    return " ".join(sentence.replace("’", "'").lower().split()).rstrip(".!")


def _expansions(pattern: str) -> Iterator[str]:
    """Yield every text that a pattern stands for."""
    group = _GROUP.search(pattern)
    if not group:
        yield re.sub(r" +", " ", pattern)
        return
    for part in group[1].split("|"):
        yield from _expansions(pattern[: group.start()] + part + pattern[group.end() :])
