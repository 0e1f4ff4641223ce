"""Figures in passages that an editor should look at."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tellerbot.figures import locate_figures
from tellerbot.figures.locales import ambiguous_figures
from tellerbot.knowledge.documents.blocks import Gap
from tellerbot.types import Passage

BESIDE = "something beside it was left out"
AMBIGUOUS = "another country reads it differently"


@dataclass(frozen=True, slots=True)
class Look:
    """A figure to look at: its passage's id, how it is written, its place in the passage's text, and why."""

    passage: str
    figure: str
    start: int
    end: int
    why: str


def find_looks(passages: Sequence[Passage], gaps: Sequence[Gap]) -> Iterator[Look]:
    """Find the figures of one document beside a gap, and those that are ambiguous, in the passages' order."""
    doubtful = ambiguous_figures(passage.text for passage in passages)
    for passage, doubts in zip(passages, doubtful, strict=True):
        own = [gap for gap in gaps if gap.passage == passage.id]
        for figure, start, end in locate_figures(passage.text):
            beside = bool(gaps_beside(passage.text, start, end, own))
            for why in [BESIDE] * beside + [AMBIGUOUS] * (figure in doubts):
                yield Look(passage.id, figure.text, start, end, why)


def gaps_beside(text: str, start: int, end: int, gaps: Sequence[Gap]) -> list[Gap]:
    """Those of a passage's gaps that have nothing but signs and spaces between them and a figure."""
    return [gap for gap in gaps if _is_beside(text, start, end, gap.at)]


def _is_beside(text: str, start: int, end: int, at: int) -> bool:
    between = text[at:start] if at <= start else text[end:at] if at >= end else ""
    return len(between) < 8 and "\n" not in between and not any(map(str.isalnum, between))
