"""A text's plain form: what a reader sees, in characters that patterns can list."""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

_BLANKS = "\u115f\u1160\u2800"
# Escapes of URLs that may stand inside a number or an address: %20 is a space, %40 an at sign.
_PIECE = re.compile(rf"%(?:20|2[bdef]|3a|40)|[\s{_BLANKS}]+|.", re.IGNORECASE | re.DOTALL)
_NEEDS_WORK = re.compile(rf"[^\x20-\x7e]|%|\s\s|[{_BLANKS}]")


@dataclass(frozen=True, slots=True)
class Plain:
    """The plain form, and where in the written text each of its characters starts and ends."""

    text: str
    starts: tuple[int, ...] | range
    ends: tuple[int, ...] | range

    def written(self, start: int, end: int) -> tuple[int, int]:
        """The span of the written text behind a span of the plain form that is not empty."""
        return self.starts[start], self.ends[end - 1]


def plain_form(text: str) -> Plain:
    """Fold compatibility characters, drop invisible ones, and make spaces, dashes and digits of all scripts ASCII.

    White space of any length becomes one space, so that no pattern has to count it.
    """
    if not _NEEDS_WORK.search(text):
        return Plain(text, range(len(text)), range(1, len(text) + 1))
    pieces: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for match in _PIECE.finditer(text):
        folded = _fold(match[0]) if match.end() == match.start() + 1 else _fold_many(match[0])
        # Spaces that only invisible characters part are one space.
        if folded == " " and pieces and pieces[-1] == " ":
            ends[-1] = match.end()
            continue
        for char in folded:
            pieces.append(char)
            starts.append(match.start())
            ends.append(match.end())
    return Plain("".join(pieces), tuple(starts), tuple(ends))


def _fold_many(piece: str) -> str:
    return chr(int(piece[1:], 16)) if piece.startswith("%") else " "


@lru_cache(4096)
def _fold(char: str) -> str:
    if char.isspace() or char in _BLANKS:
        return " "
    if unicodedata.category(char) in ("Cc", "Cf", "Mn", "Me"):
        return ""
    return "".join(map(_plain, unicodedata.normalize("NFKC", char)))


def _plain(char: str) -> str:
    if char.isdecimal():
        return str(unicodedata.decimal(char))
    if char.isspace() or char in _BLANKS:
        return " "
    if unicodedata.category(char) == "Pd" or char == "\u2212":
        return "-"
    return "" if unicodedata.category(char) in ("Mn", "Me") else char
