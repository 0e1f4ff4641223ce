"""A spreadsheet's CSV file -> rows. What holds nothing is left out; another separator than the comma is named."""

import csv
import io
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from pathlib import Path

from tellerbot.data.lines import is_blank, read_lines
from tellerbot.errors import Problem

# What separates cells, and how people call those that cannot be seen.
_MARKS = {mark: repr(mark) for mark in ";|^~¦；，、"} | {
    ",": "commas",
    "\t": "tabs",
    "\x1f": "unit separators",
    "\x01": "the byte 0x01",
}
_QUOTED = re.compile(r'"(?:[^"]|"")*"')
# Excel writes its separator into a line of its own.
_SEPARATOR = re.compile(r'"?sep=(.)"?[\s,;|]*', re.IGNORECASE)
COMMA = ","


def read_csv(
    path: Path, tell: Callable[[Problem], None], left_out: Counter[str], mark: str = COMMA
) -> Iterator[tuple[int, dict[str, str]]]:
    """Stream the rows of a .csv file with the lines they start on; `tell` hears of each that is wrong.

    `mark` is between the cells: a comma, or the tab of a .tsv file. Lines of white space and marks alone are left out,
    and so are columns without a name or a value; `left_out` counts both.
    """
    # A carriage return alone ends a line too.
    lines = (part for _, line in read_lines(path) for part in io.StringIO(line, newline=""))
    first = _opening(lines, mark)
    if other := _other_separator("".join(first[-1:]), mark):
        what = f"Expected {_MARKS[mark]} between the cells, found {_MARKS.get(other, repr(other))}."
        tell(Problem(str(path), len(first), what, with_marks(other, mark)))
        return
    start = 1
    # The csv module counts the lines it has been given.
    reader = csv.reader(chain(first, lines), strict=True, delimiter=mark)
    header = _Header(mark)
    try:
        for cells in reader:
            line, start = start, reader.line_num + 1
            if header.is_blank(cells):
                left_out["blank line"] += 1
                continue
            if not header.names:
                mistake = header.read(cells)
            elif not (mistake := header.mistake(cells)):
                yield line, header.row(cells)
            if mistake:
                tell(Problem(str(path), line, *mistake))
            if header.is_bad:
                return
    except csv.Error as error:
        tell(Problem(str(path), start, f"Expected CSV: {error}.", "Close the quotes and double inner ones."))
    left_out["empty column"] += header.empty()


class _Header:
    """The names of the columns, some of them empty, and what is wrong with rows below them.

    A mistake is what was found and what to do. A header that `is_bad` makes every row wrong.
    """

    def __init__(self, mark: str) -> None:
        self.mark = mark
        self.names: list[str] = []
        self.is_bad = False
        self._widest = 0

    def is_blank(self, cells: Sequence[str]) -> bool:
        """Whether a line holds nothing; a quoted nothing is a row of a file with one column."""
        return all(map(is_blank, cells)) and not (cells == [""] and len(self.names) == 1)

    def read(self, cells: Sequence[str]) -> tuple[str, str] | None:
        """Take the names from the first line, unless it says only that commas separate the cells."""
        if _SEPARATOR.fullmatch(self.mark.join(cells)):
            return None
        self.names = ["" if is_blank(cell) else cell.strip() for cell in cells]
        twice = [name for name, count in Counter(filter(None, self.names)).items() if count > 1]
        self.is_bad = bool(twice)
        remedy = "Rename one column of each pair, so that no cell is lost."
        return (f"Expected different columns, found {twice[0]!r} twice.", remedy) if twice else None

    def mistake(self, cells: Sequence[str]) -> tuple[str, str] | None:
        """Return what is wrong with a row."""
        self._widest = max(self._widest, len(cells))
        for at, (name, cell) in enumerate(zip(self.names, cells, strict=False), 1):
            if not name and not is_blank(cell):
                self.is_bad = True
                what = f"Expected a name above column {at}, found none, but a value on this line."
                return what, f"Name the column in the first line, or remove it. {self._quotes()}"
        wanted = max(at for at, name in enumerate(self.names, 1) if name)
        if len(cells) >= wanted and all(map(is_blank, cells[len(self.names) :])):
            return None
        whole, names = self.mark.join(cells), "".join(self.names)
        cut = {mark: len(whole.split(mark)) for mark in _MARKS if mark not in (COMMA, self.mark)}
        mark = next((mark for mark in cut if cut[mark] > 1 and (len(cells) < wanted == cut[mark] or mark in names)), "")
        remedy = self._quotes() if len(cells) > wanted else "Fill in the cells that are missing."
        return f"Expected {wanted} cells, found {len(cells)}.", with_marks(mark, self.mark) if mark else remedy

    def row(self, cells: Sequence[str]) -> dict[str, str]:
        return {name: cell for name, cell in zip(self.names, cells, strict=False) if name}

    def _quotes(self) -> str:
        return f"Put quotes around text that contains {_MARKS[self.mark]}."

    def empty(self) -> int:
        """How many columns have neither a name nor a value."""
        return self.names.count("") + max(0, self._widest - len(self.names))


def _opening(lines: Iterator[str], mark: str) -> list[str]:
    """Read the lines up to the first that holds more than separators."""
    found: list[str] = []
    for text in lines:
        found.append(text)
        if not is_blank(text.replace(mark, "")):
            break
    return found


def _other_separator(line: str, mark: str) -> str:
    """Return what separates the cells of a first line in place of `mark`; empty when `mark` does, or it is one cell."""
    if found := _SEPARATOR.fullmatch(line):
        return found[1].replace(mark, "")
    bare = _QUOTED.sub("", line)
    return "" if mark in bare else mark_in(bare)


def mark_in(text: str) -> str:
    """Return the separator that a text holds most often; empty when it holds none."""
    mark = max(_MARKS, key=text.count)
    return mark if mark in text else ""


def with_marks(found: str, mark: str = COMMA) -> str:
    """Describe how to repair a file with another separator than `mark`."""
    return f"Save the file with {_MARKS[mark]} between the cells, not {_MARKS.get(found, repr(found))}."
