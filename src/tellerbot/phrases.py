"""Looking for words and phrases of the project's in a text."""

import re
from collections.abc import Sequence
from functools import lru_cache


def has_phrase(text: str, phrases: Sequence[str]) -> bool:
    """Return whether a text has one of some phrases, as whole words in any case."""
    return bool(phrases) and _pattern(tuple(phrases)).search(text) is not None


def blank_phrases(text: str, phrases: Sequence[str]) -> str:
    """Put spaces for some phrases of a text, so that all else keeps its place."""
    return _pattern(tuple(phrases)).sub(lambda match: " " * len(match[0]), text) if phrases else text


# Python's own cache of patterns is too small for a project's, which would be compiled anew for each message.
@lru_cache(4096)
def _pattern(phrases: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(map(re.escape, phrases))})\b", re.IGNORECASE)
