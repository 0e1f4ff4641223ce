"""Characters that change how others are drawn: a line through each of them, or their order."""

import re

from tellerbot.knowledge.documents.blocks import MARK, Omissions

STRUCK, REVERSED = "struck-out text", "reversed text"

# Combining strokes: level ones over anything, slanted ones over figures (`=` with one is `≠`).
_STROKES = "\u0335-\u0338"
_STROKE = re.compile(f"[{_STROKES}]")
_OVERLAID = rf"(?:(?!{MARK})\S[\u0335\u0336]+|[\d$€£¥₹.,][\u0337\u0338]+)"
_STRUCK = re.compile(rf"{_OVERLAID}(?:\s*{_OVERLAID})*")
# An override of the direction, up to its end. (Unicode Standard Annex 9, explicit directional overrides)
_REVERSED = re.compile("\u202e([^\u202c\u202e]*)(?:\u202c|$)")
# The other signs of direction, which do not turn digits round.
_DIRECTIONS = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_LATIN = re.compile(r"[A-Za-z\d]")


def read_overlays(line: str, omissions: Omissions, page: int | None = None) -> str:
    """Return the line without text that characters in it strike out or turn round; note that text in `omissions`."""

    def strike(found: re.Match[str]) -> str:
        return omissions.add(STRUCK, _STROKE.sub("", found[0]), page)

    def reverse(found: re.Match[str]) -> str:
        return omissions.add(REVERSED, found[1], page) if _LATIN.search(found[1]) else found[1]

    return _DIRECTIONS.sub("", _REVERSED.sub(reverse, _STRUCK.sub(strike, line)))
