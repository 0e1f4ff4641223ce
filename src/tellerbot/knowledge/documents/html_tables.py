"""A table of a page -> a sentence for each row."""

from collections.abc import Iterator, Sequence

from bs4 import Tag

from tellerbot.knowledge.documents.blocks import collapse, table_lines, unmark
from tellerbot.knowledge.documents.html_text import HEADINGS, Reader

# The most columns or rows that a cell may span; the standard allows 1000 columns.
_MAX_SPAN = 100
_ORDER = {"thead": 0, "tfoot": 2}
# A cell's text, and a number that is its own.
_Cell = tuple[str, int]


def is_layout(table: Tag) -> bool:
    """Return whether a table only lays the page out: it holds headings or tables, or lists and no header cell."""
    return bool(table.find(["table", *HEADINGS]) or (table.find(["ul", "ol"]) and not table.find("th")))


def caption_and_rows(table: Tag, reader: Reader) -> list[str]:
    """Return the caption, where there is one, and the rows."""
    caption = reader.text(table.caption) if table.caption else ""
    return [line for line in (caption, *rows(table, reader)) if line]


def rows(table: Tag, reader: Reader) -> Sequence[str]:
    """Return a line for each row under the header rows, whose cells name the columns. Footers come last."""
    found = [row for row in table.find_all("tr") if row.find_parent("table") is table]
    found.sort(key=lambda row: _ORDER.get(row.parent.name, 1) if row.parent else 1)
    grid = _grid(found, reader)
    # A row of nothing but cells from above adds nothing.
    filled_rows = [at for at, row in enumerate(found) if row.find(["td", "th"], recursive=False)]
    found, grid = [found[at] for at in filled_rows], [grid[at] for at in filled_rows]
    hidden = _hidden_columns(table, reader)
    for line in grid if hidden else []:
        marks = "".join(reader.omissions.add("hidden text", text) for at, (text, _) in enumerate(line) if at in hidden)
        line[:] = [cell for at, cell in enumerate(line) if at not in hidden]
        if marks and line:
            line[-1] = (line[-1][0] + marks, line[-1][1])
    heads = 0
    while heads < len(found) and _is_head(found[heads]):
        heads += 1
    if not heads and len(found) > 1 and _is_bold(found[0]) and not _is_bold(found[1]):
        heads = 1
    columns = zip(*([text for text, _ in line] for line in grid[:heads]), strict=False)
    head = [" ".join(dict.fromkeys(text for text in column if text)) for column in columns]
    body = [collapse([text for text, _ in line], len({cell for _, cell in line}) == 1) for line in grid[heads:]]
    marks = _spread_marks(body)
    filled = [line for line in body if any(line)]
    return table_lines(head, filled) if filled or any(head) else [marks]


def _grid(found: Sequence[Tag], reader: Reader) -> list[list[_Cell]]:
    """Return the cells of each row, one that spans columns or rows in each of its places."""
    grid: list[list[_Cell]] = []
    # Column -> the cell from above that still spans it: text, its number, rows to come.
    above: dict[int, tuple[str, int, int]] = {}
    for row in found:
        line: list[_Cell] = []
        for cell in row.find_all(["td", "th"], recursive=False):
            line += _spanning(len(line), above)
            text = reader.text(cell)
            for _ in range(_span(cell, "colspan")):
                above[len(line)] = (text, id(cell), _span(cell, "rowspan") - 1)
                line.append((text, id(cell)))
        line += _spanning(len(line), above)
        grid.append(line)
    return grid


def _spanning(at: int, above: dict[int, tuple[str, int, int]]) -> Iterator[_Cell]:
    """Yield the cells from above that span into a row from column `at` on."""
    while at in above and above[at][2] > 0:
        text, cell, rows_to_come = above[at]
        above[at] = (text, cell, rows_to_come - 1)
        yield text, cell
        at += 1


def _hidden_columns(table: Tag, reader: Reader) -> set[int]:
    """Return the columns that a `<col>` collapses, from 0 on."""
    hidden: set[int] = set()
    at = 0
    for column in table.find_all("col"):
        width = _span(column, "span")
        groups = [column, column.parent] if column.parent else [column]
        if any(reader.style(tag, "visibility") == "collapse" for tag in groups):
            hidden.update(range(at, at + width))
        at += width
    return hidden


def _spread_marks(body: list[list[str]]) -> str:
    """Move the marks of cells without text into the cell before, else after; returns those for which there is none."""
    waiting = ""
    last: tuple[list[str], int] | None = None
    for line in body:
        for at, text in enumerate(line):
            if unmark(text).strip():
                line[at], waiting, last = waiting + text, "", (line, at)
            elif last:
                line[at] = ""
                last[0][last[1]] += text
            else:
                line[at] = ""
                waiting += text
    return waiting


def _is_head(row: Tag) -> bool:
    cells = row.find_all(["td", "th"], recursive=False)
    if row.find_parent("thead") is not None or (cells and all(cell.name == "th" for cell in cells)):
        return True
    # The corner over the rows' own names is often an empty plain cell.
    return len(cells) > 1 and not cells[0].get_text(strip=True) and all(cell.name == "th" for cell in cells[1:])


def _is_bold(row: Tag) -> bool:
    """Return whether all text of a row is bold."""
    cells = [cell for cell in row.find_all(["td", "th"], recursive=False) if cell.get_text(strip=True)]
    bold = [cell.find(["b", "strong"]) for cell in cells]
    return bool(cells) and all(
        isinstance(part, Tag) and part.get_text(strip=True) == cell.get_text(strip=True)
        for part, cell in zip(bold, cells, strict=True)
    )


def _span(cell: Tag, name: str) -> int:
    text = str(cell.get(name, "1")).strip()
    if name == "rowspan" and text == "0":
        # To the end of its group of rows.
        return _MAX_SPAN
    return min(max(int(text), 1), _MAX_SPAN) if text.isdecimal() and len(text) < 9 else 1
