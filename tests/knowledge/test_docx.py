"""Text of Word is read as it is shown; what is struck out, hidden, deleted or elsewhere is left out and reported."""

from pathlib import Path

import docx
import pytest
from docx.oxml import OxmlElement

from knowledge.docx_files import (  # pyright: ignore[reportMissingImports]
    NOTES,
    left_out,
    lines,
    marked,
    paragraph,
    run,
    write,
)
from tellerbot.knowledge.documents.blocks import Block, Dropped, unmark
from tellerbot.knowledge.documents.docx_symbols import _SYMBOL
from tellerbot.knowledge.documents.read import read

SCRIPTS, STRUCK, HIDDEN = "superscripts and subscripts", "struck-out text", "hidden text"
UP, DOWN = '<w:vertAlign w:val="superscript"/>', '<w:vertAlign w:val="subscript"/>'
STRIKE = "<w:strike/>"


def style(kind: str, name: str, run_properties: str = "", other: str = "") -> str:
    return (
        f'<w:style w:type="{kind}" w:styleId="{name}"><w:name w:val="{name}"/>{other}'
        f"<w:rPr>{run_properties}</w:rPr></w:style>"
    )


def read_line(tmp_path: Path, *content: str, styles: str = "", properties: str = "") -> str:
    (line,) = lines(write(tmp_path / "a.docx", paragraph(*content, properties=properties), styles=styles))
    return line


@pytest.mark.parametrize(
    ("mark", "styles"),
    [
        (UP, ""),
        ('<w:rStyle w:val="Mark"/>', style("character", "Mark", UP)),
        ('<w:rStyle w:val="Mark"/>',
         style("character", "Up", UP) + style("character", "Mark", "", '<w:basedOn w:val="Up"/>')),
        ('<w:position w:val="8"/>', ""),
        ('<w:position w:val="4"/><w:sz w:val="14"/>', ""),
        ('<w:position w:val="4pt"/>', ""),
        (f'<w:rPrChange w:id="1" w:author="a"><w:rPr><w:vertAlign w:val="baseline"/></w:rPr></w:rPrChange>{UP}', ""),
    ],
)  # fmt: skip
def test_a_raised_footnote_mark_is_no_digit(tmp_path: Path, mark: str, styles: str) -> None:
    assert read_line(tmp_path, "The fee is $2.50", run("1", mark), ".", styles=styles) == "The fee is $2.50."
    assert left_out(tmp_path / "a.docx") == [(SCRIPTS, "1")]
    assert marked(read(tmp_path / "a.docx")) == ["The fee is $2.50\U000f0000."]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ((run("4"), run("1", UP), "/", run("2", DOWN), "%"), "4½%"),
        (("4", run("1", '<w:position w:val="8"/>'), "⁄", run("2", '<w:position w:val="-4"/>'), "%"), "4½%"),
        (("the 1", run("st", UP), " of May"), "the 1st of May"),
        (("12 m", run("2", UP), " of CO", run("2", DOWN)), "12 m² of CO₂"),
        # Raised a little, to fit a picture or a font: still on the line.
        (("$5", run("10", '<w:position w:val="2"/>')), "$510"),
        (("$5", run("10", f'<w:rPrChange w:id="1" w:author="a"><w:rPr>{UP}</w:rPr></w:rPrChange>')), "$510"),
        (("$5", run("10", '<w:vertAlign w:val="baseline"/>')), "$510"),
        ((run("$510", UP),), "$510"),
    ],
)
def test_raised_and_lowered_text_is_read_where_it_is_a_number(
    tmp_path: Path, content: tuple[str, ...], expected: str
) -> None:
    assert read_line(tmp_path, *content) == expected
    assert left_out(tmp_path / "a.docx") == []


def test_a_raised_paragraph_is_plain_text(tmp_path: Path) -> None:
    raised = style("paragraph", "Raised", UP)
    own = paragraph("The fee is ", "$5 ", "a month.", properties='<w:pStyle w:val="Raised"/>')
    assert lines(write(tmp_path / "a.docx", own, styles=raised)) == ["The fee is $5 a month."]


@pytest.mark.parametrize(
    ("mark", "styles"),
    [
        (STRIKE, ""),
        ("<w:dstrike/>", ""),
        ('<w:strike w:val="on"/>', ""),
        ('<w:rStyle w:val="Gone"/>', style("character", "Gone", STRIKE)),
        ('<w:rStyle w:val="Gone"/>', style("character", "Gone", "<w:dstrike/>")),
        ('<w:rStyle w:val="Gone"/>',
         style("character", "Old", STRIKE) + style("character", "Gone", "", '<w:basedOn w:val="Old"/>')),
    ],
)  # fmt: skip
def test_struck_out_text_is_left_out(tmp_path: Path, mark: str, styles: str) -> None:
    assert read_line(tmp_path, "The fee is ", run("$", mark), run("12", mark), " $9 a month.", styles=styles) == (
        "The fee is $9 a month."
    )
    assert left_out(tmp_path / "a.docx") == [(STRUCK, "$12")]


@pytest.mark.parametrize(
    ("own", "paragraph_strikes", "is_read"),
    [
        ("", True, False),
        ('<w:strike w:val="0"/>', True, True),
        ('<w:strike w:val="false"/>', True, True),
        # Two styles that strike out turn each other over; what the run says itself holds.
        ('<w:rStyle w:val="Gone"/>', True, True),
        ('<w:rStyle w:val="Gone"/>', False, False),
        (f'<w:rStyle w:val="Gone"/>{STRIKE}', True, False),
        ('<w:rStyle w:val="NotThere"/>', False, True),
    ],
)
def test_struck_out_text_by_styles(tmp_path: Path, own: str, paragraph_strikes: bool, is_read: bool) -> None:
    styles = style("character", "Gone", STRIKE) + style("paragraph", "Old", STRIKE)
    struck = paragraph(run("It costs $12.", own), properties='<w:pStyle w:val="Old"/>' if paragraph_strikes else "")
    path = write(tmp_path / "a.docx", paragraph("Fees."), struck, styles=styles)
    assert lines(path) == ["Fees.", "It costs $12."][: 1 + is_read]
    assert left_out(path) == ([] if is_read else [(STRUCK, "It costs $12.")])
    # A whole paragraph that is left out has its mark in the line before.
    assert is_read or marked(read(path)) == ["Fees.\U000f0000"]


def test_struck_out_text_keeps_the_space_around_it(tmp_path: Path) -> None:
    assert (
        read_line(tmp_path, "from 5", run(" 7 ", STRIKE), "100 days", run(" ", STRIKE), "on") == "from 5; 100 days on"
    )


@pytest.mark.parametrize(
    "mark",
    [
        "<w:vanish/>",
        "<w:specVanish/>",
        '<w:color w:val="FFFFFF"/>',
        '<w:color w:val="FEFEFE"/>',
        '<w:color w:val="ffff00"/><w:highlight w:val="yellow"/>',
        '<w:color w:val="000000"/><w:shd w:val="solid" w:color="auto"/>',
        '<w:sz w:val="2"/>',
        '<w:rStyle w:val="Quiet"/>',
    ],
)
def test_hidden_text_is_left_out(tmp_path: Path, mark: str) -> None:
    styles = style("character", "Quiet", "<w:vanish/>")
    assert read_line(tmp_path, "It costs $5", run("0", mark), " a month.", styles=styles) == "It costs $5 a month."
    assert left_out(tmp_path / "a.docx") == [(HIDDEN, "0")]


@pytest.mark.parametrize(
    ("own", "around"),
    [
        ('<w:vanish w:val="0"/>', ""),
        ("<w:webHidden/>", ""),
        ('<w:color w:val="FFFFFF"/><w:shd w:val="clear" w:fill="1F3864"/>', ""),
        ('<w:color w:val="FFFFFF"/><w:highlight w:val="black"/>', ""),
        ('<w:color w:val="FFFFFF"/>', '<w:shd w:val="clear" w:fill="000000"/>'),
        ('<w:color w:val="auto"/>', ""),
        ('<w:color w:val="808080"/><w:sz w:val="10"/>', ""),
    ],
)
def test_text_that_can_be_seen_is_no_hidden_text(tmp_path: Path, own: str, around: str) -> None:
    assert read_line(tmp_path, "It costs $5", run("0", own), ".", properties=around) == "It costs $50."


def test_hidden_text_by_the_paragraphs_style(tmp_path: Path) -> None:
    quiet = style("paragraph", "Quiet", "<w:vanish/>") + style("paragraph", "Quieter", "", '<w:basedOn w:val="Quiet"/>')
    quieter = '<w:pStyle w:val="Quieter"/>'
    shown = run("Shown.", '<w:vanish w:val="0"/>')
    body = [paragraph("Never quoted.", properties=quieter), paragraph(shown, properties=quieter)]
    path = write(tmp_path / "a.docx", *body, styles=quiet)
    assert marked(read(path)) == ["\U000f0000Shown."]
    assert left_out(path) == [(HIDDEN, "Never quoted.")]


def test_tracked_changes_are_read_as_accepted(tmp_path: Path) -> None:
    gone = '<w:del w:id="1" w:author="a"><w:r><w:delText>$4.00</w:delText></w:r></w:del>'
    new = f'<w:ins w:id="2" w:author="a">{run("$5.00")}</w:ins>'
    assert read_line(tmp_path, "It costs ", gone, new, " each.") == "It costs $5.00 each."
    assert left_out(tmp_path / "a.docx") == [("tracked deletions", "$4.00")]
    assert read(tmp_path / "a.docx").dropped == (Dropped("tracked deletions", 1),)


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        (["The fee is $1"], [",000 a year."], ["The fee is $1,000 a year."]),
        (['<w:del w:id="1"><w:r><w:delText>It is $4.</w:delText></w:r></w:del>'], ["It is $5."], ["It is $5."]),
    ],
)  # fmt: skip
def test_tracked_changes_of_a_paragraphs_end_join_the_paragraphs(
    tmp_path: Path, first: list[str], second: list[str], expected: list[str]
) -> None:
    end = '<w:rPr><w:del w:id="9" w:author="a"/></w:rPr>'
    path = write(tmp_path / "a.docx", paragraph(*first, properties=end), paragraph(*second))
    assert lines(path) == expected
    last = write(tmp_path / "b.docx", paragraph("Before."), paragraph(*first, "No more.", properties=end))
    assert lines(last)[-1].endswith("No more.")


def test_tracked_changes_move_text_once(tmp_path: Path) -> None:
    moved = ('<w:moveFrom w:id="1" w:author="a">', run("$5.00."), "</w:moveFrom>")
    path = write(
        tmp_path / "a.docx",
        # The paragraph's end was moved too.
        paragraph("It costs ", "".join(moved), properties='<w:rPr><w:moveFrom w:id="3" w:author="a"/></w:rPr>'),
        paragraph("It costs ", "".join(moved).replace("moveFrom", "moveTo")),
    )
    assert lines(path) == ["It costs", "It costs $5.00."]
    assert left_out(path) == [("moved text", "$5.00.")]


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        ('<w:r><w:footnoteReference w:id="2"/></w:r>', [("footnotes", "Waived for students until 2027.")]),
        ('<w:r><w:footnoteReference w:id="2" w:customMarkFollows="1"/><w:t>1</w:t></w:r>',
         [("footnotes", "Waived for students until 2027."), (SCRIPTS, "1")]),
        ('<w:r><w:footnoteReference w:id="7"/></w:r>', [("footnotes", "missing note 7")]),
    ],
)  # fmt: skip
def test_footnotes_are_no_part_of_the_sentence(tmp_path: Path, reference: str, expected: list[tuple[str, str]]) -> None:
    path = write(tmp_path / "a.docx", paragraph("It costs $5", reference, " a month."), notes=NOTES)
    assert lines(path) == ["It costs $5 a month."]
    assert left_out(path) == expected
    # No number grows over a note.
    path = write(tmp_path / "b.docx", paragraph("It costs $5", reference, "100 days later."), notes=NOTES)
    assert lines(path) == ["It costs $5; 100 days later."]


def test_text_boxes_and_images_are_left_out(tmp_path: Path) -> None:
    box = f"<w:txbxContent>{paragraph('Only $1!')}</w:txbxContent>"
    twice = (
        f"<w:r><mc:AlternateContent><mc:Choice Requires='wps'><w:drawing><wps:txbx>{box}</wps:txbx></w:drawing>"
        f"</mc:Choice><mc:Fallback><w:pict><v:textbox>{box}</v:textbox></w:pict></mc:Fallback></mc:AlternateContent></w:r>"
    )
    art = '<w:r><w:pict><v:shape><v:textpath string="Sale: $2"/></v:shape></w:pict></w:r>'
    assert read_line(tmp_path, "It costs ", twice, art, "<w:r><w:drawing/></w:r>", "$5.") == "It costs $5."
    assert left_out(tmp_path / "a.docx") == [("text boxes", "Only $1! Sale: $2")]
    assert Dropped("images and drawings", 1) in read(tmp_path / "a.docx").dropped


def test_an_alternative_without_a_choice_is_read(tmp_path: Path) -> None:
    old = f"<mc:AlternateContent><mc:Fallback>{run('$5')}</mc:Fallback></mc:AlternateContent>"
    both = old.replace("$5", "$7").replace(
        "<mc:Fallback>", f"<mc:Choice Requires='w14'>{run('$6')}</mc:Choice><mc:Fallback>"
    )
    assert read_line(tmp_path, "It costs ", old, " or ", both, ".") == "It costs $5 or $6."


def part(name: str, *content: str) -> str:
    inner = "".join(piece if piece.startswith("<") else f"<m:r><m:t>{piece}</m:t></m:r>" for piece in content)
    return f"<m:{name}>{inner}</m:{name}>"


HALF = part("f", part("num", "1"), part("den", "2"))
SIGN = '<m:naryPr><m:chr m:val="∑"/></m:naryPr>'
SUM = part("f", part("num", "P·r"), part("den", "12"))


@pytest.mark.parametrize(
    ("equation", "expected"),
    [
        (("12.5%",), "APR is 12.5% a year."),
        (("$5 × 12 = ", "$60"), "APR is $5 × 12 = $60 a year."),
        (("4", HALF, "%"), "APR is 4½% a year."),
        (("3", part("f", part("num", "3"), part("den", "16")), "%"), "APR is 3 3⁄16% a year."),
        ((part("d", part("e", "1+r")),), "APR is (1+r) a year."),
        ((part("sSup", part("e", "m"), part("sup", "2")),), "APR is m² a year."),
        ((part("sSub", part("e", "CO"), part("sub", "2")),), "APR is CO₂ a year."),
    ],
)
def test_equations_that_make_a_line_are_read(tmp_path: Path, equation: tuple[str, ...], expected: str) -> None:
    assert read_line(tmp_path, "APR is ", part("oMath", *equation), " a year.") == expected
    assert left_out(tmp_path / "a.docx") == []


@pytest.mark.parametrize(
    ("equation", "reported"),
    [
        ((SUM,), "(P·r)/(12)"),
        ((part("f", part("num", "12.5"), part("den", "100")),), "(12.5)/(100)"),
        (("1.05", part("sSup", part("e", "x"), part("sup", "12"))), "1.05x^(12)"),
        ((part("sSup", part("e", "5"), part("sup", "2")),), "5^(2)"),
        ((part("rad", part("deg"), part("e", "2")),), "√(2)"),
        ((part("nary", SIGN, part("sub", "i"), part("sup", "12"), part("e", "5")),),
         "∑_(i)^(12)(5)"),
        (("<m:f><m:fPr><m:type m:val='noBar'/></m:fPr><m:num><m:r><m:t>1</m:t></m:r></m:num>"
          "<m:den><m:r><m:t>2</m:t></m:r></m:den></m:f>",), "(1)/(2)"),
    ],
)  # fmt: skip
def test_equations_that_make_no_line_are_left_out(tmp_path: Path, equation: tuple[str, ...], reported: str) -> None:
    assert read_line(tmp_path, "Pay $5", part("oMath", *equation), "100 days later.") == "Pay $5; 100 days later."
    assert left_out(tmp_path / "a.docx") == [("equations", reported)]


def test_equations_on_their_own_struck_out_deleted_or_made_by_old_programs(tmp_path: Path) -> None:
    gone = '<w:del w:id="1" w:author="a"><m:r><m:t>9</m:t></m:r></w:del>'
    struck = f"<m:oMath><m:r><w:rPr>{STRIKE}</w:rPr><m:t>$7</m:t></m:r></m:oMath>"
    old = '<w:r><w:object><o:OLEObject ProgID="Equation.3"/></w:object></w:r>'
    path = write(
        tmp_path / "a.docx",
        part("oMathPara", part("oMath", "A = $5")),
        paragraph(part("oMathPara", part("oMath", SUM))),
        paragraph("B = ", part("oMath", gone, "8"), struck, old),
    )
    assert lines(path) == ["A = $5", "B = 8"]
    assert left_out(path) == [
        ("equations", "(P·r)/(12)"),
        ("tracked deletions", "9"),
        (STRUCK, "$7"),
        ("equations", "an equation made with Equation.3"),
    ]


def field(instruction: str, *result: str, data: str = "") -> str:
    between = '<w:r><w:fldChar w:fldCharType="separate"/></w:r>' if result else ""
    return (
        f'<w:r><w:fldChar w:fldCharType="begin">{data}</w:fldChar></w:r>{instruction}{between}{"".join(result)}'
        '<w:r><w:fldChar w:fldCharType="end"/></w:r>'
    )


def code(text: str) -> str:
    return f'<w:r><w:instrText xml:space="preserve">{text}</w:instrText></w:r>'


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (f'<w:fldSimple w:instr=" DOCPROPERTY fee ">{run("$8")}</w:fldSimple>', "It is $8."),
        (field(code(" = 4*2 "), run("$8")), "It is $8."),
        # A field inside an instruction shows nothing.
        (field(code(" IF ") + field(code(" MERGEFIELD x "), run("$7")) + code(' = 1 "a" "b"'), run("$8")), "It is $8."),
        (field(code(" EQ \\f(1,2) ")), "It is ½."),
        (field("", data='<w:ffData><w:ddList><w:result w:val="1"/><w:listEntry w:val="$5"/><w:listEntry w:val="$8"/>'
                        "</w:ddList></w:ffData>"), "It is $8."),
        (field("", data='<w:ffData><w:checkBox><w:checked w:val="1"/></w:checkBox></w:ffData>'), "It is ☒."),
        (field("", data="<w:ffData><w:checkBox><w:default w:val='0'/></w:checkBox></w:ffData>"), "It is ☐."),
        # A beginning without an end hides nothing.
        ('<w:r><w:fldChar w:fldCharType="begin"/></w:r>' + run("$8"), "It is $8."),
        (f"<w:sdt><w:sdtContent>{run('$8')}</w:sdtContent></w:sdt>", "It is $8."),
        (f"<w:hyperlink><w:smartTag><w:bookmarkStart/>{run('$8')}</w:smartTag></w:hyperlink>", "It is $8."),
        (f'<w:bdo w:val="ltr"><w:dir w:val="rtl">{run("$8")}</w:dir></w:bdo>', "It is $8."),
        ('<w:r><w:t>24</w:t><w:noBreakHyphen/><w:t>hour</w:t></w:r>', "It is 24-hour."),
        ('<w:r><w:t>$1</w:t><w:softHyphen/><w:t>000</w:t></w:r>', "It is $1000."),
        ('<w:r><w:t>$1<!-- a note -->000</w:t></w:r>', "It is $1000."),
        (run("$8", "<w:caps/>"), "It is $8."),
    ],
)  # fmt: skip
def test_fields_controls_and_wrappers_are_read_as_shown(tmp_path: Path, content: str, expected: str) -> None:
    assert read_line(tmp_path, "It is ", content, ".") == expected
    assert left_out(tmp_path / "a.docx") == []


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (f"<w:sdt><w:sdtPr><w:showingPlcHdr/></w:sdtPr><w:sdtContent>{run('Enter $0')}</w:sdtContent></w:sdt>",
         ("form fields", "Enter $0")),
        (field(code(r" EQ \s\up5(12) ")), ("equations", r"EQ \s\up5(12)")),
        (field(code(" SYMBOL 163 ")), ("symbols", "SYMBOL 163")),
        ('<w:r><w:sym w:font="Wingdings" w:char="F081"/></w:r>', ("symbols", "Wingdings \uf081")),
        (run("2", '<w:rFonts w:ascii="Webdings"/>'), ("symbols", "Webdings 2")),
        (f"<w:r><w:ruby><w:rt>{run('two')}</w:rt><w:rubyBase/></w:ruby></w:r>", ("ruby annotations", "two")),
    ],
)  # fmt: skip
def test_fields_and_symbols_that_cannot_be_read_are_reported(
    tmp_path: Path, content: str, expected: tuple[str, str]
) -> None:
    assert read_line(tmp_path, "It is 5", content, "100.") == "It is 5; 100."
    assert left_out(tmp_path / "a.docx") == [expected]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ('<w:r><w:sym w:font="Symbol" w:char="F0B7"/></w:r>', "Fee • $4"),
        ('<w:r><w:sym w:font="Symbol" w:char="F0A3"/></w:r>', "Fee ≤ $4"),
        ('<w:r><w:sym w:font="Wingdings" w:char="F0FC"/></w:r>', "Fee ✓ $4"),
        ('<w:r><w:sym w:font="Arial" w:char="20AC"/></w:r>', "Fee € $4"),
        (run("\uf0b3", '<w:rFonts w:ascii="Symbol"/>'), "Fee ≥ $4"),
        (run("5", '<w:rFonts w:ascii="Symbol"/>'), "Fee 5 $4"),
    ],
)
def test_symbols_are_read_as_drawn(tmp_path: Path, content: str, expected: str) -> None:
    assert read_line(tmp_path, "Fee ", content, " $4") == expected
    assert {start + len(chars) - 1 for start, chars in _SYMBOL.items()} == {0x7E, 0xFE}


@pytest.mark.parametrize(
    "between", ["<w:br/>", "<w:tab/>", "<w:cr/>", '<w:br w:type="page"/>', '<w:ptab w:alignment="right"/>']
)
def test_breaks_weld_no_numbers(tmp_path: Path, between: str) -> None:
    content = f"<w:r><w:t>$5</w:t>{between}<w:t>100 days</w:t></w:r>"
    assert read_line(tmp_path, content) == "$5; 100 days"
    assert read_line(tmp_path, content.replace("100", "after")) == "$5 after days"


def test_marks_have_a_line_of_their_own_never(tmp_path: Path) -> None:
    gone = paragraph(run("Old.", STRIKE))
    path = write(tmp_path / "a.docx", gone, paragraph("First."), gone, gone, paragraph("Last."), gone)
    assert marked(read(path)) == ["\U000f0000First.\U000f0001\U000f0002", "Last.\U000f0003"]


def test_private_characters_of_a_document_are_no_marks(tmp_path: Path) -> None:
    assert marked(read(write(tmp_path / "a.docx", paragraph("It is \U000f0000$5.")))) == ["It is $5."]


def test_headings_lists_and_contents(tmp_path: Path) -> None:
    toc = style("paragraph", "toc 1", "")
    item = '<w:pStyle w:val="ListBullet"/>'
    path = write(
        tmp_path / "a.docx",
        paragraph("Terms", properties='<w:pStyle w:val="Title"/>'),
        paragraph("Wires 12", properties='<w:pStyle w:val="toc 1"/>'),
        paragraph("Wires", properties='<w:pStyle w:val="Heading1"/>'),
        paragraph("One", properties=item),
        paragraph(run("Struck", STRIKE), properties=item),
        paragraph("Two", properties=item),
        paragraph("Plain", properties=f'{item}<w:numPr><w:numId w:val="0"/></w:numPr>'),
        paragraph("Outline", properties='<w:outlineLvl w:val="2"/>'),
        paragraph("No style", properties='<w:pStyle w:val="Titre1"/>'),
        styles=toc,
    )
    assert [Block(block.kind, tuple(map(unmark, block.lines)), block.level) for block in read(path).blocks] == [
        Block("heading", ("Terms",), 1),
        Block("heading", ("Wires",), 2),
        Block("list", ("One", "Two")),
        Block("paragraph", ("Plain",)),
        Block("heading", ("Outline",), 4),
        Block("paragraph", ("No style",)),
    ]
    assert left_out(path) == [("tables of contents", "Wires 12"), (STRUCK, "Struck")]


def test_page_headers_and_comments_are_reported_with_their_text(tmp_path: Path) -> None:
    document = docx.Document()
    document.sections[0].header.paragraphs[0].text = "The bank, 2026"
    document.sections[0].footer.paragraphs[0].text = "Page 1"
    body = document.add_paragraph("It costs $1")
    document.add_comment(body.runs, "Is it $2?", "a")
    # A comment hides no part of a number.
    body._p.append(OxmlElement("w:r"))
    body.add_run("5 a month.")
    document.save(str(tmp_path / "a.docx"))
    assert lines(tmp_path / "a.docx") == ["It costs $15 a month."]
    assert left_out(tmp_path / "a.docx") == [
        ("comments", "Is it $2?"),
        ("page headers and footers", "The bank, 2026"),
        ("page headers and footers", "Page 1"),
    ]
