"""A text's plain form: what a reader sees, in characters that patterns can list."""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from html import unescape
from html.entities import html5

_BLANKS = "\u115f\u1160\u2800"
# Escapes of URLs that a number or an address may have inside: %20 is a space, %40 an at sign; of HTML: &nbsp; &#160;
# and, escaped twice, &amp;nbsp;. Tags have no attributes here, which may hold personal data.
_URL = r"(?P<url>%c2%a0|%(?:0[9ad]|20|2[bdef]|3a|40))"
_ESCAPE = r"&(?:amp;){0,2}(?P<entity>nbsp;?|#[0-9]{1,7};|#x[0-9a-f]{1,6};|[a-z][a-z0-9]{1,31};)"
_TAG = r"(?:<|&lt;)/?(?:br|wbr|p|div|span|td|th|tr|li|b|i|u|em|strong|code)\s?/?(?:>|&gt;)"
_PIECE = re.compile(rf"{_URL}|{_TAG}|{_ESCAPE}|[\s{_BLANKS}]+|.", re.IGNORECASE | re.DOTALL)
_NEEDS_WORK = re.compile(rf"[^\x20-\x7e]|[%&<]|\s\s|[{_BLANKS}]")


@dataclass(frozen=True, slots=True)
class Plain:
    """The plain form, and where in the written text each of its characters starts and ends."""

    text: str
    starts: tuple[int, ...] | range
    ends: tuple[int, ...] | range

    def original_span(self, start: int, end: int) -> tuple[int, int]:
        """Return the span of the written text behind a span of the plain form that is not empty."""
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
        folded = _fold(match[0]) if match.end() == match.start() + 1 else _fold_many(match)
        # Spaces that only invisible characters part are one space.
        if folded == " " and pieces and pieces[-1] == " ":
            ends[-1] = match.end()
            continue
        for char in folded:
            pieces.append(char)
            starts.append(match.start())
            ends.append(match.end())
    return Plain("".join(pieces), tuple(starts), tuple(ends))


def _fold_many(match: re.Match[str]) -> str:
    """Return what an escape stands for, each character folded; a space for a tag and for white space."""
    if match["url"]:
        char = chr(int(match["url"][-2:], 16))
        return char if char.isprintable() and char.isascii() else " "
    if not (name := match["entity"]):
        return " "
    if name.startswith("#"):
        return "".join(map(_fold, unescape(f"&{name}")))
    return "".join(map(_fold, html5.get(name, html5.get(name.lower(), match[0]))))


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
