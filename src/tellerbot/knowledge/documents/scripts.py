"""Raised and lowered text in a line: fractions, ordinals and exponents are read, footnote marks are left out."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

from tellerbot.knowledge.documents.blocks import Omissions, unmark

WHAT = "superscripts and subscripts"
Shift = Literal["raised", "level", "lowered"]

_RAISED = str.maketrans("0123456789+-−n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻ⁿ")
_LOWERED = str.maketrans("0123456789+-−n", "₀₁₂₃₄₅₆₇₈₉₊₋₋ₙ")
_FRACTION = re.compile(r"\s*(\d{1,3})\s*[/⁄∕]\s*(\d{1,3})\s*")
_VULGAR = {unicodedata.normalize("NFKC", char): char for char in "½⅓⅔¼¾⅕⅖⅗⅘⅙⅚⅐⅛⅜⅝⅞⅑⅒"}
_SYMBOLS = {"tm": "™", "sm": "℠"}
_ORDINAL = re.compile(r"st|nd|rd|th", re.IGNORECASE)
# What an exponent stands on: a unit of length, or the number ten alone.
_BASE = re.compile(r"(?:(?<![^\W\d_])(?:[cdkm]?m|ft|in|yd|mi)|(?<![\w.,$€£¥₹])10)$", re.IGNORECASE)
_EXPONENT = re.compile(r"[+−-]?\d{1,2}")
# A longer text is no mark: it is read as text.
_LONGEST_MARK = 8


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of a line, and whether it stands above, on or below the line."""

    text: str
    shift: Shift = "level"


def join(spans: Iterable[Span], omissions: Omissions, page: int | None = None) -> str:
    """The line that the spans make. Footnote marks and their like are left out and noted in `omissions`.

    A raised number, a slash and a lowered one make a fraction (`½`, `3⁄16`). Ordinal endings stay. Exponents of units
    and of ten become characters of their own (`m²`), as do numbers below letters (`CO₂`), so that no number grows.
    """
    pieces = [Span("".join(span.text for span in run), shift) for shift, run in groupby(spans, lambda span: span.shift)]
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
            alone = not any(piece.text.strip() for piece in (*pieces[:at], *pieces[at + 1 :]))
            line += pieces[at].text if alone else _scripted(pieces[at], line, omissions, page)
        at += length
    return line


def _fraction(pieces: Sequence[Span]) -> tuple[int, str]:
    """How many pieces make a fraction, and the fraction; one piece and nothing where they make none."""
    shifts = [piece.shift for piece in pieces]
    for length, wanted in enumerate(("raised", "raised lowered", "raised level lowered"), 1):
        text = "".join(unmark(piece.text) for piece in pieces[:length])
        if " ".join(shifts[:length]) == wanted and (found := _FRACTION.fullmatch(text)):
            written = f"{found[1]}⁄{found[2]}"
            return length, _VULGAR.get(written, written)
    return 1, ""


def _scripted(piece: Span, before: str, omissions: Omissions, page: int | None) -> str:
    """Raised or lowered text as it is read after `before`: as it is, in other characters, or as a mark."""
    text = unmark(piece.text).strip()
    known = unmark(before)
    raised = piece.shift == "raised"
    if raised and (_ORDINAL.fullmatch(text) and known[-1:].isdigit()):
        return text
    if raised and text.lower() in _SYMBOLS:
        return _SYMBOLS[text.lower()]
    if text in ("™", "℠", "®", "©", "%", "°"):
        return text
    if raised and _EXPONENT.fullmatch(text) and _BASE.search(known):
        return text.translate(_RAISED)
    if not raised and text.isdigit() and known[-1:].isalpha():
        return text.translate(_LOWERED)
    if len(text) > _LONGEST_MARK:
        return f" {piece.text} "
    return omissions.add(WHAT, text, page) + (" " if piece.text[-1:].isspace() else "")
