"""DOCX files made of the XML that a test names, in a package that python-docx wrote."""

import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import docx
from docx.document import Document
from docx.oxml.parser import parse_xml

from tellerbot.knowledge.documents.blocks import ParsedDocument, unmark
from tellerbot.knowledge.documents.read import read

TRANSITIONAL = "http://schemas.openxmlformats.org"
NAMESPACES = {
    "w": f"{TRANSITIONAL}/wordprocessingml/2006/main",
    "m": f"{TRANSITIONAL}/officeDocument/2006/math",
    "r": f"{TRANSITIONAL}/officeDocument/2006/relationships",
    "wp": f"{TRANSITIONAL}/drawingml/2006/wordprocessingDrawing",
    "mc": "http://schemas.openxmlformats.org/markup-compatibility/2006",
    "wps": "http://schemas.microsoft.com/office/word/2010/wordprocessingShape",
    "v": "urn:schemas-microsoft-com:vml",
    "o": "urn:schemas-microsoft-com:office:office",
}
DECLARED = " ".join(f'xmlns:{prefix}="{uri}"' for prefix, uri in NAMESPACES.items())
NOTES = (
    '<w:footnote w:id="2"><w:p><w:r><w:footnoteRef/></w:r><w:r><w:t>Waived for students until 2027.</w:t></w:r></w:p>'
    "</w:footnote>"
)


def run(text: str, properties: str = "") -> str:
    return f'<w:r><w:rPr>{properties}</w:rPr><w:t xml:space="preserve">{text}</w:t></w:r>'


def paragraph(*content: str, properties: str = "") -> str:
    """A paragraph of runs; pieces without markup become runs."""
    runs = (piece if piece.startswith("<") else run(piece) for piece in content)
    return f"<w:p><w:pPr>{properties}</w:pPr>{''.join(runs)}</w:p>"


def write(path: Path, *body: str, styles: str = "", notes: str = "") -> Path:
    """A document of this body, with these styles added, and these footnotes."""
    document = docx.Document()
    fill(document, *body)
    for style in parse_xml(f"<w:styles {DECLARED}>{styles}</w:styles>"):
        document.styles.element.append(style)
    document.save(str(path))
    if notes:
        rewrite(path, lambda parts: add_footnotes(parts, notes))
    return path


def fill(document: Document, *body: str) -> None:
    for element in parse_xml(f"<w:body {DECLARED}>{''.join(body)}</w:body>"):
        document.element.body.insert(-1, element)


def rewrite(path: Path, change: Callable[[dict[str, bytes]], object]) -> Path:
    """Let `change` edit the parts of the package, by name."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    change(parts)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return path


def replace(parts: dict[str, bytes], name: str, old: str, new: str, count: int = 0) -> None:
    """Replace a pattern in a part, which must be there."""
    text, found = re.subn(old, new, parts[name].decode(), count=count)
    assert found, f"{old} is not in {name}"
    parts[name] = text.encode()


def link(parts: dict[str, bytes], kind: str, target: str) -> None:
    """Add a relationship of the document's."""
    added = f'<Relationship Id="{kind}X" Type="{NAMESPACES["r"]}/{kind}" Target="{target}"/></Relationships>'
    replace(parts, "word/_rels/document.xml.rels", "</Relationships>", added)


def add_footnotes(parts: dict[str, bytes], notes: str) -> None:
    parts["word/footnotes.xml"] = f"<w:footnotes {DECLARED}>{notes}</w:footnotes>".encode()
    link(parts, "footnotes", "footnotes.xml")


def lines(path: Path) -> list[str]:
    """What is read, line by line, with the marks taken out and single spaces."""
    return [" ".join(unmark(line).split()) for line in marked(read(path))]


def marked(parsed: ParsedDocument) -> list[str]:
    return [line for block in parsed.blocks for line in block.lines]


def left_out(path: Path) -> list[tuple[str, str]]:
    """What is left out: why, and its text. Each piece has one mark at least in the text, or none at all."""
    return [(item.what, item.text) for item in read(path).omissions]
