"""HTML -> blocks (needs the `documents` extra)."""

import warnings
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from bs4 import BeautifulSoup, Tag, XMLParsedAsHTMLWarning
from bs4.element import NavigableString, PageElement

from tellerbot.knowledge.documents.blocks import (
    Block,
    DocumentError,
    Dropped,
    Parsed,
    collapse,
    squeeze,
    table_lines,
)

_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_CODE = {"script", "style", "noscript", "template"}
_AROUND = {"nav", "footer", "aside", "menu", "dialog"}
_AROUND_ROLES = {"navigation", "banner", "contentinfo", "search", "complementary"}
_EMBEDDED = {"iframe", "object", "embed", "svg", "math", "canvas", "video", "audio", "img", "picture"}
_CONTROLS = {"button", "input", "select", "textarea"}
_BLOCKS = {
    *_HEADINGS, "address", "article", "blockquote", "body", "center", "dd", "details", "div", "dl", "dt", "fieldset",
    "figcaption", "figure", "form", "header", "hr", "html", "legend", "li", "main", "ol", "p", "pre", "section",
    "summary", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul",
}  # fmt: skip
# The most columns a cell may span; the standard allows 1000.
_MAX_SPAN = 100


def parse(path: Path) -> Parsed:
    """Headings, paragraphs, lists, tables and code; scripts, styles, navigation and hidden parts are left out.

    Raises DocumentError when the file is binary.
    """
    data = path.read_bytes()
    if b"\0" in data[:4096] and not data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise DocumentError("Expected HTML, found binary content.", "Save the page as HTML in UTF-8.")
    with warnings.catch_warnings():
        # XHTML is read as HTML on purpose: that way it has no entities to expand.
        warnings.simplefilter("ignore", XMLParsedAsHTMLWarning)
        soup = BeautifulSoup(data, "lxml")
    for title in soup.find_all("head"):
        title.decompose()
    dropped = _prune(soup)
    walk = _Walk()
    walk.visit(soup)
    walk.flush()
    return Parsed(tuple(walk.blocks), tuple(Dropped(what, count) for what, count in dropped.items()))


def _prune(soup: BeautifulSoup) -> Counter[str]:
    """Take out what is no text of the document, and count it."""
    dropped: Counter[str] = Counter()
    for tag in soup.find_all(True):
        if not tag.decomposed and (what := _unwanted(tag)):
            dropped[what] += 1
            tag.decompose()
    return dropped


def _unwanted(tag: Tag) -> str | None:
    style = str(tag.get("style", "")).replace(" ", "").lower()
    if tag.name in _CODE:
        return "scripts and styles"
    if tag.name in _AROUND or tag.get("role") in _AROUND_ROLES:
        return "navigation, footers and asides"
    if tag.name in _EMBEDDED:
        return "images and embedded content"
    if tag.name in _CONTROLS:
        return "form controls"
    if tag.has_attr("hidden") or tag.get("aria-hidden") == "true" or "display:none" in style:
        return "hidden parts"
    return None


class _Walk:
    """Collects blocks; text outside block elements gathers until the next one."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self._text: list[str] = []

    def flush(self) -> None:
        text = squeeze("".join(self._text))
        self._text.clear()
        if text:
            self.blocks.append(Block("paragraph", (text,)))

    def visit(self, parent: Tag) -> None:
        for child in parent.children:
            if not isinstance(child, Tag):
                self._text.append(_string(child))
            elif child.name == "br":
                self._text.append(" ")
            elif child.name not in _BLOCKS and not child.find(list(_BLOCKS)):
                self._text.append(_text(child))
            else:
                self.flush()
                self._block(child)
                self.flush()

    def _block(self, tag: Tag) -> None:
        if tag.name in _HEADINGS:
            if text := squeeze(_text(tag)):
                self.blocks.append(Block("heading", (text,), _HEADINGS[tag.name]))
        elif tag.name in ("ul", "ol", "dl"):
            self._add(Block("list", tuple(_items(tag))))
        elif tag.name == "pre":
            lines = (line.rstrip() for line in _text(tag).splitlines())
            self._add(Block("code", tuple(line.strip() for line in lines if line)))
        # A table that holds headings, lists or tables only lays the page out.
        elif tag.name == "table" and not tag.find(["table", "ul", "ol", *_HEADINGS]):
            if tag.caption and (text := squeeze(_text(tag.caption))):
                self.blocks.append(Block("paragraph", (text,)))
            self._add(Block("table", _table(tag)))
        else:
            self.visit(tag)

    def _add(self, block: Block) -> None:
        if any(block.lines):
            self.blocks.append(block)


def _string(node: PageElement) -> str:
    # Comments, declarations and their like are strings of other types.
    return str(node) if type(node) is NavigableString else ""


def _text(tag: Tag) -> str:
    return "".join(
        _string(node) if not isinstance(node, Tag) else " " if node.name == "br" or node.name in _BLOCKS else ""
        for node in tag.descendants
    )


def _items(tag: Tag) -> Iterator[str]:
    """A list's items, nested ones after the item they stand in; `term: description` for a definition list."""
    term = ""
    # Groups of a definition list may stand in a div each.
    for group in tag.find_all("div", recursive=False):
        group.unwrap()
    for item in tag.find_all(["li", "dt", "dd", "ul", "ol"], recursive=False):
        nested = [part for part in item.find_all(["ul", "ol"]) if part.find_parent(["ul", "ol", "li"]) is item]
        if item.name in ("ul", "ol"):
            yield from _items(item)
            continue
        for part in nested:
            part.extract()
        text = squeeze(_text(item))
        if item.name == "dt":
            term = text
        elif text:
            yield f"{term}: {text}" if term and item.name == "dd" else text
        for part in nested:
            yield from _items(part)


def _table(table: Tag) -> tuple[str, ...]:
    rows = [row for row in table.find_all("tr") if row.find_parent("table") is table]
    grid: list[list[tuple[str, int]]] = []
    # Column -> the cell from above that still spans it: text, its number, rows left.
    above: dict[int, tuple[str, int, int]] = {}
    for row in rows:
        line: list[tuple[str, int]] = []
        for cell in row.find_all(["td", "th"], recursive=False):
            _fill(line, above)
            text = squeeze(_text(cell))
            for _ in range(_span(cell, "colspan")):
                above[len(line)] = (text, id(cell), _span(cell, "rowspan") - 1)
                line.append((text, id(cell)))
        _fill(line, above)
        grid.append(line)
    heads = 0
    while heads < len(rows) and _is_head(rows[heads]):
        heads += 1
    columns = zip(*([text for text, _ in line] for line in grid[:heads]), strict=False)
    head = [" ".join(dict.fromkeys(text for text in column if text)) for column in columns]
    body = [collapse([text for text, _ in line], len({cell for _, cell in line}) == 1) for line in grid[heads:]]
    return table_lines(head, [line for line in body if any(line)])


def _fill(line: list[tuple[str, int]], above: dict[int, tuple[str, int, int]]) -> None:
    """Add the cells from above that span into this row at its end."""
    while len(line) in above and above[len(line)][2] > 0:
        text, cell, left = above[len(line)]
        above[len(line)] = (text, cell, left - 1)
        line.append((text, cell))


def _is_head(row: Tag) -> bool:
    cells = row.find_all(["td", "th"], recursive=False)
    return row.find_parent("thead") is not None or (bool(cells) and all(cell.name == "th" for cell in cells))


def _span(cell: Tag, name: str) -> int:
    text = str(cell.get(name, "1")).strip()
    return min(max(int(text), 1), _MAX_SPAN) if text.isdecimal() and len(text) < 9 else 1
