"""The elements of a page -> lines of text, welded and set apart as a browser shows them."""

import re
from collections.abc import Iterable, Iterator

from bs4 import BeautifulSoup, Tag
from bs4.element import NavigableString, PreformattedString

from tellerbot.knowledge.documents import scripts
from tellerbot.knowledge.documents.blocks import Omissions, squeeze, unmark
from tellerbot.knowledge.documents.html_looks import is_apart, shift
from tellerbot.knowledge.documents.html_styles import Styles
from tellerbot.knowledge.documents.scripts import Shift, Span

HEADINGS = {f"h{level}": level for level in range(1, 7)}
SCRIPTS = {"script", "style"}
LISTS = {"ul", "ol", "dl"}
# What stays a block whatever its style: its text has a place of its own.
_FIXED = {*HEADINGS, *LISTS, "caption", "dd", "dt", "li", "pre", "table", "tbody", "td", "tfoot", "th", "thead", "tr"}
_BLOCKS = {
    *_FIXED, "address", "article", "blockquote", "body", "center", "details", "dialog", "div", "fieldset", "figcaption",
    "figure", "form", "header", "hgroup", "hr", "html", "legend", "main", "optgroup", "option", "p", "search",
    "section", "summary",
}  # fmt: skip
_BLOCK_DISPLAYS = re.compile(r"(?:block|flex|grid|flow-root|list-item|table(?:-row|-row-group|-caption)?)(?: .*)?")
_NOTE = re.compile(r"[\[(]?(?:\d{1,3}|[a-z]|[*†‡§¶]{1,3})[\])]?", re.IGNORECASE)


class Reader:
    """A reader of the text of one page; what it leaves out goes into `omissions`."""

    def __init__(self, root: BeautifulSoup, styles: Styles, omissions: Omissions) -> None:
        self._root, self._styles, self.omissions = root, styles, omissions
        self._holders: set[int] = set()

    def find_blocks(self) -> None:
        """Note which elements hold blocks. Call it when the page has its last shape."""
        for tag in self._root.find_all(True):
            for parent in tag.parents if self.is_block(tag) else ():
                if id(parent) in self._holders:
                    break
                self._holders.add(id(parent))

    def is_block(self, tag: Tag) -> bool:
        """Return whether an element starts and ends a line."""
        display = self._styles.get(tag, "display")
        if tag.name in _FIXED:
            return True
        return bool(_BLOCK_DISPLAYS.fullmatch(display)) if display else tag.name in _BLOCKS

    def is_inline(self, tag: Tag) -> bool:
        """Return whether an element is a part of a line, with all that is in it."""
        return not self.is_block(tag) and id(tag) not in self._holders

    def style(self, tag: Tag, name: str) -> str:
        """Return the value that the page declares for a property."""
        return self._styles.get(tag, name)

    def line(self, spans: Iterable[Span]) -> str:
        """Return one line of text, without runs of white space."""
        return squeeze(scripts.join(spans, self.omissions))

    def text(self, tag: Tag) -> str:
        """Return an element's text as one line."""
        return self.line(self.spans(tag))

    def code(self, tag: Tag) -> list[str]:
        """Return the lines of preformatted text."""
        lines = scripts.join(self.spans(tag), self.omissions).splitlines()
        return [line.strip() for line in lines if line.strip()]

    def spans(self, parent: Tag, at: Shift = "level") -> Iterator[Span]:
        """Yield the pieces of an element's text."""
        for child in parent.children:
            if isinstance(child, Tag):
                yield from self.spans_of(child, at)
            elif isinstance(child, NavigableString) and is_text(child):
                yield Span(str(child), at)

    def spans_of(self, tag: Tag, at: Shift = "level") -> Iterator[Span]:
        """Yield the pieces of an element's text, and the white space or signs that its tags stand for."""
        if at in ("level", "small"):
            own = "raised" if _is_note_link(tag) else shift(tag, self._styles)
            at = at if own == "level" else own
        if tag.name in SCRIPTS:
            return
        if tag.name == "br":
            yield Span("\n", at)
        elif tag.name == "q":
            yield from (Span("“", at), *self.spans(tag, at), Span("”", at))
        elif tag.name == "mfrac":
            over, under = tag.find_all("mn")
            yield from (
                Span(over.get_text(strip=True), "raised"),
                Span("/"),
                Span(under.get_text(strip=True), "lowered"),
            )
        elif self.is_block(tag) or is_apart(tag, self._styles):
            after = "; " if tag.name == "li" and tag.find_next_sibling("li") else " "
            yield from (Span(" ", at), *self.spans(tag, at), Span(after, at))
        else:
            yield from self.spans(tag, at)


def is_text(string: NavigableString) -> bool:
    """Return whether a string is no comment and no declaration."""
    return not isinstance(string, PreformattedString)


def merge_marks(lines: Iterable[str]) -> list[str]:
    """Put lines that are nothing but marks at the end of the one before, else at the start of the next."""
    merged: list[str] = []
    waiting = ""
    for line in lines:
        if unmark(line).strip():
            merged.append(waiting + line)
            waiting = ""
        elif merged:
            merged[-1] += line.strip()
        else:
            waiting += line.strip()
    return merged or ([waiting] if waiting else [])


def _is_note_link(tag: Tag) -> bool:
    """Return whether a link within the page hangs on the word before: `$2.50<a href="#n1">1</a>`, a footnote mark."""
    if tag.name != "a" or not str(tag.get("href", "")).startswith("#") or not _NOTE.fullmatch(tag.get_text(strip=True)):
        return False
    before = tag.previous_sibling
    text = before.get_text() if isinstance(before, Tag) else unmark(str(before or ""))
    return bool(text) and (text[-1].isalnum() or text[-1] in ".,;:!?%)”")
