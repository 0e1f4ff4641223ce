"""Struck-out text on a PDF page: characters that a line is drawn through."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from pdfminer.utils import Rect

from tellerbot.knowledge.documents.pdf_chars import inside

# All in shares of a character's size: how thick a strike may be, where above the baseline it runs, how steep it is.
_THICK, _LOWEST, _HIGHEST, _STEEP = 0.2, 0.1, 0.56, 1.6


@dataclass(frozen=True, slots=True)
class _Stroke:
    """A straight line from left to right, in points from the page's top left."""

    x0: float
    y0: float
    x1: float
    y1: float
    thick: float
    source: int

    def height_at(self, x: float) -> float:
        return self.y0 + (self.y1 - self.y0) * (x - self.x0) / (self.x1 - self.x0)


def struck(page: Any, chars: Sequence[Any], boxes: Iterable[Rect]) -> tuple[set[int], set[int]]:
    """Return the `id` of each character that is struck out, and of each drawn line that strikes one.

    `boxes` are the areas of strike-out annotations.
    """
    found = {id(char) for box in boxes for char in chars if inside(char, box)}
    lines: set[int] = set()
    levels: defaultdict[float, list[Any]] = defaultdict(list)
    for char in chars:
        levels[char["baseline"]].append(char)
    sizes = {baseline: max(char["size"] for char in level) for baseline, level in levels.items()}
    for stroke in _strokes(page):
        high, low = min(stroke.y0, stroke.y1), max(stroke.y0, stroke.y1)
        for baseline, size in sizes.items():
            if baseline - size < low and high < baseline + size / 2:
                hit = [id(char) for char in levels[baseline] if _crosses(stroke, char)]
                found.update(hit)
                lines.update([stroke.source] if hit else [])
    return found | _rest_of_words(chars, found), lines


def _rest_of_words(chars: Sequence[Any], found: set[int]) -> set[int]:
    """Return the last letter of words struck but for it: in justified text, a line may end before them."""
    return {
        id(char)
        for before, last, char, after in zip(chars, chars[1:], chars[2:], [*chars[3:], None], strict=False)
        if id(before) in found and id(last) in found and id(char) not in found
        and before["text"].isalpha() and last["text"].isalpha() and char["text"].isalpha()
        and char["baseline"] == last["baseline"] and abs(char["x0"] - last["x1"]) < _THICK * char["size"]
        and not (after and after["text"].isalpha() and abs(after["x0"] - char["x1"]) < _THICK * char["size"])
    }  # fmt: skip


def _strokes(page: Any) -> Iterable[_Stroke]:
    for line in page.lines:
        (x0, y0), (x1, y1) = sorted([line["pts"][0], line["pts"][-1]])
        if x1 - x0 > 1:
            yield _Stroke(x0, y0, x1, y1, line["linewidth"], id(line))
    # A word processor draws a strike as a flat box.
    for box in (*page.rects, *page.curves):
        height = box["bottom"] - box["top"]
        if box["x1"] - box["x0"] > max(1, height):
            middle = (box["top"] + box["bottom"]) / 2
            yield _Stroke(box["x0"], middle, box["x1"], middle, height, id(box))


def _crosses(stroke: _Stroke, char: Any) -> bool:
    size, middle = char["size"], (char["x0"] + char["x1"]) / 2
    if not stroke.x0 - 0.5 <= middle <= stroke.x1 + 0.5 or stroke.thick > _THICK * size:
        return False
    above = (char["baseline"] - stroke.height_at(middle)) / size
    if abs(stroke.y1 - stroke.y0) < _LOWEST * size:
        return _LOWEST <= above <= _HIGHEST
    # A slanted line runs through the whole height of a word, and no farther: one over a page strikes nothing.
    return abs(stroke.y1 - stroke.y0) < _STEEP * size and -_LOWEST <= above <= _HIGHEST + 0.2
