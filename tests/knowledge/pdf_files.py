"""PDF files drawn piece by piece or from flowing parts, and what is read of them."""

from collections.abc import Callable
from pathlib import Path

from reportlab.lib import colors
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate

from tellerbot.knowledge.documents.blocks import BlockKind, squeeze, unmark
from tellerbot.knowledge.documents.read import read

STYLES = getSampleStyleSheet()
GRID = ("GRID", (0, 0), (-1, -1), 0.5, colors.black)
HEADED = [GRID, ("FONTNAME", (0, 0), (-1, 0), "Helvetica-Bold")]

Draw = Callable[[Canvas], object]
# A piece of a line: its text, its size, how far above the line it is.
Piece = tuple[str, float, float]


def draw(path: Path, *pages: Draw) -> Path:
    canvas = Canvas(str(path), pagesize=(612, 792), invariant=True)
    for page in pages:
        canvas.setFont("Helvetica", 11)
        page(canvas)
        canvas.showPage()
    canvas.save()
    return path


def flow(path: Path, *parts: Flowable) -> Path:
    SimpleDocTemplate(str(path), invariant=True).build(list(parts))
    return path


def pieces(*parts: Piece, x: float = 72, y: float = 700) -> Draw:
    def page(canvas: Canvas) -> None:
        left = x
        for text, size, rise in parts:
            canvas.setFont("Helvetica", size)
            canvas.drawString(left, y + rise, text)
            left += canvas.stringWidth(text, "Helvetica", size)

    return page


def text(wording: str, style: str = "BodyText") -> Paragraph:
    return Paragraph(wording, STYLES[style])


def lines(path: Path) -> list[str]:
    return [squeeze(unmark(line)) for block in read(path).blocks for line in block.lines]


def kinds(path: Path) -> list[tuple[BlockKind, tuple[str, ...]]]:
    return [(block.kind, block.lines) for block in read(path).blocks]


def omitted(path: Path) -> list[tuple[str, str]]:
    return [(item.what, item.text) for item in read(path).omissions]
