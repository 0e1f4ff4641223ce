"""How customers and the bank speak to each other: the grammar of manners.yaml, and what it says of a reply."""

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
import yaml
from pydantic import TypeAdapter


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
    """Every mood of manners.yaml."""
    found = yaml.safe_load((files("tellerbot.responses") / "manners.yaml").read_text(encoding="utf-8"))
    return TypeAdapter(tuple[Mood, ...]).validate_python(found)


def expand(pattern: str, rng: np.random.Generator) -> str:
    """One of the texts that a pattern stands for."""
    while group := _GROUP.search(pattern):
        parts = group[1].split("|")
        pattern = pattern[: group.start()] + parts[int(rng.integers(len(parts)))] + pattern[group.end() :]
    return re.sub(r" +", " ", pattern)


def refuses(text: str) -> bool:
    """Whether a reply, or its opening, declines something, by the phrases that such replies use."""
    return bool(_REFUSES.search(text.replace("’", "'")))


def words_of(text: str) -> set[str]:
    """The words of a text, in lower case and without placeholders."""
    return set(re.findall(r"[a-z]+(?:'[a-z]+)?", re.sub(r"\{[^{}]*\}", " ", text.replace("’", "'").lower())))


@cache
def courtesies() -> frozenset[str]:
    """Every word that an opening may hold."""
    return frozenset(word for mood in moods() for opening in mood.openings for word in words_of(opening))
