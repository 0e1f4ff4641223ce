"""Tables of PDFs: each figure is read with the names of its row and its columns."""

from pathlib import Path
from typing import Any

import pytest
from reportlab.lib import colors
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Paragraph, Table

from knowledge.pdf_files import GRID, draw, flow, lines, omitted, text  # pyright: ignore[reportMissingImports]

BOLD = ("FONTNAME", (0, 0), (-1, 1), "Helvetica-Bold")
TWO_HEADS = [["Card", "Fees", "", "Limit"], ["", "Monthly", "Yearly", ""], ["Alder", "$5", "$50", "$900"]]
GROUPED = [("SPAN", (0, 0), (0, 1)), ("SPAN", (1, 0), (2, 0)), ("SPAN", (3, 0), (3, 1))]


def table(path: Path, cells: list[list[Any]], *style: Any, **options: Any) -> list[str]:
    return lines(flow(path / "a.pdf", Table(cells, style=[GRID, *style], **options)))


def test_two_head_rows_name_a_column_by_both(tmp_path: Path) -> None:
    read = table(tmp_path, [*TWO_HEADS, ["Harrow", "$7", "$70", "$800"]], BOLD, *GROUPED)
    assert read == [
        "Alder: Fees, Monthly $5, Fees, Yearly $50, Limit $900.",
        "Harrow: Fees, Monthly $7, Fees, Yearly $70, Limit $800.",
    ]


@pytest.mark.parametrize(
    ("cells", "style", "expected"),
    [
        # Filled, not bold, and groups of one column.
        ([["Card", "Until 2027", "From 2027"], ["", "Monthly", "Monthly"], ["Alder", "$5", "$6"]],
         [("BACKGROUND", (0, 0), (-1, 1), colors.lightgrey), ("SPAN", (0, 0), (0, 1))],
         ["Alder: Until 2027, Monthly $5, From 2027, Monthly $6."]),
        # Two names that no cell spans.
        ([["Card", "Fee", "Limit"], ["Name", "Monthly", "Daily"], ["Alder", "$5", "$900"]], [BOLD],
         ["Alder: Fee, Monthly $5, Limit, Daily $900."]),
        # A caption above, a section within.
        ([["Fees of 2027", "", ""], ["Card", "Monthly", "Yearly"], ["Alder", "$5", "$50"], ["For students", "", ""],
          ["Harrow", "$1", "$10"]], [BOLD, ("SPAN", (0, 0), (-1, 0)), ("SPAN", (0, 3), (-1, 3))],
         ["Fees of 2027.", "Alder: Monthly $5, Yearly $50.", "For students.", "Harrow: Monthly $1, Yearly $10."]),
        # A bold row with amounts is content.
        ([["Card", "Monthly", "Yearly"], ["Alder", "$5", "$50"], ["Harrow", "$7", "$70"]], [BOLD],
         ["Alder: Monthly $5, Yearly $50.", "Harrow: Monthly $7, Yearly $70."]),
    ],
)  # fmt: skip
def test_head_rows_of_other_forms(
    tmp_path: Path, cells: list[list[Any]], style: list[Any], expected: list[str]
) -> None:
    assert table(tmp_path, cells, *style) == expected


def test_colors_that_alternate_make_no_head(tmp_path: Path) -> None:
    grey = [("BACKGROUND", (0, at), (-1, at), colors.lightgrey) for at in (0, 2)]
    rows = [["Alder", "$5", "$50"], ["Harrow", "$7", "$70"], ["Marlow", "$9", "$90"]]
    assert table(tmp_path, rows, *grey) == ["Alder: $5, $50.", "Harrow: $7, $70.", "Marlow: $9, $90."]


@pytest.mark.parametrize(
    ("cells", "span", "expected"),
    [
        # Down, across, both, and the rows' own names.
        ([["Alder", "$5", "$50"], ["Harrow", "", "$70"]], ((1, 1), (1, 2)),
         ["Alder: Monthly $5, Yearly $50.", "Harrow: Monthly $5, Yearly $70."]),
        ([["Alder", "$5", ""], ["Harrow", "$7", "$70"]], ((1, 1), (2, 1)),
         ["Alder: Monthly $5, Yearly $5.", "Harrow: Monthly $7, Yearly $70."]),
        ([["Alder", "free", ""], ["Harrow", "", ""]], ((1, 1), (2, 2)),
         ["Alder: Monthly free, Yearly free.", "Harrow: Monthly free, Yearly free."]),
        ([["Alder", "$5", "$50"], ["", "$7", "$70"]], ((0, 1), (0, 2)),
         ["Alder: Monthly $5, Yearly $50.", "Alder: Monthly $7, Yearly $70."]),
    ],
)  # fmt: skip
def test_a_cell_that_spans_rows_or_columns_is_read_in_each_of_them(
    tmp_path: Path, cells: list[list[Any]], span: Any, expected: list[str]
) -> None:
    head = [["Card", "Monthly", "Yearly"]]
    read = table(tmp_path, head + cells, ("FONTNAME", (0, 0), (-1, 0), "Helvetica-Bold"), ("SPAN", *span))
    assert read == expected


def test_figures_in_the_names_of_two_columns_are_kept(tmp_path: Path) -> None:
    bold = ("FONTNAME", (0, 0), (-1, 0), "Helvetica-Bold")
    assert table(tmp_path, [["Card", "From 1 May 2027"], ["Alder", "$5"], ["Harrow", "$7"]], bold) == [
        "Card: From 1 May 2027.",
        "Alder: $5.",
        "Harrow: $7.",
    ]


def test_a_table_whose_rows_are_all_struck_out_keeps_its_marks(tmp_path: Path) -> None:
    struck = [[Paragraph(f"<strike>{cell}</strike>") for cell in ("Alder", "$5", "$50")]]
    cells = [[Paragraph(f"<b>{name}</b>") for name in ("Card", "Monthly", "Yearly")], *struck]
    path = flow(tmp_path / "a.pdf", Table(cells, style=[GRID]), text("After $1."))
    assert lines(path) == ["Card: Monthly, Yearly.", "After $1."]
    assert [item for _, item in omitted(path)] == ["Alder", "$5", "$50"]


def test_text_beside_the_cells_of_a_table_is_not_lost(tmp_path: Path) -> None:
    def page(canvas: Canvas) -> None:
        canvas.grid([72, 172, 272], [700, 680, 660])
        canvas.grid([272, 372], [680, 660])
        for x, y, word in ((76, 686, "Alder"), (176, 686, "$5"), (76, 666, "Harrow"), (176, 666, "$7")):
            canvas.drawString(x, y, word)
        canvas.drawString(276, 686, "Free until 2027.")

    assert "2027" in " ".join(lines(draw(tmp_path / "a.pdf", page)))


# Tables without rules

PRICES = (("Alder", "$5.00"), ("Harrow", "$12.50"), ("Marlow", "2.5%"), ("Newlyn", "$1,250"))


def leaders(how: str, canvas: Canvas) -> None:
    for at, (name, price) in enumerate(PRICES):
        y = 700 - 18 * at
        if how == "one word":
            canvas.drawString(72, y, f"{name}{'.' * 60}{price}")
        elif how == "with spaces":
            canvas.drawString(72, y, f"{name} {'. ' * 30}{price}")
        elif how == "ellipses":
            canvas.drawString(72, y, f"{name} …………… {price}")
        else:
            canvas.drawString(72, y, f"{name} {'.' * 60}")
            canvas.drawRightString(500, y, price)


@pytest.mark.parametrize("how", ["one word", "with spaces", "ellipses", "right-aligned prices"])
def test_leader_dots_lead_to_the_price_of_their_own_row(tmp_path: Path, how: str) -> None:
    path = draw(tmp_path / "a.pdf", lambda canvas: leaders(how, canvas))
    assert lines(path) == [f"{name}: {price}." for name, price in PRICES]


def test_one_row_with_leader_dots_is_a_row(tmp_path: Path) -> None:
    def page(canvas: Canvas) -> None:
        canvas.drawString(72, 700, "The fees are these")
        canvas.drawString(72, 686, f"Alder {'.' * 40} $5.00")
        canvas.drawString(72, 672, "and nothing else.")

    assert lines(draw(tmp_path / "a.pdf", page)) == ["The fees are these", "Alder: $5.00.", "and nothing else."]


def aligned(rows: Any, rights: tuple[float, ...], bold: bool = False, ruled: bool = False) -> Any:
    def page(canvas: Canvas) -> None:
        for at, (name, *cells) in enumerate(rows):
            canvas.setFont("Helvetica-Bold" if bold and not at else "Helvetica", 11)
            canvas.drawString(72, 700 - 18 * at, name)
            for right, cell in zip(rights, cells, strict=True):
                canvas.drawRightString(right, 700 - 18 * at, cell)
            if ruled:
                canvas.line(72, 695 - 18 * at, 420, 695 - 18 * at)

    return page


NAMED = (("Account", "Monthly", "Yearly"), ("Alder", "$5.00", "$60.00"), ("Harrow", "$12.50", "$1,250.00"))


@pytest.mark.parametrize(("bold", "ruled"), [(False, True), (True, False), (False, False)])
def test_rows_whose_cells_are_above_each_other_are_a_table(tmp_path: Path, bold: bool, ruled: bool) -> None:
    assert lines(draw(tmp_path / "a.pdf", aligned(NAMED, (300, 420), bold, ruled))) == [
        "Alder: Monthly $5.00, Yearly $60.00.",
        "Harrow: Monthly $12.50, Yearly $1,250.00.",
    ]


def test_an_empty_cell_of_a_table_without_rules_moves_no_other(tmp_path: Path) -> None:
    rows = (*NAMED, ("Marlow", "", "$90.00"))
    assert lines(draw(tmp_path / "a.pdf", aligned(rows, (300, 420), bold=True)))[-1] == "Marlow: Yearly $90.00."


def test_justified_lines_are_no_rows(tmp_path: Path) -> None:
    def page(canvas: Canvas) -> None:
        for at, line in enumerate(
            (("Alder", "costs", "$5", "a"), ("month", "from", "May", "12,"), ("and", "$4", "then."))
        ):
            for place, word in enumerate(line):
                canvas.drawString(72 + 60 * place, 700 - 14 * at, word)

    # Sparse, but evenly so: no cell gap is wider than the others, and the next lines begin with small letters.
    assert " ".join(lines(draw(tmp_path / "a.pdf", page))).startswith(
        "Alder costs $5 a month from May 12, and $4 then."
    )


def test_gaps_that_hidden_text_leaves_make_no_table(tmp_path: Path) -> None:
    white = '<font color="white">{}</font>'
    path = flow(
        tmp_path / "a.pdf",
        text(f"You can cancel within {white.format('$123.45 or')} 1,640 days.<br/>"
             f"You can cancel within {white.format('$543.21 or')} 1,200 days."),
    )  # fmt: skip
    assert " ".join(lines(path)) == "You can cancel within 1,640 days. You can cancel within 1,200 days."
