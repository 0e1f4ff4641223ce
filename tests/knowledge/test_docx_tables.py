"""A row of a table of Word is a line with the names of its columns, whatever is merged, nested, hidden or deleted."""

from pathlib import Path

import pytest

from knowledge.docx_files import (  # pyright: ignore[reportMissingImports]
    left_out,
    lines,
    marked,
    paragraph,
    run,
    write,
)
from tellerbot.knowledge.documents.read import read

BOLD, HEADER = "<w:b/>", "<w:tblHeader/>"
STRIKE = "<w:strike/>"


def cell(text: str, look: str = "", properties: str = "") -> str:
    content = text if text.startswith("<w:") else paragraph(*([run(text, look)] if text else []))
    return f"<w:tc><w:tcPr>{properties}</w:tcPr>{content}</w:tc>"


def wide(text: str, columns: int, look: str = "", more: str = "") -> str:
    return cell(text, look, f'<w:gridSpan w:val="{columns}"/>{more}')


def top(text: str, look: str = "") -> str:
    """The first cell of several that are merged downwards; `below` goes on."""
    return cell(text, look, '<w:vMerge w:val="restart"/>')


def below(text: str = "") -> str:
    return cell(text, "", "<w:vMerge/>")


def row(*cells: str, look: str = "", properties: str = "") -> str:
    made = (one if one.startswith("<w:tc>") else cell(one, look) for one in cells)
    return f"<w:tr><w:trPr>{properties}</w:trPr>{''.join(made)}</w:tr>"


def table(*rows: str, properties: str = "") -> str:
    return f"<w:tbl><w:tblPr>{properties}</w:tblPr><w:tblGrid/>{''.join(rows)}</w:tbl>"


def read_table(tmp_path: Path, *rows: str, properties: str = "", styles: str = "") -> list[str]:
    return lines(write(tmp_path / "a.docx", table(*rows, properties=properties), styles=styles))


def styled(name: str, *parts: str, look: str = "") -> str:
    start = f'<w:style w:type="table" w:styleId="{name}"><w:name w:val="{name}"/>'
    return f"{start}<w:rPr>{look}</w:rPr>{''.join(parts)}</w:style>"


BASIC, PLUS = row("Basic", "$5.00", "$60.00"), row("Plus", "$12.00", "$144.00")
NAMED = [
    "Basic: Fees, Monthly $5.00, Fees, Yearly $60.00.",
    "Plus: Fees, Monthly $12.00, Fees, Yearly $144.00.",
]


@pytest.mark.parametrize(
    "heads",
    [
        # Merged downwards, and bold, marked or neither but for the style.
        [row(top("Account", BOLD), wide("Fees", 2, BOLD)), row(below(), "Monthly", "Yearly", look=BOLD)],
        [row(top("Account"), wide("Fees", 2), properties=HEADER), row(below(), "Monthly", "Yearly", properties=HEADER)],
        [row(top("Account"), wide("Fees", 2), properties=HEADER), row(below(), "Monthly", "Yearly")],
        [row(top("Account", BOLD), wide("Fees", 2, BOLD)), row(below(), "Monthly", "Yearly")],
        # Not merged: a blank name below, the outer name again, the label in the second row.
        [row("Account", wide("Fees", 2, BOLD), look=BOLD), row("", "Monthly", "Yearly")],
        [row("Account", "Fees", "Fees", look=BOLD), row("Account", "Monthly", "Yearly", look=BOLD)],
        [row("", wide("Fees", 2, BOLD)), row("Account", "Monthly", "Yearly", look=BOLD)],
        # Legacy horizontal merging.
        [
            row("Account", cell("Fees", BOLD, '<w:hMerge w:val="restart"/>'), cell("", "", "<w:hMerge/>"), look=BOLD),
            row("", "Monthly", "Yearly", look=BOLD),
        ],
        # Rows in a content control.
        [f"<w:sdt><w:sdtContent>{row('Account', wide('Fees', 2), properties=HEADER)}</w:sdtContent></w:sdt>",
         row("Account", "Monthly", "Yearly", properties=HEADER)],
    ],
)  # fmt: skip
def test_two_rows_of_names_name_a_column_by_both(tmp_path: Path, heads: list[str]) -> None:
    assert read_table(tmp_path, *heads, BASIC, PLUS) == NAMED


def test_rows_of_names_that_repeat_or_go_deeper(tmp_path: Path) -> None:
    once = [row("Account", "Fee", "Days", look=BOLD), row("Account", "Fee", "Days", look=BOLD)]
    assert read_table(tmp_path, *once, row("Basic", "$5", "3")) == ["Basic: Fee $5, Days 3."]
    three = [
        row(top("Account", BOLD), wide("Fees", 2, BOLD)),
        row(below(), wide("Private", 2, BOLD)),
        row(below(), "2025", "2026", look=BOLD),
    ]
    assert read_table(tmp_path, *three, BASIC) == ["Basic: Fees, Private, 2025 $5.00, Fees, Private, 2026 $60.00."]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        # A first row of content in bold, and a table in bold throughout.
        ([row("Account", "Fee", "Days", look=BOLD), row("Basic", "$5", "3", look=BOLD), row("Plus", "$9", "2")],
         ["Basic: Fee $5, Days 3.", "Plus: Fee $9, Days 2."]),
        ([row("Account", "Fee", "Days", look=BOLD), row("Basic", "none", "all", look=BOLD)],
         ["Basic: Fee none, Days all."]),
        # A section in bold, with and without merging.
        ([row("Account", "Fee", "Days", look=BOLD), row("Premium", "", "", look=BOLD), row("Plus", "$9", "2")],
         ["Premium.", "Plus: Fee $9, Days 2."]),
        ([row("Account", "Fee", "Days", look=BOLD), row(wide("Premium", 3, BOLD)), row("Plus", "$9", "2")],
         ["Premium.", "Plus: Fee $9, Days 2."]),
        # Content under a name for two columns.
        ([row("Account", wide("Fees", 2, BOLD), look=BOLD), row("Basic", "none", "free"), row("Plus", "$9", "$10")],
         ["Basic: Fees none, Fees free.", "Plus: Fees $9, Fees $10."]),
        # A caption over the table.
        ([row(wide("Prices of 2026", 3, BOLD), properties=HEADER), row("Account", "Fee", "Days", look=BOLD), BASIC],
         ["Prices of 2026.", "Basic: Fee $5.00, Days $60.00."]),
        # No names at all.
        ([BASIC, PLUS], ["Basic: $5.00, $60.00.", "Plus: $12.00, $144.00."]),
        ([row(wide("All with tax", 3)), BASIC], ["All with tax.", "Basic: $5.00, $60.00."]),
        # Names with figures that no row repeats.
        ([row("Account", "Fee in 2026", look=BOLD), row("Basic", "$5")], ["Account: Fee in 2026.", "Basic: $5."]),
        ([row("Fees of 2026", "Monthly", "Yearly", look=BOLD), BASIC],
         ["Fees of 2026.", "Basic: Monthly $5.00, Yearly $60.00."]),
        # Every row marked as one of names.
        ([row("Account", "Fee", "Days", properties=HEADER), row("Basic", "$5", "3", properties=HEADER)],
         ["Basic: Fee $5, Days 3."]),
    ],
)  # fmt: skip
def test_rows_of_content_are_no_names(tmp_path: Path, rows: list[str], expected: list[str]) -> None:
    assert read_table(tmp_path, *rows) == expected


@pytest.mark.parametrize("look", ['<w:tblLook w:val="04A0"/>', '<w:tblLook w:firstRow="1" w:val="0000"/>'])
def test_names_by_the_tables_style(tmp_path: Path, look: str) -> None:
    rows = [row("Account", "Fee", "Days"), BASIC]
    properties = f'<w:tblStyle w:val="Prices"/>{look}'
    found = read_table(tmp_path, *rows, properties=properties, styles=styled("Prices"))
    assert found == ["Basic: Fee $5.00, Days $60.00."]


def test_columns_hold_over_merged_and_missing_cells(tmp_path: Path) -> None:
    head = row("Account", "Kind", "Fee", "Days", look=BOLD)
    rows = [
        row(top("Basic"), "ATM", wide("$2", 2)),
        row(below(), "Wire", "$20", "3"),
        row(cell("Check"), "$4", "5", properties='<w:gridBefore w:val="1"/>'),
        row("Plus", "ATM", properties='<w:gridAfter w:val="2"/>'),
    ]
    assert read_table(tmp_path, head, *rows) == [
        "Basic: Kind ATM, Fee $2, Days $2.",
        "Basic: Kind Wire, Fee $20, Days 3.",
        "Kind Check, Fee $4, Days 5.",
        "Plus: Kind ATM.",
    ]


def test_columns_hold_where_merging_begins_nowhere(tmp_path: Path) -> None:
    head = row("Account", "Fee", "Days", look=BOLD)
    deleted = row(top("Old"), "$7", "1", properties='<w:del w:id="1"/>')
    assert read_table(tmp_path, head, row("Basic", "$5", "3"), deleted, row(below("Plus"), "$6", "4")) == [
        "Basic: Fee $5, Days 3.",
        "Plus: Fee $6, Days 4.",
    ]


def test_a_cell_to_fill_in_has_no_value(tmp_path: Path) -> None:
    blank = f"<w:sdt><w:sdtPr><w:showingPlcHdr/></w:sdtPr><w:sdtContent>{cell('Enter $0')}</w:sdtContent></w:sdt>"
    made = row("Basic", "", "3").replace(cell(""), blank)
    assert read_table(tmp_path, row("Account", "Fee", "Days", look=BOLD), made) == ["Basic: Days 3."]
    assert left_out(tmp_path / "a.docx") == [("form fields", "Enter $0")]


def test_what_a_merged_cell_hides_is_reported(tmp_path: Path) -> None:
    head = row("Account", "Fee", "Days", look=BOLD)
    assert read_table(tmp_path, head, row(top("Basic"), "$5", "3"), row(below("Old $7"), "$6", "4")) == [
        "Basic: Fee $5, Days 3.",
        "Basic: Fee $6, Days 4.",
    ]
    assert left_out(tmp_path / "a.docx") == [("hidden text", "Old $7")]


def test_a_table_in_a_cell_is_read_row_by_row(tmp_path: Path) -> None:
    inner = table(row("Kind", "Fee", "Days", look=BOLD), row("ATM", "$2", "1"), row("Wire", "$20", "3"))
    simple = table(row("ATM", "$2"), row("Wire", "$20"))
    head = row("Account", "Fees", look=BOLD)
    assert read_table(tmp_path, head, row("Basic", inner + paragraph()), row("Plus", simple + paragraph())) == [
        "Basic: ATM: Fee $2, Days 1; Wire: Fee $20, Days 3.",
        "Plus: ATM: $2; Wire: $20.",
    ]


def test_a_table_of_one_cell_is_a_box_around_its_content(tmp_path: Path) -> None:
    inner = table(row("Account", "Fee", "Days", look=BOLD), BASIC)
    path = write(tmp_path / "a.docx", table(row(paragraph("Note.") + inner + paragraph("End."))))
    assert [(block.kind, *block.lines) for block in read(path).blocks] == [
        ("paragraph", "Note."),
        ("table", "Basic: Fee $5.00, Days $60.00."),
        ("paragraph", "End."),
    ]


def test_breaks_and_paragraphs_of_a_cell_weld_no_numbers(tmp_path: Path) -> None:
    two = paragraph("$5") + paragraph("100 days")
    assert read_table(tmp_path, row("Basic", two, "<w:p><w:r><w:t>1</w:t><w:br/><w:t>000</w:t></w:r></w:p>")) == [
        "Basic: $5; 100 days, 1; 000."
    ]


@pytest.mark.parametrize(
    ("gone", "what"),
    [
        (row("Old", "$12.00", "$9.00", properties='<w:del w:id="1" w:author="a"/>'), "tracked deletions"),
        (
            row("Old", "$12.00", "$9.00", properties='<w:del w:id="1"/>')
            .replace("w:t ", "w:delText ")
            .replace("w:t>", "w:delText>"),
            "tracked deletions",
        ),
        (row("Old", "$12.00", "$9.00", properties="<w:hidden/>"), "hidden text"),
        (row("Old", "$12.00", "$9.00", look=STRIKE), "struck-out text"),
    ],
)
def test_rows_that_are_gone_are_left_out(tmp_path: Path, gone: str, what: str) -> None:
    path = write(tmp_path / "a.docx", table(gone, row("Account", "Fee", "Days", look=BOLD), BASIC, gone, gone, PLUS))
    assert lines(path) == ["Basic: Fee $5.00, Days $60.00.", "Plus: Fee $12.00, Days $144.00."]
    assert {reason for reason, _ in left_out(path)} == {what}
    assert " ".join(text for _, text in left_out(path)) == " ".join(["Old $12.00 $9.00"] * 3)
    new = row("New", "$1.00", "$2.00", properties='<w:ins w:id="1" w:author="a"/>')
    assert read_table(tmp_path, BASIC, new)[-1] == "New: $1.00, $2.00."


def test_cells_that_are_gone_are_left_out(tmp_path: Path) -> None:
    head = row("Account", "Fee", "Days", look=BOLD)
    deleted = cell("$12.00", "", '<w:cellDel w:id="1" w:author="a"/>')
    struck = cell("$12.00", STRIKE)
    assert read_table(tmp_path, head, row("Basic", deleted, "3"), row("Plus", struck, "2")) == [
        "Basic: Days 3.",
        "Plus: Days 2.",
    ]
    assert left_out(tmp_path / "a.docx") == [("tracked deletions", "$12.00"), ("struck-out text", "$12.00")]
    assert marked(read(tmp_path / "a.docx")) == ["Basic: Days 3.\U000f0000", "Plus: Days 2.\U000f0001"]


@pytest.mark.parametrize(
    ("style", "expected", "reported"),
    [
        (styled("Old", look=STRIKE), [], ["Account", "Fee", "Days", "Basic", "$5.00", "$60.00"]),
        (styled("Old", f'<w:tblStylePr w:type="firstRow"><w:rPr>{STRIKE}</w:rPr></w:tblStylePr>'),
         ["Basic: $5.00, $60.00."], ["Account", "Fee", "Days"]),
        (styled("Old", f'<w:tblStylePr w:type="lastCol"><w:rPr>{STRIKE}</w:rPr></w:tblStylePr>'),
         ["Basic: Fee $5.00."], ["Days", "$60.00"]),
    ],
)  # fmt: skip
def test_text_that_the_tables_style_strikes_out(
    tmp_path: Path, style: str, expected: list[str], reported: list[str]
) -> None:
    look = '<w:tblStyle w:val="Old"/><w:tblLook w:firstRow="1" w:lastColumn="1"/>'
    path = write(
        tmp_path / "a.docx",
        paragraph("Fees."),
        table(row("Account", "Fee", "Days"), BASIC, properties=look),
        styles=style,
    )
    assert lines(path) == ["Fees.", *expected]
    assert [text for _, text in left_out(path)] == reported


WHITE = '<w:color w:val="FFFFFF"/>'
DARK = '<w:shd w:val="clear" w:fill="1F3864"/>'


@pytest.mark.parametrize(
    ("first", "properties", "styles"),
    [
        (cell("$5.00", WHITE, DARK), "", ""),
        (cell("$5.00", WHITE), DARK, ""),
        (cell("$5.00", WHITE), '<w:tblStyle w:val="Dark"/><w:tblLook w:firstRow="1"/>',
         styled("Dark", f'<w:tblStylePr w:type="firstRow"><w:tcPr>{DARK}</w:tcPr></w:tblStylePr>')),
    ],
)  # fmt: skip
def test_white_text_on_a_dark_cell_is_read(tmp_path: Path, first: str, properties: str, styles: str) -> None:
    assert read_table(tmp_path, row("Basic", first), row("Plus", "$9.00"), properties=properties, styles=styles) == [
        "Basic: $5.00.",
        "Plus: $9.00.",
    ]


def test_white_text_on_a_white_cell_is_hidden(tmp_path: Path) -> None:
    white = cell("$5.00", WHITE, '<w:shd w:val="clear" w:fill="FFFFFF"/>')
    dark = cell("$6.00", '<w:color w:val="1F3864"/>', DARK)
    assert read_table(tmp_path, row("Basic", white), row("Plus", dark), properties=DARK) == ["Basic.", "Plus."]
    assert left_out(tmp_path / "a.docx") == [("hidden text", "$5.00"), ("hidden text", "$6.00")]


def test_a_mark_in_a_columns_name_is_in_the_first_row(tmp_path: Path) -> None:
    note = paragraph(run("Monthly", "<w:b/>"), run("1", '<w:b/><w:vertAlign w:val="superscript"/>'))
    head = row("Account", f"<w:tc>{note}</w:tc>", "Yearly", look=BOLD)
    path = write(tmp_path / "a.docx", table(head, BASIC, PLUS))
    assert marked(read(path)) == [
        "Basic: Monthly\U000f0000 $5.00, Yearly $60.00.",
        "Plus: Monthly $12.00, Yearly $144.00.",
    ]
    path = write(tmp_path / "b.docx", table(row("Account", f"<w:tc>{note}</w:tc>", look=BOLD), row("Basic", "$5")))
    assert marked(read(path)) == ["\U000f0000Basic: $5."]
