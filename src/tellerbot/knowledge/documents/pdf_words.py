"""Characters of a PDF page -> rows of words, and the text of each row."""

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median_low
from typing import Any

from pdfplumber.utils.text import extract_words

from tellerbot.knowledge.documents.blocks import Omissions, squeeze, unmark
from tellerbot.knowledge.documents.scripts import Shift, Span, join

# In shares of the size of text. A wider gap is a space; one within a number is a space only if it is wider still.
_SPACE, _NUMBER_SPACE, _PART_SPACE = 0.15, 0.2, 0.35
# A word that begins farther within the last one is another text over it.
_OVERLAP = -0.3
# How far apart the baselines of one row's words may be.
_ROW = 0.3
# How much smaller raised or lowered text is, and how far from the line it may be: up, and down.
_SMALLER, _HIGHEST, _LOWEST = 0.86, 0.8, 0.6
# Text as large as the line's is raised or lowered from here on.
_LEAST_SHIFT = 0.12
# How far from a word others of its line are looked for, and how far from its text a mark may be.
_NEAR, _MARK_GAP = 5.0, 8.0
_DROP_CAP = 1.6
_BOLD = ("bold", "black", "heavy", "semibold", "demi")

# What may be the mark of a list item: a bullet, or a number that a sentence might end with.
LIST_MARK = re.compile(r"[•●◦○■□▪▫‣⁃∙·–*-]|\(cid:\d+\)|(?:\d{1,2}|[a-z]|[ivx]{1,4})[.)]")
_FOOTNOTE_MARK = re.compile(r"[*†‡§¶]{1,3}|[([]?(?:\d{1,2}|[a-z])(?:,\d{1,2})*[])]?")
_SPACED_NUMBER = re.compile(r"[$€£¥₹][\d.,]+|\d[\d.,]*[.,][\d.,]*\d%?")


@dataclass(slots=True)
class Word:
    """Characters without a gap, of one font and size on one baseline; places in points from the page's top left."""

    text: str
    font: str
    size: float
    baseline: float
    top: float
    bottom: float
    x0: float
    x1: float
    shift: Shift = "level"
    # The word that a raised or lowered one belongs to.
    base: "Word | None" = None


@dataclass(slots=True)
class Row:
    """The words of one line, from left to right."""

    words: list[Word] = field(default_factory=list)
    # The right edge of the column that it is in, where it is in one.
    edge: float | None = None


def is_bold(font: str) -> bool:
    """Return whether a font of that name is bold."""
    return any(part in font.lower() for part in _BOLD)


def root(word: Word) -> Word:
    """Return the word on the line that a raised or lowered one belongs to; itself where it is neither."""
    while word.base:
        word = word.base
    return word


def rows(chars: Sequence[Any]) -> list[Row]:
    """Return the rows of some level characters, from the top down.

    Raised and lowered words are in the row of their base.
    """
    words = [
        Word(
            word["text"], word["fontname"], word["size"], word["baseline"],
            word["top"], word["bottom"], word["x0"], word["x1"],
        )
        for word in extract_words(
            list(chars), x_tolerance_ratio=_SPACE, extra_attrs=["fontname", "size", "baseline", "layer"]
        )
    ]  # fmt: skip
    words.sort(key=lambda word: word.x0)
    _lower_drop_caps(words)
    _shift(words)
    found: list[Row] = []
    for word in sorted((word for word in words if not word.base), key=lambda word: word.baseline):
        first = found[-1].words[0] if found else None
        if first and word.baseline - first.baseline < _ROW * min(word.size, first.size):
            found[-1].words.append(word)
        else:
            found.append(Row([word]))
    home = {id(word): row for row in found for word in row.words}
    for word in words:
        if word.base:
            home[id(root(word))].words.append(word)
    for row in found:
        row.words = _in_order(row.words)
    return with_marks(found)


def is_footnote_mark(word: Word, size: float) -> bool:
    """Return whether a word alone may be the mark of a footnote in text of a size."""
    text = unmark(word.text)
    return _FOOTNOTE_MARK.fullmatch(text) is not None and (word.size < _SMALLER * size or not text.isalnum())


def with_marks(found: Sequence[Row]) -> list[Row]:
    """Put a bullet or footnote mark that is lower or higher than the text to its right into that text's row."""
    kept = list(found)
    for above, below in pairwise(found):
        for mark, row in ((above, below), (below, above)):
            first, text = mark.words[0], root(row.words[0])
            beside = (
                0 < text.x0 - first.x1 < _MARK_GAP * text.size
                and first.top < text.baseline
                and text.top < first.baseline
            )
            is_raised = first.baseline < text.baseline and is_footnote_mark(first, text.size)
            # A table is in a row without text.
            alone = len(mark.words) == 1 and text.text != ""
            if alone and beside and (is_raised or LIST_MARK.fullmatch(unmark(first.text))):
                if is_raised:
                    first.base, first.shift = text, "raised"
                row.words.insert(0, first)
                kept = [other for other in kept if other is not mark]
                break
    return kept


def row_text(words: Sequence[Word], omissions: Omissions, page: int) -> str:
    """Return the text of a row's words; note the footnote marks in it in `omissions`."""
    words = list(_whole_numbers(words))
    spans: list[Span] = []
    for last, word in zip([None, *words[:-1]], words, strict=True):
        spans += _join_to(last, word) if last else [Span(word.text, word.shift)]
    return squeeze(join(spans, omissions, page))


def _join_to(last: Word, word: Word) -> list[Span]:
    """Return a word's span, and what is between it and the word before."""
    before, after = unmark(last.text)[-1:], unmark(word.text)[:1]
    if _is_space(last, word):
        # A space within raised text is raised, too, so that it parts no fraction.
        return [Span(" ", last.shift if last.shift == word.shift else "level"), Span(word.text, word.shift)]
    if last.shift == "raised" and word.shift == "lowered" and word.x0 < (last.x0 + last.x1) / 2:
        # One above the other.
        return [Span("⁄", "raised"), Span(word.text, word.shift)]
    if word.shift == "level" and _is_digit(after):
        base = root(last)
        if word.size < _SMALLER * base.size and (last.shift == "raised" or _is_digit(before)):
            # After a slash the lower half of a fraction, after a digit cents or a mark; never a digit of its number.
            return [Span(word.text, "lowered")]
        if last.shift == "level" and _is_digit(before) and last.size < _SMALLER * word.size:
            return [Span(" "), Span(word.text)]
    return [Span(word.text, word.shift)]


def _lower_drop_caps(words: list[Word]) -> None:
    """Put the large first letter of a paragraph on the line that it begins."""
    normal = median_low([word.size for word in words]) if words else 0.0
    for cap in words:
        if len(cap.text) != 1 or not cap.text.isalpha() or cap.size < _DROP_CAP * normal:
            continue
        beside = [
            word
            for word in words
            if word.size * _DROP_CAP < cap.size
            and -0.1 * cap.size < word.x0 - cap.x1 < 0.3 * cap.size
            and cap.top - word.size < word.top
            and word.baseline < cap.baseline - 0.5 * word.size
        ]
        if beside:
            first = min(beside, key=lambda word: word.baseline)
            if first.x0 - cap.x1 < _SPACE * cap.size:
                cap.x1 = first.x0
            cap.size, cap.baseline, cap.top, cap.bottom = first.size, first.baseline, first.top, first.bottom


def _shift(words: Sequence[Word]) -> None:
    """Find the words above or below the line of a neighbour that they touch. `words` go from left to right."""
    levels: defaultdict[float, list[Word]] = defaultdict(list)
    for word in words:
        levels[word.baseline].append(word)
    heights = sorted(levels)
    largest = max((word.size for word in words), default=0.0)
    near = {
        height: [
            other
            for other in heights[
                bisect_left(heights, height - largest) : bisect_left(heights, height + largest)
            ]
            if other != height
        ]
        for height in heights
    }  # fmt: skip
    starts = {height: [word.x0 for word in level] for height, level in levels.items()}
    for toward_left, order in ((True, words), (False, list(reversed(words)))):
        for word in order:
            if word.base:
                continue
            for other in _beside(word, near[word.baseline], levels, starts, toward_left):
                base = root(other)
                if base is not word and (shift := _shift_of(word, base, levels)):
                    word.base, word.shift = base, shift
                    break


def _beside(
    word: Word,
    heights: Sequence[float],
    levels: dict[float, list[Word]],
    starts: dict[float, list[float]],
    toward_left: bool,
) -> Iterator[Word]:
    """Yield the words of other baselines that a word touches on one side."""
    for height in heights:
        level, edges = levels[height], starts[height]
        if toward_left:
            at = bisect_left(edges, word.x0 + 0.1)
            others = level[max(0, at - 2) : at]
            gaps = [(word.x0 - other.x1, other) for other in others]
        else:
            at = bisect_left(edges, word.x1 - 0.3 * word.size)
            gaps = [(other.x0 - word.x1, other) for other in level[at : at + 1]]
        # The mark that begins a footnote may be set off from it.
        widest = 1.2 if not toward_left and _FOOTNOTE_MARK.fullmatch(unmark(word.text)) else 0.4
        for gap, other in gaps:
            size = max(word.size, other.size)
            if other is not word and -0.3 * size < gap < widest * size:
                yield other


def _shift_of(word: Word, base: Word, levels: dict[float, list[Word]]) -> Shift | None:
    """Return whether a word is above or below its neighbour's line.

    None where it has a line of its own, or is on this one.
    """
    rise = (base.baseline - word.baseline) / base.size
    if word.size < _SMALLER * base.size:
        belongs = 0.06 < rise < _HIGHEST or -_LOWEST < rise < -0.06
    else:
        # As large as its neighbour: only a few characters on a height that no line has.
        alone = len(unmark(word.text)) <= 3 and _weight(word, levels) < _weight(base, levels)
        belongs = alone and word.size < 1.1 * base.size and _LEAST_SHIFT < abs(rise) < 0.65
    if not belongs:
        return None
    # A small sign before or after a price is a part of it.
    return "level" if word.text in ("$", "€", "£", "¥", "₹", "%") else "raised" if rise > 0 else "lowered"


def _weight(word: Word, levels: dict[float, list[Word]]) -> int:
    """Count the characters near a word on its own height."""
    reach = _NEAR * word.size
    near = (other for other in levels[word.baseline] if word.x0 - reach < other.x1 and other.x0 < word.x1 + reach)
    return sum(len(other.text) for other in near)


def _in_order(words: list[Word]) -> list[Word]:
    words.sort(key=lambda word: word.x0)
    for at, (one, two) in enumerate(pairwise(words)):
        # The two halves of a stacked fraction.
        if one.shift == "lowered" and two.shift == "raised" and two.x0 < (one.x0 + one.x1) / 2:
            words[at], words[at + 1] = two, one
    return words


def _is_space(last: Word, word: Word) -> bool:
    size = max(last.size, word.size) if last.shift != word.shift else word.size
    gap = (word.x0 - last.x1) / size
    if last.shift != word.shift and gap < 0:
        return False
    if _OVERLAP < gap < _SPACE:
        return False
    before, after = unmark(last.text)[-2:], unmark(word.text)[:2]
    if _is_digit(before[-1:]) and re.match(r"[.,]\d", after):
        # No text has a space before the comma in a number.
        return not 0 <= gap < _PART_SPACE
    within = re.search(r"[\d$€£¥₹]$|\d[.,]$", before) and _is_digit(after[:1])
    return not (within and 0 <= gap < _NUMBER_SPACE)


def _whole_numbers(words: Sequence[Word]) -> Iterator[Word]:
    """Yield words, with numbers whose characters are set apart evenly put together: `$ 1 , 0 0 0`."""
    at = 0
    while at < len(words):
        end = at + 1
        while end < len(words) and _evenly(words[at:end], words[end]):
            end += 1
        while end - at > 2 and not _SPACED_NUMBER.fullmatch("".join(word.text for word in words[at:end])):
            end -= 1
        if end - at > 2:
            first, last = words[at], words[end - 1]
            text = "".join(word.text for word in words[at:end])
            yield Word(text, first.font, first.size, first.baseline, first.top, first.bottom, first.x0, last.x1)
            at = end
        else:
            yield words[at]
            at += 1


def _evenly(run: Sequence[Word], word: Word) -> bool:
    """Return whether a one-character word goes on a run of such, as far from the last as those from each other."""
    last = run[-1]
    if len(word.text) != 1 or len(last.text) != 1 or word.shift != "level" or word.size != last.size:
        return False
    gap = word.x0 - last.x1
    if not 0 < gap < last.size:
        return False
    return len(run) < 2 or abs(gap - (run[1].x0 - run[0].x1)) < 0.1 * word.size


def _is_digit(text: str) -> bool:
    return text.isdecimal()
