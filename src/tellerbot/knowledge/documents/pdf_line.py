"""A line of text on a PDF page: its words, and what is needed to know what it belongs to."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from tellerbot.knowledge.documents.blocks import Omissions, mark_numbers, unmark
from tellerbot.knowledge.documents.pdf_words import LIST_MARK, Row, Word, is_bold, row_text

# All in shares of the size of text: the least gap between words, the least after a list mark that no space is as wide
# as, and the least between cells, which is also so many times as wide as the narrowest of the line.
_SPACE, _SET_APART, _CELL_GAP, _WIDER = 0.15, 0.6, 1.2, 2.0
HIDDEN = "hidden text"
# Dots that lead from a name to its price: as one word or as several.
_LEADERS = re.compile(r"\.{4,}|…{2,}")
_LEAST_DOTS = 4


@dataclass(slots=True)
class Part:
    """A part of a line that is set apart from others; places in points from the page's left."""

    text: str
    left: float
    right: float
    is_bold: bool


@dataclass(slots=True)
class Line:
    """A line of text; places in points from the page's top left. `style` is its size and whether it is bold."""

    parts: list[Part]
    page: int
    top: float
    bottom: float
    style: tuple[float, bool]
    # Where its text begins after what may be a list mark, and whether that is set apart from it.
    indent: float
    is_marked: bool
    is_set_apart: bool
    # How wide its first word is, and the right edge of the column that it is in, where it is in one.
    first_width: float
    edge: float | None
    # Whether it begins with the mark of a footnote, and whether dots lead from one part to the next.
    is_note: bool
    has_leaders: bool

    @property
    def text(self) -> str:
        """All of its text."""
        return " ".join(part.text for part in self.parts)

    @property
    def left(self) -> float:
        """Where it begins."""
        return self.parts[0].left

    @property
    def right(self) -> float:
        """Where it ends."""
        return self.parts[-1].right

    def add(self, before: str = "", after: str = "") -> None:
        """Put marks at its ends."""
        self.parts[0].text = before + self.parts[0].text
        self.parts[-1].text += after


def read_line(row: Row, omissions: Omissions, page: int) -> Line:
    """Return the line that a row of words makes. Leader dots are no part of it."""
    pieces = [piece for word in row.words for piece in _without_leaders(word)]
    dots = sum(word.text == "." for word in pieces)
    words = [word for word in pieces if word.text and (dots < _LEAST_DOTS or word.text != ".")] or row.words
    is_marked = len(words) > 1 and LIST_MARK.fullmatch(unmark(words[0].text)) is not None
    # A list mark may be larger than its text.
    text = words[1:] if is_marked else words
    level = _words_and_numbers([word for word in text if word.shift == "level"] or text)
    size, bold = _style(level)
    gaps = [(two.x0 - one.x1) / size for one, two in pairwise(words)]
    return Line(
        parts=[
            Part(row_text(part, omissions, page), part[0].x0, part[-1].x1, _style(part)[1])
            for part in _split(words, gaps, is_marked, omissions)
        ],
        page=page,
        top=min(word.top for word in level),
        bottom=max(word.bottom for word in level),
        style=(size, bold),
        indent=text[0].x0,
        is_marked=is_marked,
        is_set_apart=is_marked and gaps[0] > max([_SET_APART, *(1.5 * gap for gap in gaps[1:])]),
        first_width=words[next((at for at, gap in enumerate(gaps) if gap > _SPACE), -1)].x1 - words[0].x0,
        edge=row.edge,
        is_note=words[0].shift == "raised",
        has_leaders=len(words) < len(pieces) or len(pieces) > len(row.words),
    )


def _style(words: Sequence[Word]) -> tuple[float, bool]:
    """Return the size of most of the words, and whether all are bold."""
    styles: Counter[tuple[float, bool]] = Counter()
    for word in _words_and_numbers(words):
        styles[round(word.size * 2) / 2, is_bold(word.font)] += len(word.text)
    return max(styles, key=lambda style: (styles[style], style))[0], all(bold for _, bold in styles)


def _words_and_numbers(words: Sequence[Word]) -> Sequence[Word]:
    """Return the words and numbers; a sign beside them may be of another font, which has other heights."""
    return [word for word in words if any(map(str.isalnum, word.text))] or words


def _split(words: Sequence[Word], gaps: Sequence[float], is_marked: bool, omissions: Omissions) -> list[list[Word]]:
    """Return the words of each part. In justified text, all gaps of a line are as wide.

    A gap does not part a line that is there for hidden text.
    """
    spaces = [gap for gap in gaps[is_marked:] if _SPACE < gap <= _CELL_GAP]
    least = max(_CELL_GAP, _WIDER * max(spaces, default=0.0))
    parts = [[words[0]]]
    for at, (gap, word) in enumerate(zip(gaps, words[1:], strict=True)):
        hidden = any(omissions.items[number].what == HIDDEN for number in mark_numbers(words[at].text))
        # A list's or a footnote's mark is no part.
        is_mark = at == 0 and (is_marked or words[0].shift == "raised")
        if gap > least and not hidden and not is_mark:
            parts.append([])
        parts[-1].append(word)
    return parts


def _without_leaders(word: Word) -> list[Word]:
    """Return the word, or what is before and after the dots in it."""
    if not _LEADERS.search(word.text):
        return [word]
    wide = (word.x1 - word.x0) / len(word.text)
    found: list[Word] = []
    start = 0
    for dots in [*_LEADERS.finditer(word.text), None]:
        end = dots.start() if dots else len(word.text)
        text = word.text[start:end]
        found.append(replace(word, text=text, x0=word.x0 + start * wide, x1=word.x0 + end * wide))
        start = dots.end() if dots else end
    return found
