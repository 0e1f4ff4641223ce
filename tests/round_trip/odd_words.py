"""Odd documents made by hand: Word files."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import docx
from docx.enum.style import WD_STYLE_TYPE
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from .odd import Odd

_SPACES = f"{nsdecls('w')} xmlns:m='http://schemas.openxmlformats.org/officeDocument/2006/math'"
_BOX = (
    "<w:p {}><w:r><w:pict><v:shape xmlns:v='urn:schemas-microsoft-com:vml'><v:textbox><w:txbxContent><w:p><w:r>"
    "<w:t>Boxed offer: $39</w:t></w:r></w:p></w:txbxContent></v:textbox></v:shape></w:pict></w:r></w:p>"
)
_NOTES = (
    "<w:footnotes {}><w:footnote w:id='2'><w:p><w:r><w:t>Waived above $750.</w:t></w:r></w:p></w:footnote>"
    "</w:footnotes>"
)


def run(text: str, look: str = "") -> str:
    """A run of text with properties."""
    return f"<w:r><w:rPr>{look}</w:rPr><w:t xml:space='preserve'>{text}</w:t></w:r>"


def paragraph(*parts: str) -> Any:
    """A paragraph of raw runs."""
    return parse_xml(f"<w:p {_SPACES}>{''.join(parts)}</w:p>")


def words(*parts: Any, prepare: Callable[[Any], None] = lambda document: None) -> Callable[[Path], None]:
    """A writer of a Word file with these elements."""

    def write(path: Path) -> None:
        document = docx.Document()
        prepare(document)
        document.add_heading("Fees", 1)
        for part in parts:
            document.element.body.insert(len(document.element.body) - 1, part)
        document.save(str(path))

    return write


def add_notes(document: Any) -> None:
    """A part with the text of footnote 2, and texts around the page."""
    part = Part(
        PackURI("/word/footnotes.xml"),
        "application/vnd.openxmlformats-officedocument.wordprocessingml.footnotes+xml",
        _NOTES.format(_SPACES).encode(),
        document.part.package,
    )
    document.part.relate_to(part, RELATIONSHIP_TYPE.FOOTNOTES)
    document.sections[0].header.paragraphs[0].text = "Ridgeline Bank, $1 of 2026"
    document.sections[0].footer.paragraphs[0].text = "Page 3"


def add_styles(document: Any) -> None:
    """A character style that raises, one based on it, and a paragraph style that strikes out."""
    document.styles.add_style("Raised", WD_STYLE_TYPE.CHARACTER).font.superscript = True
    document.styles.add_style("Higher", WD_STYLE_TYPE.CHARACTER).base_style = document.styles["Raised"]
    document.styles.add_style("Gone", WD_STYLE_TYPE.PARAGRAPH).font.strike = True


def table(rows: Sequence[str], columns: int) -> Any:
    """A table of raw rows."""
    grid = "<w:gridCol w:w='1000'/>" * columns
    return parse_xml(f"<w:tbl {_SPACES}><w:tblPr/><w:tblGrid>{grid}</w:tblGrid>{''.join(rows)}</w:tbl>")


def row(*cells: str, look: str = "") -> str:
    """A row of raw cells."""
    return f"<w:tr><w:trPr>{look}</w:trPr>{''.join(cells)}</w:tr>"


def cell(text: str, look: str = "") -> str:
    """A cell of raw content, or of plain text."""
    inside = text if text.startswith("<") else f"<w:p>{run(text)}</w:p>"
    return f"<w:tc><w:tcPr>{look}</w:tcPr>{inside}</w:tc>"


RAISED = "<w:vertAlign w:val='superscript'/>"
LOWERED = "<w:vertAlign w:val='subscript'/>"
HEAD = "<w:tblHeader/>"
TWO = "<w:gridSpan w:val='2'/>"
START, MORE = "<w:vMerge w:val='restart'/>", "<w:vMerge/>"
DELETED = "<w:del w:id='1' w:author='A'><w:r><w:delText>{}</w:delText></w:r></w:del>"

WORDS = (
    Odd(
        "footnotes, text boxes, page headers and marks",
        ".docx",
        words(
            paragraph(run("Alder costs $5"), "<w:r><w:footnoteReference w:id='2'/></w:r>", run(" a month.")),
            parse_xml(_BOX.format(_SPACES)),
            paragraph(run("Harrow costs $7"), run("2", RAISED), run(".")),
            prepare=add_notes,
        ),
        {"Alder": "Alder costs $5 a month.", "Harrow": "Harrow costs $7."},
        ("Waived above $750.", "Boxed offer: $39", "2"),
    ),
    Odd(
        "a tracked change inside a number",
        ".docx",
        words(
            paragraph(
                run("Alder costs $1"), DELETED.format("2"),
                f"<w:ins w:id='2' w:author='A'>{run('5')}</w:ins>", run(".00 a month."),
            ),
            paragraph(run("Harrow costs "), run("$8", "<w:dstrike/>"), run("$9", "<w:strike w:val='0'/>"), run(".")),
        ),
        {"Alder": "Alder costs $15.00 a month.", "Harrow": "Harrow costs $9."},
        ("2", "$8"),
    ),
    Odd(
        "styles that raise and strike out, and runs that say otherwise",
        ".docx",
        words(
            paragraph(run("Alder costs $5"), run("1", "<w:rStyle w:val='Higher'/>"), run(".")),
            paragraph(
                "<w:pPr><w:pStyle w:val='Gone'/></w:pPr>", run("Harrow costs "), run("$6.", "<w:strike w:val='false'/>")
            ),
            paragraph(run("Marlow costs $7"), run("0", "<w:rStyle w:val='Raised'/><w:vertAlign w:val='baseline'/>")),
            paragraph(run("Newlyn pays 4"), run("1", RAISED), run("/"), run("2", LOWERED), run("%.")),
            prepare=add_styles,
        ),
        {"$6": "$6.", "Alder": "Alder costs $5.", "Marlow": "Marlow costs $70", "Newlyn": "Newlyn pays 4½%."},
        ("1", "Harrow costs"),
    ),
    Odd(
        "fields, controls, ruby and equations",
        ".docx",
        words(
            paragraph(run("Alder costs "), f"<w:fldSimple w:instr='DOCPROPERTY Fee'>{run('$8')}</w:fldSimple>"),
            paragraph(
                run("Harrow costs "),
                "<w:r><w:fldChar w:fldCharType='begin'/></w:r><w:r><w:instrText>= 4 * 2</w:instrText></w:r>"
                "<w:r><w:fldChar w:fldCharType='separate'/></w:r>",
                run("$9"), "<w:r><w:fldChar w:fldCharType='end'/></w:r>",
            ),
            paragraph(run("Marlow costs "), f"<w:sdt><w:sdtContent>{run('$7')}</w:sdtContent></w:sdt>"),
            paragraph(
                run("Newlyn pays 3"),
                "<m:oMath><m:f><m:num><m:r><m:t>1</m:t></m:r></m:num><m:den><m:r><m:t>2</m:t></m:r></m:den></m:f>"
                "</m:oMath>", run("% a year."),
            ),
        ),
        {
            "Alder": "Alder costs $8", "Harrow": "Harrow costs $9", "Marlow": "Marlow costs $7",
            "Newlyn": "Newlyn pays 3½% a year.",
        },
    ),
    Odd(
        "three head rows, merged and missing cells, a deleted row",
        ".docx",
        words(
            table(
                [
                    row(cell("Account", START), cell("Fees", TWO), cell("Limit", START), look=HEAD),
                    row(cell("", MORE), cell("Monthly"), cell("Yearly"), cell("", MORE), look=HEAD),
                    row(cell("Alder"), cell("$5", START), cell("$60"), cell("$1,000")),
                    row(cell("Harrow"), cell("", MORE), cell("$70"), cell("$2,000")),
                    row(cell(f"<w:p>{DELETED.format('Marlow')}</w:p>"), cell(f"<w:p>{DELETED.format('$6')}</w:p>"),
                        cell(f"<w:p>{DELETED.format('$65')}</w:p>"), cell(f"<w:p>{DELETED.format('$500')}</w:p>"),
                        look="<w:del w:id='3' w:author='A'/>"),
                    row(cell("Newlyn", TWO), cell("$75"), look="<w:gridAfter w:val='1'/>"),
                ],
                4,
            )
        ),
        {
            "Alder": ("Alder", {"Fees|Monthly": "$5", "Fees|Yearly": "$60", "Limit": "$1,000"}),
            "Harrow": ("Harrow", {"Fees|Monthly": "$5", "Fees|Yearly": "$70", "Limit": "$2,000"}),
            "Newlyn": ("Newlyn", {"Fees|Yearly": "$75"}),
        },
        ("$6", "$65", "$500"),
    ),
)  # fmt: skip
