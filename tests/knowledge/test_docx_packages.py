"""Packages as Word, LibreOffice, Google and others write them are read; what is no Word document is refused."""

import codecs
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from knowledge.docx_files import (  # pyright: ignore[reportMissingImports]
    NOTES,
    TRANSITIONAL,
    left_out,
    lines,
    link,
    paragraph,
    replace,
    rewrite,
    run,
    write,
)
from tellerbot.knowledge.documents.blocks import DocumentError, DroppedContent
from tellerbot.knowledge.documents.read import read
from tellerbot.knowledge.documents.worker import read_apart

Parts = dict[str, bytes]
MAIN, LINKS, TYPES = "word/document.xml", "word/_rels/document.xml.rels", "[Content_Types].xml"
WORD_MAIN = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"


def fees(path: Path) -> Path:
    struck = run("$12", "<w:strike/>")
    note = '<w:r><w:footnoteReference w:id="2"/></w:r>'
    heading = paragraph("Fees", properties='<w:pStyle w:val="Heading1"/>')
    gone = run("It was $4.", '<w:rStyle w:val="Gone"/>')
    style = '<w:style w:type="character" w:styleId="Gone"><w:name w:val="Gone"/><w:rPr><w:strike/></w:rPr></w:style>'
    body = (heading, paragraph("The fee is ", struck, " $9", note, " a month.", gone))
    return write(path, *body, styles=style, notes=NOTES)


def strict(parts: Parts) -> None:
    """As Word saves `Strict Open XML Document`: other namespaces, also in the kinds of relationships."""
    for name, data in parts.items():
        if name.endswith((".xml", ".rels")) and name != TYPES:
            text = re.sub(rf"{TRANSITIONAL}/((?!package)\w+)/2006/", r"http://purl.oclc.org/ooxml/\1/", data.decode())
            parts[name] = text.encode()


def dangling(parts: Parts) -> None:
    link(parts, "image", "media/image99.png")
    link(parts, "hyperlink", "NULL")
    link(parts, "customXml", "../customXml/item7.xml")
    link(parts, "header", "/word/header9.xml")


def wide(parts: Parts) -> None:
    """UTF-16 with its mark, as the standard allows."""
    for name in (MAIN, "word/styles.xml", "word/footnotes.xml", LINKS):
        text = re.sub(r"^<\?xml[^>]*\?>\s*", "", parts[name].decode())
        parts[name] = codecs.BOM_UTF16_LE + f'<?xml version="1.0" encoding="UTF-16"?>{text}'.encode("utf-16-le")


def rename(parts: Parts, change: Callable[[str], str]) -> None:
    named = {change(name): data for name, data in parts.items()}
    parts.clear()
    parts.update(named)


def moved(parts: Parts) -> None:
    """The main part elsewhere, with absolute links."""
    rename(parts, lambda name: name.replace("word/document.xml", "content/main part.xml"))
    replace(parts, "_rels/.rels", "word/document.xml", "/content/main%20part.xml")
    parts["content/_rels/main part.xml.rels"] = parts.pop("word/_rels/main part.xml.rels", parts.pop(LINKS, b""))
    replace(parts, "content/_rels/main part.xml.rels", 'Target="(?!/)', 'Target="/word/')


def main_type(kind: str) -> Callable[[Parts], None]:
    return lambda parts: replace(parts, TYPES, re.escape(WORD_MAIN), kind)


CHANGES: dict[str, Callable[[Parts], object]] = {
    "as python-docx writes it": lambda parts: None,
    "Strict Open XML": strict,
    "Strict Open XML in UTF-16": lambda parts: (strict(parts), wide(parts)),
    "dangling links": dangling,
    "a template": main_type("application/vnd.openxmlformats-officedocument.wordprocessingml.template.main+xml"),
    "with macros, renamed": main_type("application/vnd.ms-word.document.macroEnabled.main+xml"),
    "no list of types": lambda parts: parts.pop(TYPES),
    "no types of parts": lambda parts: replace(parts, TYPES, "<Override [^>]*>", ""),
    "no properties": lambda parts: [parts.pop(name) for name in list(parts) if name.startswith("docProps/")],
    "no root links": lambda parts: parts.pop("_rels/.rels"),
    "backslashes": lambda parts: rename(parts, lambda name: name.replace("/", "\\")),
    "other case": lambda parts: rename(parts, str.title),
    "UTF-16": wide,
    "a mark before UTF-8": lambda parts: parts.update({MAIN: codecs.BOM_UTF8 + parts[MAIN]}),
    "absolute links": lambda parts: replace(parts, LINKS, 'Target="(?!/|http)', 'Target="/word/'),
    "main part elsewhere": moved,
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_odd_packages_are_read(tmp_path: Path, change: Callable[[Parts], object]) -> None:
    path = rewrite(fees(tmp_path / "a.docx"), change)
    assert lines(path) == ["Fees", "The fee is $9 a month."]
    assert read(path).blocks[0].kind == "heading"
    assert left_out(path) == [
        ("struck-out text", "$12"),
        ("footnotes", "Waived for students until 2027."),
        ("struck-out text", "It was $4."),
    ]


def test_odd_packages_are_read_where_no_file_may_be_written(tmp_path: Path) -> None:
    (parsed,) = read_apart([rewrite(fees(tmp_path / "a.docx"), lambda parts: (strict(parts), dangling(parts)))])
    assert not isinstance(parsed, DocumentError) and len(parsed.blocks) == 2


def test_odd_packages_without_styles_are_read(tmp_path: Path) -> None:
    path = rewrite(fees(tmp_path / "a.docx"), lambda parts: parts.pop("word/styles.xml"))
    assert lines(path) == ["Fees", "The fee is $9 a month.It was $4."]


def test_odd_packages_with_macros_are_read_and_say_so(tmp_path: Path) -> None:
    path = rewrite(fees(tmp_path / "a.docx"), lambda parts: parts.update({"word\\vbaProject.bin": b"\0"}))
    assert DroppedContent("macros", 1) in read(path).dropped


def other(main: str) -> Callable[[Path], object]:
    def make(path: Path) -> None:
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("mimetype" if not main else MAIN, main or "application/vnd.oasis.opendocument.text")

    return make


def entity(parts: Parts) -> None:
    replace(parts, MAIN, "<w:document", '<!DOCTYPE x [<!ENTITY fee "$99">]><w:document', count=1)
    replace(parts, MAIN, "a month", "&fee; a month")


@pytest.mark.parametrize(
    ("make", "what", "remedy"),
    [
        (other(""), "Expected a Word document, found an archive of something else.", "Word Document (.docx)"),
        (other("<workbook/>"), "found an archive of something else.", "Word Document (.docx)"),
        (other("<w:document"), "Expected a readable .docx, found XMLSyntaxError", "save it again"),
        (lambda path: rewrite(fees(path), entity), "Expected plain XML, found a document type.", "Open it in Word"),
        (lambda path: rewrite(fees(path), lambda parts: parts.update({"word/styles.xml": b"<w:styles"})),
         "Expected a readable .docx, found XMLSyntaxError", "save it again"),
        (lambda path: path.write_bytes(rb"{\rtf1 $5}"), "Expected a readable .docx, found BadZipFile", "save it again"),
    ],
)  # fmt: skip
def test_what_is_no_word_document_is_refused(
    tmp_path: Path, make: Callable[[Path], object], what: str, remedy: str
) -> None:
    make(tmp_path / "a.docx")
    with pytest.raises(DocumentError) as error:
        read(tmp_path / "a.docx")
    assert what in error.value.what and remedy in error.value.remedy
