"""A table of Word -> a line for each row, with the names of its columns."""

from collections.abc import Iterable, Iterator

from tellerbot.knowledge.documents.blocks import table_lines, unmark
from tellerbot.knowledge.documents.docx_heads import DIGIT, Cell, Row, count_heads
from tellerbot.knowledge.documents.docx_line import BREAK, settle
from tellerbot.knowledge.documents.docx_package import Element, is_on, q, val
from tellerbot.knowledge.documents.docx_styles import HIDDEN, Place
from tellerbot.knowledge.documents.docx_table_style import PARTS, TableStyle
from tellerbot.knowledge.documents.docx_text import DELETED, PLACEHOLDER, Reader
from tellerbot.knowledge.documents.docx_tree import alternative, blocks_in, is_joined, is_placeholder, plain_text

# The most columns a cell may span.
_MAX_SPAN = 100
# From this many columns on, each cell is read with the name of its column.
_NAMED_FROM = 3


def read_table(reader: Reader, table: Element, place: Place) -> list[str]:
    """Return the lines of a table, without blank ones. A row that spans the table is a line of its own.

    Several rows of names give each column all of them: `Fees, Monthly`.
    """
    style = TableStyle(reader.styles, table, place)
    rows, marks = _rows(reader, table, style)
    captions = next((number for number, row in enumerate(rows) if not row.is_whole()), len(rows))
    # Only the first row of all, and one that is read, is what the style sets apart.
    is_styled = style.has_head and not captions and bool(rows) and rows[0].number == 0
    heads = count_heads(rows[captions:], is_styled)
    columns = zip(*([cell.text for cell in row.cells] for row in rows[captions : captions + heads]), strict=False)
    head = [", ".join(dict.fromkeys(name for name in column if name)) for column in columns]
    width = max((len(row.cells) for row in rows), default=0)
    if width < _NAMED_FROM and any(map(DIGIT.search, head)):
        # The names of two columns are not repeated in each row, and a figure must not be lost.
        head, heads = [], 0
    named, body = rows[captions : captions + heads], [*rows[:captions], *rows[captions + heads :]]
    if head and DIGIT.search(head[0]):
        # Nor is the name of the rows' own names.
        body.insert(captions, Row([Cell(head[0])]))
        head[0] = ""
    if not rows:
        return []
    lines = table_lines(head, [row.texts(width) for row in body])
    before = marks + "".join(row.marks for row in named)
    after = [row.marks for row in body] or [""]
    return [before + lines[0] + after[0], *(line + more for line, more in zip(lines[1:], after[1:], strict=True))]


def single_cell(table: Element) -> Element | None:
    """Return the cell of a table with a single one, which only draws a box round its content."""
    rows = list(_children(table, "w:tr"))
    cells = [cell for row in rows for cell in _children(row, "w:tc")]
    return cells[0] if len(cells) == 1 and not _omission_reason(rows[0], cells[0]) else None


def cell_place(reader: Reader, table: Element, cell: Element, place: Place) -> Place:
    """Return the surroundings of the text in a table's only cell."""
    return TableStyle(reader.styles, table, place).place(cell, PARTS)


def _rows(reader: Reader, table: Element, style: TableStyle) -> tuple[list[Row], str]:
    """Return the rows that have text, and the marks of rows before the first of them."""
    elements = list(_children(table, "w:tr"))
    rows: list[Row] = []
    before = ""
    above: list[Cell] = []
    for number, element in enumerate(elements):
        parts = {name for name, at in (("firstRow", 0), ("lastRow", len(elements) - 1)) if number == at}
        row, marks = _row(reader, element, style, parts, above)
        if omitted := _omission_reason(element):
            marks += reader.omissions.add(omitted, plain_text(element, with_deleted=True))
            row = Row()
        else:
            above = row.cells
        if any(cell.text for cell in row.cells):
            row.number = number
            rows.append(row)
        if marks and rows:
            rows[-1].marks += marks
        else:
            before += marks
    return rows, before


def _row(reader: Reader, element: Element, style: TableStyle, parts: set[str], above: list[Cell]) -> tuple[Row, str]:
    """Return a row, and the marks of its cells that have no text but marks."""
    properties = element.find(q("w:trPr"))
    row = Row(is_marked=properties is not None and is_on(properties.find(q("w:tblHeader"))))
    if _omission_reason(element):
        return row, ""
    row.cells += [Cell()] * _count(val(properties, "w:gridBefore"), 0)
    marks = ""
    cells = list(_children(element, "w:tc"))
    for number, cell in enumerate(cells):
        column = {name for name, at in (("firstCol", 0), ("lastCol", len(cells) - 1)) if number == at}
        at = len(row.cells)
        found = _merge_start(cell, row.cells, above[at] if at < len(above) else None)
        if found is not None or _omission_reason(element, cell):
            # Word keeps, and does not show, what was in a cell before it was merged.
            marks += reader.omissions.add(
                _omission_reason(element, cell) or HIDDEN, plain_text(cell, with_deleted=True)
            )
        else:
            found = _cell(reader, cell, style.place(cell, parts | column))
            if not unmark(found.text):
                marks, found.text = marks + found.text, ""
        row.cells += [found or Cell()] * _count(val(cell.find(q("w:tcPr")), "w:gridSpan"), 1)
    return row, marks


def _cell(reader: Reader, cell: Element, place: Place) -> Cell:
    text = ""
    bold: set[bool] = set()
    for block in blocks_in(cell):
        if block.tag == q("w:tbl"):
            text += "; ".join(line.rstrip(".") for line in read_table(reader, block, place)) + BREAK
        elif block.tag == q("w:sdt"):
            text += reader.omissions.add(PLACEHOLDER, plain_text(block))
        else:
            line = reader.line(block, place)
            text += line.text + ("" if is_joined(block) else BREAK)
            if unmark(line.text).strip():
                bold.add(line.is_bold)
    is_merged = any(_merge(cell, name) for name in ("w:vMerge", "w:hMerge"))
    return Cell(settle(text), bold == {True}, is_merged)


def _merge_start(cell: Element, row: list[Cell], above: Cell | None) -> Cell | None:
    """Return the cell above or before that this one is part of, if it is."""
    for name, other in (("w:vMerge", above), ("w:hMerge", row[-1] if row else None)):
        if _merge(cell, name) == "continue" and other is not None and other.is_merged:
            return other
    return None


def _merge(cell: Element, name: str) -> str | None:
    """Return how a cell is merged: `restart` for the first one, `continue` for others, None where it is not."""
    merge = cell.find(f"{q('w:tcPr')}/{q(name)}")
    return None if merge is None else merge.get(q("w:val"), "continue")


def _children(parent: Iterable[Element], name: str) -> Iterator[Element]:
    """Yield the rows of a table or the cells of a row, those in content controls too."""
    for child in parent:
        if child.tag == q(name):
            yield child
        elif child.tag == q("mc:AlternateContent"):
            yield from _children(alternative(child), name)
        elif child.tag in (q("w:sdt"), q("w:sdtContent"), q("w:customXml"), q("w:ins"), q("w:moveTo")):
            yield from _children(child, name)


def _omission_reason(row: Element, cell: Element = None) -> str:
    """Return why a row, or a cell of it, is left out."""
    properties = row.find(q("w:trPr"))
    if properties is not None:
        if properties.find(q("w:del")) is not None:
            return DELETED
        if is_on(properties.find(q("w:hidden"))):
            return HIDDEN
    if cell is None:
        return ""
    control = cell.getparent().getparent()
    if control.tag == q("w:sdt") and is_placeholder(control):
        return PLACEHOLDER
    return DELETED if cell.find(f"{q('w:tcPr')}/{q('w:cellDel')}") is not None else ""


def _count(text: str | None, otherwise: int) -> int:
    return min(int(text), _MAX_SPAN) if text and text.isdecimal() and len(text) < 9 else otherwise
