"""Finding every figure of a text."""

import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache

from tellerbot.characters import plain_letters
from tellerbot.figures.amounts import find_amounts
from tellerbot.figures.dates import DATES, TIMES, read_date, read_time
from tellerbot.figures.figure import Figure, FigureKind, PlacedFigure
from tellerbot.figures.numbers import RAISED, VULGAR

_PHONE = re.compile(
    r"(?<![\d.,])(?:(?:\+?\d{1,3}[ .-]?)?\(?\d{3}\)?[ .-]\d{3}[ .-]\d{4}\b"
    r"|\+\d{8,15}\b|\+\d{1,3}(?:[ .-]?\(?\d{1,5}\)?){2,5}\b)"
)
# Numbers that are no digits, but for fractions: ², ⑤.
_FRACTIONS = frozenset(VULGAR)
_RAISED = re.compile(RAISED)
_LINE_END, _SPACE = re.compile("[\n\r\v\f\x85\u2028\u2029]"), re.compile(r"[^\S\n]")
_DASHES = re.compile("[\u2010-\u2015\u2212]")
# Spaces that never end a line separate the thousands of one number.
_GROUPS = re.compile("(?<=\\d)[\u00a0\u2007\u2009\u202f](?=\\d{3}(?!\\d))")
# The mark that takes their place while numbers are read.
_GROUP = "’"


def find_figures(text: str) -> list[Figure]:
    """Return every figure in `text`: dates, phones and times first, then amounts and numbers, each in order."""
    _, placed = place_figures(text)
    return [figure for figure, _, _ in placed]


def place_figures(text: str) -> tuple[str, list[tuple[Figure, int, int]]]:
    """Return the text in plain characters, and its figures with where they start and end in it.

    Footnote marks (`$225¹`) and fractions (`2½`) are in it as written; the marks are no part of a figure's value.
    """
    shown, placed = _place(text)
    return shown, [*placed]


# A turn reads the same few texts up to twenty times: the message, its reply, and the replies before them.
@lru_cache(maxsize=1024)
def _place(text: str) -> tuple[str, tuple[tuple[Figure, int, int], ...]]:
    # No figure goes on over a line's end: rows of a table are lines.
    grouped = _visible(_GROUPS.sub(_GROUP, text), "\n")
    shown = _visible(text)
    # A few letters have two in lower case, which would move all that follows.
    lower = grouped.lower() if grouped.isascii() else "".join(min(char.lower(), char, key=len) for char in grouped)
    clean, placed = _above_the_line(lower)
    readers: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], tuple[FigureKind, str] | None]], ...] = (
        *((pattern, read_date) for pattern in DATES),
        (_PHONE, _phone),
        *((pattern, read_time) for pattern in TIMES),
    )
    for pattern, read in readers:
        found = [PlacedFigure(*value, *match.span()) for match in pattern.finditer(clean) if (value := read(match))]
        clean = _hide(clean, found)
        placed += found
    placed += find_amounts(clean)
    return shown, tuple(
        (Figure(kind, value, _without_stop(shown[start:end])), start, end) for kind, value, start, end in placed
    )


def locate_figures(text: str) -> list[tuple[Figure, int, int]]:
    """Return the figures of `find_figures` by their places in `text` itself, in order. `text` is composed (NFC)."""
    shown, placed = place_figures(text)
    placed.sort(key=lambda item: item[1])
    if len(shown) == len(text):
        return placed
    origins = [at for at, char in enumerate(text) for _ in _visible(char)]
    return [(figure, origins[start], origins[end - 1] + 1) for figure, start, end in placed]


def _visible(text: str, line_end: str = " ") -> str:
    """Return plain letters, digits, dashes and spaces, without what nobody sees; each line's end becomes `line_end`."""
    plain = _DASHES.sub("-", plain_letters(text))
    if not plain.isascii():
        plain = "".join(char for char in plain if unicodedata.category(char) != "Cf")
    return _SPACE.sub(" ", _LINE_END.sub(line_end, plain))


def _above_the_line(text: str) -> tuple[str, list[PlacedFigure]]:
    """Return the text without the numbers above and below its line, and those of them that are figures.

    One that follows a character is a footnote's mark, or an exponent; one that follows nothing is a number (`⑤ days`).
    """
    if text.isascii():
        return text, []
    chars = list(text)
    placed: list[PlacedFigure] = []
    at = 0
    while at < len(chars):
        if fraction := _RAISED.match(text, at):
            at = fraction.end()
            continue
        end = at
        while end < len(chars) and _is_above(chars[end]):
            end += 1
        if end > at:
            before = text[at - 1 : at]
            # `$225 ¹` is a mark as well.
            if before == " " and text[max(0, at - 2) : at - 1].isdecimal():
                before = text[at - 2]
            if not before or before in "\n ([-" or unicodedata.category(before) == "Sc":
                digits = "".join(f"{unicodedata.numeric(char):g}" for char in chars[at:end])
                placed.append(PlacedFigure("number", digits.lstrip("0") or "0", at, end))
            # A unit's exponent stays a letter of the unit.
            if not before.isalpha():
                chars[at:end] = " " * (end - at)
        at = end + 1
    return "".join(chars), placed


def _is_above(char: str) -> bool:
    return unicodedata.category(char) == "No" and char not in _FRACTIONS


def _hide(text: str, found: list[PlacedFigure]) -> str:
    """Blank what is read already, so that it is not read again as a plain number."""
    pieces: list[str] = []
    at = 0
    for item in found:
        pieces += [text[at : item.start], "~" * (item.end - item.start)]
        at = item.end
    return "".join([*pieces, text[at:]])


def _without_stop(text: str) -> str:
    """Return a figure without the full stop of the sentence, but with that of `a.m.`."""
    text = text.strip()
    return text[:-1] if text.endswith(".") and not re.search(r"[ap]\.m\.$", text, re.IGNORECASE) else text


def _phone(match: re.Match[str]) -> tuple[FigureKind, str]:
    digits = re.sub(r"\D", "", match[0])
    return "phone", digits[1:] if len(digits) == 11 and digits[0] == "1" else digits
