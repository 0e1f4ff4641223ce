"""Which rows of a table of Word name its columns."""

import re
from dataclasses import dataclass, field

from tellerbot.knowledge.documents.blocks import unmark

DIGIT = re.compile(r"\d")
_AMOUNT = re.compile(r"[$€£¥₹%]|\d[.,]\d")


@dataclass(slots=True, eq=False)
class Cell:
    """A cell of a table's row: its text, and how it looks."""

    text: str = ""
    is_bold: bool = False
    is_merged: bool = False


@dataclass(slots=True)
class Row:
    """The cells of a row by column; one that spans several is in each of them."""

    cells: list[Cell] = field(default_factory=list)
    is_marked: bool = False
    # Its place in the table, from 0.
    number: int = 0
    # Marks of what was left out between its text and that of the next row.
    marks: str = ""

    def texts(self, width: int) -> list[str]:
        """Return the texts of as many columns as the table has; one text where there is no other."""
        texts = [cell.text for cell in self.cells]
        if self.is_whole() or not any(texts[1:]):
            return texts[:1]
        return texts + [""] * (width - len(texts))

    def is_whole(self) -> bool:
        """Return whether one cell spans several columns, and there is no other."""
        return len(self.cells) > 1 and len(set(map(id, self.cells))) == 1

    def is_bold(self) -> bool:
        """Return whether all cells with text in some columns are bold."""
        filled = [cell for cell in self.cells if unmark(cell.text)]
        return bool(filled) and all(cell.is_bold for cell in filled)


def count_heads(rows: list[Row], is_styled: bool) -> int:
    """Count the rows at the top that name the columns.

    At least one row is left for the table's content, if there are two.
    """
    if not rows:
        return 0
    most = max(len(rows) - 1, 1)
    marked = next((number for number, row in enumerate(rows) if not row.is_marked), len(rows))
    bold = next((number for number, row in enumerate(rows) if not row.is_bold()), len(rows))
    heads = min(marked, most) or min(bold, 1) or int(is_styled)
    while 0 < heads < most and _goes_on(rows[heads - 1], rows[heads], heads < bold < len(rows)):
        heads += 1
    return heads


def _goes_on(row: Row, below: Row, is_bold: bool) -> bool:
    """Return whether the names of `row` go on in the row below: its cells do, or it splits what they span.

    A row with amounts is content, as is one that is not bold and has a name of its own.
    """
    if set(map(id, row.cells)) & set(map(id, below.cells)):
        return True
    if below.is_whole() or not below.cells:
        return False
    label, *texts = [cell.text for cell in below.cells]
    if len(set(map(id, row.cells))) < len(row.cells) and (is_bold or not label):
        return (is_bold and not label) or not any(map(_AMOUNT.search, texts))
    return is_bold and all(texts) and not any(map(DIGIT.search, texts))
