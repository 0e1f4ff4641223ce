"""A table of Word -> a line for each row, with the names of its columns."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from tellerbot.knowledge.documents.blocks import table_lines, unmark
from tellerbot.knowledge.documents.docx_package import Element, is_on, q, val
from tellerbot.knowledge.documents.docx_styles import HIDDEN, Place, Properties, children, fill
from tellerbot.knowledge.documents.docx_text import (
    BREAK,
    DELETED,
    PLACEHOLDER,
    Reader,
    alternative,
    blocks_in,
    is_joined,
    plain_text,
    settle,
)

# The most columns a cell may span.
_MAX_SPAN = 100
# The parts of a table that its style may set apart, weakest first: name, attribute of `w:tblLook`, its bit there.
_PARTS = (
    ("firstCol", "firstColumn", 0x80),
    ("lastCol", "lastColumn", 0x100),
    ("firstRow", "firstRow", 0x20),
    ("lastRow", "lastRow", 0x40),
)
_DIGIT = re.compile(r"\d")
_AMOUNT = re.compile(r"[$€£¥₹%]|\d[.,]\d")
# From this many columns on, each cell is read with the name of its column.
_NAMED_FROM = 3
_PLAIN_STYLES = ("normal table", "table grid", "")


@dataclass(slots=True, eq=False)
class _Cell:
    text: str = ""
    is_bold: bool = False


@dataclass(slots=True)
class _Row:
    """Cells by column; one that spans several is in each of them."""

    cells: list[_Cell] = field(default_factory=list)
    is_marked: bool = False
    number: int = 0

    def texts(self, width: int) -> list[str]:
        """The texts of as many columns as the table has; one text where there is no other."""
        texts = [cell.text for cell in self.cells]
        if self.is_whole() or not any(texts[1:]):
            return texts[:1]
        return texts + [""] * (width - len(texts))

    def is_whole(self) -> bool:
        """Whether one cell spans several columns, and there is no other."""
        return len(self.cells) > 1 and len(set(map(id, self.cells))) == 1

    def is_bold(self) -> bool:
        filled = [cell for cell in self.cells if unmark(cell.text)]
        return bool(filled) and all(cell.is_bold for cell in filled)


class _Style:
    """What the style of a table says of its cells' text and of what is behind it."""

    def __init__(self, reader: Reader, table: Element, place: Place) -> None:
        properties = table.find(q("w:tblPr"))
        self._chain = list(reader.styles.chain("table", val(properties, "w:tblStyle")))
        self.name = (val(self._chain[0], "w:name") or "").lower() if self._chain else ""
        look = None if properties is None else properties.find(q("w:tblLook"))
        self.parts = {name for name, attribute, bit in _PARTS if look is not None and _is_set(look, attribute, bit)}
        own = None if properties is None else fill(properties.find(q("w:shd")))
        shaded = any(fill(shading) for style in self._chain for shading in style.iter(q("w:shd")))
        # What a style shades depends on the cell: no text in such a table is taken for hidden by its colour.
        self._fill = own or (None if shaded else place.fill)

    def place(self, cell: Element, parts: set[str]) -> Place:
        """The surroundings of a cell's text; `parts` names the parts of the table that the cell is in."""
        found: Properties = {}
        for style in reversed(self._chain):
            found |= children(style.find(q("w:rPr")))
        for name, _, _ in _PARTS:
            if name in parts & self.parts:
                for style in reversed(self._chain):
                    for part in style.findall(q("w:tblStylePr")):
                        if part.get(q("w:type")) == name:
                            found |= children(part.find(q("w:rPr")))
        properties = cell.find(q("w:tcPr"))
        own = None if properties is None else fill(properties.find(q("w:shd")))
        return Place(own or self._fill, found)


def read_table(reader: Reader, table: Element, place: Place) -> list[str]:
    """The lines of a table, without blank ones. A row that spans the table is a line of its own.

    Several rows of names give each column all of them: `Fees, Monthly`.
    """
    style = _Style(reader, table, place)
    rows, marks = _rows(reader, table, style)
    captions = next((number for number, row in enumerate(rows) if not row.is_whole()), len(rows))
    is_styled = "firstRow" in style.parts and style.name not in _PLAIN_STYLES
    # Only the first row of all, and one that is read, is what the style sets apart.
    heads = _heads(rows[captions:], is_styled and not captions and bool(rows) and rows[0].number == 0)
    columns = zip(*([cell.text for cell in row.cells] for row in rows[captions : captions + heads]), strict=False)
    head = [", ".join(dict.fromkeys(name for name in column if name)) for column in columns]
    width = max((len(row.cells) for row in rows), default=0)
    if width < _NAMED_FROM and any(map(_DIGIT.search, head)):
        # The names of two columns are not repeated in each row, and a figure must not be lost.
        head, heads = [], 0
    texts = [row.texts(width) for row in (*rows[:captions], *rows[captions + heads :])]
    if head and _DIGIT.search(head[0]):
        # Nor is the name of the rows' own names.
        texts.insert(captions, [head[0]])
    lines = [line for line in table_lines(head, texts) if line] if rows else []
    return [marks + lines[0], *lines[1:]] if lines else []


def single_cell(table: Element) -> Element | None:
    """The cell of a table that has but one, which only draws a box round its content."""
    rows = list(_children(table, "w:tr"))
    cells = [cell for row in rows for cell in _children(row, "w:tc")]
    return cells[0] if len(cells) == 1 and not _omitted(rows[0], cells[0]) else None


def cell_place(reader: Reader, table: Element, cell: Element, place: Place) -> Place:
    """The surroundings of the text in a table's only cell."""
    return _Style(reader, table, place).place(cell, {name for name, _, _ in _PARTS})


def _rows(reader: Reader, table: Element, style: _Style) -> tuple[list[_Row], str]:
    """The rows that have text, and the marks of rows before the first of them."""
    elements = list(_children(table, "w:tr"))
    rows: list[_Row] = []
    before = ""
    above: list[_Cell] = []
    for number, element in enumerate(elements):
        parts = {name for name, at in (("firstRow", 0), ("lastRow", len(elements) - 1)) if number == at}
        row, marks = _row(reader, element, style, parts, above)
        if omitted := _omitted(element):
            marks += reader.omissions.add(omitted, plain_text(element, with_deleted=True))
            row = _Row()
        else:
            above = row.cells
        if any(cell.text for cell in row.cells):
            row.number = number
            rows.append(row)
        if marks and rows:
            filled = [cell for cell in rows[-1].cells if cell.text]
            filled[-1].text += marks
        else:
            before += marks
    return rows, before


def _row(reader: Reader, element: Element, style: _Style, parts: set[str], above: list[_Cell]) -> tuple[_Row, str]:
    """A row, and the marks of its cells that have no text but marks."""
    properties = element.find(q("w:trPr"))
    row = _Row(is_marked=properties is not None and is_on(properties.find(q("w:tblHeader"))))
    if _omitted(element):
        return row, ""
    row.cells += [_Cell()] * _count(val(properties, "w:gridBefore"), 0)
    marks = ""
    cells = list(_children(element, "w:tc"))
    for number, cell in enumerate(cells):
        column = {name for name, at in (("firstCol", 0), ("lastCol", len(cells) - 1)) if number == at}
        at = len(row.cells)
        found = _merged(cell, row.cells, above[at] if at < len(above) else None)
        if found is not None or _omitted(element, cell):
            # Word keeps, and does not show, what was in a cell before it was merged.
            marks += reader.omissions.add(_omitted(element, cell) or HIDDEN, plain_text(cell, with_deleted=True))
        else:
            found = _cell(reader, cell, style.place(cell, parts | column))
            if not unmark(found.text):
                marks, found.text = marks + found.text, ""
        row.cells += [found or _Cell()] * _count(val(cell.find(q("w:tcPr")), "w:gridSpan"), 1)
    return row, marks


def _cell(reader: Reader, cell: Element, place: Place) -> _Cell:
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
    return _Cell(settle(text), bold == {True})


def _merged(cell: Element, row: list[_Cell], above: _Cell | None) -> _Cell | None:
    """The cell above or before that this one is part of, if it is."""
    properties = cell.find(q("w:tcPr"))
    for name, other in (("w:vMerge", above), ("w:hMerge", row[-1] if row else None)):
        merge = None if properties is None else properties.find(q(name))
        if merge is not None and merge.get(q("w:val"), "continue") == "continue" and other is not None:
            return other
    return None


def _heads(rows: list[_Row], is_styled: bool) -> int:
    """How many rows at the top name the columns. At least one row is left for the table's content, if there are two."""
    if not rows:
        return 0
    most = max(len(rows) - 1, 1)
    marked = next((number for number, row in enumerate(rows) if not row.is_marked), len(rows))
    bold = next((number for number, row in enumerate(rows) if not row.is_bold()), len(rows))
    heads = min(marked, most) or min(bold, 1) or int(is_styled)
    while 0 < heads < most and _goes_on(rows[heads - 1], rows[heads], heads < bold < len(rows)):
        heads += 1
    return heads


def _goes_on(row: _Row, below: _Row, is_bold: bool) -> bool:
    """Whether the names of `row` go on in the row below: its cells do, or it splits what they span.

    A row with amounts is content, as is one that is not bold and has a name of its own.
    """
    if set(map(id, row.cells)) & set(map(id, below.cells)):
        return True
    if below.is_whole() or not below.cells:
        return False
    label, *texts = [cell.text for cell in below.cells]
    if len(set(map(id, row.cells))) < len(row.cells) and (is_bold or not label):
        return (is_bold and not label) or not any(map(_AMOUNT.search, texts))
    return is_bold and all(texts) and not any(map(_DIGIT.search, texts))


def _children(parent: Iterable[Element], name: str) -> Iterator[Element]:
    """The rows of a table or the cells of a row, those in content controls too."""
    for child in parent:
        if child.tag == q(name):
            yield child
        elif child.tag == q("mc:AlternateContent"):
            yield from _children(alternative(child), name)
        elif child.tag in (q("w:sdt"), q("w:sdtContent"), q("w:customXml"), q("w:ins"), q("w:moveTo")):
            yield from _children(child, name)


def _omitted(row: Element, cell: Element = None) -> str:
    """Why a row, or a cell of it, is left out."""
    properties = row.find(q("w:trPr"))
    if properties is not None:
        if properties.find(q("w:del")) is not None:
            return DELETED
        if is_on(properties.find(q("w:hidden"))):
            return HIDDEN
    inner = None if cell is None else cell.find(q("w:tcPr"))
    return DELETED if inner is not None and inner.find(q("w:cellDel")) is not None else ""


def _is_set(look: Element, attribute: str, bit: int) -> bool:
    own = look.get(q(f"w:{attribute}"))
    if own is not None:
        return own in ("1", "true", "on")
    try:
        return bool(int(look.get(q("w:val"), "0"), 16) & bit)
    except ValueError:
        return False


def _count(text: str | None, otherwise: int) -> int:
    return min(int(text), _MAX_SPAN) if text and text.isdecimal() and len(text) < 9 else otherwise
