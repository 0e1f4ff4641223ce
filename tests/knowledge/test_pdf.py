"""PDFs are read as a reader sees them: each figure is the one on the page, or it is left out and reported."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest
from PIL import Image
from pypdf import PdfWriter
from pypdf.annotations import FreeText, Text
from pypdf.generic import (
    ArrayObject,
    DictionaryObject,
    FloatObject,
    NameObject,
    NumberObject,
    RectangleObject,
    TextStringObject,
)
from reportlab.lib import colors
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate, Table

from knowledge.pdf_files import (  # pyright: ignore[reportMissingImports]
    GRID,
    HEADED,
    Draw,
    Piece,
    draw,
    flow,
    kinds,
    lines,
    omitted,
    pieces,
    text,
)
from tellerbot.knowledge.documents.blocks import MARK, DocumentError, DroppedContent, unmark
from tellerbot.knowledge.documents.read import read

SCRIPTS, HIDDEN, STRUCK = "superscripts and subscripts", "hidden text", "struck-out text"


def edited(path: Path, edit: Callable[[PdfWriter, Any], object]) -> Path:
    """The file, after a change to its first page."""
    writer = PdfWriter(clone_from=path)
    edit(writer, writer.pages[0])
    writer.write(path)
    return path


# Superscripts and subscripts


def test_superscripts_of_any_size_and_rise_are_left_out_and_reported(tmp_path: Path) -> None:
    marks = [(11, 7, 4), (11, 7, 3.6), (11, 7, 3), (11, 7, 2), (12, 8, 4), (12, 8, 3), (10, 6.5, 3.3), (10, 6, 2.5),
             (11, 9, 3), (11, 11, 4), (18, 6, 11), (8, 4, 2)]  # fmt: skip

    def page(canvas: Canvas) -> None:
        for at, (size, small, rise) in enumerate(marks):
            pieces((f"Account {chr(65 + at)} costs $5", size, 0), ("1", small, rise), (" a month.", size, 0),
                   y=740 - 40 * at)(canvas)  # fmt: skip

    path = draw(tmp_path / "a.pdf", page)
    # Larger text is headings.
    assert " ".join(sorted(" ".join(lines(path)).split(". "))).count("costs $5 a month") == len(marks)
    assert omitted(path) == [(SCRIPTS, "1")] * len(marks)


@pytest.mark.parametrize(
    ("parts", "text", "left_out"),
    [
        ([("A fee of $2.50", 11, 0), ("1", 7, 4), (" each.", 11, 0)], "A fee of $2.50 each.", ["1"]),
        ([("The rate is 4", 11, 0), ("1", 7, 4), ("/", 11, 0), ("2", 7, -1), ("% now.", 11, 0)],
         "The rate is 4½% now.", []),
        ([("The rate is 4", 11, 0), ("1", 7, 4), ("/", 7, 2), ("2", 7, 0), ("% now.", 11, 0)],
         "The rate is 4½% now.", []),
        ([("1", 7, 4), ("/", 11, 0), ("2", 7, -1), ("% is the rate.", 11, 0)], "½% is the rate.", []),
        ([("It is due on the 5", 11, 0), ("th", 7, 4), (" of May.", 11, 0)], "It is due on the 5th of May.", []),
        ([("Offices of 10 m", 11, 0), ("2", 7, 4), (" and no CO", 11, 0), ("2", 7, -2), (".", 11, 0)],
         "Offices of 10 m² and no CO₂.", []),
        ([("Only $5", 16, 0), ("99", 9, 6), (" a month.", 16, 0)], "Only $5 a month.", ["99"]),
        ([("Only $5", 16, 0), ("99", 9, 0), (" a month.", 16, 0)], "Only $5 a month.", ["99"]),
        ([("$", 9, 6), ("49", 18, 0), ("99", 9, 6)], "$49", ["99"]),
        ([("Fees of $5", 11, 0), ("1,2", 7, 4), (", $6", 11, 0), ("*", 7, 4), (" and $7", 11, 0), ("(a)", 7, 4),
          (".", 11, 0)], "Fees of $5, $6 and $7.", ["1,2", "*", "(a)"]),
        ([("The sum of $1", 11, 0), ("2", 7, 4), ("5 is small.", 11, 0)], "The sum of $1 5 is small.", ["2"]),
    ],
)  # fmt: skip
def test_a_line_with_raised_and_lowered_text_is_read_by_its_sizes_and_rises(
    tmp_path: Path, parts: list[Piece], text: str, left_out: list[str]
) -> None:
    path = draw(tmp_path / "a.pdf", pieces(*parts), pieces(("And this is all.", 11, 0)))
    assert lines(path)[0].removesuffix(" And this is all.") == text
    assert omitted(path) == [(SCRIPTS, mark) for mark in left_out]


def test_text_raised_by_the_rise_operator_is_a_superscript(tmp_path: Path) -> None:
    def page(canvas: Canvas) -> None:
        text = canvas.beginText(72, 700)
        text.setFont("Helvetica", 11)
        text.textOut("The fee is $8")
        text.setRise(4)
        text.textOut("2")
        text.setRise(0)
        text.textOut(" a month, whatever the balance.")
        canvas.drawText(text)

    path = draw(tmp_path / "a.pdf", page)
    assert lines(path) == ["The fee is $8 a month, whatever the balance."]
    assert omitted(path) == [(SCRIPTS, "2")]


def test_a_stacked_fraction_is_a_fraction_and_its_bar_strikes_nothing(tmp_path: Path) -> None:
    def page(canvas: Canvas) -> None:
        pieces(("The rate is 4", 11, 0), ("1", 6, 5))(canvas)
        left = 72 + canvas.stringWidth("The rate is 4", "Helvetica", 11)
        canvas.drawString(left, 698, "2")
        canvas.line(left - 0.3, 703.6, left + 3.6, 703.6)
        pieces(("% a year.", 11, 0), x=left + 3.4)(canvas)

    path = draw(tmp_path / "a.pdf", page)
    assert lines(path) == ["The rate is 4½% a year."]
    assert omitted(path) == []


def test_a_footnote_begins_with_its_mark_and_is_no_part_of_the_sentence_above(tmp_path: Path) -> None:
    def page(canvas: Canvas) -> None:
        pieces(("The fee is $5", 11, 0), ("1", 7, 4), (" a month and is taken", 11, 0))(canvas)
        pieces(("1", 5, 3), (" 25 is the age below which it is waived.", 8, 0), y=688)(canvas)

    path = draw(tmp_path / "a.pdf", page)
    assert lines(path) == ["The fee is $5 a month and is taken", "25 is the age below which it is waived."]
    assert sorted(omitted(path)) == [(SCRIPTS, "1"), (SCRIPTS, "1")]


def test_scripts_in_headings_and_cells_are_read_as_in_lines(tmp_path: Path) -> None:
    cells = [
        ["Fee", "Basic", "Plus"],
        [
            Paragraph("Wire<super>1</super>"),
            Paragraph("$9.00<super>2</super>"),
            Paragraph("4<super>1</super>/<sub>2</sub>%"),
        ],
    ]
    path = flow(
        tmp_path / "a.pdf",
        text("Fees<super>3</super> of 2<super>nd</super> cards", "Heading1"),
        text("They are these."),
        Table(cells, style=[GRID, ("BACKGROUND", (0, 0), (-1, 0), colors.grey)]),
    )
    assert lines(path) == ["Fees of 2nd cards", "They are these.", "Wire: Basic $9.00, Plus 4½%."]
    assert sorted(omitted(path)) == [(SCRIPTS, "1"), (SCRIPTS, "2"), (SCRIPTS, "3")]


def test_drop_caps_and_large_first_letters_stay_in_their_words(tmp_path: Path) -> None:
    def page(canvas: Canvas) -> None:
        pieces(("T", 33, 0), y=676)(canvas)
        for at, line in enumerate(["he fee of this account is $5 and", "more when the balance falls", "below $100."]):
            pieces((line, 11, 0), x=94, y=700 - 12 * at)(canvas)
        pieces(("F", 16, 0), ("REE ", 12, 0), ("A", 16, 0), ("CCOUNTS", 12, 0), y=600)(canvas)
        pieces(("They cost $0.", 11, 0), y=580)(canvas)

    path = draw(tmp_path / "a.pdf", page)
    assert lines(path) == [
        "The fee of this account is $5 and more when the balance falls below $100.",
        "FREE ACCOUNTS",
        "They cost $0.",
    ]
    assert omitted(path) == []


# Struck-out text


def struck_by(how: str, canvas: Canvas, left: float, right: float, y: float) -> None:
    canvas.setLineWidth(0.7)
    if how == "line":
        canvas.line(left, y + 3, right, y + 3)
    elif how == "line drawn backwards":
        canvas.line(right, y + 3.5, left, y + 3.5)
    elif how == "flat box":
        canvas.rect(left, y + 2.6, right - left, 0.7, stroke=0, fill=1)
    elif how == "double line":
        canvas.line(left, y + 2, right, y + 2)
        canvas.line(left, y + 4, right, y + 4)
    elif how == "dashes":
        canvas.setDash(2, 1)
        canvas.line(left, y + 3, right, y + 3)
    else:
        canvas.line(left, y, right, y + 8)


@pytest.mark.parametrize("how", ["line", "line drawn backwards", "flat box", "double line", "dashes", "slant"])
def test_struck_out_words_are_left_out_however_the_line_is_drawn(tmp_path: Path, how: str) -> None:
    def page(canvas: Canvas) -> None:
        canvas.drawString(72, 700, "The fee is $7.00 $5.00 a month.")
        left = 72 + canvas.stringWidth("The fee is ", "Helvetica", 11)
        struck_by(how, canvas, left, left + canvas.stringWidth("$7.00", "Helvetica", 11), 700)

    path = draw(tmp_path / "a.pdf", page)
    assert lines(path) == ["The fee is $5.00 a month."]
    assert omitted(path) == [(STRUCK, "$7.00")]
    assert read(path).dropped == (DroppedContent(STRUCK, 1, "pages 1"),)


def test_only_the_struck_characters_of_a_word_are_left_out_and_its_parts_are_not_welded(tmp_path: Path) -> None:
    path = flow(tmp_path / "a.pdf", text("The fee is $1<strike>2</strike>5 a month."))
    assert lines(path) == ["The fee is $1 5 a month."]
    assert omitted(path) == [(STRUCK, "2")]


def test_struck_out_paragraphs_and_cells_leave_their_marks_with_what_is_before(tmp_path: Path) -> None:
    path = flow(
        tmp_path / "a.pdf",
        text("The fee is $5."),
        text("<strike>It was $9.</strike>"),
        Table([["Wire", Paragraph("<strike>$12.00</strike> $9.00")], ["Check", Paragraph("<strike>$8.00</strike>")],
               ["Card", "$1.00"]], style=[GRID]),
    )  # fmt: skip
    assert lines(path) == ["The fee is $5.", "Wire: $9.00.", "Check.", "Card: $1.00."]
    assert [text for _, text in omitted(path)] == ["It was $9.", "$12.00", "$8.00"]
    blocks = read(path).blocks
    assert [len(line) - len(unmark(line)) for block in blocks for line in block.lines] == [1, 1, 1, 0]


def test_rows_of_a_table_that_are_struck_or_marked_on_every_page_are_no_rows_of_their_own(tmp_path: Path) -> None:
    rows = [[Paragraph("<strike>Old wire</strike>"), Paragraph("<strike>$9.00</strike>"), ""]]
    rows += [[f"Wire {at}", f"${at}.00", "none"] for at in range(50)]
    head = ["Kind", Paragraph("<b>Fee<super>1</super></b>"), "Tax"]
    path = flow(tmp_path / "a.pdf", Table([head, *rows], style=HEADED, repeatRows=1))
    assert lines(path) == [f"Wire {at}: Fee ${at}.00, Tax none." for at in range(50)]
    assert {what for what, _ in omitted(path)} == {STRUCK, SCRIPTS}


def test_a_line_through_a_cell_from_border_to_border_is_no_rule_of_the_table(tmp_path: Path) -> None:
    def page(canvas: Canvas) -> None:
        for at in range(4):
            canvas.line(72, 700 - 20 * at, 272, 700 - 20 * at)
        for at in range(3):
            canvas.line(72 + 100 * at, 640, 72 + 100 * at, 700)
        for at, row in enumerate([("Wire", "$5.00"), ("Check", "$8.00"), ("Card", "$1.00")]):
            canvas.drawString(76, 686 - 20 * at, row[0])
            canvas.drawString(176, 686 - 20 * at, row[1])
        canvas.line(72, 669.5, 272, 669.5)

    path = draw(tmp_path / "a.pdf", page)
    assert lines(path) == ["Wire: $5.00.", "Card: $1.00."]
    assert [text for _, text in omitted(path)] == ["Check", "$8.00"]


def test_underlines_rules_borders_and_highlights_strike_nothing(tmp_path: Path) -> None:
    def page(canvas: Canvas) -> None:
        canvas.drawString(72, 700, "An underlined $4.00, a highlit $3.00, a framed $2.00.")
        canvas.line(72, 698.6, 300, 698.6)
        canvas.line(72, 709.5, 300, 709.5)
        canvas.setFillColorRGB(1, 1, 0)
        canvas.setFillAlpha(0.4)
        canvas.rect(150, 697, 100, 12, stroke=0, fill=1)
        canvas.rect(250, 696, 60, 14)
        canvas.line(0, 0, 612, 792)

    path = draw(tmp_path / "a.pdf", page)
    assert lines(path) == ["An underlined $4.00, a highlit $3.00, a framed $2.00."]
    assert omitted(path) == []


def annotation(kind: str, box: tuple[float, float, float, float], **entries: Any) -> DictionaryObject:
    rect = ArrayObject([FloatObject(value) for value in box])
    values = {NameObject(f"/{name}"): value for name, value in entries.items()}
    return DictionaryObject({NameObject("/Subtype"): NameObject(f"/{kind}"), NameObject("/Rect"): rect, **values})


def annotated(path: Path, *items: Any) -> Path:
    def edit(writer: PdfWriter, page: Any) -> None:
        for item in items:
            writer.add_annotation(page, item)

    return edited(path, edit)


def test_strike_out_annotations_strike(tmp_path: Path) -> None:
    path = draw(tmp_path / "a.pdf", lambda canvas: canvas.drawString(72, 700, "The fee is $7.00 $5.00 a month."))
    left = 72 + pdfmetrics.stringWidth("The fee is ", "Helvetica", 11)
    right = left + pdfmetrics.stringWidth("$7.00", "Helvetica", 11)
    quad = ArrayObject([FloatObject(value) for value in (left, 708, right, 708, left, 698, right, 698)])
    annotated(path, annotation("StrikeOut", (left, 698, right, 708), QuadPoints=quad))
    assert lines(path) == ["The fee is $5.00 a month."]
    assert omitted(path) == [(STRUCK, "$7.00")]


# Form fields and annotations


def form(canvas: Canvas) -> None:
    canvas.drawString(72, 700, "The monthly fee is")
    canvas.drawString(260, 700, "for each account.")
    canvas.drawString(72, 650, "Overdraft coverage:")
    canvas.drawString(72, 600, "Plan:")
    fields = canvas.acroForm
    fields.textfield(name="fee", value="$5.00", x=172, y=694, width=80, height=18)
    fields.checkbox(name="coverage", checked=True, x=190, y=646)
    fields.choice(name="plan", value="Plus", options=["Basic", "Plus"], x=190, y=590, width=80, height=20)
    fields.textfield(name="note", value="", x=300, y=590, width=80, height=18)


def test_values_of_form_fields_are_left_out_and_marked_where_they_are(tmp_path: Path) -> None:
    path = draw(tmp_path / "a.pdf", form)
    assert lines(path) == ["The monthly fee is for each account.", "Overdraft coverage:", "Plan:"]
    assert omitted(path) == [("form fields", "$5.00"), ("form fields", "coverage: Yes"), ("form fields", "Plus")]
    assert [len(line) - len(unmark(line)) for block in read(path).blocks for line in block.lines] == [1, 1, 1]
    fee = read(path).blocks[0].lines[0]
    assert len(fee.split("for each")[0]) - len("The monthly fee is ") == 1


def test_values_that_fields_inherit_are_reported(tmp_path: Path) -> None:
    def inherit(writer: PdfWriter, page: Any) -> None:
        field = page["/Annots"][0].get_object()
        parent = DictionaryObject({NameObject(f"/{key}"): field.pop(f"/{key}") for key in ("V", "FT")})
        field[NameObject("/Parent")] = writer._add_object(parent)

    path = edited(draw(tmp_path / "a.pdf", form), inherit)
    assert omitted(path)[0] == ("form fields", "$5.00")


def test_a_document_whose_only_text_is_in_fields_says_so(tmp_path: Path) -> None:
    path = draw(tmp_path / "a.pdf", lambda canvas: canvas.acroForm.textfield(name="fee", value="$5.00", x=72, y=600))
    with pytest.raises(DocumentError, match=r"nothing but form fields, such as '\$5.00'") as error:
        read(path)
    assert "Print it as PDF again" in error.value.remedy


def test_notes_and_stamps_are_left_out_and_reported_and_hidden_ones_are_not(tmp_path: Path) -> None:
    path = draw(tmp_path / "a.pdf", lambda canvas: canvas.drawString(72, 700, "The fee is £5 for each account."))
    annotated(
        path,
        FreeText(text="The new fee is £7", rect=(72, 500, 300, 520)),
        Text(text="Ask – first", rect=(200, 700, 220, 720)),
        annotation("Stamp", (300, 600, 400, 640), Name=NameObject("/Expired")),
        annotation("Highlight", (72, 698, 200, 710), Contents=TextStringObject("Only for new customers")),
        annotation("FreeText", (72, 400, 300, 420), Contents=TextStringObject("Hidden"), F=NumberObject(2)),
        annotation("Text", (72, 400, 300, 420), Contents=TextStringObject("Not shown"), F=NumberObject(32)),
        annotation("Link", (72, 400, 300, 420), Contents=TextStringObject("A link")),
    )
    assert lines(path) == ["The fee is £5 for each account."]
    texts = ["The new fee is £7", "Ask – first", "Expired", "Only for new customers"]
    assert omitted(path) == [("annotations", text) for text in texts]
    assert read(path).dropped == (DroppedContent("annotations", 4, "pages 1"),)


# Text that nobody sees


def invisible(canvas: Canvas) -> None:
    text = canvas.beginText(72, 650)
    text.setTextRenderMode(3)
    text.textOut("It was $9.99.")
    canvas.drawText(text)


def coloured(*colour: float) -> Draw:
    def page(canvas: Canvas) -> None:
        canvas.setFillColorRGB(*colour)
        canvas.drawString(72, 650, "It was $9.99.")

    return page


def on_dark(canvas: Canvas) -> None:
    canvas.setFillColorRGB(0.1, 0.1, 0.4)
    canvas.rect(60, 640, 200, 30, stroke=0, fill=1)
    canvas.drawString(72, 650, "It was $9.99.")


def covered(canvas: Canvas) -> None:
    canvas.drawString(72, 650, "It was $9.99.")
    canvas.setFillColorRGB(1, 1, 1)
    canvas.rect(60, 640, 200, 30, stroke=0, fill=1)


def under_a_picture(canvas: Canvas) -> None:
    canvas.drawString(72, 650, "It was $9.99.")
    picture = Image.linear_gradient("L").resize((64, 64))
    canvas.drawImage(ImageReader(picture), 60, 640, 200, 30)


def transparent(canvas: Canvas) -> None:
    canvas.setFillAlpha(0)
    canvas.drawString(72, 650, "It was $9.99.")


def clipped(canvas: Canvas) -> None:
    path = canvas.beginPath()
    path.rect(300, 300, 10, 10)
    canvas.clipPath(path, stroke=0, fill=0)
    canvas.drawString(72, 650, "It was $9.99.")


def tiny(canvas: Canvas) -> None:
    canvas.setFont("Helvetica", 0.8)
    canvas.drawString(72, 650, "It was $9.99.")


def outside(x: float, y: float) -> Draw:
    return lambda canvas: canvas.drawString(x, y, "It was $9.99.")


@pytest.mark.parametrize(
    "hide",
    [invisible, coloured(1, 1, 1), coloured(0.99, 0.98, 0.99), on_dark, covered, under_a_picture, transparent, clipped,
     tiny, outside(72, 900), outside(-400, 500), outside(72, -20)],
)  # fmt: skip
def test_text_that_nobody_sees_is_left_out_and_counted(tmp_path: Path, hide: Draw) -> None:
    def page(canvas: Canvas) -> None:
        canvas.drawString(72, 700, "The fee is $5.00 a month.")
        canvas.saveState()
        hide(canvas)
        canvas.restoreState()
        canvas.drawString(72, 500, "It is $0.00 for students.")

    path = draw(tmp_path / "a.pdf", page)
    assert " ".join(lines(path)) == "The fee is $5.00 a month. It is $0.00 for students."
    assert omitted(path) == [(HIDDEN, "It was $9.99.")]
    assert DroppedContent(HIDDEN, 1, "pages 1") in read(path).dropped


def test_text_outside_the_crop_box_or_on_a_layer_that_is_off_is_hidden(tmp_path: Path) -> None:
    def page(canvas: Canvas) -> None:
        canvas.drawString(72, 700, "Cut off: $9.99.")
        canvas.drawString(72, 400, "The fee is $5.00 a month.")
        cast(Any, canvas)._code.append("/OC /MC0 BDC")
        canvas.drawString(72, 380, "It was $8.88.")
        cast(Any, canvas)._code.append("EMC")

    def edit(writer: PdfWriter, page: Any) -> None:
        page.cropbox = RectangleObject((50, 300, 600, 600))
        layer = writer._add_object(DictionaryObject({NameObject("/Type"): NameObject("/OCG"),
                                                     NameObject("/Name"): TextStringObject("old")}))  # fmt: skip
        page["/Resources"][NameObject("/Properties")] = DictionaryObject({NameObject("/MC0"): layer})
        states = DictionaryObject({NameObject("/OFF"): ArrayObject([layer])})
        writer._root_object[NameObject("/OCProperties")] = DictionaryObject(
            {NameObject("/OCGs"): ArrayObject([layer]), NameObject("/D"): states}
        )

    path = edited(draw(tmp_path / "a.pdf", page), edit)
    assert lines(path) == ["The fee is $5.00 a month."]
    assert omitted(path) == [(HIDDEN, "Cut off: $9.99."), (HIDDEN, "It was $8.88.")]


def test_a_price_typed_anew_over_a_white_box_is_the_one_that_is_read(tmp_path: Path) -> None:
    def page(canvas: Canvas) -> None:
        canvas.drawString(72, 700, "The fee is $5.00 a month.")
        canvas.setFillColorRGB(1, 1, 1)
        canvas.rect(60, 690, 300, 25, stroke=0, fill=1)
        canvas.setFillColorRGB(0, 0, 0)
        canvas.drawString(72, 700, "The fee is $7.50 a month.")

    path = draw(tmp_path / "a.pdf", page)
    assert lines(path) == ["The fee is $7.50 a month."]
    assert omitted(path) == [(HIDDEN, "The fee is $5.00 a month.")]


def test_text_that_is_seen_is_read_whatever_is_around_it(tmp_path: Path) -> None:
    def page(canvas: Canvas) -> None:
        canvas.setFillColorRGB(0.1, 0.1, 0.4)
        canvas.rect(60, 690, 300, 25, stroke=0, fill=1)
        canvas.setFillColorRGB(1, 1, 1)
        canvas.drawString(72, 700, "White on dark costs $1.")
        canvas.setFillColorRGB(0.5, 0.5, 0.5)
        canvas.drawString(72, 660, "Grey costs $2.")
        canvas.setFillColorRGB(0, 0, 0)
        canvas.drawString(72, 630, "Highlit text costs $3.")
        canvas.setFillColorRGB(1, 1, 0)
        canvas.setFillAlpha(0.4)
        canvas.rect(60, 620, 300, 25, stroke=0, fill=1)
        canvas.setFillAlpha(1)
        canvas.setFillColorRGB(0, 0, 0)
        for shift in (0, 0.3, 0.6):
            canvas.drawString(72 + shift, 590, "Twice for weight: $4.11.")
        canvas.setFillColorRGB(0.6, 0.6, 0.6)
        canvas.drawString(73.5, 558.5, "With a shadow: $5.22.")
        canvas.setFillColorRGB(0, 0, 0)
        canvas.drawString(72, 560, "With a shadow: $5.22.")
        canvas.setFont("Helvetica", 4)
        canvas.drawString(72, 530, "Small print costs $11.11, all of it.")

    path = draw(tmp_path / "a.pdf", page)
    assert " ".join(lines(path)) == (
        "White on dark costs $1. Grey costs $2. Highlit text costs $3. Twice for weight: $4.11. "
        "With a shadow: $5.22. Small print costs $11.11, all of it."
    )
    assert omitted(path) == []


def test_the_text_of_a_scanned_page_is_that_of_text_recognition_and_is_reported_as_such(tmp_path: Path) -> None:
    def scan(canvas: Canvas) -> None:
        canvas.drawImage(ImageReader(Image.effect_noise((300, 400), 60)), 0, 0, 612, 792)
        text = canvas.beginText(72, 650)
        text.setTextRenderMode(3)
        text.textOut("The fee is $5.00 a month.")
        canvas.drawText(text)

    path = draw(tmp_path / "a.pdf", scan)
    assert lines(path) == ["The fee is $5.00 a month."]
    assert omitted(path) == []
    assert DroppedContent("pictures of pages, read as text recognition (OCR) did", 1, "pages 1") in read(path).dropped


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_turned_pages_are_read_and_what_is_hidden_on_them_is_not(tmp_path: Path, turn: int) -> None:
    def page(canvas: Canvas) -> None:
        canvas.translate(306, 396)
        canvas.rotate(turn)
        pieces(("The fee is $5.00", 11, 0), ("1", 7, 4), (" a month.", 11, 0), x=-200, y=100)(canvas)
        canvas.setFillColorRGB(1, 1, 1)
        canvas.drawString(-200, 60, "It was $9.99.")

    def edit(writer: PdfWriter, page: Any) -> None:
        page[NameObject("/Rotate")] = NumberObject(turn)
        page.cropbox = RectangleObject((40, 60, 600, 790))
        writer.add_annotation(0, Text(text="Ask first", rect=(100, 100, 120, 120)))

    path = edited(draw(tmp_path / "a.pdf", page), edit)
    assert lines(path) == ["The fee is $5.00 a month."]
    assert sorted(omitted(path)) == [("annotations", "Ask first"), (HIDDEN, "It was $9.99."), (SCRIPTS, "1")]


# Headers and footers


def test_lines_in_the_margins_that_differ_in_a_figure_are_no_headers(tmp_path: Path) -> None:
    def page(fee: str, count: int, text: str) -> Draw:
        def drawn(canvas: Canvas) -> None:
            canvas.drawString(72, 750, f"The monthly fee is {fee}.")
            canvas.drawString(72, 700, text)
            canvas.drawString(72, 40, f"Free ATM withdrawals a month: {count}")

        return drawn

    path = draw(tmp_path / "a.pdf", page("$5.00", 3, "Basic is this."), page("$12.00", 2, "Plus is more."))
    assert lines(path) == [
        "The monthly fee is $5.00.",
        "Basic is this.",
        "Free ATM withdrawals a month: 3",
        "The monthly fee is $12.00.",
        "Plus is more.",
        "Free ATM withdrawals a month: 2",
    ]
    assert read(path).dropped == ()


@pytest.mark.parametrize(
    ("header", "reported"),
    [
        ("Ridgeline Bank, fees of 2026, page {page}", "header 'Ridgeline Bank, fees of 2026, page #'"),
        ("Page {page} of 4", "header 'Page # of 4'"),
        ("Fees 2026 | {next}", "header 'Fees 2026 | #'"),
        ("In force from 05/01/2026", "header 'In force from 05/01/2026'"),
        ("The fee is ${page}.", ""),
        ("The rate is {page}%.", ""),
        ("Withdrawals a month: {page}", ""),
        ("The fee is {page}.50 dollars.", ""),
        ("Limits: {tens} a day", ""),
    ],
)
def test_headers_are_alike_or_differ_only_in_the_page_number(tmp_path: Path, header: str, reported: str) -> None:
    def page(number: int) -> Draw:
        def drawn(canvas: Canvas) -> None:
            canvas.drawString(72, 750, header.format(page=number, next=number + 6, tens=number * 10))
            canvas.drawString(72, 600, f"Text {'abcd'[number - 1]} of the page.")

        return drawn

    path = draw(tmp_path / "a.pdf", *(page(number) for number in range(1, 5)))
    assert [item.what for item in read(path).dropped] == ([reported] if reported else [])
    assert len(lines(path)) == (4 if reported else 8)


def test_a_line_of_its_own_that_looks_like_a_share_of_pages_but_is_none_is_kept(tmp_path: Path) -> None:
    def page(canvas: Canvas) -> None:
        canvas.drawString(72, 760, "24/7")
        canvas.drawString(72, 700, "We are here for you.")
        canvas.drawString(72, 30, "- 3 -")

    path = draw(tmp_path / "a.pdf", page)
    assert "24/7" in " ".join(lines(path))
    assert read(path).dropped == (DroppedContent("page numbers", 1, "pages 1"),)


# Spaces, columns


def test_letter_spacing_and_kerning_neither_split_nor_weld_numbers(tmp_path: Path) -> None:
    pdfmetrics.registerFont(TTFont("Embedded", "Vera.ttf"))

    def page(canvas: Canvas) -> None:
        for at, spacing in enumerate((1, 3, 6, 0)):
            text = canvas.beginText(72, 740 - 40 * at)
            text.setCharSpace(spacing)
            text.textOut("A fee of $1,000 a month.")
            canvas.drawText(text)
        for at, text in enumerate((
            "(A fee of $1) -200 (,000 and $1,) -180 (000 or 10) -180 (00.)",
            "(A fee of ) ($) -300 (1) -300 (,) -300 (0) -300 (0) -300 (0) -300 ( ) (a month.)",
            "(Pick 1) -300 (2) -300 (3 or 4, 5.)",
        )):  # fmt: skip
            cast(Any, canvas)._code.append(f"BT /F1 11 Tf 1 0 0 1 72 {580 - 40 * at} Tm [{text}] TJ ET")
        canvas.drawString(72, 460, "A fee of $ 1 , 0 0 0 a month.")
        canvas.setFont("Embedded", 11)
        canvas.drawString(72, 420, "From 10\u00ad20 dollars for ﬁve trans\u00ad")
        canvas.drawString(72, 408, "fers.")

    assert " ".join(lines(draw(tmp_path / "a.pdf", page))) == (
        "A fee of $1,000 a month. A fee of $1,000 a month. A fee of $1,000 a month. A fee of $1,000 a month. "
        "A fee of $1,000 and $1,000 or 1000. A fee of $1,000 a month. Pick 1 2 3 or 4, 5. A fee of $1,000 a month. "
        "From 10-20 dollars for five transfers."
    )


def test_glyphs_of_symbol_fonts_are_no_letters_and_figures(tmp_path: Path) -> None:
    def page(canvas: Canvas) -> None:
        for at, (before, font, glyphs) in enumerate([
            ("Included: ", "ZapfDingbats", "✔"), ("Not included: ", "ZapfDingbats", "✘"),
            ("A balance of ", "Symbol", "≤"), ("", "ZapfDingbats", "●"),
        ]):  # fmt: skip
            canvas.setFont("Helvetica", 11)
            canvas.drawString(72, 700 - 40 * at, before)
            left = 72 + canvas.stringWidth(before, "Helvetica", 11)
            canvas.setFont(font, 11)
            canvas.drawString(left, 700 - 40 * at, glyphs)
            canvas.setFont("Helvetica", 11)
            canvas.drawString(left + 20, 700 - 40 * at, "500 dollars.")

    path = draw(tmp_path / "a.pdf", page)
    assert " ".join(lines(path)) == (
        "Included: ✔ 500 dollars. Not included: ✘ 500 dollars. A balance of ≤ 500 dollars. 500 dollars."
    )
    assert read(path).blocks[-1].kind == "list"
    assert omitted(path) == []


LEFT = """The monthly fee of this account
is $5.00 and is taken on the first
day of each month from the balance
that is there. It is waived for
students who are under 25 years
old, and for all in the first year.""".splitlines()
RIGHT = """A wire to another bank costs
$20.00 at home and $40.00 abroad,
unless it is ordered online by
noon on a day on which banks are
open. We tell you at once when a
wire is late, and say why.""".splitlines()


@pytest.mark.parametrize("offset", [0, 1, 5])
def test_two_columns_of_text_are_read_one_after_the_other(tmp_path: Path, offset: float) -> None:
    def page(canvas: Canvas) -> None:
        canvas.drawString(72, 740, "This is a line over both of the columns, which is as wide as the page is, nearly.")
        for at, (left, right) in enumerate(zip(LEFT, RIGHT, strict=True)):
            canvas.drawString(72, 700 - 14 * at, left)
            canvas.drawString(320, 700 - offset - 14 * at, right)

    path = draw(tmp_path / "a.pdf", page)
    assert " ".join([*LEFT, *RIGHT]) in " ".join(lines(path))


def test_three_columns_of_text_are_read_one_after_the_other(tmp_path: Path) -> None:
    def page(canvas: Canvas) -> None:
        canvas.setFont("Helvetica", 8)
        for column, texts in enumerate((LEFT, RIGHT, LEFT)):
            for at, line in enumerate(texts):
                canvas.drawString(50 + 180 * column, 700 - 10 * at, line)
        canvas.drawString(50, 620, "Last words.")
        canvas.drawString(50, 600, "This is a line over all of the columns, which is as wide as the page is, or " * 2)

    path = draw(tmp_path / "a.pdf", page)
    assert " ".join([*LEFT, *RIGHT, *LEFT, "Last words. This is a line"]) in " ".join(lines(path))


def test_a_table_without_rules_keeps_each_name_with_its_price(tmp_path: Path) -> None:
    rows = [
        ("Wire to a bank at home", "$20.00 for each wire"),
        ("Wire to a bank abroad", "$40.00 for each wire"),
        ("Stop payment of a check", "$30.00 for each check"),
        ("Copy of an old statement", "$5.00 for each copy"),
        ("Use of a safe deposit box", "$60.00 in each year"),
        ("Return of a deposited item", "$12.00 for each item"),
    ]

    def page(canvas: Canvas) -> None:
        for at, (name, price) in enumerate(rows):
            canvas.drawString(72, 700 - 14 * at, name)
            canvas.drawString(320, 700 - 14 * at, price)

    assert lines(draw(tmp_path / "a.pdf", page)) == [f"{name}: {price}." for name, price in rows]


def test_private_characters_of_the_document_are_no_marks(tmp_path: Path) -> None:
    path = flow(tmp_path / "a.pdf", text("The fee is $5<super>1</super> a month."))
    assert len(re.findall(MARK, read(path).blocks[0].lines[0])) == 1


# Headings, lists, tables, hyphens


def decorated(canvas: Canvas, page: Any) -> None:
    canvas.setFont("Helvetica", 8)
    canvas.drawString(72, 770, f"Ridgeline Bank, fees of 2026, page {canvas.getPageNumber()}")
    canvas.drawCentredString(300, 30, f"Page {canvas.getPageNumber()} of 3")


def test_pdf_headers_footers_and_page_numbers_are_left_out_and_reported(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    long = " ".join(f"Sentence number {number} says something{' again' * (number % 3)}." for number in range(240))
    parts: list[Flowable] = [text("Terms", "Heading1"), text(long), text("Last words", "Heading2"), text("The end.")]
    SimpleDocTemplate(str(path), invariant=True).build(parts, onFirstPage=decorated, onLaterPages=decorated)
    parsed = read(path)
    # One paragraph over three pages, with nothing of the pages' edges in it.
    assert [(block.kind, block.page) for block in parsed.blocks] == [
        ("heading", 1),
        ("paragraph", 1),
        ("heading", 3),
        ("paragraph", 3),
    ]
    assert parsed.blocks[1].lines == (long,)
    assert set(parsed.dropped) == {
        DroppedContent("header 'Ridgeline Bank, fees of 2026, page #'", 3, "pages 1-3"),
        DroppedContent("footer 'Page # of 3'", 3, "pages 1-3"),
    }


def test_pdf_hyphens_at_line_ends_are_joined_but_for_compounds(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    canvas = Canvas(str(path))
    lines = ["A well-known bank trans-", "fers your money to any well-", "known bank in a 24-", "hour day, not e-mail."]
    for at, line in enumerate(lines):
        canvas.drawString(72, 700 - 14 * at, line)
    canvas.save()
    assert [block.lines for block in read(path).blocks] == [
        ("A well-known bank transfers your money to any well-known bank in a 24-hour day, not e-mail.",)
    ]
    assert read(path).dropped == (DroppedContent("hyphens at line ends", 2, "pages 1"),)


@pytest.mark.parametrize("repeated", [0, 1])
def test_a_pdf_table_goes_on_over_the_page_with_its_head(tmp_path: Path, repeated: int) -> None:
    path = tmp_path / "a.pdf"
    rows = [["Wire", "Out", "In"], *([f"Country {at}", f"${at}.00", "none"] for at in range(60))]
    flow(path, Table(rows, style=HEADED, repeatRows=repeated), text("After."))
    parts = read(path).blocks
    assert [(block.kind, block.page) for block in parts] == [("table", 1), ("table", 2), ("paragraph", 2)]
    lines = [line for block in parts[:2] for line in block.lines]
    assert lines == [f"Country {at}: Out ${at}.00, In none." for at in range(60)]


def test_a_pdf_table_whose_first_row_is_like_the_others_has_no_head(tmp_path: Path) -> None:
    flow(tmp_path / "a.pdf", Table([["Wire", "$5.00"], ["Check", "$8.00"]], style=[GRID]))
    assert kinds(tmp_path / "a.pdf") == [("table", ("Wire: $5.00.", "Check: $8.00."))]


def test_pdf_headings_by_weight_numbered_lists_and_pictures(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    canvas = Canvas(str(path))
    for at, (font, line) in enumerate([("Helvetica-Bold", "When it is free"), ("Helvetica", "It is free until May"),
                                       ("Helvetica", "5. After that you need:"), ("Helvetica", "1. a passport"),
                                       ("Helvetica", "2. a bill")]):  # fmt: skip
        canvas.setFont(font, 11)
        canvas.drawString(72, 700 - 14 * at, line)
    canvas.saveState()
    canvas.rotate(45)
    canvas.drawString(500, 100, "DRAFT")
    canvas.restoreState()
    canvas.save()
    assert [(block.kind, tuple(map(unmark, block.lines))) for block in read(path).blocks] == [
        ("heading", ("When it is free",)),
        ("paragraph", ("It is free until May 5. After that you need:",)),
        ("list", ("a passport", "a bill")),
    ]
    assert read(path).dropped == (DroppedContent("rotated text", 1, "pages 1"),)
    assert omitted(path) == [("rotated text", "DRAFT")]
