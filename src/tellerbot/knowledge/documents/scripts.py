"""Raised, lowered and small text in a line: fractions, ordinals and exponents are read, footnote marks left out."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

from tellerbot.knowledge.documents.blocks import FIRST_MARK, MARK, Omissions, unmark
from tellerbot.knowledge.documents.overlays import REVERSED, STRUCK, read_overlays

WHAT = "superscripts and subscripts"
# Small text is on the line: only where it goes on a number is it a mark, cents or a fraction.
Shift = Literal["raised", "level", "lowered", "small"]

_RAISED = str.maketrans("0123456789+-−n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻ⁿ")
_LOWERED = str.maketrans("0123456789+-−n", "₀₁₂₃₄₅₆₇₈₉₊₋₋ₙ")
_FRACTION = re.compile(r"\s*(\d{1,3})\s*[/⁄∕]\s*(\d{1,3})\s*")
_VULGAR = {unicodedata.normalize("NFKC", char): char for char in "½⅓⅔¼¾⅕⅖⅗⅘⅙⅚⅐⅛⅜⅝⅞⅑⅒"}
_SYMBOLS = {"tm": "™", "sm": "℠"}
_SIGNS = {*"™℠®©%°", *"$€£¥₹¢"}
_ORDINAL = re.compile(r"st|nd|rd|th", re.IGNORECASE)
# The base of an exponent: a unit of length, or the number ten alone.
_BASE = re.compile(r"(?:(?<![^\W\d_])(?:[cdkm]?m|ft|in|yd|mi)|(?<![\w.,$€£¥₹])10)$", re.IGNORECASE)
_CENTS = re.compile(r"[.,]\d\d")
_EXPONENT = re.compile(r"[+−-]?\d{1,2}")
# A longer text is no mark: it is read as text.
_LONGEST_MARK = 8
# As much of its neighbours as decides what raised text is, in characters.
_NEAR = 50
_SLASHES = ("/", "⁄", "∕")
# What is under a raised number in a fraction whose lower part is on the line: "$5", a mark and "/10 days" make none.
_UNDER = re.compile(r"\s*[/⁄∕]\s*(?:[2-9]|16|32|64)(?!\d)")
_MARKS = re.compile(MARK)
_WELDED = re.compile(rf"(?<=[\w%])(?:{MARK})+(?=[\w$€£¥₹])")
# What is left out though a reader of the document sees it, so that it keeps its neighbours apart.
_SEEN = (WHAT, STRUCK, REVERSED, "footnotes")


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of a line, and whether it is above, on or below the line."""

    text: str
    shift: Shift = "level"


def join(spans: Iterable[Span], omissions: Omissions, page: int | None = None) -> str:
    """Join the spans to a line. Footnote marks and their like are left out and noted in `omissions`.

    A raised number, a slash and a lowered one make a fraction (`½`, `3⁄16`). Ordinal endings stay. Exponents of units
    and of ten become characters of their own (`m²`), as do numbers below letters (`CO₂`), so that no number grows.
    """
    pieces = _merge(_place_small(spans))
    with_text = sum(1 for piece in pieces if piece.text.strip())
    line = ""
    at = 0
    while at < len(pieces):
        length, fraction = _fraction(pieces[at : at + 3])
        if fraction:
            # "4" and "3⁄16" are two numbers of one figure; welded they would be another.
            line += f" {fraction}" if len(fraction) > 1 and line[-1:].isdigit() else fraction
        elif pieces[at].shift == "level":
            line += pieces[at].text
        else:
            alone = with_text == 1 and pieces[at].text.strip()
            after = pieces[at + 1].text if at + 1 < len(pieces) else ""
            line += (
                pieces[at].text if alone else _read_script(pieces[at], line[-_NEAR:], after[:_NEAR], omissions, page)
            )
        at += length
    return set_apart(read_overlays(line, omissions, page), omissions)


def set_apart(line: str, omissions: Omissions) -> str:
    """Return the line with a space after marks between letters or digits that a reader of the document sees apart.

    `Basic`, a footnote mark and `$5` are two things; `$5`, hidden text and `0` are seen as $50.
    """
    return _WELDED.sub(lambda found: f"{found[0]} " if _is_seen(found[0], omissions) else found[0], line)


def _is_seen(marks: str, omissions: Omissions) -> bool:
    return any(omissions.items[ord(mark) - FIRST_MARK].what in _SEEN for mark in marks)


def _place_small(spans: Iterable[Span]) -> Iterator[Span]:
    """Yield spans with small digits after a digit raised and other small text on the line.

    A digit after small ones is apart.
    """
    before, was_small = "", False
    for span in spans:
        is_small, text = span.shift == "small", unmark(span.text)
        meets = is_small != was_small and before.isdigit() and text[:1].isdigit()
        if meets and was_small and span.shift == "level":
            yield Span(" ")
        yield Span(span.text, "raised" if meets else "level") if is_small else span
        if text:
            before, was_small = text[-1], is_small


def _merge(spans: Iterable[Span]) -> list[Span]:
    """Merge neighbours of one shift into one span."""
    merged: list[Span] = []
    for _, group in groupby(spans, lambda span: span.shift):
        run = list(group)
        merged.append(Span("".join(span.text for span in run), run[0].shift))
    return merged


def _fraction(pieces: Sequence[Span]) -> tuple[int, str]:
    """Return how many pieces make a fraction, and the fraction; one piece and nothing where they make none."""
    shifts = [piece.shift for piece in pieces]
    for length, wanted in enumerate(("raised", "raised lowered", "raised level lowered"), 1):
        text = "".join(unmark(piece.text) for piece in pieces[:length])
        if " ".join(shifts[:length]) == wanted and (found := _FRACTION.fullmatch(text)):
            written = f"{found[1]}⁄{found[2]}"
            return length, _VULGAR.get(written, written)
    return 1, ""


def _read_script(piece: Span, before: str, after: str, omissions: Omissions, page: int | None) -> str:
    """Return raised or lowered text as read between its neighbours: unchanged, in other characters, or as a mark."""
    text = unmark(piece.text).strip()
    known = unmark(before)
    raised = piece.shift == "raised"
    if not text or (not raised and text.isdigit() and known[-1:] in _SLASHES):
        return piece.text
    if raised and text.isdigit() and _UNDER.match(unmark(after)):
        return f" {text}" if known[-1:].isdigit() else text
    if raised and (_ORDINAL.fullmatch(text) and known[-1:].isdigit()):
        return text
    if raised and known[-1:].isdigit() and _CENTS.fullmatch(text):
        return text
    if raised and text.lower() in _SYMBOLS:
        return _SYMBOLS[text.lower()]
    if text in _SIGNS:
        return text
    if raised and _EXPONENT.fullmatch(text) and _BASE.search(known):
        return text.translate(_RAISED)
    if not raised and text.isdigit() and known[-1:].isalpha():
        return text.translate(_LOWERED)
    if len(text) > _LONGEST_MARK:
        return f" {piece.text} "
    inner = "".join(_MARKS.findall(piece.text))
    return omissions.add(WHAT, text, page) + inner + (" " if piece.text[-1:].isspace() else "")
