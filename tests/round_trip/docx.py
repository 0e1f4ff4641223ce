"""A document -> DOCX, by python-docx and, for what it has no words for, by elements."""

from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import docx
from docx.enum.style import WD_STYLE_TYPE
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Pt

from .document import Document, Heading, Items, Line, Note, Paragraph, Piece, PieceKind, Table

KINDS: frozenset[PieceKind] = frozenset(
    ("split", "fraction", "power", "equation", "break", "mark", "struck", "hidden", "deleted", "comment")
)
_MATH = 'xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"'
_AROUND = {2: "w:ins", 3: "w:hyperlink", 4: "w:fldSimple", 5: "w:sdt"}
_CHARACTERS = {"1/2": "½", "1/4": "¼", "3/4": "¾", "1/8": "⅛", "5/8": "⅝", "2/3": "⅔"}


def write(document: Document, path: Path, random: Random) -> None:
    """Write a Word file."""
    word = docx.Document()
    styles: Any = word.styles
    styles.add_style("Raised", WD_STYLE_TYPE.CHARACTER).font.superscript = True
    styles.add_style("Old", WD_STYLE_TYPE.CHARACTER).font.strike = True
    styles.add_style("Quiet", WD_STYLE_TYPE.CHARACTER).font.hidden = True
    writer = _Writer(word, random)
    for block in document.blocks:
        writer.block(block)
    if document.running:
        word.sections[0].header.paragraphs[0].text = document.running
    word.save(str(path))


class _Writer:
    def __init__(self, word: Any, random: Random) -> None:
        self._word, self._random = word, random

    def block(self, block: object) -> None:
        """Add a block at the document's end."""
        if isinstance(block, Heading):
            self._line(self._word.add_heading("", block.level), block.sentence.line)
        elif isinstance(block, Paragraph):
            paragraph = self._word.add_paragraph()
            for at, sentence in enumerate(block.sentences):
                self._line(paragraph, ((Piece("text", " "),) if at else ()) + sentence.line)
        elif isinstance(block, Note):
            self._line(
                self._word.add_paragraph(), (Piece("mark", block.mark), Piece("text", " "), *block.sentence.line)
            )
        elif isinstance(block, Items):
            style = self._random.choice(("List Bullet", "List Number"))
            for depth, sentence in block.items:
                self._line(self._word.add_paragraph("", f"{style} 2" if depth else style), sentence.line)
        elif isinstance(block, Table):
            self._table(block)

    def _table(self, table: Table) -> None:
        grid = self._word.add_table(table.rows, table.columns)
        # Asked for one by one, each cell would list all of them again.
        places = [row.cells for row in grid.rows]
        for cell in table.cells:
            corner = places[cell.row][cell.column]
            if cell.down > 1 or cell.across > 1:
                corner = corner.merge(places[cell.row + cell.down - 1][cell.column + cell.across - 1])
            paragraph, line = corner.paragraphs[0], cell.line
            cut = next((at for at, piece in enumerate(line) if piece.kind == "break"), None)
            if cut is not None and self._random.random() < 0.5:
                # The second line is a paragraph of its own.
                self._line(corner.add_paragraph(), line[cut + 1 :])
                line = line[:cut]
            self._line(paragraph, line)
        for row in range(table.heads, table.rows):
            if {piece.kind for column in range(table.columns) for piece in table.at(row, column).line} == {"deleted"}:
                grid.rows[row]._tr.get_or_add_trPr().append(OxmlElement("w:del"))
        bold = self._random.random() < 0.3
        for row in grid.rows[: table.heads]:
            if not bold:
                row._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))
            for run in (run for cell in row.cells for part in cell.paragraphs for run in part.runs):
                run.bold = bold or None

    def _line(self, paragraph: Any, line: Line) -> None:
        for piece in line:
            self._piece(paragraph, piece)

    def _piece(self, paragraph: Any, piece: Piece) -> None:
        match piece.kind:
            case "split":
                self._split(paragraph, piece.text)
            case "fraction":
                self._fraction(paragraph, piece.text)
            case "equation":
                paragraph._p.append(parse_xml(f"<m:oMath {_MATH}><m:r><m:t>{piece.text}</m:t></m:r></m:oMath>"))
            case "break":
                paragraph.add_run().add_break()
            case "deleted":
                _deleted(paragraph, piece.text)
            case "comment":
                self._word.add_comment(paragraph.runs or [paragraph.add_run(" ")], piece.text, "An editor")
            case "text":
                self._text(paragraph, piece.text)
            case _:
                self._random.choice(_LOOKS[piece.kind])(paragraph.add_run(piece.text))

    def _split(self, paragraph: Any, text: str) -> None:
        """A figure in one run or over several, the last of them in bold, inserted, a link, a field or a control."""
        way = self._random.randrange(8)
        at = self._random.randint(0, len(text) - 1) if way < 6 else len(text)
        paragraph.add_run(text[:at])
        if way == 1:
            paragraph._p.append(OxmlElement("w:proofErr"))
        if text[at:]:
            run = paragraph.add_run(text[at:])
            run.bold = way == 0 or None
            if way in _AROUND:
                _wrap(paragraph, run, _AROUND[way])

    def _text(self, paragraph: Any, text: str) -> None:
        """Plain text, whose hyphens may be those that break no line."""
        parts = text.split("-") if self._random.random() < 0.3 else [text]
        run = paragraph.add_run(parts[0])
        for part in parts[1:]:
            run._r.append(OxmlElement("w:noBreakHyphen"))
            run = paragraph.add_run(part)

    def _fraction(self, paragraph: Any, text: str) -> None:
        way = self._random.randrange(3)
        over, under = text.split("/")
        if way == 0:
            paragraph.add_run(_CHARACTERS[text])
        elif way == 1:
            paragraph.add_run(text).font.superscript = True
        else:
            paragraph.add_run(over).font.superscript = True
            paragraph.add_run(self._random.choice("/⁄"))
            paragraph.add_run(under).font.subscript = True


def _deleted(paragraph: Any, text: str) -> None:
    run = paragraph.add_run("")
    run._r.append(parse_xml(f'<w:delText {nsdecls("w")} xml:space="preserve">{text}</w:delText>'))
    _wrap(paragraph, run, "w:del")


def _wrap(paragraph: Any, run: Any, tag: str) -> None:
    """Put a run into a tracked change, a link, a field or a control."""
    outer = inner = OxmlElement(tag)
    if tag in ("w:ins", "w:del"):
        outer.set(qn("w:id"), "1")
        outer.set(qn("w:author"), "An editor")
    elif tag == "w:fldSimple":
        outer.set(qn("w:instr"), "DOCPROPERTY Fee")
    elif tag == "w:sdt":
        inner = OxmlElement("w:sdtContent")
        outer.append(inner)
    paragraph._p.append(outer)
    inner.append(run._r)


def _raised(run: Any) -> None:
    run.font.superscript = True


def _lifted(run: Any) -> None:
    """Raised by hand: smaller, four points above the line."""
    run.font.size = Pt(7)
    position = OxmlElement("w:position")
    position.set(qn("w:val"), "8")
    run._r.get_or_add_rPr().append(position)


def _struck(run: Any) -> None:
    run.font.strike = True


def _struck_twice(run: Any) -> None:
    run.font.double_strike = True


def _hidden(run: Any) -> None:
    run.font.hidden = True


def _styled(name: str) -> Callable[[Any], None]:
    def style(run: Any) -> None:
        run.style = name

    return style


_LOOKS: dict[PieceKind, tuple[Callable[[Any], None], ...]] = {
    "power": (_raised,),
    "mark": (_raised, _lifted, _styled("Raised")),
    "struck": (_struck, _struck_twice, _styled("Old")),
    "hidden": (_hidden, _styled("Quiet")),
}
