"""Lines and tables of a PDF -> blocks: which lines go on which, and which begin a list item or a heading."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from tellerbot.knowledge.documents.blocks import MARK, Block, BlockKind, table_lines, unmark
from tellerbot.knowledge.documents.pdf_line import Line
from tellerbot.knowledge.documents.pdf_tables import Table
from tellerbot.knowledge.documents.pdf_words import LIST_MARK

_LIST_MARK = re.compile(rf"({MARK}*)({LIST_MARK.pattern})({MARK}*)(?:\s+(?=\S)|$)")
# A mark that a wrapped sentence may begin its next line with: "until May / 5. After that", "from $5 / – $10".
_DOUBTFUL = re.compile(r"[–-]|\w+[.)]")
# What no sentence begins with.
_MIDDLE = (",", ";", ":", ".", ")", "%")
_TERMINAL = (".", "!", "?", ":", ";", ".”", '."', ".)")
_ABBREVIATION = re.compile(r"\b(?:[A-Za-z]\.)+[A-Za-z]\.$|\b(?:[Nn]os?|approx|incl|max|min|vs|St)\.$")
# How much larger than the text a line is that is a heading by its size alone, and how long a bold one may be.
LARGER, _HEADING_WORDS = 1.12, 14
# How much larger one is that ends with a full stop.
_TITLE = 1.4
# A line of fewer words, or narrower in shares of its size, may be as wide as others without being wrapped.
_WRAPPED_WORDS, _WRAPPED_WIDTH = 4, 15
# Edges that are nearer than so many points are the same.
_SAME_EDGE = 2

Style = tuple[float, bool]


@dataclass(slots=True)
class Layout:
    """What is normal in a document: its text's size and weight, the gap between lines, the right edge."""

    body: Style
    gap: float
    right: float
    levels: dict[Style, int] = field(default_factory=dict)


@dataclass(slots=True)
class _OpenBlock:
    """A block that may still grow: its lines so far, and the last line of the page that went into it.

    `left` is where its list marks are, `indent` where a wrapped line of it begins.
    """

    kind: BlockKind
    lines: list[str]
    page: int
    last: Line
    left: float
    indent: float
    level: int = 0
    # The number of its last item, where it has one, and whether the text of that is set apart from its mark.
    number: int | None = None
    is_hanging: bool = False


def stands_out(line: Line, body: Style) -> bool:
    """Return whether a line is a heading.

    A heading is larger than the text, or bold where the text is not; it is short, and no sentence.
    """
    size, bold = line.style
    ended = unmark(line.text).endswith(".")
    larger = size > body[0] * (_TITLE if ended else LARGER)
    heavier = bold and not body[1] and size >= body[0] * 0.95 and not unmark(line.text).endswith((".", ",", ";"))
    return (larger or heavier) and len(line.text.split()) <= _HEADING_WORDS and any(map(str.isalpha, line.text))


class Builder:
    """A builder that puts lines and tables together, in order."""

    def __init__(self, layout: Layout, compounds: set[str]) -> None:
        self.blocks: list[Block] = []
        self.hyphens: list[int] = []
        self._layout, self._compounds = layout, compounds
        self._open: _OpenBlock | None = None
        # The table that ended the blocks so far.
        self._table: Table | None = None
        # Marks of what was left out before any text.
        self._ahead = ""

    def add_line(self, line: Line) -> None:
        """Add a line of text."""
        block = self._open
        near = self._is_near(line)
        mark = self._match_mark(line, near)
        if mark and not unmark(line.text[mark.end() :]).strip():
            # All of the item's text is left out.
            self._attach(mark[1] + mark[3] + line.text[mark.end() :])
            return
        line.add(self._ahead)
        self._ahead = ""
        level = self._layout.levels.get(line.style, 0) if stands_out(line, self._layout.body) else 0
        alike = block is not None and near and block.last.style == line.style
        if block and level and near and not alike and self._is_wrapped(block, line):
            level, alike = 0, True
        if mark and not (level and alike):
            self._add_item(line, mark)
        elif block and (
            alike if block.kind == "heading" else self._goes_on(block, line, near) and alike >= bool(level)
        ):
            self._join(block, line)
        elif level:
            self._start("heading", line, line.text, level)
        else:
            self._start("paragraph", line, line.text)

    def add_table(self, table: Table) -> None:
        """Add a table; one at a page's top with as many columns goes on the one that ended the page before."""
        before = None if self._open else self._table
        self.close()
        rows = table.rows
        if before and before.page < table.page and _width(before) == _width(table):
            if _plain(rows[0]) == _plain(before.head):
                rows = rows[1:]
            table.head = table.head or before.head
        lines = tuple(line for line in table_lines(table.head, rows) if line) if rows else ()
        if lines:
            self.blocks.append(Block("table", lines, 0, table.page))
        self._table = table

    def close(self) -> None:
        """End the open block."""
        if self._open:
            self.blocks.append(Block(self._open.kind, tuple(self._open.lines), self._open.level, self._open.page))
        self._open = self._table = None

    def _attach(self, marks: str) -> None:
        """Put the marks of what was left out at the end of what is there so far, else at the start of what comes."""
        if self._open:
            self._open.lines[-1] += marks
        elif self.blocks:
            *lines, last = self.blocks[-1].lines
            self.blocks[-1] = replace(self.blocks[-1], lines=(*lines, last + marks))
        else:
            self._ahead += marks

    def _is_near(self, line: Line) -> bool:
        """Return whether a line follows the last one as lines of one paragraph do."""
        last = self._open.last if self._open else None
        if not last or last.page != line.page or _is_moved(last, line):
            return False
        return line.top - last.bottom <= self._layout.gap + 0.35 * max(self._layout.body[0], line.style[0])

    def _start(self, kind: BlockKind, line: Line, text: str, level: int = 0) -> _OpenBlock:
        self.close()
        self._open = _OpenBlock(kind, [text], line.page, line, line.left, line.indent, level)
        return self._open

    def _add_item(self, line: Line, mark: re.Match[str]) -> None:
        text = mark[1] + mark[3] + line.text[mark.end() :]
        block = self._open
        if block and block.kind == "list":
            block.lines.append(text)
            block.last, block.left, block.indent = line, line.left, line.indent
        else:
            block = self._start("list", line, text)
        block.number, block.is_hanging = _number(mark), line.is_set_apart

    def _match_mark(self, line: Line, near: bool) -> re.Match[str] | None:
        """Return the mark that makes a line a list item; none where a wrapped sentence goes on with it."""
        found = _LIST_MARK.match(line.text)
        block = self._open
        if not found or not _DOUBTFUL.fullmatch(found[2]) or not block or block.kind == "heading":
            return found
        is_next = block.kind == "list" and block.number is not None and _number(found) == block.number + 1
        wrapped = near and not line.is_set_apart and not _is_ended(block.lines[-1])
        # The first line of a paragraph may be indented.
        is_below_first = block.kind == "paragraph" and line.left < block.indent and self._is_full(block.last, line)
        aligned = is_below_first or abs(line.left - block.indent) < _SAME_EDGE
        return None if wrapped and not is_next and aligned else found

    def _is_wrapped(self, block: _OpenBlock, line: Line) -> bool:
        """Return whether a line that looks like a heading is the bold end of the sentence above it.

        Such a line is as large as the text.
        """
        if block.kind == "heading" or block.last.style[0] != line.style[0]:
            return False
        if block.kind == "list" and line.left > block.left + _SAME_EDGE:
            return True
        if _is_ended(block.lines[-1]):
            return False
        return not unmark(line.text)[:1].isupper() or self._is_full(block.last, line)

    def _is_full(self, last: Line, line: Line) -> bool:
        """Return whether the first word of a line had no room on the line above."""
        return last.right + 0.2 * line.style[0] + line.first_width > (last.edge or self._layout.right)

    def _goes_on(self, block: _OpenBlock, line: Line, near: bool) -> bool:
        """Return whether a line belongs to the paragraph or item above it, or on the page or in the column before."""
        last = block.last
        size, before = line.style[0], last.style[0]
        if max(size, before) > LARGER * min(size, before) or (line.is_note and size < self._layout.body[0]):
            return False
        ended = _is_ended(block.lines[-1])
        first = unmark(line.text)[:1]
        goes_on = not ended and (first.islower() or first in _MIDDLE)
        full = self._is_full(last, line)
        if last.page != line.page or _is_moved(last, line):
            # Short lines that are all as wide as each other were not wrapped.
            wide = len(last.text.split()) >= _WRAPPED_WORDS and last.right - last.left > _WRAPPED_WIDTH * before
            # Few items end with a full stop.
            is_new = block.kind == "list" and first.isupper()
            return (full and wide and not is_new) or goes_on
        if block.kind == "list":
            at_mark = not block.is_hanging and abs(line.left - block.left) <= _SAME_EDGE
            return near and (line.left > block.left + _SAME_EDGE or (at_mark and (full or goes_on)))
        return near and (full or not ended)

    def _join(self, block: _OpenBlock, line: Line) -> None:
        before, text = block.lines[-1], line.text
        left, right = re.search(r"([^\W\d_]+)-$", before), re.match(r"[^\W\d_]+", text)
        if left and right and right[0][0].islower():
            self.hyphens.append(line.page)
            kept = f"{left[1]}-{right[0]}".lower() in self._compounds
            block.lines[-1] = (before if kept else before[:-1]) + text
        else:
            # "24-" and "hour": the hyphen is part of the word.
            space = "" if re.search(r"\w-$", before) else " "
            block.lines[-1] = f"{before}{space}{text}"
        if block.kind == "paragraph":
            block.indent = line.left
        block.last = line


def _is_moved(last: Line, line: Line) -> bool:
    """Return whether a line is at the top of the next column."""
    return line.page == last.page and line.bottom < last.top


def _number(mark: re.Match[str]) -> int | None:
    digits = mark[2].rstrip(".)")
    return int(digits) if digits.isdecimal() else None


def _is_ended(text: str) -> bool:
    text = unmark(text).rstrip()
    return text.endswith(_TERMINAL) and not _ABBREVIATION.search(text)


def _plain(row: Sequence[str]) -> list[str]:
    """Return a row of cells without its marks, which differ on every page."""
    return [unmark(cell) for cell in row]


def _width(table: Table) -> int:
    return max(map(len, table.rows))
