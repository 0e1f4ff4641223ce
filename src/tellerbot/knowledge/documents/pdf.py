"""PDF -> blocks (needs the `documents` extra): what `pdf_lines` finds on the pages, put together."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from statistics import quantiles

from tellerbot.knowledge.documents.blocks import (
    MARK,
    Block,
    Dropped,
    Kind,
    Omissions,
    Parsed,
    pages_text,
    table_lines,
    unmark,
)
from tellerbot.knowledge.documents.pdf_lines import Line, Table, read_pages
from tellerbot.knowledge.documents.pdf_margins import drop_repeated

# `(cid:127)` is what a glyph that stands for no letter comes out as: at a line's start, most often a bullet.
_BULLET = re.compile(r"(?:[•●◦○■□▪▫‣⁃∙·–*-]|\(cid:\d+\))\s+(?=\S)")
_NUMBER = re.compile(r"(?:\d{1,2}|[a-z]|[ivx]{1,4})[.)]\s+(?=\S)")
_TERMINAL = (".", "!", "?", ":", ";", ".”", '."', ".)")
_FOOTNOTE = re.compile(MARK)
# How much larger than the text a line is that is a heading by its size alone, and how long a bold one may be.
_LARGER, _HEADING_WORDS = 1.12, 14
_WRAPPED_WORDS = 8

Style = tuple[float, bool]


@dataclass(slots=True)
class _Open:
    """A block that may still grow: its lines so far, and the last line and table that went into it."""

    kind: Kind
    lines: list[str]
    page: int
    last: Line
    left: float
    level: int = 0


@dataclass(slots=True)
class _Layout:
    """What is normal in a document: its text's size and weight, the gap between lines, the right edge."""

    body: Style
    gap: float
    right: float
    levels: dict[Style, int] = field(default_factory=dict)


def parse(path: Path) -> Parsed:
    """Headings from size and weight, paragraphs and lists from gaps and marks, ruled tables.

    Repeated headers and footers and page numbers are left out, hyphenated line ends joined, and paragraphs that
    run over a page's end put together. Raises DocumentError as `read_pages` does.
    """
    omissions = Omissions()
    pages, dropped = read_pages(path, omissions)
    dropped += drop_repeated(pages)
    lines = [item for page in pages for item in page.items if isinstance(item, Line)]
    layout = _layout(lines)
    words = {word for line in lines for word in re.findall(r"\w+-\w+", line.text.lower())}
    builder = _Builder(layout, words)
    for page in pages:
        for item in page.items:
            if isinstance(item, Line):
                builder.add_line(item)
            else:
                builder.add_table(item)
    builder.close()
    if builder.hyphens:
        dropped.append(Dropped("hyphens at line ends", len(builder.hyphens), pages_text(builder.hyphens)))
    return Parsed(tuple(builder.blocks), (*dropped, *omissions.dropped()), tuple(omissions.items))


def _layout(lines: Sequence[Line]) -> _Layout:
    weight: Counter[Style] = Counter()
    for line in lines:
        weight[line.style] += len(line.text)
    body = weight.most_common(1)[0][0] if weight else (0.0, False)
    text = [line for line in lines if line.style == body]
    gaps = [
        below.top - line.bottom
        for line, below in pairwise(text)
        if line.page == below.page and -body[0] < below.top - line.bottom < 3 * body[0]
    ]
    gap = quantiles(gaps, n=4)[0] if len(gaps) > 1 else 0.3 * body[0]
    layout = _Layout(body, gap, max((line.right for line in text), default=0.0))
    styles = {line.style for line in lines if _stands_out(line, body)}
    layout.levels = {style: min(at, 6) for at, style in enumerate(sorted(styles, reverse=True), 1)}
    return layout


def _stands_out(line: Line, body: Style) -> bool:
    """Whether a line is a heading: larger than the text, or bold where the text is not; short, and no sentence."""
    size, bold = line.style
    larger = size > body[0] * _LARGER
    heavier = bold and not body[1] and size >= body[0] * 0.95 and not unmark(line.text).endswith((".", ",", ";"))
    return (larger or heavier) and len(line.text.split()) <= _HEADING_WORDS and any(map(str.isalpha, line.text))


class _Builder:
    """Puts lines and tables together, in order."""

    def __init__(self, layout: _Layout, compounds: set[str]) -> None:
        self.blocks: list[Block] = []
        self.hyphens: list[int] = []
        self._layout, self._compounds = layout, compounds
        self._open: _Open | None = None
        # The table that ended the blocks so far.
        self._table: Table | None = None

    def add_line(self, line: Line) -> None:
        block = self._open
        gap = line.top - block.last.bottom if block and block.last.page == line.page else float("inf")
        near = gap <= self._layout.gap + 0.35 * self._layout.body[0]
        level = self._layout.levels.get(line.style, 0) if _stands_out(line, self._layout.body) else 0
        if level:
            if block and block.kind == "heading" and near and block.level == level:
                self._join(block, line, line.text)
            else:
                self._start("heading", line, line.text, level)
        elif mark := self._mark(line, near):
            text = line.text[mark:]
            if block and block.kind == "list":
                block.lines.append(text)
                block.last, block.left = line, line.left
            else:
                self._start("list", line, text)
        elif block and block.kind != "heading" and self._goes_on(block, line, near):
            self._join(block, line, line.text)
        else:
            self._start("paragraph", line, line.text)

    def add_table(self, table: Table) -> None:
        """A table at a page's top with as many columns goes on the one that ended the page before."""
        before = None if self._open else self._table
        self.close()
        rows = table.rows
        if before and before.page < table.page and _width(before) == _width(table):
            if _plain(rows[0]) == _plain(before.head):
                rows = rows[1:]
            table.head = table.head or before.head
        body = [row for row in rows if _plain(row) != _plain(table.head)]
        lines = tuple(line for line in table_lines(table.head, body) if line)
        if lines:
            self.blocks.append(Block("table", lines, 0, table.page))
        self._table = table

    def close(self) -> None:
        if self._open:
            self.blocks.append(Block(self._open.kind, tuple(self._open.lines), self._open.level, self._open.page))
        self._open = self._table = None

    def _start(self, kind: Kind, line: Line, text: str, level: int = 0) -> None:
        self.close()
        self._open = _Open(kind, [text], line.page, line, line.left, level)

    def _mark(self, line: Line, near: bool) -> int:
        """The length of the mark that makes a line a list item, else 0."""
        if found := _BULLET.match(line.text):
            return found.end()
        found = _NUMBER.match(line.text)
        # A number may also be the end of a wrapped sentence: "until May / 5. After that".
        wrapped = near and self._open is not None and not _is_ended(self._open.lines[-1])
        in_list = self._open is not None and self._open.kind == "list" and abs(line.left - self._open.left) < 2
        return found.end() if found and (in_list or not wrapped) else 0

    def _goes_on(self, block: _Open, line: Line, near: bool) -> bool:
        """Whether a line belongs to the paragraph or list item above it, on the same page or the one before."""
        size, before = line.style[0], block.last.style[0]
        if max(size, before) > _LARGER * min(size, before) or (
            _FOOTNOTE.match(line.text) and size < self._layout.body[0]
        ):
            return False
        ended = _is_ended(block.lines[-1])
        full = block.last.right > 0.9 * self._layout.right
        if block.last.page != line.page:
            # Short lines that are all as wide as each other were not wrapped.
            full = full and len(block.last.text.split()) >= _WRAPPED_WORDS
            return full or (not ended and unmark(line.text)[:1].islower())
        if block.kind == "list":
            return near and (line.left > block.left + 2 or not ended)
        return near and (full or not ended)

    def _join(self, block: _Open, line: Line, text: str) -> None:
        before = block.lines[-1]
        left, right = re.search(r"([^\W\d_]+)-$", before), re.match(r"[^\W\d_]+", text)
        if left and right and right[0][0].islower():
            self.hyphens.append(line.page)
            kept = f"{left[1]}-{right[0]}".lower() in self._compounds
            block.lines[-1] = (before if kept else before[:-1]) + text
        else:
            # "24-" and "hour": the hyphen is part of the word.
            space = "" if re.search(r"\w-$", before) else " "
            block.lines[-1] = f"{before}{space}{text}"
        block.last = line


def _is_ended(text: str) -> bool:
    return unmark(text).rstrip().endswith(_TERMINAL)


def _plain(row: Sequence[str]) -> list[str]:
    """A row of cells without its marks, which differ on every page."""
    return [unmark(cell) for cell in row]


def _width(table: Table) -> int:
    return max(map(len, table.rows))
