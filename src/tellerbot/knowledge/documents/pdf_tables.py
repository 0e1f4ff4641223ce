"""Tables on a PDF page: ruled ones, and those whose cells are only set apart (needs the `documents` extra)."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from pdfminer.utils import Rect

from tellerbot.knowledge.documents.blocks import Omissions, unmark
from tellerbot.knowledge.documents.docx_heads import DIGIT, Cell, Row, count_heads
from tellerbot.knowledge.documents.pdf_chars import inside
from tellerbot.knowledge.documents.pdf_words import is_bold, row_text, rows

# From this many columns on, each cell is read with the name of its column.
_NAMED_FROM = 3


@dataclass(slots=True)
class Table:
    """A table. `head` is empty where no row names the columns; a row that spans the table has one cell."""

    page: int
    top: float
    head: list[str]
    rows: list[list[str]]


def read_ruled(page: Any, ruled: Any, chars: Sequence[Any], omissions: Omissions) -> Table | None:
    """Return the cells of a ruled table; None for a frame around text, or a single column or row.

    A cell that spans rows or columns is in each of them. Several rows of names give each column all of them.
    """
    lefts = sorted({cell[0] for cell in ruled.cells})
    tops = sorted({cell[1] for cell in ruled.cells})
    grid = [Row([Cell() for _ in lefts]) for _ in tops]
    for box in ruled.cells:
        cell = _cell([char for char in chars if inside(char, box)], omissions, page.page_number)
        for down, row in zip(tops, grid, strict=True):
            if box[1] <= down < box[3]:
                row.cells = [
                    cell if box[0] <= left < box[2] else other for left, other in zip(lefts, row.cells, strict=True)
                ]
    if len(grid) < 2 or len(lefts) < 2 or all(row.is_whole() for row in grid):
        return None
    heads = _count_filled([_fill(page, ruled.bbox, edges) for edges in pairwise([*tops, ruled.bbox[3]])])
    for row in grid[:heads]:
        row.is_marked = True
    return as_table(grid, page.page_number, ruled.bbox[1])


def as_table(grid: Sequence[Row], page: int, top: float, is_named: bool = False) -> Table | None:
    """Return the table that rows of as many cells make; None where they hold no text.

    With `is_named` the first row names the columns, whatever it looks like.
    """
    if all(row.is_bold() for row in grid if any(row.texts(0))):
        for cell in (cell for row in grid for cell in row.cells):
            cell.is_bold = False
    captions = next((at for at, row in enumerate(grid) if not row.is_whole()), 0)
    end = captions + count_heads(list(grid[captions:]), is_styled=is_named)
    columns = zip(*([cell.text for cell in row.cells] for row in grid[captions:end]), strict=False)
    head = [", ".join(dict.fromkeys(name for name in column if unmark(name))) for column in columns]
    body = [*grid[:captions], *grid[end:]]
    width = len(grid[0].cells)
    if width < _NAMED_FROM and any(map(DIGIT.search, head)):
        # The names of two columns are not repeated in each row, and a figure must not be lost.
        head, body = [], list(grid)
    elif head and DIGIT.search(head[0]):
        # Nor is the name of the rows' own names.
        body.insert(captions, Row([Cell(head[0])]))
    lines = _with_text([row.texts(width) for row in body])
    if not lines:
        head, lines = [], _with_text([head, *(row.texts(width) for row in body)] if head else [])
    return Table(page, top, head, lines) if lines else None


def _with_text(lines: Sequence[list[str]]) -> list[list[str]]:
    """Return the rows that have a text; the marks of others are in the row next to them."""
    kept: list[list[str]] = []
    ahead = ""
    for row in lines:
        if not any(unmark(cell).strip() for cell in row):
            if kept:
                kept[-1][-1] += "".join(row)
            else:
                ahead += "".join(row)
            continue
        kept.append([ahead + row[0], *row[1:]])
        ahead = ""
    return kept


def _cell(chars: Sequence[Any], omissions: Omissions, number: int) -> Cell:
    text = " ".join(row_text(row.words, omissions, number) for row in rows(chars))
    letters = [char for char in chars if char["text"].isalnum()]
    return Cell(text, bool(letters) and all(is_bold(char["fontname"]) for char in letters))


def _count_filled(fills: Sequence[Any]) -> int:
    """Count the rows at the top with a color behind them that no other row has.

    A color that comes again only parts rows.
    """
    count = next((at for at, fill in enumerate(fills) if fill != fills[0]), 0)
    return count if fills[0] is not None and fills[0] not in fills[count:] else 0


def _fill(page: Any, table: Rect, edges: tuple[float, float]) -> Any:
    """Return the color behind a row, which lies between two heights."""
    middle = sum(edges) / 2
    spot = {"x0": table[0] + 1, "x1": table[0] + 3, "top": middle, "bottom": middle}
    boxes = [rect for rect in page.rects if rect.get("fill")]
    colors = [
        rect["non_stroking_color"]
        for rect in boxes
        if inside(spot, (rect["x0"], rect["top"], rect["x1"], rect["bottom"]))
    ]
    return colors[-1] if colors else None
