"""Takes out of a page what a person does not see or what is no text of it, and leaves marks in place."""

import re
from collections import Counter

from bs4 import BeautifulSoup, Tag
from bs4.element import Comment, NavigableString, PreformattedString

from tellerbot.knowledge.documents.blocks import DroppedContent, Omissions, unmark
from tellerbot.knowledge.documents.html_looks import Look, is_hidden, is_removed, is_reversed, is_struck
from tellerbot.knowledge.documents.html_styles import Styles
from tellerbot.knowledge.documents.html_text import SCRIPTS, Reader
from tellerbot.knowledge.documents.overlays import REVERSED, STRUCK

_NEVER_SHOWN = {"template", "datalist", "title", "rp", "noframes"}
_AROUND = {"nav", "footer", "aside", "menu"}
_AROUND_ROLES = {"navigation", "banner", "contentinfo", "search", "complementary"}
_EMBEDDED = {
    "iframe", "object", "embed", "svg", "canvas", "video", "audio", "img", "picture", "map", "meter", "progress",
}  # fmt: skip
_FIELDS = {"button", "input", "select", "textarea"}
# Fields that hold no text that a person reads.
_SILENT_FIELDS = {"hidden", "checkbox", "radio", "file", "image", "range", "color"}
_EQUATION = {"math", "mrow", "mstyle", "mn", "mo", "mi", "mtext", "mspace", "mfrac"}
_CELLS, _COLUMNS = {"td", "th"}, {"col", "colgroup"}
# Joiners and their like, which are drawn as nothing.
_UNSEEN = re.compile("[\u00ad\u034f\u180e\u200b\u200e\u200f\u2060-\u2064\ufeff]|(?<=[\\d.,])[\u200c\u200d](?=[\\d.,])")
# What parsers hand over as comments: XML declarations, and conditions around text that browsers show.
_MARKUP = re.compile(r"\?.*|\[(?:if [^\]]*|endif)\]", re.DOTALL)


class Pruner:
    """A filter of what a page does not show. `counts` holds what was left out that has no text of its own."""

    def __init__(self, reader: Reader, styles: Styles, omissions: Omissions) -> None:
        self._reader, self._styles, self._omissions = reader, styles, omissions
        self._counts: Counter[str] = Counter()

    def prune(self, parent: BeautifulSoup | Tag, look: Look) -> None:
        """Replace what is left out of `parent`, which has this look, by marks."""
        for child in list(parent.children):
            if isinstance(child, Tag):
                self._element(child, look)
            elif isinstance(child, Comment):
                child.replace_with("" if _MARKUP.fullmatch(child) else self._omissions.add("comments", child))
            elif isinstance(child, PreformattedString):
                child.extract()
            elif isinstance(child, NavigableString):
                text = _UNSEEN.sub("", unmark(child))
                kept = text if look.shows else self._omissions.add("hidden text", text)
                if kept != child:
                    child.replace_with(kept)

    def dropped(self) -> tuple[DroppedContent, ...]:
        """Return how often something was left out for each reason, with text and without."""
        counts = self._counts + Counter({item.what: item.count for item in self._omissions.dropped()})
        return tuple(DroppedContent(what, count) for what, count in counts.items())

    def _element(self, tag: Tag, look: Look) -> None:
        if tag.name in SCRIPTS:
            self._counts["scripts and styles"] += 1
            tag.extract()
            return
        inner = look.inside(tag, self._styles)
        if what := self._reason(tag, inner):
            self._leave_out(tag, what)
        else:
            if before := self._styles.generated_text(tag, "before"):
                tag.insert(0, before)
            if after := self._styles.generated_text(tag, "after"):
                tag.append(after)
            self.prune(tag, inner)

    def _reason(self, tag: Tag, inner: Look) -> str | None:
        """Return why an element is left out; None for one that is read."""
        if tag.name in _NEVER_SHOWN or is_hidden(tag, self._styles):
            return "hidden text"
        # A column's style is for the cells of its table to follow.
        if tag.name not in _COLUMNS and not inner.shows and not self._shows_any(tag, inner):
            return "hidden text"
        if tag.get("role") == "doc-noteref":
            return "footnotes"
        if tag.name in _AROUND or tag.get("role") in _AROUND_ROLES:
            return "navigation, footers and asides"
        if tag.name in _EMBEDDED:
            return "images and embedded content"
        if tag.name in _FIELDS:
            return "form fields"
        if tag.name == "math" and not _is_plain(tag):
            return "equations"
        if is_reversed(tag, self._styles) and re.search(r"[A-Za-z\d]", tag.get_text()):
            return REVERSED
        return STRUCK if is_struck(tag, self._styles) else None

    def _leave_out(self, tag: Tag, what: str) -> None:
        text = self._text(tag)
        mark = self._omissions.add(what, text)
        if what == "images and embedded content" and not mark:
            self._counts[what] += 1
        # Something is seen in these places, so that the texts on their two sides are apart.
        if what in ("images and embedded content", "form fields", "equations"):
            mark = f" {mark} "
        if tag.name in _CELLS and not is_removed(tag, self._styles):
            tag.clear()
            tag.append(mark)
        else:
            tag.replace_with(mark)

    def _shows_any(self, tag: Tag, look: Look) -> bool:
        """Return whether anything in an element whose own text is not seen is seen all the same."""
        for child in tag.find_all(True, recursive=False):
            inner = look.inside(child, self._styles)
            if (inner.shows and child.get_text(strip=True)) or self._shows_any(child, inner):
                return True
        return False

    def _text(self, tag: Tag) -> str:
        """Return the text that an element has, or would have."""
        if tag.name == "input":
            is_shown = str(tag.get("type", "")).lower() not in _SILENT_FIELDS
            return str(tag.get("value") or tag.get("placeholder") or "") if is_shown else ""
        if tag.name == "img":
            return str(tag.get("alt", ""))
        return "".join(span.text for span in self._reader.spans(tag))


def settle(root: BeautifulSoup) -> None:
    """Move what is in a table but in none of its cells: marks into the cell before or after, text before the table."""
    for table in root.find_all("table"):
        parts = [part for part in [table, *table.find_all(["thead", "tbody", "tfoot", "tr"])] if _is_of(part, table)]
        for part in parts:
            for child in list(part.children):
                if isinstance(child, Tag):
                    if child.name not in {"caption", "thead", "tbody", "tfoot", "tr", *_CELLS, *_COLUMNS}:
                        table.insert_before(child.extract())
                elif not isinstance(child, NavigableString):
                    continue
                elif unmark(child).strip():
                    table.insert_before(child.extract())
                elif child.strip():
                    _move_into_cell(child, table)


def _move_into_cell(mark: NavigableString, table: Tag) -> None:
    before, after = mark.find_previous(_is_cell), mark.find_next(_is_cell)
    if isinstance(before, Tag) and _is_of(before, table):
        before.append(mark.extract())
    elif isinstance(after, Tag) and _is_of(after, table):
        after.insert(0, mark.extract())


def _is_cell(tag: Tag) -> bool:
    return tag.name in _CELLS


def _is_of(tag: Tag, table: Tag) -> bool:
    return tag is table or tag.find_parent("table") is table


def _is_plain(math: Tag) -> bool:
    """Return whether an equation can be read as a line of text: numbers, signs and simple fractions."""
    fractions = math.find_all("mfrac")
    plain = all(len(parts := f.find_all(True)) == 2 and {part.name for part in parts} == {"mn"} for f in fractions)
    return plain and {tag.name for tag in math.find_all(True)} <= _EQUATION
