"""Tables without rules on a PDF page: rows whose cells are set apart and lie above each other."""

from collections.abc import Sequence

from tellerbot.knowledge.documents.blocks import unmark
from tellerbot.knowledge.documents.docx_heads import DIGIT, Cell, Row
from tellerbot.knowledge.documents.pdf_line import Line
from tellerbot.knowledge.documents.pdf_tables import Table, as_table

# In shares of the size of text: how far a row's top may be from the one above, and the least gap between columns.
_STEP, _GUTTER = 3.0, 1.0

# A column's left and right edges.
_Column = tuple[float, float]


def with_tables(items: Sequence[Line | Table]) -> list[Line | Table]:
    """Return the items of a page, where lines that are rows of a table are in one.

    A row is two parts or more; there are two rows at least, but one where dots lead from a name to its price.
    """
    found: list[Line | Table] = []
    at = 0
    while at < len(items):
        lines, columns = _rows(items[at:])
        if len(lines) > 1 or (lines and lines[0].has_leaders):
            found += _table(lines, columns)
            at += len(lines)
        else:
            found.append(items[at])
            at += 1
    return found


def _rows(items: Sequence[Line | Table]) -> tuple[list[Line], list[_Column]]:
    """Return the lines from the first one on that are rows of one table, and its columns."""
    lines: list[Line] = []
    columns: list[_Column] = []
    for item in items:
        if not isinstance(item, Line) or not _is_row(item) or (lines and not _follows(lines[-1], item)):
            break
        wider = _merge([*columns, *((part.left, part.right) for part in item.parts)], _GUTTER * item.style[0])
        if any(len(_places(line, wider)) < len(line.parts) for line in (*lines, item)):
            break
        lines.append(item)
        columns = wider
    return lines, columns


def _is_row(line: Line) -> bool:
    """Return whether a line may be a row. One that begins with a small letter goes on a sentence in another column."""
    return len(line.parts) > 1 and (line.has_leaders or not (line.is_marked or unmark(line.text)[:1].islower()))


def _follows(above: Line, line: Line) -> bool:
    return above.page == line.page and 0 < line.top - above.top < _STEP * above.style[0]


def _merge(edges: Sequence[_Column], least: float) -> list[_Column]:
    """Return the columns that parts make which are not set apart from each other."""
    merged: list[_Column] = []
    for left, right in sorted(edges):
        if merged and left - merged[-1][1] < least:
            merged[-1] = merged[-1][0], max(merged[-1][1], right)
        else:
            merged.append((left, right))
    return merged


def _places(line: Line, columns: Sequence[_Column]) -> dict[int, int]:
    """Return the part of a line that is in each column."""
    return {
        next(number for number, (_, right) in enumerate(columns) if part.right <= right): at
        for at, part in enumerate(line.parts)
    }


def _table(lines: Sequence[Line], columns: Sequence[_Column]) -> list[Table]:
    grid = [Row([Cell() for _ in columns]) for _ in lines]
    for row, line in zip(grid, lines, strict=True):
        for column, at in _places(line, columns).items():
            part = line.parts[at]
            row.cells[column] = Cell(part.text, part.is_bold)
    first, *others = [[cell.text for cell in row.cells] for row in grid]
    named = all(first) and not any(map(DIGIT.search, first))
    table = as_table(
        grid, lines[0].page, lines[0].top, is_named=named and all(any(map(DIGIT.search, row)) for row in others)
    )
    return [table] if table else []
