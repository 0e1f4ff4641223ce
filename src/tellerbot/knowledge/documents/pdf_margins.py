"""Headers, footers and page numbers, taken out of a PDF's pages."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from tellerbot.knowledge.documents.blocks import DroppedContent, pages_text, squeeze, unmark
from tellerbot.knowledge.documents.pdf_line import Line
from tellerbot.knowledge.documents.pdf_lines import Page

_PAGE_NUMBER = re.compile(r"page (\d+)|(?:page )?(\d+) ?(?:of|/) ?(\d+)|[-–] ?(\d+) ?[-–]", re.IGNORECASE)
# A figure whole, with its sign and its decimals: only a plain count may be a page's number.
_FIGURE = re.compile(r"[$€£¥₹#+-]?\d+(?:[.,:/-]\d+)*%?")
_BEFORE_NUMBER = re.compile(r"(?:\bpage|\bpg\.?|\bp\.)\s*$", re.IGNORECASE)
# The share of a page's height, at its top and at its bottom, in which headers and footers are looked for.
_MARGIN = 0.1
# The share of the pages on which a line in the margin must be again to be a header or footer.
_REPEATED = 0.4
# On fewer pages, a number that goes up with them may count something else.
_SEQUENCE = 3

_Place = tuple[str, bool, float]


def drop_repeated(pages: Sequence[Page]) -> list[DroppedContent]:
    """Take them out of `pages`, in place, and say which.

    A header is on several pages alike, or differs only in the page's number. A line that differs in another figure is
    text: "The monthly fee is $5.00." on one page, "The monthly fee is $12.00." on the next.
    """
    often = max(2, _REPEATED * len(pages))
    groups: dict[_Place, list[tuple[Page, Line]]] = {}
    for page in pages:
        for line in _margin(page):
            groups.setdefault(_likeness(page, line), []).append((page, line))
    dropped: list[DroppedContent] = []
    for (_, top, _), group in groups.items():
        for wording, found in _find_repeated(group, often):
            at = [page.number for page, _ in found]
            dropped.append(DroppedContent(f"{'header' if top else 'footer'} {wording!r}", len(at), pages_text(at)))
            for page, line in found:
                page.items.remove(line)
    numbers: list[int] = []
    for page in pages:
        alone = {id(line) for line in _margin(page) if _is_page_number(_text(line))}
        page.items = [item for item in page.items if id(item) not in alone]
        numbers += [page.number] * len(alone)
    return [*dropped, *([DroppedContent("page numbers", len(numbers), pages_text(numbers))] if numbers else [])]


def _margin(page: Page) -> list[Line]:
    low, high = page.height * _MARGIN, page.height * (1 - _MARGIN)
    return [item for item in page.items if isinstance(item, Line) and (item.bottom < low or item.top > high)]


def _text(line: Line) -> str:
    return squeeze(unmark(line.text))


def _likeness(page: Page, line: Line) -> _Place:
    """Return what is the same in a header on every page: its wording but for figures, its side, its size."""
    return _FIGURE.sub("#", _text(line)), line.top < page.height / 2, line.style[0]


def _find_repeated(group: Sequence[tuple[Page, Line]], often: float) -> Iterator[tuple[str, list[tuple[Page, Line]]]]:
    """Yield the headers among lines that differ at most in figures: as worded, with `#` for a page's number."""
    if len({page.number for page, _ in group}) < often:
        return
    if wording := _numbered_wording(group):
        yield wording, list(group)
        return
    counts = Counter(text for text, _ in {(_text(line), page.number) for page, line in group})
    for wording, count in counts.items():
        if count >= often:
            yield wording, [(page, line) for page, line in group if _text(line) == wording]


def _numbered_wording(group: Sequence[tuple[Page, Line]]) -> str:
    """Return the wording of lines whose figures are all alike but for their page's number; else nothing."""
    first = _text(group[0][1])
    columns = zip(*(_FIGURE.findall(_text(line)) for _, line in group), strict=True)
    numbers: list[str] = []
    for match, column in zip(_FIGURE.finditer(first), columns, strict=True):
        if len(set(column)) == 1:
            numbers.append(column[0])
        elif _goes_up(column, [page.number for page, _ in group], first[: match.start()]):
            numbers.append("#")
        else:
            return ""
    found = iter(numbers)
    return _FIGURE.sub(lambda match: next(found), first)


def _goes_up(column: Sequence[str], pages: Sequence[int], before: str) -> bool:
    """Return whether figures are their pages' numbers: up by one each page, on many pages or after the word for it."""
    if before.rstrip().endswith(":") or not all(text.isdecimal() for text in column):
        return False
    offsets = {int(text) - page for text, page in zip(column, pages, strict=True)}
    return len(offsets) == 1 and (len(set(pages)) >= _SEQUENCE or bool(_BEFORE_NUMBER.search(before)))


def _is_page_number(text: str) -> bool:
    match = _PAGE_NUMBER.fullmatch(text)
    # "24/7" is no page of seven.
    return match is not None and not (match[3] and int(match[2]) > int(match[3]))
