"""DOCX -> blocks (needs the `documents` extra)."""

import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import docx
from docx.document import Document
from docx.oxml.ns import qn
from docx.styles.style import CharacterStyle
from docx.table import Table
from docx.text.paragraph import Paragraph
from docx.text.run import Run

from tellerbot.knowledge.documents.blocks import (
    Block,
    DocumentError,
    Dropped,
    Parsed,
    collapse,
    squeeze,
    table_lines,
)

# What a DOCX may unpack to, in bytes, and in how many files.
MAX_UNPACKED = 200_000_000
MAX_FILES = 5000
_OLD_OR_ENCRYPTED = bytes.fromhex("D0CF11E0A1B11AE1")
_SPACES = {qn("w:tab"), qn("w:br"), qn("w:cr"), qn("w:ptab")}
_WRAPPERS = {qn(f"w:{name}") for name in ("sdt", "sdtContent", "ins", "moveTo", "smartTag", "customXml")}
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_ELSEWHERE = {
    "w:txbxContent": "text boxes",
    "w:footnoteReference": "footnotes",
    "w:endnoteReference": "endnotes",
    "w:commentReference": "comments",
    "w:del": "tracked deletions",
    "w:drawing": "images and drawings",
    "w:altChunk": "embedded documents",
}


def parse(path: Path) -> Parsed:
    """Headings by style, paragraphs, lists and tables; macros, images, notes and page headers are left out.

    Raises DocumentError when the file is encrypted, an old Word file, or unpacks to more than it should.
    """
    dropped = _unpacked_is_sane(path)
    document = docx.Document(str(path))
    # Text boxes are stored twice: for new programs, and once more for old ones.
    _cut(document.element.body.iter(_FALLBACK))
    for tag, what in _ELSEWHERE.items():
        dropped[what] += sum(1 for _ in document.element.body.iter(qn(tag)))
    # Moved text is read where it went. A mark on the end of a paragraph holds nothing.
    moved = (element for element in document.element.body.iter(qn("w:moveFrom")) if len(element))
    dropped["moved text where it stood before"] = _cut(moved)
    dropped["hidden runs of text"] = _cut(_hidden(document))
    for section in document.sections:
        texts = [part.text for side in (section.header, section.footer) for part in side.paragraphs]
        dropped["page headers and footers"] += any(text.strip() for text in texts)
    return Parsed(tuple(_blocks(document)), tuple(Dropped(what, count) for what, count in dropped.items() if count))


def _cut(elements: Iterable[Any]) -> int:
    """Take elements out of the document; returns how many there were."""
    found = list(elements)
    for element in found:
        element.getparent().remove(element)
    return len(found)


def _hidden(document: Document) -> Iterator[Any]:
    """Runs with text that Word does not show: by their own property, else by their style's or paragraph's style's."""
    styles = {style.style_id for style in document.styles if isinstance(style, CharacterStyle) and _hides(style)}
    for run in document.element.body.iter(qn("w:r")):
        own = Run(run, document).font.hidden
        paragraph = next(run.iterancestors(qn("w:p")), run)
        if (own or (own is None and not styles.isdisjoint((run.style, paragraph.style)))) and _text(run).strip():
            yield run


def _hides(style: Any) -> bool:
    return next((one.font.hidden for one in _bases(style) if one.font.hidden is not None), False)


def _unpacked_is_sane(path: Path) -> Counter[str]:
    """Look at the archive before anything in it is unpacked; returns what will be left out of it."""
    with path.open("rb") as stream:
        if stream.read(8) == _OLD_OR_ENCRYPTED:
            raise DocumentError(
                "Expected a .docx, found an encrypted one or an old Word file (.doc).",
                "Save it as .docx without a password.",
            )
    with zipfile.ZipFile(path) as archive:
        entries = archive.infolist()
    # Reading stops at the stated size, so that a smaller one gains nothing.
    size = sum(entry.file_size for entry in entries)
    if size > MAX_UNPACKED or len(entries) > MAX_FILES:
        raise DocumentError(
            f"Expected at most {MAX_UNPACKED // 10**6} MB in {MAX_FILES} files once unpacked, "
            f"found {size // 10**6} MB in {len(entries)}.",
            "Split the document, or make its pictures smaller.",
        )
    return Counter({"macros": sum(entry.filename.endswith("vbaProject.bin") for entry in entries)})


def _blocks(document: Document) -> Iterator[Block]:
    items: list[str] = []
    title = 0
    for element in _elements(document.element.body):
        block = None
        if element.tag == qn("w:tbl"):
            block = Block("table", _table(Table(element, document)))
        elif text := squeeze(_text(element)):
            paragraph = Paragraph(element, document)  # type: ignore[arg-type]
            names = list(_bases(paragraph.style))
            level = _level(element, names, paragraph)
            if level is not None:
                # Headings stand under a title, which Word counts beside them.
                block = Block("heading", (text,), min(level + title, 6) if level else 1)
                title = title or int(level == 0)
            elif _is_item(element, names, paragraph):
                items.append(text)
                continue
            else:
                block = Block("paragraph", (text,))
        if block and any(block.lines):
            if items:
                yield Block("list", tuple(items))
                items = []
            yield block
    if items:
        yield Block("list", tuple(items))


def _elements(parent: Any) -> Iterator[Any]:
    """Paragraphs and tables in order, those in content controls and tracked changes too."""
    for child in parent:
        if child.tag in (qn("w:p"), qn("w:tbl")):
            yield child
        elif child.tag in _WRAPPERS:
            yield from _elements(child)


def _text(element: Any) -> str:
    """The text below `element`, without that of text boxes; python-docx's own skips tracked insertions."""
    if element.tag == qn("w:t"):
        return element.text or ""
    if element.tag in _SPACES:
        return " "
    if element.tag == qn("w:noBreakHyphen"):
        return "-"
    if element.tag in (qn("w:txbxContent"), qn("w:pPr"), qn("w:tblPr")):
        return ""
    return "".join(_text(child) for child in element) + (" " if element.tag == qn("w:p") else "")


def _bases(style: Any) -> Iterator[Any]:
    """A style and those that it is based on."""
    for _ in range(20):
        if style is None:
            return
        yield style
        style = style.base_style


def _level(element: Any, styles: list[Any], paragraph: Paragraph) -> int | None:
    """A heading's level, 0 for the title, None for other paragraphs."""
    for style in styles:
        name = str(style.name)
        if name == "Title":
            return 0
        if name.startswith("Heading ") and name[8:].isdecimal():
            return int(name[8:])
    for properties in [element.pPr, *(style.element.pPr for style in styles)]:
        outline = None if properties is None else properties.find(qn("w:outlineLvl"))
        if outline is not None:
            level = int(outline.get(qn("w:val")))
            return level + 1 if level < 9 else None
    return None


def _is_item(element: Any, styles: list[Any], paragraph: Paragraph) -> bool:
    properties = [element.pPr, *(style.element.pPr for style in styles)]
    return any(part is not None and part.find(qn("w:numPr")) is not None for part in properties) or any(
        str(style.name).startswith(("List Bullet", "List Number")) for style in styles
    )


def _table(table: Table) -> tuple[str, ...]:
    rows: list[list[str]] = []
    for row in table.rows:
        cells = [cell._tc for cell in row.cells]
        rows.append(collapse([squeeze(_text(cell)) for cell in cells], len(set(cells)) == 1))
    head = bool(rows) and _has_head(table)
    return table_lines(rows[0] if head else [], [row for row in rows[head:] if any(row)])


def _has_head(table: Table) -> bool:
    """Whether the first row names the columns: marked as such, all in bold, or styled apart."""
    first = table.rows[0]
    properties = first._tr.trPr
    if properties is not None and properties.find(qn("w:tblHeader")) is not None:
        return True
    runs = [run for cell in first.cells for paragraph in cell.paragraphs for run in paragraph.runs if run.text.strip()]
    if runs and all(run.bold for run in runs):
        return True
    look = table._tbl.tblPr.find(qn("w:tblLook"))
    styled = table.style is not None and table.style.name not in ("Normal Table", "Table Grid")
    return styled and look is not None and look.get(qn("w:firstRow")) == "1"
