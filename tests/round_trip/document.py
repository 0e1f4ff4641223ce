"""A document as its author means it: what a reader sees, and what no reader should take for text."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

PieceKind = Literal[
    "text", "split", "fraction", "power", "equation", "break", "mark", "struck", "hidden", "deleted", "comment"
]
# What is written but not part of the text; a parser leaves it out.
DECOYS: tuple[PieceKind, ...] = ("mark", "struck", "hidden", "deleted", "comment")
# Nobody who looks at the page sees these, so that nothing need be reported.
UNSEEN: tuple[PieceKind, ...] = ("comment",)
_SHOWN = {"1/2": "½", "1/4": "¼", "3/4": "¾", "1/8": "⅛", "5/8": "⅝", "2/3": "⅔", "2": "²", "3": "³"}


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a line.

    `text` is its content: of a `fraction` the two numbers and a slash (`1/2`), of a `power` its digit, of a `break`
    nothing. A `split` piece is one word that a writer may spread over several tags or runs.
    """

    kind: PieceKind
    text: str = ""

    @property
    def seen(self) -> str:
        """What a reader sees as text."""
        if self.kind in DECOYS:
            return ""
        if self.kind == "break":
            return " "
        if self.kind in ("fraction", "power"):
            return _SHOWN[self.text]
        return self.text


Line = tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence, heading or list item. `anchor` is a word that no other has, so that it is found again."""

    anchor: str
    line: Line


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of level 1 to 3."""

    sentence: Sentence
    level: int


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Sentences in a row."""

    sentences: tuple[Sentence, ...]


@dataclass(frozen=True, slots=True)
class Note:
    """The text of a footnote, after its mark."""

    mark: str
    sentence: Sentence


@dataclass(frozen=True, slots=True)
class Items:
    """List items, each with its depth from 0."""

    items: tuple[tuple[int, Sentence], ...]


@dataclass(frozen=True, slots=True)
class Cell:
    """A table cell at a row and a column, and how many of each it spans."""

    row: int
    column: int
    line: Line
    down: int = 1
    across: int = 1


@dataclass(frozen=True, slots=True)
class Table:
    """Cells on a grid. The first `heads` rows name the columns; `anchors` holds one word for each other row."""

    cells: tuple[Cell, ...]
    heads: int
    rows: int
    columns: int
    anchors: tuple[str, ...]

    def at(self, row: int, column: int) -> Cell:
        """The cell that covers a place."""
        return next(
            cell
            for cell in self.cells
            if cell.row <= row < cell.row + cell.down and cell.column <= column < cell.column + cell.across
        )


Block = Heading | Paragraph | Note | Items | Table


@dataclass(frozen=True, slots=True)
class Document:
    """Blocks in reading order. `running` stands at the top of each page or around the page."""

    blocks: tuple[Block, ...]
    running: str = ""


@dataclass(frozen=True, slots=True)
class Unit:
    """What must be read as one line: a sentence (`label` alone), or a table row (its label and its cells).

    A cell is the names above it, the outermost first, and its text. A table of two columns names none.
    """

    anchor: str
    label: str
    cells: tuple[tuple[tuple[str, ...], str], ...] = ()
    named: bool = True
    where: str = field(default="sentence", compare=False)


def seen(line: Sequence[Piece]) -> str:
    """A line's text as a reader sees it."""
    return squeeze("".join(piece.seen for piece in line))


def squeeze(text: str) -> str:
    """Runs of white space -> single spaces; characters without width go."""
    return " ".join(re.sub("[\u00ad\u200b]", "", text).split())


def units(document: Document) -> Iterator[Unit]:
    """All lines with text, in order."""
    for block in document.blocks:
        if isinstance(block, Table):
            yield from _rows(block)
        else:
            for sentence in sentences(block):
                if text := seen(sentence.line):
                    yield Unit(sentence.anchor, text, where=type(block).__name__.lower())


def decoys(document: Document) -> Iterator[Piece]:
    """Everything written that is not text."""
    for block in document.blocks:
        if isinstance(block, Note):
            yield Piece("mark", block.mark)
        lines = (
            [cell.line for cell in block.cells]
            if isinstance(block, Table)
            else [sentence.line for sentence in sentences(block)]
        )
        yield from (piece for line in lines for piece in line if piece.kind in DECOYS)


def sentences(block: Heading | Paragraph | Note | Items) -> tuple[Sentence, ...]:
    """The sentences of a block that is no table."""
    if isinstance(block, Paragraph):
        return block.sentences
    return tuple(item for _, item in block.items) if isinstance(block, Items) else (block.sentence,)


def _rows(table: Table) -> Iterator[Unit]:
    names = [
        tuple(dict.fromkeys(name for row in range(table.heads) if (name := seen(table.at(row, column).line))))
        for column in range(table.columns)
    ]
    for row, anchor in enumerate(table.anchors, table.heads):
        cells = [table.at(row, column) for column in range(table.columns)]
        texts = [seen(cell.line) for cell in cells]
        if not any(texts):
            continue
        if cells[0].across == table.columns:
            yield Unit(anchor, texts[0], where="table row")
            continue
        pairs = zip(names[1:], texts[1:], strict=True)
        found = tuple((name, text) for name, text in pairs if text)
        yield Unit(anchor, texts[0], found, named=table.heads > 0 and table.columns > 2, where="table row")
