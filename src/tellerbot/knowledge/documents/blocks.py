"""What every parser gives: a document's blocks in reading order, and what it left out.

A parser that leaves out a piece of text puts a mark in its place: one private character for each omission. Marks pass
through the building of lines and tables like any letter, and `passages.py` takes them out again. So the reading report
can show where each omission was.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby, zip_longest
from typing import Literal

from tellerbot.figures import find_figures

BlockKind = Literal["heading", "paragraph", "list", "table", "code"]

# Marks are the characters of a private plane, which mean nothing in a document.
FIRST_MARK, MAX_MARKS = 0xF0000, 65534
MARK = f"[{chr(FIRST_MARK)}-{chr(FIRST_MARK + MAX_MARKS - 1)}]"
_MARKS = re.compile(MARK)
_INVISIBLE = dict.fromkeys(map(ord, "\u00ad\u200b\u2060\ufeff"))
# Spaces at which no line ends separate the thousands of one number.
_GROUPS = re.compile("(?<=\\d)[\u00a0\u2007\u2009\u202f](?=\\d{3}(?!\\d))")
# The longest text of an omission that is kept, in characters.
MAX_OMISSION = 500


class DocumentError(Exception):
    """A document that cannot be read. `what` is what was expected and found, `remedy` what to do."""

    def __init__(self, what: str, remedy: str) -> None:
        self.what, self.remedy = what, remedy
        super().__init__(f"{what} {remedy}")


@dataclass(frozen=True, slots=True)
class Block:
    """One piece of a document, without markup.

    `lines` holds a heading's or paragraph's text as one line, a line for each list item, table row or line of code.
    `level` is a heading's, 1 to 6, else 0. `page` counts from 1 and is where the block starts; None without pages.
    """

    kind: BlockKind
    lines: tuple[str, ...]
    level: int = 0
    page: int | None = None


@dataclass(frozen=True, slots=True)
class DroppedContent:
    """Something left out of a document: what, how often, and where (`pages 1-3`; empty where there are no pages)."""

    what: str
    count: int
    where: str = ""


@dataclass(frozen=True, slots=True)
class Omission:
    """A piece of text left out of a document: why, in the plural (`superscripts and subscripts`), and its text."""

    what: str
    text: str
    page: int | None = None


@dataclass(frozen=True, slots=True)
class Gap:
    """An omission's place: the id of a passage and a place in its text. No passage: nothing beside it was read."""

    what: str
    text: str
    passage: str
    at: int


@dataclass(slots=True)
class Omissions:
    """The pieces of text that a parser leaves out."""

    items: list[Omission] = field(default_factory=list)

    def add(self, what: str, text: str, page: int | None = None) -> str:
        """Note that `text` is left out; returns the mark to put in its place. Blank text leaves no mark.

        Raises DocumentError when a document has more than MAX_MARKS.
        """
        text = squeeze(unmark(text))
        if not text:
            return ""
        if len(self.items) == MAX_MARKS:
            raise DocumentError(
                f"Expected text, found more than {MAX_MARKS} pieces to leave out.", "Split the document."
            )
        self.items.append(Omission(what, text[:MAX_OMISSION], page))
        return chr(FIRST_MARK + len(self.items) - 1)

    def dropped(self) -> list[DroppedContent]:
        """Return how often text was left out for each reason, and on which pages."""
        counts = Counter(item.what for item in self.items)
        pages = {what: [item.page for item in self.items if item.what == what and item.page] for what in counts}
        return [
            DroppedContent(what, count, pages_text(pages[what]) if pages[what] else "")
            for what, count in counts.items()
        ]


@dataclass(frozen=True, slots=True)
class ParsedDocument:
    """A parsed document. Mark number n in the blocks' lines stands for `omissions[n]`."""

    blocks: tuple[Block, ...]
    dropped: tuple[DroppedContent, ...] = ()
    omissions: tuple[Omission, ...] = ()


def table_lines(head: Sequence[str], rows: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """Write each row as a sentence that makes sense alone, such as "Fee: Basic $5.00, Plus none.".

    An empty `head` names no columns. The marks in the columns' names are in the first row only.
    """
    if not rows:
        return (", ".join(cell for cell in head if cell),)
    first = _row(head, rows[0])
    unused = "".join(mark for mark in _MARKS.findall("".join(head)) if mark not in first)
    plain = [unmark(name) for name in head]
    return (unused + first, *(_row(plain, row) for row in rows[1:]))


def collapse(row: Sequence[str], same: bool) -> list[str]:
    """Return a row of cells; one that spans the whole table (`same`) appears once."""
    return [row[0]] if row and same else list(row)


def pages_text(pages: Sequence[int]) -> str:
    """Write page numbers for a person: [1, 2, 3, 5] gives `pages 1-3, 5`."""
    runs = [
        [page for _, page in run] for _, run in groupby(enumerate(sorted(set(pages))), lambda pair: pair[1] - pair[0])
    ]
    return "pages " + ", ".join(f"{run[0]}-{run[-1]}" if len(run) > 1 else str(run[0]) for run in runs)


def unmark(text: str) -> str:
    """Return the text without marks.

    Parsers apply it to a document's own text, whose private characters mean nothing.
    """
    return _MARKS.sub("", text)


def mark_numbers(text: str) -> list[int]:
    """Return the numbers of the marks in a text, in order."""
    return [ord(mark) - FIRST_MARK for mark in _MARKS.findall(text)]


def squeeze(text: str) -> str:
    """Replace runs of white space, soft hyphens and their like by single spaces; `5 000` stays one number."""
    parts = _GROUPS.split(text.translate(_INVISIBLE))
    return "\u202f".join(" ".join(part.split()) for part in parts)


def _row(head: Sequence[str], row: Sequence[str]) -> str:
    # A cell of which all is left out has no value; its marks go to the end of the row.
    rest = "".join(cell.strip() for cell in row if not unmark(cell).strip())
    cells = [cell if unmark(cell).strip() else "" for cell in row]
    if len(cells) == 1:
        text = cells[0]
    elif len(cells) == 2:
        # The names of two columns say little, unless a figure is in them: "Fee from January 1, 2027".
        text = ": ".join(cell for cell in (_with_name(head, 0, cells), _with_name(head, 1, cells)) if cell)
    else:
        pairs = zip_longest(head[1:], cells[1:], fillvalue="")
        named = [f"{name} {cell}".strip() for name, cell in pairs if cell]
        first = _with_name(head, 0, cells)
        text = f"{first}: {', '.join(named)}" if first else ", ".join(named)
    ended = not unmark(text) or unmark(text)[-1] in ".!?"
    return f"{text}{'' if ended else '.'}{rest}"


def _with_name(head: Sequence[str], at: int, cells: Sequence[str]) -> str:
    """Return a cell after its column's name, if that holds a figure."""
    name = head[at] if at < len(head) else ""
    return f"{name} {cells[at]}" if cells[at] and name and find_figures(unmark(name)) else cells[at]
