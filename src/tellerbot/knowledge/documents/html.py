"""HTML -> blocks, as a person sees the page on a screen.

Markdown is rendered to HTML and read here too, so that both are read by the same rules.
"""

import re
import warnings
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from bs4 import BeautifulSoup, Tag, XMLParsedAsHTMLWarning
from bs4.element import NavigableString

from tellerbot.knowledge.documents.blocks import Block, BlockKind, DroppedContent, Omissions, ParsedDocument, unmark
from tellerbot.knowledge.documents.encodings import decode_page
from tellerbot.knowledge.documents.html_lists import list_lines
from tellerbot.knowledge.documents.html_looks import WHITE, Look
from tellerbot.knowledge.documents.html_neighbours import part_neighbours
from tellerbot.knowledge.documents.html_omissions import Pruner, settle
from tellerbot.knowledge.documents.html_styles import Styles
from tellerbot.knowledge.documents.html_tables import is_layout, rows
from tellerbot.knowledge.documents.html_text import HEADINGS, LISTS, Reader, is_text, merge_marks
from tellerbot.knowledge.documents.scripts import Span

_NOSCRIPT = re.compile(r"<(/?)noscript\b", re.IGNORECASE)


def parse(path: Path) -> ParsedDocument:
    """Parse headings, paragraphs, lists, tables and code of a page.

    Raises DocumentError when the file is binary, or in an encoding other than the one it declares.
    """
    return parse_html(decode_page(path.read_bytes()))


def parse_html(text: str) -> ParsedDocument:
    """Parse the blocks of a page or of a part of one. What a person does not see is left out and reported."""
    with warnings.catch_warnings():
        # XHTML is read as HTML on purpose: that way it has no entities to expand.
        warnings.simplefilter("ignore", XMLParsedAsHTMLWarning)
        # html5lib builds the tree that browsers build, whatever is left open or misplaced. It reads <noscript> as a
        # browser without scripts would, which shows it; <noframes> is read as others read both.
        soup = BeautifulSoup(_NOSCRIPT.sub(r"<\1noframes", text), "html5lib")
    omissions = Omissions()
    styles = Styles(soup)
    sheets = len(soup.select('link[rel~="stylesheet" i]'))
    for head in soup.find_all("head"):
        head.decompose()
    reader = Reader(soup, styles, omissions)
    pruner = Pruner(reader, styles, omissions)
    # A sheet in another file may set any colour behind the text.
    pruner.prune(soup, Look(background=None if sheets else WHITE))
    settle(soup)
    reader.find_blocks()
    part_neighbours(soup, reader, styles)
    walk = _Walk(reader)
    walk.visit(soup)
    walk.finish()
    dropped = pruner.dropped() + ((DroppedContent("style sheets in other files", sheets),) if sheets else ())
    return ParsedDocument(tuple(walk.blocks), dropped, tuple(omissions.items))


class _Walk:
    """A collection of blocks; text outside block elements gathers until the next one."""

    def __init__(self, reader: Reader) -> None:
        self.blocks: list[Block] = []
        self._reader = reader
        self._spans: list[Span] = []
        # Marks that have no line yet.
        self._waiting = ""

    def visit(self, parent: Tag) -> None:
        for child in parent.children:
            if isinstance(child, Tag):
                if self._reader.is_inline(child):
                    self._spans += self._reader.spans_of(child)
                else:
                    self._flush()
                    self._block(child)
                    self._flush()
            elif isinstance(child, NavigableString) and is_text(child):
                self._spans.append(Span(str(child)))

    def finish(self) -> None:
        """Close the last paragraph, and give marks without a line the last one there is."""
        self._flush()
        if self._waiting and self.blocks:
            self._extend(self._waiting)

    def _flush(self) -> None:
        text = self._reader.line(self._spans)
        self._spans.clear()
        self._add("paragraph", [text])

    def _block(self, tag: Tag) -> None:
        if tag.name in HEADINGS:
            self._add("heading", [self._reader.text(tag)], HEADINGS[tag.name])
        elif tag.name in LISTS:
            self._add("list", list_lines(tag, self._reader))
        elif tag.name == "pre":
            self._add("code", self._reader.code(tag))
        elif tag.name == "table" and not is_layout(tag):
            if tag.caption:
                self._add("paragraph", [self._reader.text(tag.caption)])
            self._add("table", rows(tag, self._reader))
        else:
            self.visit(tag)

    def _add(self, kind: BlockKind, lines: Iterable[str], level: int = 0) -> None:
        merged = merge_marks(lines)
        if not merged:
            return
        has_text = bool(unmark(merged[0]).strip())
        # A section's name is no place for what is left out before or under it.
        if has_text and kind != "heading":
            merged[0], self._waiting = self._waiting + merged[0], ""
        if has_text:
            self.blocks.append(Block(kind, tuple(merged), level))
        elif self.blocks and self.blocks[-1].kind != "heading":
            self._extend(merged[0])
        else:
            self._waiting += merged[0]

    def _extend(self, marks: str) -> None:
        last = self.blocks[-1]
        self.blocks[-1] = replace(last, lines=(*last.lines[:-1], last.lines[-1] + marks))
