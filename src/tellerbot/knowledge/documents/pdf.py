"""PDF -> blocks (needs the `documents` extra): what `pdf_lines` finds on the pages, put together by `pdf_builder`."""

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from statistics import quantiles

from tellerbot.knowledge.documents.blocks import DroppedContent, Omissions, ParsedDocument, pages_text
from tellerbot.knowledge.documents.pdf_builder import Builder, Layout, Style, stands_out
from tellerbot.knowledge.documents.pdf_grid import with_tables
from tellerbot.knowledge.documents.pdf_line import Line
from tellerbot.knowledge.documents.pdf_lines import read_pages
from tellerbot.knowledge.documents.pdf_margins import drop_repeated


def parse(path: Path) -> ParsedDocument:
    """Parse headings by size and weight, paragraphs and lists by gaps and marks, tables by rules and gaps.

    Repeated headers and footers and page numbers are left out, hyphenated line ends joined, and paragraphs that
    run over a page's end put together. Raises DocumentError as `read_pages` does.
    """
    omissions = Omissions()
    pages, dropped = read_pages(path, omissions)
    dropped += drop_repeated(pages)
    for page in pages:
        page.items = with_tables(page.items)
    lines = [item for page in pages for item in page.items if isinstance(item, Line)]
    words = {word for line in lines for word in re.findall(r"\w+-\w+", line.text.lower())}
    builder = Builder(_layout(lines), words)
    for page in pages:
        for item in page.items:
            if isinstance(item, Line):
                builder.add_line(item)
            else:
                builder.add_table(item)
    builder.close()
    if builder.hyphens:
        dropped.append(DroppedContent("hyphens at line ends", len(builder.hyphens), pages_text(builder.hyphens)))
    return ParsedDocument(tuple(builder.blocks), (*dropped, *omissions.dropped()), tuple(omissions.items))


def _layout(lines: Sequence[Line]) -> Layout:
    weight: Counter[Style] = Counter()
    for line in lines:
        # Footnotes may be longer than the text.
        weight[line.style] += len(line.text) if not line.is_note else 0
    body = weight.most_common(1)[0][0] if weight else (0.0, False)
    text = [line for line in lines if line.style == body]
    gaps = [
        below.top - line.bottom
        for line, below in pairwise(text)
        if line.page == below.page and -body[0] < below.top - line.bottom < 3 * body[0]
    ]
    gap = quantiles(gaps, n=4, method="inclusive")[0] if len(gaps) > 1 else 0.3 * body[0]
    layout = Layout(body, gap, max((line.right for line in text), default=0.0))
    styles = {line.style for line in lines if stands_out(line, body)}
    layout.levels = {style: min(at, 6) for at, style in enumerate(sorted(styles, reverse=True), 1)}
    return layout
