"""Figures that other countries read otherwise."""

import re
from collections.abc import Iterable
from itertools import zip_longest

from tellerbot.figures.figure import Figure
from tellerbot.figures.find import locate_figures

_COMMA = re.compile(r"\d{1,3}(?:\.\d{3})+,\d{1,2}(?!\d)|(?<![\d.,])\d+,\d{1,2}(?!\d)")
_GROUP = re.compile(r"(?<![\d.,])\d{1,3}[.,]\d{3}(?![\d.,]*\d)")
_DOT = re.compile(r"(?<![\d.,])[1-9]\d{0,2}\.\d{3}(?![\d.,]*\d)")
_DAY_FIRST = re.compile(r"(?:1[3-9]|2\d|3[01])[-/.](?:0?[1-9]|1[0-2])[-/.]\d{2,4}")
_MONTH_OR_DAY = re.compile(r"(0?[1-9]|1[0-2])[-/.](0?[1-9]|1[0-2])[-/.]\d{2,4}")
_HEAD, _TAIL = re.compile(r"(?<![\d.,])\d{1,3}$"), re.compile(r"\d{3}(?!\d)")
_NOTHING = (Figure("number", "", ""), -1, -1)


def ambiguous_figures(texts: Iterable[str]) -> list[list[Figure]]:
    """Return for each text of one document its figures that may mean something else than they are read as.

    Read as in the US, `€1.234` is less than two euros, `$5 100` is two figures, and `3/4/2026` is in March. Amounts
    with three decimals are in doubt, and numbers with a space before three more digits. So are dates and groups of
    three digits where the document elsewhere writes the day first (`31/12/2026`) or a decimal comma (`12,50 €`), and
    `1,5` where nothing else in the document decides.
    """
    found = [locate_figures(text) for text in texts]
    written = [figure for figures in found for figure, _, _ in figures]
    comma = any(figure.kind in ("money", "percent") and _COMMA.search(figure.text) for figure in written)
    day_first = any(figure.kind == "date" and _DAY_FIRST.fullmatch(figure.text) for figure in written)
    return [
        [
            figure
            for (figure, _, end), (after, start, _) in zip_longest(figures, figures[1:], fillvalue=_NOTHING)
            if _is_ambiguous(figure, comma, day_first) or (start == end + 1 and _goes_on(figure, after))
        ]
        for figures in found
    ]


def _goes_on(figure: Figure, after: Figure) -> bool:
    """Return whether two figures with a space between them may be one, as `5 100` is in many countries."""
    return after.kind in ("number", "money") and bool(_HEAD.search(figure.text) and _TAIL.match(after.text))


def _is_ambiguous(figure: Figure, comma: bool, day_first: bool) -> bool:
    if figure.kind == "date":
        parts = _MONTH_OR_DAY.fullmatch(figure.text)
        return day_first and bool(parts) and int(parts[1]) != int(parts[2])  # type: ignore[index]
    if figure.kind == "money" and _DOT.search(figure.text):
        return True
    if figure.kind == "number" and not comma and _COMMA.search(figure.text):
        return True
    return comma and figure.kind in ("money", "percent", "number") and bool(_GROUP.search(figure.text))
