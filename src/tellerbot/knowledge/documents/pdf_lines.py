"""PDF -> the lines and tables on its pages (needs the `documents` extra)."""

import logging
import re
from collections import Counter
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

import pdfplumber
from pdfminer.pdfdocument import PDFEncryptionError, PDFPasswordIncorrect
from pdfminer.pdfpage import PDFPage
from pdfplumber.utils.exceptions import PdfminerException

from tellerbot.knowledge.documents.blocks import DocumentError, Dropped, pages_text, squeeze

MAX_PAGES = 2000
_BOLD = ("bold", "black", "heavy", "semibold", "demi")


@dataclass(slots=True)
class Line:
    """A line of text; places in points from the page's top left. `style` is its size and whether it is bold."""

    text: str
    page: int
    top: float
    bottom: float
    left: float
    right: float
    style: tuple[float, bool]


@dataclass(slots=True)
class Table:
    """A ruled table. `head` is empty where no row is set apart; a row that spans the table has one cell."""

    page: int
    top: float
    head: list[str]
    rows: list[list[str]]


@dataclass(slots=True)
class Page:
    """One page's lines and tables from the top down; `height` in points."""

    number: int
    height: float
    items: list[Line | Table] = field(default_factory=list)


def read_pages(path: Path) -> tuple[list[Page], list[Dropped]]:
    """The pages, and what was left out of them: images, pages without text, rotated text.

    Raises DocumentError when the file is encrypted, has no text, or more than MAX_PAGES pages.
    """
    logging.getLogger("pdfminer").setLevel(logging.ERROR)
    try:
        pdf = pdfplumber.open(path)
    except PdfminerException as error:
        cause = error.args[0] if error.args else error
        if isinstance(cause, PDFPasswordIncorrect | PDFEncryptionError):
            raise DocumentError(
                "Expected a PDF that opens without a password, found an encrypted one.",
                "Save it without a password.",
            ) from error
        raise DocumentError(
            f"Expected a PDF, found: {cause}.", "Open it, and save or print it as PDF again."
        ) from error
    with pdf:
        # Counted by walking, for a page tree may say anything of its size.
        count = sum(1 for _ in islice(PDFPage.create_pages(pdf.doc), MAX_PAGES + 1))
        if not count:
            raise DocumentError("Expected pages, found none.", "Open it, and save or print it as PDF again.")
        if count > MAX_PAGES:
            raise DocumentError(f"Expected at most {MAX_PAGES} pages, found more.", "Split the document.")
        pages: list[Page] = []
        dropped: dict[str, Counter[int]] = {}
        for page in pdf.pages:
            pages.append(_page(page, dropped))
            page.close()
    if _garbled(pages):
        raise DocumentError(
            "Expected letters, found glyphs that do not say which letters they are.",
            "Save or print it as PDF again with its fonts, or run text recognition (OCR) over it.",
        )
    empty = [page.number for page in pages if not page.items]
    if len(empty) == len(pages):
        raise DocumentError(
            f"Expected text, found {len(pages)} pages without any: it was scanned, or is empty.",
            "Run text recognition (OCR) over it and check the result.",
        )
    for number in empty:
        dropped.setdefault("pages without text", Counter())[number] += 1
    return pages, [Dropped(what, at.total(), pages_text(list(at))) for what, at in dropped.items()]


def _garbled(pages: list[Page]) -> bool:
    """Whether more than a tenth of the text are glyphs without a letter, which come out as `(cid:12)`."""
    text = "".join(item.text for page in pages for item in page.items if isinstance(item, Line))
    letters, unknown = re.subn(r"\(cid:\d+\)", "", text)
    return unknown > 0.1 * (len(letters) + unknown)


def _page(page: Any, dropped: dict[str, Counter[int]]) -> Page:
    number = page.page_number
    if page.images:
        dropped.setdefault("images", Counter())[number] += len(page.images)
    level = page.filter(_is_level)
    if turned := len(page.chars) - len(level.chars):
        dropped.setdefault("rotated characters", Counter())[number] += turned
    level = level.dedupe_chars()
    words: list[Any] = level.extract_words(x_tolerance_ratio=0.15, extra_attrs=["fontname", "size"])
    found = Page(number, float(page.height))
    boxes: list[tuple[float, float, float, float]] = []
    for ruled in level.find_tables():
        if table := _table(level, ruled, number):
            found.items.append(table)
            boxes.append(ruled.bbox)
    found.items += _lines([word for word in words if not any(_inside(word, box) for box in boxes)], number)
    found.items.sort(key=lambda item: item.top)
    return found


def _lines(words: list[Any], number: int) -> list[Line]:
    """Words whose middles are on one height make a line."""
    rows: list[list[Any]] = []
    middle = 0.0
    for word in sorted(words, key=lambda word: (word["top"] + word["bottom"]) / 2):
        here = (word["top"] + word["bottom"]) / 2
        if rows and here - middle < 0.4 * min(word["size"], rows[-1][0]["size"]):
            rows[-1].append(word)
        else:
            rows.append([word])
            middle = here
    return [line for row in rows if (line := _line(sorted(row, key=lambda word: word["x0"]), number)).text]


def _line(words: list[Any], number: int) -> Line:
    styles: Counter[tuple[float, bool]] = Counter()
    for word in words:
        styles[round(word["size"] * 2) / 2, _is_bold(word)] += len(word["text"])
    size = max(styles, key=lambda style: (styles[style], style))[0]
    return Line(
        # A part in another font may follow without a space.
        text=squeeze("".join(_spaced(words))),
        page=number,
        top=min(word["top"] for word in words),
        bottom=max(word["bottom"] for word in words),
        left=words[0]["x0"],
        right=words[-1]["x1"],
        style=(size, all(bold for _, bold in styles)),
    )


def _spaced(words: list[Any]) -> list[str]:
    before = [None, *words[:-1]]
    return [
        (" " if last and word["x0"] - last["x1"] > 0.15 * word["size"] else "") + word["text"]
        for last, word in zip(before, words, strict=True)
    ]


def _table(page: Any, ruled: Any, number: int) -> Table | None:
    """The cells of a ruled table; None for a frame around text, or a single column or row."""
    rows = [[squeeze(cell or "") for cell in row] for row in ruled.extract(x_tolerance_ratio=0.15)]
    # A cell that is missing from the grid is spanned by its neighbour.
    spans = [sum(cell is not None for cell in row.cells) == 1 for row in ruled.rows]
    if len(rows) < 2 or len(rows[0]) < 2 or all(spans):
        return None
    kept = [[next(filter(None, row), "")] if span else row for row, span in zip(rows, spans, strict=True)]
    kept = [row for row in kept if any(row)]
    head = rows[0] if not spans[0] and _is_apart(page, ruled) else []
    return Table(number, ruled.bbox[1], head, kept) if kept else None


def _is_apart(page: Any, ruled: Any) -> bool:
    """Whether the first row names the columns: bold or filled where the second is not."""
    first, second = (_marks(page, row.bbox) for row in ruled.rows[:2])
    return any(mine and not theirs for mine, theirs in zip(first, second, strict=True))


def _marks(page: Any, box: Any) -> tuple[bool, bool]:
    chars = [char for char in page.chars if char["text"].strip() and _inside(char, box)]
    bold = bool(chars) and all(_is_bold(char) for char in chars)
    middle = {"x0": box[0] + 1, "x1": box[0] + 3, "top": (box[1] + box[3]) / 2, "bottom": (box[1] + box[3]) / 2}
    boxes = [(rect["x0"], rect["top"], rect["x1"], rect["bottom"]) for rect in page.rects if rect.get("fill")]
    return bold, any(_inside(middle, rect) for rect in boxes)


def _is_level(item: Any) -> bool:
    """Whether a character stands on a level line; other things do not matter. (Its `upright` allows for slopes.)"""
    along, up = (item.get("matrix") or (1, 0))[:2]
    return along > 0 and abs(up) < 0.05 * along


def _inside(item: Any, box: Any) -> bool:
    across, down = (item["x0"] + item["x1"]) / 2, (item["top"] + item["bottom"]) / 2
    return box[0] <= across <= box[2] and box[1] <= down <= box[3]


def _is_bold(item: Any) -> bool:
    return any(part in item["fontname"].lower() for part in _BOLD)
