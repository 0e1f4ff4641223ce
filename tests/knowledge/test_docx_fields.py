"""Equations, fields, controls and symbols of Word are read as they are shown, or left out and reported."""

from pathlib import Path

import pytest

from knowledge.docx_files import (  # pyright: ignore[reportMissingImports]
    left_out,
    lines,
    paragraph,
    run,
    write,
)
from tellerbot.knowledge.documents.symbols import _SYMBOL

STRUCK, STRIKE = "struck-out text", "<w:strike/>"


def read_line(tmp_path: Path, *content: str) -> str:
    (line,) = lines(write(tmp_path / "a.docx", paragraph(*content)))
    return line


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
        (f"<!-- between -->{run('$8')}<!-- runs -->", "It is $8."),
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
        (f'<w:bdo w:val="rtl">{run("$12")}</w:bdo>', ("reversed text", "$12")),
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
