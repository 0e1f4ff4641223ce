"""PDF -> the lines and tables on its pages (needs the `documents` extra)."""

import logging
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import islice, pairwise
from pathlib import Path
from typing import Any

import pdfplumber
from pdfminer.pdfdocument import PDFEncryptionError, PDFPasswordIncorrect
from pdfminer.pdfpage import PDFPage
from pdfminer.utils import Rect
from pdfplumber.utils.exceptions import PdfminerException

from tellerbot.knowledge.documents.blocks import DocumentError, Dropped, Omissions, pages_text, unmark
from tellerbot.knowledge.documents.pdf_chars import inside, is_level, lay_out, once, place
from tellerbot.knowledge.documents.pdf_columns import split_columns
from tellerbot.knowledge.documents.pdf_notes import Notes, read_notes
from tellerbot.knowledge.documents.pdf_sight import Sight, is_scan
from tellerbot.knowledge.documents.pdf_strikes import struck
from tellerbot.knowledge.documents.pdf_symbols import UNKNOWN
from tellerbot.knowledge.documents.pdf_words import Word, row_text, rows

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
    """One page's lines and tables in reading order; `height` in points."""

    number: int
    height: float
    items: list[Line | Table] = field(default_factory=list)


def read_pages(path: Path, omissions: Omissions) -> tuple[list[Page], list[Dropped]]:
    """The pages, and what was left out that has no text: images, pages without text. `omissions` takes what has.

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
        sight = Sight(path, count)
        try:
            for page in pdf.pages:
                pages.append(_page(page, sight, omissions, dropped))
                page.close()
        finally:
            sight.close()
    _check(pages, omissions)
    for page in pages:
        if not page.items:
            dropped.setdefault("pages without text", Counter())[page.number] += 1
    return pages, [Dropped(what, at.total(), pages_text(list(at))) for what, at in dropped.items()]


def _check(pages: Sequence[Page], omissions: Omissions) -> None:
    """Raise DocumentError where there is no text, or where its letters are not known."""
    # A glyph without a letter comes out as `(cid:12)`.
    text = "".join(item.text for page in pages for item in page.items if isinstance(item, Line))
    letters, unknown = re.subn(r"\(cid:\d+\)", "", text)
    if unknown > 0.1 * (len(letters) + unknown):
        raise DocumentError(
            "Expected letters, found glyphs that do not say which letters they are.",
            "Save or print it as PDF again with its fonts, or run text recognition (OCR) over it.",
        )
    if any(page.items for page in pages):
        return
    if omissions.items:
        found = " and ".join(sorted({item.what for item in omissions.items}))
        raise DocumentError(
            f"Expected text, found nothing but {found}, such as {omissions.items[0].text!r}.",
            "Print it as PDF again, so that all that is to be read is text on its pages.",
        )
    raise DocumentError(
        f"Expected text, found {len(pages)} pages without any: it was scanned, or is empty.",
        "Run text recognition (OCR) over it and check the result.",
    )


def _page(page: Any, sight: Sight, omissions: Omissions, dropped: dict[str, Counter[int]]) -> Page:
    number = page.page_number
    chars, transform = lay_out(page)
    notes = read_notes(page, transform)
    if page.images:
        dropped.setdefault("images", Counter())[number] += len(page.images)
    seen = sight.seen(page, chars, place(page, transform, page.page_obj.cropbox))
    if is_scan(page, seen, chars):
        dropped.setdefault("pictures of pages, read as text recognition (OCR) did", Counter())[number] += 1
        seen = [True] * len(chars)
    strikes, lines = struck(page, chars, notes.strikes)
    text = _readable(chars, seen, strikes, notes, omissions, number)
    found: list[tuple[float, Line | Table]] = []
    # A line through a word is no rule of a table.
    for ruled in page.filter(lambda item: id(item) not in lines).find_tables():
        within = [char for char in text if inside(char, ruled.bbox)]
        if table := _table(page, ruled, within, omissions):
            found.append((table.top, table))
            taken = set(map(id, within))
            text = [char for char in text if id(char) not in taken]
    for row in split_columns(rows(text)):
        line = _line(row.words, omissions, number)
        if line.text:
            found.append((row.top, line))
    found.sort(key=lambda item: item[0])
    return Page(number, float(page.height), _with_marks([item for _, item in found]))


def _readable(
    chars: Sequence[Any],
    seen: Sequence[bool],
    strikes: set[int],
    notes: Notes,
    omissions: Omissions,
    number: int,
) -> list[Any]:
    """The characters that are read, with a mark for each run of others and for each note."""
    text: list[Any] = []
    marks: list[tuple[str, Rect]] = [(omissions.add(note.what, note.text, number), note.box) for note in notes.notes]
    for what, run in _runs(chars, seen, strikes):
        if not what:
            # A soft hyphen that is seen is a hyphen.
            text += [{**char, "text": "-"} if char["text"] == "\u00ad" else char for char in once(run)]
        elif mark := omissions.add(what, _wording(run, what), number):
            if what in ("struck-out text", "symbols"):
                text.append({**run[0], "text": mark, "x1": run[-1]["x1"]})
            else:
                marks.append((mark, _bounds(run)))
    ink = [char for char in text if not char["text"].isspace()]
    for mark, box in marks if ink else []:
        end = _end_near(ink, box)
        text.insert(text.index(end) + 1, {**end, "text": mark, "x0": end["x1"]})
    return text


def _end_near(ink: Sequence[Any], box: Rect) -> Any:
    """The last character of the word that is nearest to a box; of a whole line where the box is on none."""
    middle = (box[1] + box[3]) / 2

    def above_or_below(char: Any) -> float:
        return max(char["top"] - middle, middle - char["bottom"], 0.0)

    near = min(ink, key=lambda char: (above_or_below(char), abs(char["x1"] - box[0])))
    level = sorted((char for char in ink if char["baseline"] == near["baseline"]), key=lambda char: char["x0"])
    widest = (1.5 if above_or_below(near) else 0.15) * near["size"]
    ends = [one for one, two in pairwise(level) if two["x0"] - one["x1"] > widest]
    return min([*ends, level[-1]], key=lambda char: abs(char["x1"] - box[0]))


def _runs(chars: Sequence[Any], seen: Sequence[bool], strikes: set[int]) -> Iterable[tuple[str, list[Any]]]:
    """Successive characters that are left out for the same reason, or for none; blanks go with what is before."""
    run: list[Any] = []
    reason = ""
    for char, is_seen in zip(chars, seen, strict=True):
        blank = char["text"].isspace()
        if not blank:
            why = (
                "hidden text" if not is_seen
                else "rotated text" if not is_level(char["matrix"])
                else "struck-out text" if id(char) in strikes
                else "symbols" if char["text"] == UNKNOWN
                else ""
            )  # fmt: skip
            # Each struck-out piece is left out where it is: those of other lines and cells apart.
            apart = why == "struck-out text" and bool(run) and _is_apart_from(run[-1], char)
            if why != reason or apart:
                yield reason, run
                run, reason = [], why
        run.append(char)
    yield reason, run


def _is_apart_from(last: Any, char: Any) -> bool:
    return abs(char["baseline"] - last["baseline"]) > 1 or abs(char["x0"] - last["x1"]) > char["size"]


def _wording(run: Sequence[Any], what: str) -> str:
    """The text of characters that are left out; those of other lines and words are apart."""
    words = run[0]["text"]
    for last, char in pairwise(run):
        gap = char["x0"] - last["x1"]
        apart = abs(gap) > 0.15 * char["size"] or abs(char["baseline"] - last["baseline"]) > 0.5 * char["size"]
        words += (" " if apart and what != "rotated text" else "") + char["text"]
    return words


def _bounds(run: Sequence[Any]) -> Rect:
    return run[0]["x0"], run[0]["top"], run[0]["x1"], run[0]["bottom"]


def _with_marks(items: Sequence[Line | Table]) -> list[Line | Table]:
    """The items, where the marks of a line that holds nothing else are in the line next to it."""
    kept: list[Line | Table] = []
    ahead = ""
    for item in items:
        if isinstance(item, Line) and not unmark(item.text).strip():
            before = kept[-1] if kept else None
            if isinstance(before, Line):
                before.text += item.text
            elif before:
                before.rows[-1][-1] += item.text
            else:
                ahead += item.text
            continue
        if isinstance(item, Line):
            item.text = ahead + item.text
        elif ahead:
            item.rows[0][0] = ahead + item.rows[0][0]
        ahead = ""
        kept.append(item)
    return kept


def _line(words: Sequence[Word], omissions: Omissions, number: int) -> Line:
    level = [word for word in words if word.shift == "level"] or words
    styles: Counter[tuple[float, bool]] = Counter()
    for word in level:
        styles[round(word.size * 2) / 2, _is_bold(word.font)] += len(word.text)
    size = max(styles, key=lambda style: (styles[style], style))[0]
    return Line(
        text=row_text(words, omissions, number),
        page=number,
        top=min(word.top for word in level),
        bottom=max(word.bottom for word in level),
        left=words[0].x0,
        right=words[-1].x1,
        style=(size, all(bold for _, bold in styles)),
    )


def _table(page: Any, ruled: Any, chars: Sequence[Any], omissions: Omissions) -> Table | None:
    """The cells of a ruled table; None for a frame around text, or a single column or row."""
    grid = ruled.rows
    # A cell that is missing from the grid is spanned by its neighbour.
    spans = [sum(cell is not None for cell in row.cells) == 1 for row in grid]
    if len(grid) < 2 or len(grid[0].cells) < 2 or all(spans):
        return None
    lines: list[list[str]] = []
    for row in grid:
        within = [char for char in chars if inside(char, row.bbox)]
        lines.append([_cell(within, cell, omissions, page.page_number) if cell else "" for cell in row.cells])
    kept = [[next(filter(None, row), "")] if span else row for row, span in zip(lines, spans, strict=True)]
    kept = _with_text(kept)
    head = lines[0] if not spans[0] and _is_apart(page, ruled, chars) else []
    return Table(page.page_number, ruled.bbox[1], head, kept) if kept else None


def _with_text(lines: Sequence[list[str]]) -> list[list[str]]:
    """The rows that have a text; the marks of others are in the row next to them."""
    kept: list[list[str]] = []
    ahead = ""
    for row in lines:
        if not any(unmark(cell).strip() for cell in row):
            if kept:
                kept[-1][-1] += "".join(row)
            else:
                ahead += "".join(row)
            continue
        kept.append([ahead + row[0], *row[1:]])
        ahead = ""
    return kept


def _cell(chars: Sequence[Any], box: Any, omissions: Omissions, number: int) -> str:
    return " ".join(row_text(row.words, omissions, number) for row in rows([c for c in chars if inside(c, box)]))


def _is_apart(page: Any, ruled: Any, chars: Sequence[Any]) -> bool:
    """Whether the first row names the columns: bold or filled where the second is not."""
    first, second = (_marks(page, row.bbox, chars) for row in ruled.rows[:2])
    return any(mine and not theirs for mine, theirs in zip(first, second, strict=True))


def _marks(page: Any, box: Any, chars: Sequence[Any]) -> tuple[bool, bool]:
    inked = [char for char in chars if char["text"].strip() and inside(char, box)]
    bold = bool(inked) and all(_is_bold(char["fontname"]) for char in inked)
    middle = {"x0": box[0] + 1, "x1": box[0] + 3, "top": (box[1] + box[3]) / 2, "bottom": (box[1] + box[3]) / 2}
    boxes = [(rect["x0"], rect["top"], rect["x1"], rect["bottom"]) for rect in page.rects if rect.get("fill")]
    return bold, any(inside(middle, rect) for rect in boxes)


def _is_bold(font: str) -> bool:
    return any(part in font.lower() for part in _BOLD)
