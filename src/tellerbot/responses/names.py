"""Texts from the bank's records, such as payees: others wrote them, so that they are shown as names and no more."""

import re
import unicodedata

from tellerbot.figures import find_figures

# The longest name, in characters; longer ones are cut.
LONGEST = 60
_OPEN, _CLOSE = "“", "”"
_QUOTES = str.maketrans(dict.fromkeys('“”„‟"«»‹›＂〝〞〟❝❞❮❯', "'"))
# These keep a name's direction of writing away from the figures beside it (Unicode Standard Annex #9).
_ISOLATE, _END = "\u2068", "\u2069"
_SPACES = ("Cc", "Zs", "Zl", "Zp")
# Letters and symbols that show nothing.
_BLANK = "\u115f\u1160\u2800\u3164\uffa0"
# Marks on one letter at most; more of them cover the lines above and below.
_MOST_MARKS = 3
# Signs of lists, tables, links and emphasis: with them a name reads as more than a name.
_WRITTEN_ROWS = re.compile(r":(?=[\s/]|$)|[;|<>\[\]`•‣◦▪●·∙⁃]|\*\*|__|(?:^|\s)[-*–—](?:\s|$)")
# How far from a name a figure can be that the name changes.
_NEAR = 60


def one_line(text: str) -> str:
    """Return the text on one line, without control characters and marks that turn the direction of writing."""
    kept = "".join(" " if unicodedata.category(char) in _SPACES or char in _BLANK else char for char in text)
    kept = "".join(char for char in kept if unicodedata.category(char)[0] != "C")
    return " ".join(kept.split())


def name(text: str) -> str:
    """Return a text from a record as a name: one line of at most LONGEST characters, its own quotes single.

    It is in quotes where it holds a figure or the signs of a list, a table or a link.
    """
    line = _few_marks(one_line(unicodedata.normalize("NFC", text))).translate(_QUOTES)
    line = line if len(line) <= LONGEST else f"{line[: LONGEST - 1].rstrip()}…"
    if not line:
        return "(no name)"
    shown = quote(line) if find_figures(line) or _WRITTEN_ROWS.search(line) else line
    turned = any(unicodedata.bidirectional(char) in ("R", "AL", "AN") for char in line)
    return f"{_ISOLATE}{shown}{_END}" if turned else shown


def quote(line: str) -> str:
    """Put a name in quotes; it holds none of these itself."""
    return f"{_OPEN}{line}{_CLOSE}"


def _few_marks(line: str) -> str:
    """Drop marks that begin a line, which would sit on what is before it, and heaps of marks."""
    kept: list[str] = []
    marks = _MOST_MARKS
    for char in line:
        marks = marks + 1 if unicodedata.category(char) in ("Mn", "Me") else 0
        if marks <= _MOST_MARKS:
            kept.append(char)
    return "".join(kept).strip()


def is_quoted(shown: str) -> bool:
    """Return whether a name is in quotes, so that figures in it are its own."""
    return _OPEN in shown


def set_apart(before: str, shown: str, after: str) -> str:
    """Return the name, in quotes where it would make or change a figure with the text before and after it."""
    if is_quoted(shown):
        return shown
    before, after = before[-_NEAR:], after[:_NEAR]
    return shown if _figures(f"{before}{shown}{after}") == _figures(f"{before}Name{after}") else quote(shown)


def _figures(text: str) -> list[tuple[str, str, str]]:
    return sorted((figure.kind, figure.value, figure.text) for figure in find_figures(text))
