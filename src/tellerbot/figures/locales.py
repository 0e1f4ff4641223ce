"""Figures that other countries read otherwise."""

import re
from collections.abc import Iterable

from tellerbot.figures.figure import Figure
from tellerbot.figures.find import find_figures

_COMMA = re.compile(r"\d{1,3}(?:\.\d{3})+,\d{1,2}(?!\d)|(?<![\d.,])\d+,\d{1,2}(?!\d)")
_GROUP = re.compile(r"(?<![\d.,])\d{1,3}[.,]\d{3}(?![\d.,]*\d)")
_DOT = re.compile(r"(?<![\d.,])[1-9]\d{0,2}\.\d{3}(?![\d.,]*\d)")
_DAY_FIRST = re.compile(r"(?:1[3-9]|2\d|3[01])[-/.](?:0?[1-9]|1[0-2])[-/.]\d{2,4}")
_MONTH_OR_DAY = re.compile(r"(0?[1-9]|1[0-2])[-/.](0?[1-9]|1[0-2])[-/.]\d{2,4}")


def ambiguous_figures(texts: Iterable[str]) -> list[list[Figure]]:
    """For each text of one document, its figures that may mean something else than they are read as.

    Read as in the US, `€1.234` is less than two euros, and `3/4/2026` is in March. That is in doubt for amounts with
    three decimals, and for dates and groups of three digits in a document that elsewhere writes the day first
    (`31/12/2026`) or a decimal comma (`12,50 €`).
    """
    found = [find_figures(text) for text in texts]
    written = [figure for figures in found for figure in figures]
    comma = any(figure.kind in ("money", "percent") and _COMMA.search(figure.text) for figure in written)
    day_first = any(figure.kind == "date" and _DAY_FIRST.fullmatch(figure.text) for figure in written)
    return [[figure for figure in figures if _is_ambiguous(figure, comma, day_first)] for figures in found]


def _is_ambiguous(figure: Figure, comma: bool, day_first: bool) -> bool:
    if figure.kind == "date":
        parts = _MONTH_OR_DAY.fullmatch(figure.text)
        return day_first and bool(parts) and int(parts[1]) != int(parts[2])  # type: ignore[index]
    if figure.kind == "money" and _DOT.search(figure.text):
        return True
    return comma and figure.kind in ("money", "percent", "number") and bool(_GROUP.search(figure.text))
