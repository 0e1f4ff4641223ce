"""Headers, footers and page numbers, taken out of a PDF's pages."""

import re
from collections.abc import Sequence

from tellerbot.knowledge.documents.blocks import Dropped, pages_text
from tellerbot.knowledge.documents.pdf_lines import Line, Page

_PAGE_NUMBER = re.compile(r"page \d+|(?:page )?\d+ ?(?:of|/) ?\d+|[-–] ?\d+ ?[-–]", re.IGNORECASE)
# The share of a page's height, at its top and at its bottom, in which headers and footers are looked for.
_MARGIN = 0.1
# The share of the pages on which a line in the margin must stand again to be a header or footer.
_REPEATED = 0.4


def drop_repeated(pages: Sequence[Page]) -> list[Dropped]:
    """Take them out of `pages`, in place, and say which. One is told from the text by standing again elsewhere."""
    seen: dict[tuple[str, bool, float], list[int]] = {}
    numbers: list[int] = []
    for page in pages:
        for line in _margin(page):
            seen.setdefault(_likeness(page, line), []).append(page.number)
    often = max(2, _REPEATED * len(pages))
    repeated = {key: found for key, found in seen.items() if len(set(found)) >= often}
    for page in pages:
        for line in _margin(page):
            known = _likeness(page, line) in repeated
            if known or _PAGE_NUMBER.fullmatch(line.text):
                page.items.remove(line)
            if not known and _PAGE_NUMBER.fullmatch(line.text):
                numbers.append(page.number)
    dropped = [
        Dropped(f"{'header' if top else 'footer'} {text!r}", len(found), pages_text(found))
        for (text, top, _), found in repeated.items()
    ]
    return [*dropped, *([Dropped("page numbers", len(numbers), pages_text(numbers))] if numbers else [])]


def _margin(page: Page) -> list[Line]:
    low, high = page.height * _MARGIN, page.height * (1 - _MARGIN)
    return [item for item in page.items if isinstance(item, Line) and (item.bottom < low or item.top > high)]


def _likeness(page: Page, line: Line) -> tuple[str, bool, float]:
    """What is the same in a header on every page: its wording but for numbers, its side, its size."""
    return re.sub(r"\d+", "#", line.text), line.top < page.height / 2, line.style[0]
