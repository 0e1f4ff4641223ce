"""Columns of running text on a PDF page, whose rows are side by side, are read one after the other."""

from collections.abc import Sequence
from itertools import pairwise, zip_longest
from statistics import median

from tellerbot.knowledge.documents.blocks import unmark
from tellerbot.knowledge.documents.pdf_words import LIST_MARK, Row, Word, root, with_marks

# In shares of the size of text: how wide the space between columns is, at least.
_GUTTER = 0.8
# From which distance of their baselines on a row is no part of the paragraph above.
_SET_OFF = 1.7
# At least so many rows, so many words in each on average, and the share of them that go on a sentence: a table of
# names and prices has fewer, and its rows stay whole.
_ROWS, _WORDS, _GOING_ON = 5, 3.5, 0.3
# Of columns side by side, so many of the rows of each are level with none of the other's; rows are level that are
# nearer than a share of their size.
_APART, _LEVEL = 0.66, 0.1

# How many rows ahead a gap is looked for: the first rows of a column may be indented.
_AHEAD = 20

Gap = tuple[float, float]


def split_columns(rows: Sequence[Row]) -> list[Row]:
    """Return the rows in reading order, where those over several columns are a row for each."""
    found: list[Row] = []
    at = 0
    while at < len(rows):
        # The leftmost gap first: to the right of it, one may be between a list's marks and its texts.
        sections = sorted((_section(rows, at, gap) for gap in _gaps(rows, at)), key=lambda one: (-one[0], one[1]))
        splits = ([_parts(row, gap) for row in rows[at : at + count]] for count, gap in sections)
        if parts := next(filter(_are_columns, splits), None):
            for side in (0, 1):
                column = [part[side] for part in parts if part[side]]
                edge = max(words[-1].x1 for words in column)
                # The other column may have had text on the height of a mark or of the text after it.
                found += split_columns(with_marks([Row(words, edge) for words in column]))
            at += len(parts)
        else:
            found.append(rows[at])
            at += 1
    return found


def _gaps(rows: Sequence[Row], at: int) -> set[Gap]:
    """Return where a gap between columns may be, by the words of the next rows that are side by side."""
    found: set[Gap] = set()
    for row, below in zip_longest(rows[at : at + _AHEAD], rows[at + 1 : at + _AHEAD]):
        pairs = [(one.x1, two) for one, two in pairwise(row.words)]
        if below:
            one, two = sorted((row.words, below.words), key=lambda words: words[0].x0)
            if two[0].top < one[0].bottom and one[0].top < two[0].bottom:
                pairs.append((one[-1].x1, two[0]))
        for end, word in pairs:
            if word.x0 - end > _GUTTER * word.size:
                # Lines above or below may be much longer than this one.
                found |= {(end, word.x0), (round(word.x0 - _GUTTER * word.size, 1) - 0.1, round(word.x0, 1))}
    return found


def _section(rows: Sequence[Row], at: int, gap: Gap) -> tuple[int, Gap]:
    """Count the rows from one on that leave a gap free, and give what remains of it."""
    count = 0
    size = min(row.words[0].size for row in rows[at : at + 2])
    for row in rows[at:]:
        left, right = _parts(row, gap)
        start = max([gap[0], *(word.x1 for word in left)])
        end = min([gap[1], *(word.x0 for word in right)])
        if end - start < _GUTTER * size:
            break
        gap = start, end
        count += 1
    last = rows[at + count - 1]
    if 1 < count < len(rows) - at and not all(_parts(last, gap)) and _is_set_off(rows[at + count - 2], last):
        # A heading over what goes across the page again is no part of a column.
        count -= 1
    return count, gap


def _is_set_off(above: Row, below: Row) -> bool:
    first = root(below.words[0])
    return first.baseline - root(above.words[0]).baseline > _SET_OFF * first.size


def _parts(row: Row, gap: Gap) -> tuple[list[Word], list[Word]]:
    middle = sum(gap) / 2
    left = [word for word in row.words if (word.x0 + word.x1) / 2 < middle]
    return left, [word for word in row.words if (word.x0 + word.x1) / 2 >= middle]


def _are_columns(parts: Sequence[tuple[list[Word], list[Word]]]) -> bool:
    """Return whether rows are those of columns, and not a name and its price each.

    A table in a column is no row of it.
    """
    sides = [[part[side] for part in parts if part[side] and part[side][0].text] for side in (0, 1)]
    heights = [len(rows) + _height(parts, side) for side, rows in enumerate(sides)]
    if not all(heights):
        return False
    level = sum(_is_level(*part) for part in parts)
    # A column may hold nothing but tables.
    wordy = all(max(sum(word.base is None for word in row) for row in rows) >= _WORDS for rows in sides if rows)
    return all(map(_is_prose, sides)) or (wordy and all(level <= (1 - _APART) * height for height in heights))


def _height(parts: Sequence[tuple[list[Word], list[Word]]], side: int) -> float:
    """Count the rows of the tables of one side that have text beside them, which shows that both are columns."""
    text = [root(part[1 - side][0]) for part in parts if part[1 - side] and part[1 - side][0].text]
    tables = [part[side][0] for part in parts if part[side] and not part[side][0].text]
    beside = [table for table in tables if any(table.top < word.baseline < table.bottom for word in text)]
    return sum(table.bottom - table.top for table in beside) / median(word.size for word in text) if beside else 0.0


def _is_level(left: Sequence[Word], right: Sequence[Word]) -> bool:
    """Return whether two rows are on one line.

    A list's mark may be higher or lower than its text, which may be elsewhere.
    """
    return any(
        abs(one.baseline - two.baseline) < _LEVEL * two.size
        for one in left[_is_marked(left) :]
        for two in right[_is_marked(right) :]
    )


def _is_marked(row: Sequence[Word]) -> bool:
    return bool(row) and LIST_MARK.fullmatch(unmark(row[0].text)) is not None


def _is_prose(rows: Sequence[Sequence[Word]]) -> bool:
    if len(rows) < _ROWS or sum(map(len, rows)) < _WORDS * len(rows):
        return False
    return sum(row[0].text[:1].islower() for row in rows) >= _GOING_ON * len(rows)
