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
from tellerbot.knowledge.documents.blocks import Block, DroppedContent, unmark
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
        ('<w:position w:val="3pt"/>', ""),
        ('<w:sz w:val="14"/>', ""),
        ('<w:rStyle w:val="Mark"/>', style("character", "Mark", '<w:sz w:val="12"/>')),
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


def test_struck_out_text_by_the_default_style(tmp_path: Path) -> None:
    base = style("paragraph", "Base", STRIKE).replace("<w:style ", '<w:style w:default="1" ')
    other = style("paragraph", "Other")
    path = write(
        tmp_path / "a.docx",
        paragraph("Fees.", properties='<w:pStyle w:val="Other"/>'),
        paragraph("It costs $12."),
        paragraph("It costs $13.", properties='<w:pStyle w:val="NotThere"/>'),
        styles=base + other,
    )
    assert lines(path) == ["Fees."]
    assert left_out(path) == [(STRUCK, "It costs $12."), (STRUCK, "It costs $13.")]


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
        ('<w:color w:val="808080"/><w:sz w:val="18"/>', ""),
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
    assert read(tmp_path / "a.docx").dropped == (DroppedContent("tracked deletions", 1),)


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
    assert DroppedContent("images and drawings", 1) in read(tmp_path / "a.docx").dropped


def test_an_alternative_without_a_choice_is_read(tmp_path: Path) -> None:
    old = f"<mc:AlternateContent><mc:Fallback>{run('$5')}</mc:Fallback></mc:AlternateContent>"
    both = old.replace("$5", "$7").replace(
        "<mc:Fallback>", f"<mc:Choice Requires='w14'>{run('$6')}</mc:Choice><mc:Fallback>"
    )
    assert read_line(tmp_path, "It costs ", old, " or ", both, ".") == "It costs $5 or $6."


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
