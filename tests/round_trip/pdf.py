"""A document -> PDF, by reportlab: flowing text on pages, ruled tables, headers, columns."""

import re
import unicodedata
from html import escape
from pathlib import Path
from random import Random
from typing import Any

from reportlab.lib import colors
from reportlab.lib.enums import TA_JUSTIFY, TA_LEFT
from reportlab.lib.pagesizes import A5, letter
from reportlab.lib.styles import ParagraphStyle, getSampleStyleSheet
from reportlab.pdfbase.pdfmetrics import registerFont, registerFontFamily
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    BaseDocTemplate,
    Frame,
    ListFlowable,
    ListItem,
    PageTemplate,
    Spacer,
)
from reportlab.platypus import Paragraph as Text
from reportlab.platypus import Table as Ruled

from .document import Document, Heading, Items, Line, Note, Paragraph, Piece, PieceKind, Table

KINDS: frozenset[PieceKind] = frozenset(("split", "fraction", "power", "break", "mark", "struck", "hidden"))
_CHARACTERS = {"1/2": "½", "1/4": "¼", "3/4": "¾"}
_HIDDEN = ('<font color="white">{}</font>', '<font size="0.5">{}</font>', '<font color="white" size="4">{}</font>')
_MARKS = ("<super>{}</super>", '<super rise="4" size="6">{}</super>', '<super rise="3" size="5.5">{}</super>')
# The last one is in the file, as it is in most. Fonts of a name are registered once for the whole process: a test that
# registered "Vera" anew would take its bold away.
_FONTS = (("Helvetica", "Helvetica-Bold"), ("Times-Roman", "Times-Bold"), ("Vera", "VeraBd"))
for font in ("Vera", "VeraBd", "VeraIt", "VeraBI"):
    registerFont(TTFont(font, f"{font}.ttf"))
registerFontFamily("Vera", "Vera", "VeraBd", "VeraIt", "VeraBI")
# Of a cell, left and right, in points.
_PADDING = 12
_GRID = [("GRID", (0, 0), (-1, -1), 0.5, colors.black), ("VALIGN", (0, 0), (-1, -1), "TOP")]


def write(document: Document, path: Path, random: Random) -> None:
    """Write pages of one column or two, with a header where the document has one."""
    width, height = random.choice((letter, letter, A5))
    wide = any(isinstance(block, Table) and block.columns > 3 for block in document.blocks)
    columns = 2 if width > 500 and not wide and random.random() < 0.25 else 1
    margin, gutter = 54, 24
    across = (width - 2 * margin - gutter * (columns - 1)) / columns
    frames = [
        Frame(margin + at * (across + gutter), margin, across, height - 2 * margin, 0, 0, 0, 0) for at in range(columns)
    ]

    def decorate(canvas: Canvas, page: Any) -> None:
        canvas.setFont("Helvetica", 8)
        if document.running:
            canvas.drawString(margin, height - 30, f"{document.running}, page {canvas.getPageNumber()}")
            canvas.drawCentredString(width / 2, 24, f"Page {canvas.getPageNumber()}")

    template = BaseDocTemplate(str(path), pagesize=(width, height), invariant=True)
    template.addPageTemplates(PageTemplate(frames=frames, onPage=decorate))
    writer = _Writer(random, across)
    template.build([part for block in document.blocks for part in (*writer.block(block), Spacer(1, 4))])


class _Writer:
    def __init__(self, random: Random, width: float) -> None:
        self._random, self._width = random, width
        self._styles = getSampleStyleSheet()
        size = random.choice((9, 10, 11))
        font, self._bold = random.choice(_FONTS)
        self._text = ParagraphStyle(
            "Text", self._styles["BodyText"], fontName=font, fontSize=size, leading=size * random.choice((1.2, 1.4)),
            alignment=random.choice((TA_LEFT, TA_JUSTIFY)),
        )  # fmt: skip
        self._small = ParagraphStyle("Small", self._text, fontSize=7, leading=9)

    def block(self, block: object) -> list[Any]:
        """A block as reportlab's parts."""
        if isinstance(block, Heading):
            return [Text(self._line(block.sentence.line), self._styles[f"Heading{block.level}"])]
        if isinstance(block, Paragraph):
            is_struck = any(piece.kind == "struck" for sentence in block.sentences for piece in sentence.line)
            # In justified text, reportlab draws strikes too short.
            style = ParagraphStyle("Left", self._text, alignment=TA_LEFT) if is_struck else self._text
            return [Text(" ".join(self._line(sentence.line) for sentence in block.sentences), style)]
        if isinstance(block, Note):
            return [Text(f"{self._mark(block.mark)} {self._line(block.sentence.line)}", self._small)]
        if isinstance(block, Items):
            kind = self._random.choice(("bullet", "1"))
            items: Any = [
                ListItem(Text(self._line(sentence.line), self._text), leftIndent=18 + 18 * depth)
                for depth, sentence in block.items
            ]
            # reportlab's own bullets are larger than a small text.
            size = self._random.choice((12, self._text.fontSize))
            shape = "%s." if kind == "1" else None
            return [ListFlowable(items, bulletType=kind, bulletFormat=shape, bulletFontSize=size)]
        assert isinstance(block, Table)
        return [self._table(block)]

    def _table(self, table: Table) -> Ruled:
        lines = [self._line(cell.line) for cell in table.cells]
        width = self._width / table.columns
        for size in (min(self._text.fontSize, 9), 8, 7, 6, 5):
            if size < 8:
                # Marks of a size of their own would be as large as the text.
                lines = [re.sub(r' rise="\d" size="[\d.]+"', "", line) for line in lines]
            plain = ParagraphStyle("Cell", self._text, fontSize=size, leading=size * 1.25, alignment=TA_LEFT)
            bold = ParagraphStyle("Head", plain, fontName=self._bold)
            texts = [
                Text(line, bold if cell.row < table.heads else plain)
                for cell, line in zip(table.cells, lines, strict=True)
            ]
            # Wider words would be broken: a reader would see two numbers.
            if max(text.minWidth() for text in texts) <= width - _PADDING:
                break
        grid: list[list[Any]] = [[""] * table.columns for _ in range(table.rows)]
        style: list[Any] = list(_GRID)
        for cell, text in zip(table.cells, texts, strict=True):
            grid[cell.row][cell.column] = text
            if cell.down > 1 or cell.across > 1:
                end = (cell.column + cell.across - 1, cell.row + cell.down - 1)
                style.append(("SPAN", (cell.column, cell.row), end))
        # With its optimisation, reportlab fails to draw some tables with merged cells.
        return Ruled(grid, [width] * table.columns, style=style, repeatRows=table.heads, longTableOptimize=0)

    def _line(self, line: Line) -> str:
        return "".join(self._piece(piece) for piece in line)

    def _piece(self, piece: Piece) -> str:
        text = escape(piece.text, quote=False)
        pick = self._random.choice
        match piece.kind:
            case "split" if len(text) > 1 and "&" not in text:
                at = self._random.randint(1, len(text) - 1)
                return pick((text, text, f"<b>{text}</b>", f"{text[:at]}<b>{text[at:]}</b>"))
            case "fraction":
                over, under = piece.text.split("/")
                small = f"<super>{over}</super>/<sub>{under}</sub>"
                return pick((small, _CHARACTERS.get(piece.text, small)))
            case "power":
                return pick((f"<super>{text}</super>", {"2": "²", "3": "³"}[text]))
            case "break":
                return "<br/>"
            case "mark":
                return self._mark(piece.text)
            case "struck":
                return f"<strike>{_spelled(text)}</strike>"
            case "hidden":
                return pick(_HIDDEN).format(_spelled(text))
        return text

    def _mark(self, text: str) -> str:
        return self._random.choice(_MARKS).format(text)


def _spelled(text: str) -> str:
    """The text with fractions as two numbers, which every font has."""
    plain = ((char, unicodedata.normalize("NFKC", char)) for char in text)
    return "".join(spelled.replace("⁄", "/") if "⁄" in spelled else char for char, spelled in plain)
