"""PDF -> the lines and tables on its pages (needs the `documents` extra)."""

import logging
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import islice, pairwise
from pathlib import Path
from statistics import median_low
from typing import Any

import pdfplumber
from pdfminer.pdfdocument import PDFEncryptionError, PDFPasswordIncorrect
from pdfminer.pdfpage import PDFPage
from pdfminer.utils import Rect
from pdfplumber.utils.exceptions import PdfminerException

from tellerbot.knowledge.documents.blocks import MARK, DocumentError, DroppedContent, Omissions, pages_text, unmark
from tellerbot.knowledge.documents.pdf_chars import inside, lay_out, once, place
from tellerbot.knowledge.documents.pdf_columns import split_columns
from tellerbot.knowledge.documents.pdf_fonts import Fonts
from tellerbot.knowledge.documents.pdf_line import HIDDEN, Line, read_line
from tellerbot.knowledge.documents.pdf_notes import Notes, read_notes
from tellerbot.knowledge.documents.pdf_sight import Sight, is_scan
from tellerbot.knowledge.documents.pdf_strikes import struck
from tellerbot.knowledge.documents.pdf_symbols import UNKNOWN
from tellerbot.knowledge.documents.pdf_tables import Table, read_ruled
from tellerbot.knowledge.documents.pdf_words import Row, Word, is_footnote_mark, root, rows
from tellerbot.knowledge.documents.scripts import WHAT as SCRIPTS

MAX_PAGES = 2000
# In shares of the size of text: how far apart the baselines of a footnote's lines are, at most.
_LEADING = 1.6


@dataclass(slots=True)
class Page:
    """One page's lines and tables in reading order; `height` in points."""

    number: int
    height: float
    items: list[Line | Table] = field(default_factory=list)


def read_pages(path: Path, omissions: Omissions) -> tuple[list[Page], list[DroppedContent]]:
    """Read the pages, and count what was left out that has no text: images, pages without text.

    `omissions` takes what has text.

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
        fonts = Fonts(), Fonts(sight)
        try:
            for page in pdf.pages:
                pages.append(_page(page, fonts, sight, omissions, dropped))
                page.close()
        finally:
            sight.close()
    _check(pages, omissions)
    for page in pages:
        if not page.items:
            dropped.setdefault("pages without text", Counter())[page.number] += 1
    return pages, [DroppedContent(what, at.total(), pages_text(list(at))) for what, at in dropped.items()]


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


def _page(
    page: Any, fonts: tuple[Fonts, Fonts], sight: Sight, omissions: Omissions, dropped: dict[str, Counter[int]]
) -> Page:
    number = page.page_number
    chars, transform = lay_out(page, *fonts)
    notes = read_notes(page, transform)
    if page.images:
        dropped.setdefault("images", Counter())[number] += len(page.images)
    seen = sight.find_visible(page, chars, place(page, transform, page.page_obj.cropbox))
    if is_scan(page, seen, chars):
        dropped.setdefault("pictures of pages, read as text recognition (OCR) did", Counter())[number] += 1
        seen = [True] * len(chars)
    strikes, lines = struck(page, chars, notes.strikes)
    text = _readable(chars, seen, strikes, notes, omissions, number)
    tables: dict[int, Table] = {}
    found = []
    # A line through a word is no rule of a table.
    for ruled in page.filter(lambda item: id(item) not in lines).find_tables():
        within = [char for char in text if any(inside(char, cell) for cell in ruled.cells)]
        if table := read_ruled(page, ruled, within, omissions):
            left, top, right, bottom = ruled.bbox
            word = Word("", "", bottom - top, top, top, bottom, left, right)
            tables[id(word)] = table
            found.append(Row([word]))
            taken = set(map(id, within))
            text = [char for char in text if id(char) not in taken]
    size = median_low([char["size"] for char in text]) if text else 0.0
    items: list[Line | Table] = []
    found = sorted([*found, *rows(text)], key=lambda row: root(row.words[0]).baseline)
    ordered = split_columns(found)
    for above, row in zip([Row(), *ordered], ordered, strict=False):
        if table := tables.get(id(row.words[0])):
            items.append(table)
            continue
        if len(row.words) == 1 and is_footnote_mark(row.words[0], size) and not _is_below(row.words[0], above):
            # All of the footnote's text is left out.
            footnote = row.words[0].text
            row.words[0].text = omissions.add(SCRIPTS, footnote, number) + "".join(re.findall(MARK, footnote))
        line = read_line(row, omissions, number)
        if line.text:
            items.append(line)
    return Page(number, float(page.height), _with_marks(items))


def _is_below(word: Word, above: Row) -> bool:
    """Return whether a word is as large as a line right above it, so that it is a line of the same footnote."""
    return any(
        other.size == word.size and 0 < word.baseline - other.baseline < _LEADING * word.size
        for other in above.words
        if other.shift == "level"
    )


def _readable(
    chars: Sequence[Any],
    seen: Sequence[bool],
    strikes: set[int],
    notes: Notes,
    omissions: Omissions,
    number: int,
) -> list[Any]:
    """Return the characters that are read, with a mark for each run of others and for each note."""
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
    """Return the last character of the word nearest to a box; of a whole line where the box is on none."""
    middle = (box[1] + box[3]) / 2

    def above_or_below(char: Any) -> float:
        return max(char["top"] - middle, middle - char["bottom"], 0.0)

    near = min(ink, key=lambda char: (above_or_below(char), abs(char["x1"] - box[0])))
    level = sorted((char for char in ink if char["baseline"] == near["baseline"]), key=lambda char: char["x0"])
    widest = (1.5 if above_or_below(near) else 0.15) * near["size"]
    ends = [one for one, two in pairwise(level) if two["x0"] - one["x1"] > widest]
    return min([*ends, level[-1]], key=lambda char: abs(char["x1"] - box[0]))


def _runs(chars: Sequence[Any], seen: Sequence[bool], strikes: set[int]) -> Iterable[tuple[str, list[Any]]]:
    """Yield runs of characters that are left out for one reason, or for none; blanks go with what is before."""
    run: list[Any] = []
    reason = ""
    for char, is_seen in zip(chars, seen, strict=True):
        blank = char["text"].isspace()
        if not blank:
            why = (
                # A minus sign may be all under the line.
                "struck-out text" if id(char) in strikes
                else HIDDEN if not is_seen
                else "rotated text" if not char["is_level"]
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
    """Return the text of characters that are left out; those of other lines and words are apart."""
    words = run[0]["text"]
    for last, char in pairwise(run):
        gap = char["x0"] - last["x1"]
        apart = abs(gap) > 0.15 * char["size"] or abs(char["baseline"] - last["baseline"]) > 0.5 * char["size"]
        words += (" " if apart and what != "rotated text" else "") + char["text"]
    return words


def _bounds(run: Sequence[Any]) -> Rect:
    return run[0]["x0"], run[0]["top"], run[0]["x1"], run[0]["bottom"]


def _with_marks(items: Sequence[Line | Table]) -> list[Line | Table]:
    """Return the items, where the marks of a line that holds nothing else are in the line next to it."""
    kept: list[Line | Table] = []
    ahead = ""
    for item in items:
        if isinstance(item, Line) and not unmark(item.text).strip():
            before = kept[-1] if kept else None
            if isinstance(before, Line):
                before.add(after=item.text)
            elif before:
                before.rows[-1][-1] += item.text
            else:
                ahead += item.text
            continue
        if isinstance(item, Line):
            item.add(ahead)
        elif ahead:
            item.rows[0][0] = ahead + item.rows[0][0]
        ahead = ""
        kept.append(item)
    return kept
