"""Paragraphs, lists, headings and columns of PDFs: a figure stays in its own sentence, and a list's number is none."""

from pathlib import Path
from typing import Any

import pytest
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import ListFlowable, ListItem

from knowledge.pdf_files import draw, flow, kinds, lines, omitted, pieces, text  # pyright: ignore[reportMissingImports]
from tellerbot.knowledge.documents.blocks import unmark
from tellerbot.knowledge.documents.read import read

HIDDEN, STRUCK, SCRIPTS = "hidden text", "struck-out text", "superscripts and subscripts"
WHITE = '<font color="white">{}</font>'


# Characters for which pdfminer has no width


@pytest.mark.parametrize(
    "font", ["Helvetica", "Helvetica-Bold", "Times-Roman", "Times-BoldItalic", "Courier", "Embedded"]
)
@pytest.mark.parametrize(
    "wording",
    [
        "Alder costs 4.50 € in the first year, then 6 €.",
        "A fee of €5 is taken, €7 after May 12.",
        "It pays −1.50% • 2.",
    ],
)
def test_a_character_without_a_width_moves_none_that_follow_it(tmp_path: Path, font: str, wording: str) -> None:
    pdfmetrics.registerFont(TTFont("Embedded", "Vera.ttf"))
    path = flow(tmp_path / "a.pdf", text(f'<font name="{font}">{wording}</font>'))
    assert lines(path) == [wording]
    assert omitted(path) == []


def test_hidden_and_struck_out_text_after_a_euro_sign_is_found(tmp_path: Path) -> None:
    for font in ("Helvetica-Bold", "Times-Roman"):
        struck = "<strike>$1.75</strike>"
        wording = f'<font name="{font}">46 € {WHITE.format("37")} or 5 € and 6 € {struck} $2 a month.</font>'
        path = flow(tmp_path / "a.pdf", text(wording))
        assert lines(path) == ["46 € or 5 € and 6 € $2 a month."]
        assert sorted(omitted(path)) == [(HIDDEN, "37"), (STRUCK, "$1.75")]


def test_a_minus_sign_that_a_line_covers_is_struck_out_with_its_number(tmp_path: Path) -> None:
    path = flow(tmp_path / "a.pdf", text("The fee is <strike>−$9.50</strike> $5."))
    assert (lines(path), omitted(path)) == (["The fee is $5."], [(STRUCK, "−$9.50")])


def test_a_string_with_a_blank_at_its_end_is_seen_beside_what_overlaps_it(tmp_path: Path) -> None:
    # The raised mark reaches over the comma of the next string, which ends with a blank.
    mark = '<super rise="3" size="5.5">1,2</super>'
    path = flow(tmp_path / "a.pdf", text(f"<font size=7>From 2026{mark}, it pays 12 % on <b>$88</b>.</font>"))
    assert lines(path) == ["From 2026, it pays 12 % on $88."]
    assert omitted(path) == [(SCRIPTS, "1,2")]


@pytest.mark.parametrize("rise", [4, 5, 5.5])
def test_hidden_text_is_hidden_though_a_raised_number_of_the_next_line_is_near(tmp_path: Path, rise: float) -> None:
    def page(canvas: Canvas) -> None:
        pieces(("It is ", 10, 0), y=700)(canvas)
        canvas.setFillColorRGB(1, 1, 1)
        pieces(("$223.63 a day", 10, 0), x=100, y=700)(canvas)
        canvas.setFillColorRGB(0, 0, 0)
        pieces(("$4.", 10, 0), x=170, y=700)(canvas)
        pieces(("Pay 7", 10, 0), ("15", 7, rise), ("/", 10, 0), ("16", 7, -2), ("% now.", 10, 0), x=80, y=689)(canvas)

    path = draw(tmp_path / "a.pdf", page)
    assert " ".join(lines(path)) == "It is $4. Pay 7 15⁄16% now."
    assert omitted(path) == [(HIDDEN, "$223.63 a day")]


@pytest.mark.parametrize("font", ["Helvetica-BoldOblique", "Times-BoldItalic", "Helvetica-Oblique"])
def test_letters_that_lean_are_seen_and_make_no_hidden_figure_seen(tmp_path: Path, font: str) -> None:
    fees = " ".join(
        f"{fee}{WHITE.format(gone)} a bill, if" for fee, gone in (("£79", "96"), ("2029", "14"), ("$17", "8"))
    )
    path = flow(tmp_path / "a.pdf", text(f'<font name="{font}" size="12">It is {fees} it is till 11 a.m.</font>'))
    assert " ".join(lines(path)) == "It is £79 a bill, if 2029 a bill, if $17 a bill, if it is till 11 a.m."
    assert omitted(path) == [(HIDDEN, "96"), (HIDDEN, "14"), (HIDDEN, "8")]


# Lists


def items(*wordings: str, kind: str = "bullet", size: int = 10) -> ListFlowable:
    shape = "%s." if kind == "1" else None
    parts: Any = [ListItem(text(wording), leftIndent=18 + 18 * (at % 2)) for at, wording in enumerate(wordings)]
    return ListFlowable(parts, bulletType=kind, bulletFormat=shape, bulletFontSize=size)


@pytest.mark.parametrize("kind", ["bullet", "1"])
@pytest.mark.parametrize("size", [8, 10, 14])
def test_marks_of_list_items_are_no_text_whatever_their_size_and_depth(tmp_path: Path, kind: str, size: int) -> None:
    path = flow(
        tmp_path / "a.pdf",
        text("These are the fees."),
        items("Alder, $14–$64", "Harrow: 5,317 €", "2 withdrawals", "Marlow: 5%", kind=kind, size=size),
        text("Ask at any branch by 555-0196."),
    )
    assert [(kind, tuple(map(unmark, texts))) for kind, texts in kinds(path)] == [
        ("paragraph", ("These are the fees.",)),
        ("list", ("Alder, $14–$64", "Harrow: 5,317 €", "2 withdrawals", "Marlow: 5%")),
        ("paragraph", ("Ask at any branch by 555-0196.",)),
    ]


@pytest.mark.parametrize("kind", ["bullet", "1"])
@pytest.mark.parametrize("shape", ["<strike>{}</strike>", WHITE, '<font color="white" size="4">{}</font>'])
@pytest.mark.parametrize("gone", [0, 1, 2])
def test_the_mark_of_an_item_that_is_left_out_is_no_text(tmp_path: Path, kind: str, shape: str, gone: int) -> None:
    wordings = ["Alder, $14", "Harrow: 5,317 €", "Marlow: 5%"]
    left_out = wordings[gone]
    wordings[gone] = shape.format(left_out)
    path = flow(tmp_path / "a.pdf", text("These are the fees."), items(*wordings, kind=kind))
    rest = [wording for at, wording in enumerate(wordings) if at != gone]
    assert lines(path) == ["These are the fees.", *rest]
    assert [item for _, item in omitted(path)] == [left_out]


def test_a_number_at_the_start_of_a_wrapped_line_is_text(tmp_path: Path) -> None:
    def page(canvas: Canvas) -> None:
        for at, line in enumerate(
            ("The offer is good until May", "5. After that, $7 is taken on the", "12. of each month.")
        ):
            canvas.drawString(72, 700 - 14 * at, line)

    assert lines(draw(tmp_path / "a.pdf", page)) == [
        "The offer is good until May 5. After that, $7 is taken on the 12. of each month."
    ]


@pytest.mark.parametrize("start", ["53. From May on, $7 is", "– $10 a month. It is $7", "12. of each month, or 5"])
@pytest.mark.parametrize("indent", [6, 18, 36])
def test_a_number_or_dash_below_a_first_line_that_is_indented_is_text(tmp_path: Path, start: str, indent: int) -> None:
    first = "A payment of any amount costs 8.53%, at least US$"

    def page(canvas: Canvas) -> None:
        for at, line in enumerate((first, start, "from the account.")):
            canvas.drawString(72 if at else 72 + indent, 700 - 14 * at, line)

    assert lines(draw(tmp_path / "a.pdf", page)) == [f"{first} {start} from the account."]


def test_a_list_to_the_left_of_a_title_that_has_room_for_its_first_word_is_one(tmp_path: Path) -> None:
    def page(canvas: Canvas) -> None:
        for at, line in enumerate(("Fees of ours", "1. Alder: $5 a month", "2. Harrow: $7 a month")):
            canvas.drawString(72 if at else 90, 700 - 14 * at, line)

    assert kinds(draw(tmp_path / "a.pdf", page))[-1] == ("list", ("Alder: $5 a month", "Harrow: $7 a month"))


@pytest.mark.parametrize("dash", ["–", "-"])
def test_a_dash_at_the_start_of_a_wrapped_line_is_no_bullet(tmp_path: Path, dash: str) -> None:
    def page(canvas: Canvas) -> None:
        canvas.drawString(72, 700, "The fee is $5")
        canvas.drawString(72, 686, f"{dash} $10 a month.")

    assert lines(draw(tmp_path / "a.pdf", page)) == [f"The fee is $5 {dash} $10 a month."]


# Headings and paragraphs


@pytest.mark.parametrize(
    "heading", ["Alder rates from May 7,<br/>2029", "Up to −$1,818<br/>with Alder", "Fees of<br/>12"]
)
def test_a_heading_that_wraps_keeps_its_figures(tmp_path: Path, heading: str) -> None:
    path = flow(tmp_path / "a.pdf", text(heading, "Heading1"), text("The Alder account costs $5 a month."))
    assert lines(path) == [heading.replace("<br/>", " "), "The Alder account costs $5 a month."]


@pytest.mark.parametrize(
    "wording",
    [
        "The branch is open from 1 a.m.<br/>to 22:15 on weekdays.",
        "The branch is open until 9 p.m.<br/>7 days a week.",
        "Sections no.<br/>5 and 6 say how.",
        "Use a card, e.g.<br/>2 of yours.",
        "Payments of $12<br/>, made by <b>15:00</b>, arrive.",
        "Loans cost<br/><b>66 € a month.</b>",
    ],
)
def test_a_sentence_that_goes_on_in_the_next_line_is_one(tmp_path: Path, wording: str) -> None:
    path = flow(tmp_path / "a.pdf", text(wording), text("This is another paragraph of the same text."))
    assert lines(path)[0] == wording.replace("<br/>", " ").replace("<b>", "").replace("</b>", "").replace(" ,", " ,")


def test_text_is_no_heading_where_footnotes_are_longer(tmp_path: Path) -> None:
    notes = [
        text(f"<font size=7><super>{at}</super> We waive it if you keep ${at}00 or more.</font>") for at in range(1, 5)
    ]
    path = flow(tmp_path / "a.pdf", text("Fees", "Heading1"), text("Alder costs $5 a month."), *notes)
    assert [(block.kind, len(block.lines)) for block in read(path).blocks] == [("heading", 1)] + [("paragraph", 1)] * 5
    assert omitted(path) == [(SCRIPTS, str(at)) for at in range(1, 5)]


@pytest.mark.parametrize("mark", ["1", "12", "(1)", "[2]", "*", "†", "a", "1,2"])
def test_a_footnote_mark_that_is_set_off_or_alone_is_no_figure(tmp_path: Path, mark: str) -> None:
    def page(canvas: Canvas) -> None:
        canvas.setFont("Helvetica", 10)
        canvas.drawString(72, 720, "Alder costs $5 a month, whatever the balance is.")
        canvas.drawString(95, 600, "Harrow costs $7 a month.")
        canvas.setFont("Helvetica", 6)
        canvas.drawString(72, 604, mark)
        canvas.drawString(72, 504, mark)

    path = draw(tmp_path / "a.pdf", page)
    assert lines(path) == ["Alder costs $5 a month, whatever the balance is.", "Harrow costs $7 a month."]
    assert omitted(path) == [(SCRIPTS, mark)] * 2


@pytest.mark.parametrize("end", ["75", "9", "9<br/>75"])
def test_a_number_alone_on_a_line_of_a_footnote_is_text(tmp_path: Path, end: str) -> None:
    def page(canvas: Canvas) -> None:
        canvas.drawString(72, 720, "Alder costs $5 a month, whatever the balance is.")
        for at, line in enumerate(("Alder costs US$", *end.split("<br/>"), "after it.")):
            canvas.setFont("Helvetica", 7)
            canvas.drawString(72, 600 - 9 * at, line)

    assert lines(draw(tmp_path / "a.pdf", page))[-1] == f"Alder costs US$ {end.replace('<br/>', ' ')} after it."


# Columns


def test_columns_of_any_text_are_read_one_after_the_other(tmp_path: Path) -> None:
    def page(canvas: Canvas) -> None:
        canvas.setFont("Helvetica-Bold", 14)
        canvas.drawString(72, 720, "Alder fees")
        canvas.setFont("Helvetica", 10)
        left = (
            "1. Alder: $14 a month",
            "2. Harrow: $15 a month",
            "Payments that are made before noon on",
            "a weekday arrive",
        )
        for at, line in enumerate(left):
            canvas.drawString(72, 690 - 14 * at, line)
        canvas.grid([72, 172, 272], [620, 600, 580])
        for x, y, word in ((76, 606, "Marlow"), (176, 606, "$5"), (76, 586, "Newlyn"), (176, 586, "$7")):
            canvas.drawString(x, y, word)
        canvas.drawString(320, 727, "Ask at any branch of ours by (800)")
        canvas.drawString(320, 713, "555-0125.")

    read = lines(draw(tmp_path / "a.pdf", page))
    assert read == [
        "Alder fees", "Alder: $14 a month", "Harrow: $15 a month",
        "Payments that are made before noon on a weekday arrive", "Marlow: $5.", "Newlyn: $7.",
        "Ask at any branch of ours by (800) 555-0125.",
    ]  # fmt: skip


# The lines of two columns, 14 points apart.
ITEMS = ("Alder up to $14: 3%", "Calloway: (55 USD) a month", "Dunmore, $33 to $83", "37 Foxhall withdrawals are free")
PARAGRAPH = """Payments that are made before noon on
a weekday arrive within 7 days, and if
you keep $34.15 or more, we waive the
fee of $5 that is due every month.""".splitlines()
NOTES = ("Each Granby box costs $11,628 a year.", "You can cancel within 94 days.", "Call us by 9 p.m. on weekdays.")


@pytest.mark.parametrize("mark", ["•", "–", "{}."])
@pytest.mark.parametrize("side", [72, 320])
@pytest.mark.parametrize(("lower", "offset"), [(3, 3), (3, 2), (3, 5), (-3, -3), (-3, -2), (2, 5), (0, 3)])
def test_a_mark_is_of_its_own_item_though_the_other_column_has_text_on_its_height(
    tmp_path: Path, mark: str, side: int, lower: float, offset: float
) -> None:
    def page(canvas: Canvas) -> None:
        for at, item in enumerate(ITEMS):
            canvas.drawString(side, 700 - 18 * at - lower, mark.format(at + 1))
            canvas.drawString(side + 18, 700 - 18 * at, item)
        for at, note in enumerate(NOTES):
            canvas.drawString(392 - side, 682 - 36 * at - offset, note)

    found = kinds(draw(tmp_path / "a.pdf", page))
    assert ("list", ITEMS) in found
    assert [line for kind, texts in found for line in texts if kind == "paragraph"] == list(NOTES)


@pytest.mark.parametrize("offset", [0, 1])
@pytest.mark.parametrize("side", [72, 320])
@pytest.mark.parametrize("level", [1, 2])
def test_a_line_below_a_table_is_in_the_column_of_the_table(
    tmp_path: Path, side: int, offset: float, level: int
) -> None:
    """Also where that line is level with one of the other column."""
    column = [f"{item}." for item in (*ITEMS, "Harrow has a limit of $52", "Ivybridge costs 31 € a month")]

    def page(canvas: Canvas) -> None:
        for at, line in enumerate(column):
            canvas.drawString(392 - side, 700 - 22 * at, line)
        canvas.grid([side, side + 100, side + 200], [718, 698, 678, 658])
        for at, (name, price) in enumerate((("Marlow", "$5"), ("Newlyn", "$7"), ("Otley", "$9"))):
            canvas.drawString(side + 4, 704 - 20 * at, name)
            canvas.drawString(side + 104, 704 - 20 * at, price)
        for at in range(level):
            canvas.drawString(side, 634 - offset - 22 * at, NOTES[at])

    table = ["Marlow: $5.", "Newlyn: $7.", "Otley: $9.", *NOTES[:level]]
    found = " ".join(lines(draw(tmp_path / "a.pdf", page)))
    assert found == " ".join(table + column if side < 320 else column + table)


@pytest.mark.parametrize("side", [72, 320])
@pytest.mark.parametrize("down", [0, 9, 23, 40])
def test_a_table_beside_a_paragraph_does_not_cut_it(tmp_path: Path, side: int, down: int) -> None:
    def page(canvas: Canvas) -> None:
        for at, line in enumerate(PARAGRAPH):
            canvas.drawString(392 - side, 700 - 14 * at, line)
        canvas.grid([side, side + 100, side + 200], [718 - down - 20 * at for at in range(3)])
        for at, (name, price) in enumerate((("Marlow", "$5"), ("Newlyn", "$7"))):
            canvas.drawString(side + 4, 704 - down - 20 * at, name)
            canvas.drawString(side + 104, 704 - down - 20 * at, price)

    text, table = [" ".join(PARAGRAPH)], ["Marlow: $5.", "Newlyn: $7."]
    assert lines(draw(tmp_path / "a.pdf", page)) in (text + table, table + text)
