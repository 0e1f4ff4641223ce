"""DOCX -> blocks (needs the `documents` extra)."""

from collections import Counter
from pathlib import Path

from tellerbot.knowledge.documents.blocks import Block, BlockKind, DroppedContent, Omissions, ParsedDocument, unmark
from tellerbot.knowledge.documents.docx_line import settle
from tellerbot.knowledge.documents.docx_package import Element, open_package, q, val
from tellerbot.knowledge.documents.docx_styles import Place
from tellerbot.knowledge.documents.docx_table import cell_place, read_table, single_cell
from tellerbot.knowledge.documents.docx_text import PLACEHOLDER, Reader
from tellerbot.knowledge.documents.docx_tree import blocks_in, is_joined, plain_text

_DEEPEST = 6
_CONTENTS = "tables of contents"


def parse(path: Path) -> ParsedDocument:
    """Parse headings by style, paragraphs, lists and tables as Word shows them, with marks where text was left out.

    Left out are struck-out, hidden and deleted text, notes, text boxes, equations that make no line, page headers,
    images and macros. Raises DocumentError when the file is encrypted, no Word document, or unpacks to too much.
    """
    omissions = Omissions()
    dropped: Counter[str] = Counter()
    with open_package(path) as package:
        dropped["macros"] = package.macros()
        dropped["embedded documents"] = sum(1 for _ in package.document.iter(q("w:altChunk"), q("w:subDoc")))
        body = _Body(Reader(package, omissions, dropped))
        body.read(package.document.find(q("w:body")), Place(_page_colour(package.document)))
        body.finish()
        edges = [plain_text(part) for kind in ("header", "footer") for part in package.related_parts(kind)]
    for text in dict.fromkeys(edges):
        omissions.add("page headers and footers", text)
    without_text = (DroppedContent(what, count) for what, count in dropped.items() if count)
    return ParsedDocument(tuple(body.blocks), (*without_text, *omissions.dropped()), tuple(omissions.items))


class _Body:
    """A collection of blocks; items of a list gather until it ends."""

    def __init__(self, reader: Reader) -> None:
        self.blocks: list[Block] = []
        self._reader = reader
        self._items: list[str] = []
        self._has_title = False
        # Marks that wait for a line, and the text of a paragraph whose end was deleted.
        self._marks = ""
        self._begun = ""

    def read(self, parent: Element, place: Place) -> None:
        for element in blocks_in(parent):
            if element.tag not in (q("w:tbl"), q("w:sdt")):
                self._paragraph(element, place)
                continue
            if self._begun:
                self._add("paragraph", [settle(self._begun)])
                self._begun = ""
            if element.tag == q("w:sdt"):
                self._mark(self._reader.omissions.add(PLACEHOLDER, plain_text(element)))
            elif (cell := single_cell(element)) is not None:
                self.read(cell, cell_place(self._reader, element, cell, place))
            else:
                self._add("table", read_table(self._reader, element, place))

    def finish(self) -> None:
        """End what is open."""
        if self._begun:
            self._add("paragraph", [settle(self._begun)])
        self._end_list()

    def _paragraph(self, element: Element, place: Place) -> None:
        properties = element.find(q("w:pPr"))
        styles = list(self._reader.styles.chain("paragraph", val(properties, "w:pStyle")))
        names = [(val(style, "w:name") or "").lower() for style in styles]
        omitted = _CONTENTS if any(name.startswith("toc ") for name in names) else ""
        self._begun += self._reader.line(element, place, omitted).text
        if is_joined(element):
            return
        text, self._begun = settle(self._begun), ""
        sources = [part for part in (properties, *(style.find(q("w:pPr")) for style in styles)) if part is not None]
        level = _level(names, sources)
        if not unmark(text):
            self._mark(text)
        elif level is not None:
            # Headings are below a title, which Word counts beside them.
            self._add("heading", [text], min(level + self._has_title, _DEEPEST) if level else 1)
            self._has_title |= level == 0
        elif _is_item(names, sources):
            self._items.append(self._marks + text)
            self._marks = ""
        else:
            self._add("paragraph", [text])

    def _add(self, kind: BlockKind, lines: list[str], level: int = 0) -> None:
        self._end_list()
        if any(unmark(line) for line in lines):
            self.blocks.append(Block(kind, (self._marks + lines[0], *lines[1:]), level))
            self._marks = ""
        else:
            self._mark("".join(lines))

    def _end_list(self) -> None:
        if self._items:
            self.blocks.append(Block("list", tuple(self._items)))
            self._items = []

    def _mark(self, marks: str) -> None:
        """Put marks that have no line of their own at the end of the line before, else into the next one."""
        if self._items:
            self._items[-1] += marks
        elif self.blocks:
            last = self.blocks[-1]
            self.blocks[-1] = Block(last.kind, (*last.lines[:-1], last.lines[-1] + marks), last.level)
        else:
            self._marks += marks


def _page_colour(document: Element) -> str:
    page = document.find(q("w:background"))
    colour = None if page is None else page.get(q("w:color"))
    return colour if colour and colour != "auto" else "FFFFFF"


def _level(names: list[str], sources: list[Element]) -> int | None:
    """Return a heading's level, 0 for the title, None for other paragraphs.

    The level is by its styles' names, else by their outline.
    """
    for name in names:
        if name == "title":
            return 0
        if name.startswith("heading ") and name[8:].isdecimal():
            return int(name[8:])
    outline = next((found for source in sources if (found := val(source, "w:outlineLvl"))), "9")
    return int(outline) + 1 if outline.isdecimal() and int(outline) < 9 else None


def _is_item(names: list[str], sources: list[Element]) -> bool:
    """Return whether a paragraph is an item of a list; the list number 0 takes it out of one."""
    numbered = next((found for source in sources if (found := source.find(q("w:numPr"))) is not None), None)
    if numbered is not None and val(numbered, "w:numId") is not None:
        return val(numbered, "w:numId") != "0"
    return any(name.startswith(("list bullet", "list number")) for name in names)
