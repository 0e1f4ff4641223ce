"""A list of a page -> a line for each item."""

from collections.abc import Iterator

from bs4 import Tag
from bs4.element import NavigableString

from tellerbot.knowledge.documents.blocks import squeeze
from tellerbot.knowledge.documents.html_tables import caption_and_rows
from tellerbot.knowledge.documents.html_text import HEADINGS, LISTS, Reader, is_text
from tellerbot.knowledge.documents.scripts import Span

# What an item holds on lines of its own.
_LINES = {*HEADINGS, *LISTS, "blockquote", "dd", "p", "pre", "table"}


def own_lines(tag: Tag, reader: Reader) -> list[str]:
    """Return an element's own text as a line, and each paragraph, list, table and code in it on lines of its own."""
    lines: list[str] = []
    spans: list[Span] = []
    for child in tag.children:
        if isinstance(child, Tag) and (child.name in _LINES or child.find(list(_LINES))):
            lines += [reader.line(spans), *_inner_lines(child, reader)]
            spans.clear()
        elif isinstance(child, Tag):
            spans += reader.spans_of(child)
        elif isinstance(child, NavigableString) and is_text(child):
            spans.append(Span(str(child)))
    return [line for line in [*lines, reader.line(spans)] if line]


def list_lines(tag: Tag, reader: Reader) -> Iterator[str]:
    """Yield a list's items, nested ones after the item that holds them; `term: description` for a definition list."""
    terms: list[str] = []
    for child in tag.children:
        if isinstance(child, Tag) and child.name == "dt":
            terms.append(reader.text(child))
        elif isinstance(child, Tag) and child.name == "dd":
            first, *rest = own_lines(child, reader) or [""]
            term = " or ".join(filter(None, terms))
            yield f"{term}: {first}" if term and first else term or first
            yield from rest
            # A further description is of the same term.
            terms = terms if _next_is(child, "dd") else []
        elif isinstance(child, Tag):
            # Groups of a definition list may be in a div each.
            yield from list_lines(child, reader) if child.name in {*LISTS, "div"} else own_lines(child, reader)
        elif isinstance(child, NavigableString) and is_text(child):
            yield squeeze(child)
    if terms:
        yield " or ".join(filter(None, terms))


def _inner_lines(tag: Tag, reader: Reader) -> list[str]:
    if tag.name in LISTS:
        return list(list_lines(tag, reader))
    if tag.name == "table":
        return caption_and_rows(tag, reader)
    return reader.code(tag) if tag.name == "pre" else own_lines(tag, reader)


def _next_is(tag: Tag, name: str) -> bool:
    following = tag.find_next_sibling(True)
    return isinstance(following, Tag) and following.name == name
