"""Odd documents made by hand: PDF files, drawn piece by piece."""

from collections.abc import Callable
from pathlib import Path
from typing import Literal

from pypdf import PdfReader, PdfWriter
from reportlab.lib import colors
from reportlab.pdfgen.canvas import Canvas

from .odd import Odd


def pages(*draw: Callable[[Canvas], None]) -> Callable[[Path], None]:
    """A writer of a PDF with one page for each function."""

    def write(path: Path) -> None:
        canvas = Canvas(str(path), invariant=True)
        for one in draw:
            canvas.setFont("Helvetica-Bold", 16)
            canvas.drawString(72, 720, "Fees")
            canvas.setFont("Helvetica", 11)
            one(canvas)
            canvas.showPage()
        canvas.save()

    return write


def line(canvas: Canvas, at: int, *parts: tuple[str, float, float], mode: Literal[0, 3] = 0, left: float = 72) -> None:
    """Text, size and rise of each part, on the line number `at`."""
    text = canvas.beginText(left, 690 - 18 * at)
    for wording, size, rise in parts:
        text.setFont("Helvetica", size)
        text.setRise(rise)
        text.setTextRenderMode(mode)
        text.textOut(wording)
    canvas.drawText(text)


def struck(canvas: Canvas, at: int, before: str, gone: str, after: str, box: bool = False) -> None:
    """A line with a rule, or a thin box, through a part of it."""
    line(canvas, at, (before + gone + after, 11, 0))
    start = 72 + canvas.stringWidth(before, "Helvetica", 11)
    end = start + canvas.stringWidth(gone, "Helvetica", 11)
    height = 690 - 18 * at + 3.5
    if box:
        canvas.rect(start, height, end - start, 0.6, stroke=0, fill=1)
    else:
        canvas.line(start, height, end, height)


def marks(canvas: Canvas) -> None:
    """Raised marks of several sizes, a fraction, cents and an ordinal."""
    line(canvas, 0, ("Alder costs $5", 11, 0), ("1", 7, 4), (" a month.", 11, 0))
    line(canvas, 2, ("Harrow costs $7", 11, 0), ("2", 6, 3), (" and pays 4", 11, 0), ("1", 7, 4), ("/", 11, 0),
         ("2", 7, -1), ("%.", 11, 0))  # fmt: skip
    line(canvas, 4, ("Marlow is due on the 1", 11, 0), ("st", 7, 4), (" of March.", 11, 0))
    line(canvas, 6, ("Newlyn is 20 m", 11, 0), ("2", 7, 4), (" large.", 11, 0))


def strikes(canvas: Canvas) -> None:
    """Prices struck out by lines and boxes, and one that is only underlined."""
    struck(canvas, 0, "Alder costs ", "$12", " $9 a month.")
    struck(canvas, 2, "Harrow costs ", "$22", " $19 a month.", box=True)
    line(canvas, 4, ("Marlow costs $7 a month.", 11, 0))
    canvas.line(72, 690 - 72 - 2, 200, 690 - 72 - 2)


def unseen(canvas: Canvas) -> None:
    """Text that nobody sees, and white text on a dark box, which everybody sees."""
    line(canvas, 0, ("Alder costs $5 a month.", 11, 0))
    line(canvas, 2, ("Invisible $91.", 11, 0), mode=3)
    line(canvas, 4, ("Covered $92.", 11, 0))
    canvas.setFillColor(colors.white)
    canvas.rect(60, 690 - 18 * 4 - 5, 200, 18, stroke=0, fill=1)
    line(canvas, 6, ("White $93.", 11, 0))
    canvas.setFillColor(colors.darkblue)
    canvas.rect(60, 690 - 18 * 8 - 5, 200, 18, stroke=0, fill=1)
    canvas.setFillColor(colors.white)
    line(canvas, 8, ("Harrow costs $6 a month.", 11, 0))
    canvas.setFillColor(colors.black)
    line(canvas, 10, ("Small $94.", 0.4, 0))
    canvas.drawString(72, -40, "Outside $95.")


def fields(canvas: Canvas) -> None:
    """A form's values and a note on the page."""
    line(canvas, 0, ("Alder costs", 11, 0))
    line(canvas, 0, ("a month.", 11, 0), left=210)
    canvas.acroForm.textfield(name="fee", value="$81", x=140, y=685, width=60, height=16, fontSize=10)
    line(canvas, 2, ("Harrow costs $8 a month.", 11, 0))
    canvas.freeTextAnnotation("OLD PRICE $82", "/Helv 10 Tf 0 g", Rect=[300, 600, 400, 620])
    line(canvas, 4, ("Marlow is checked.", 11, 0))
    canvas.acroForm.choice(
        name="days", value="30 days", options=["30 days", "60 days"], x=200, y=612, width=80, height=16
    )


def top(name: str, fee: str) -> Callable[[Canvas], None]:
    """A page with a real header, and an amount of its own in its first and last lines."""

    def draw(canvas: Canvas) -> None:
        canvas.drawString(72, 815, "Ridgeline Bank")
        canvas.drawString(72, 790, f"The {name} fee is {fee} a month.")
        line(canvas, 2, (f"All about the {name.lower()} account is said on this page.", 11, 0))
        canvas.drawString(72, 60, f"Free {name}land withdrawals a month: {fee[1:]}.")
        canvas.drawCentredString(300, 30, f"Page {canvas.getPageNumber()}")

    return draw


def leaders(canvas: Canvas) -> None:
    """A price list aligned by position and dots, without rules."""
    for at, (name, price) in enumerate(
        (("Alder", "$5.00"), ("Harrow", "$12.50"), ("Marlow", "2½ %"), ("Newlyn", "$1,250"))
    ):
        canvas.drawString(72, 690 - 18 * at, f"{name} {'.' * (60 - len(name))}")
        canvas.drawRightString(500, 690 - 18 * at, price)


def rules(canvas: Canvas) -> None:
    """A table with rules between its rows only, whose columns are right-aligned."""
    rows = (("Account", "Monthly", "Yearly"), ("Alder", "$5.00", "$60.00"), ("Harrow", "$12.50", "$1,250.00"))
    for at, (name, *prices) in enumerate(rows):
        canvas.drawString(72, 690 - 20 * at, name)
        for right, price in zip((300, 420), prices, strict=True):
            canvas.drawRightString(right, 690 - 20 * at, price)
        canvas.line(72, 684 - 20 * at, 420, 684 - 20 * at)


def columns(canvas: Canvas) -> None:
    """Two columns of text whose lines are level with each other."""
    for left, name, fee in ((72, "Alder", "$5"), (320, "Harrow", "$8")):
        lines = (
            f"The {name} account is for people who",
            f"travel. It costs {fee} a month, and is free",
            "for whoever keeps enough on it. It may be",
            "closed on any day, at no cost, in any of our",
            "branches or by a call to the number shown on",
            "the card.",
        )
        for at, wording in enumerate(lines):
            canvas.drawString(left, 690 - 14 * at, wording)


def spaced(canvas: Canvas) -> None:
    """Numbers set glyph by glyph, with gaps as a justifying program leaves them."""
    numbers = {"Alder costs ": "$1,250", "Harrow pays ": "4.75%", "Marlow ends on ": "12/31/2027"}
    for at, (before, number) in enumerate(numbers.items()):
        canvas.drawString(72, 690 - 30 * at, before)
        left = 72 + canvas.stringWidth(before, "Helvetica", 11)
        for char in f"{number}.":
            canvas.drawString(left, 690 - 30 * at, char)
            left += canvas.stringWidth(char, "Helvetica", 11) + 0.9


def turned(path: Path) -> None:
    """A landscape page, stored upright and turned by the viewer."""
    canvas = Canvas(str(path), pagesize=(612, 792), invariant=True)
    canvas.translate(612, 0)
    canvas.rotate(90)
    canvas.setFont("Helvetica", 11)
    canvas.drawString(72, 500, "Alder costs $5 a month.")
    canvas.drawString(72, 470, "Harrow costs $12.50 a month.")
    canvas.save()
    writer = PdfWriter(clone_from=PdfReader(path))
    writer.pages[0].rotate(90)
    writer.write(path)


PDFS = (
    Odd(
        "raised marks, fractions and ordinals",
        ".pdf",
        pages(marks),
        {
            "Alder": "Alder costs $5 a month.",
            "Harrow": "Harrow costs $7 and pays 4½%.",
            "Marlow": "Marlow is due on the 1st of March.",
            "Newlyn": "Newlyn is 20 m² large.",
        },
        ("1", "2"),
    ),
    Odd(
        "lines and boxes through prices",
        ".pdf",
        pages(strikes),
        {
            "Alder": "Alder costs $9 a month.",
            "Harrow": "Harrow costs $19 a month.",
            "Marlow": "Marlow costs $7 a month.",
        },
        ("$12", "$22"),
    ),
    Odd(
        "text that nobody sees",
        ".pdf",
        pages(unseen),
        {"Alder": "Alder costs $5 a month.", "Harrow": "Harrow costs $6 a month."},
        ("Invisible $91.", "Covered $92.", "White $93.", "Small $94.", "Outside $95."),
    ),
    Odd(
        "form fields and notes",
        ".pdf",
        pages(fields),
        {
            "Alder": "Alder costs $81 a month.",
            "Harrow": "Harrow costs $8 a month.",
            "Marlow": "Marlow is checked. 30 days",
        },
        ("OLD PRICE $82",),
    ),
    Odd(
        "amounts in the first and last lines of pages",
        ".pdf",
        pages(top("Alder", "$5"), top("Harrow", "$12"), top("Marlow", "$25")),
        {
            **{name: f"The {name} fee is {fee} a month." for name, fee in (("Alder fee", "$5"), ("Harrow fee", "$12"))},
            "Marlow fee": "The Marlow fee is $25 a month.",
            "Alderland": "Free Alderland withdrawals a month: 5.",
            "Harrowland": "Free Harrowland withdrawals a month: 12.",
            "Marlowland": "Free Marlowland withdrawals a month: 25.",
        },
    ),
    Odd(
        "two columns of text",
        ".pdf",
        pages(columns),
        {
            "Alder": "The Alder account is for people who travel.",
            "$5": "It costs $5 a month, and is free for whoever keeps enough on it.",
            "Harrow": "The Harrow account is for people who travel.",
            "$8": "It costs $8 a month, and is free for whoever keeps enough on it.",
        },
    ),
    Odd(
        "numbers set glyph by glyph",
        ".pdf",
        pages(spaced),
        {"Alder": "Alder costs $1,250.", "Harrow": "Harrow pays 4.75%.", "Marlow": "Marlow ends on 12/31/2027."},
    ),
    Odd(
        "a page that the viewer turns",
        ".pdf",
        turned,
        {"Alder": "Alder costs $5 a month.", "Harrow": "Harrow costs $12.50 a month."},
    ),
)

# Tables without cells, whose rows are known by their height on the page.
UNRULED = (
    Odd(
        "a price list with leader dots",
        ".pdf",
        pages(leaders),
        {"Alder": "Alder $5.00", "Harrow": "Harrow $12.50", "Marlow": "Marlow 2½ %", "Newlyn": "Newlyn $1,250"},
    ),
    Odd(
        "a table with rules between its rows only",
        ".pdf",
        pages(rules),
        {"Alder": "Alder $5.00 $60.00", "Harrow": "Harrow $12.50 $1,250.00"},
    ),
)
