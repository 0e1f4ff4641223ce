"""A PDF page's characters, with what pdfplumber leaves out: their baseline, rise and letter spacing."""

from collections import defaultdict
from collections.abc import Iterable
from itertools import groupby
from typing import Any

from pdfminer.converter import PDFPageAggregator
from pdfminer.pdfinterp import PDFPageInterpreter
from pdfminer.utils import Matrix, Rect, apply_matrix_rect, translate_matrix

from tellerbot.knowledge.documents.blocks import unmark
from tellerbot.knowledge.documents.pdf_fonts import Fonts
from tellerbot.knowledge.documents.pdf_symbols import read_glyph

# Two of the same character, nearer than this share of their size, are one that was set twice to look bold; and two of
# the same string, of several characters, are one with its shadow.
_TWICE, _SHADOW = 0.12, 0.3
# Points of a square in which others of the same text are looked for.
_CELL = 4
_MAX_LAYERS, _MAX_CELLS = 8, 50


class _Device(PDFPageAggregator):
    """A device that puts a character's rise into its matrix, and letter spacing into its width.

    With the rise, the matrix gives the baseline. Without the spacing, every letter of text that is set wide would be a
    word.
    """

    transform: Matrix
    # For each character, which of the page's strings it is of, from 0.
    strings: list[int]
    # And its left and lower edge.
    edges: list[tuple[float, float]]
    fonts: Fonts
    _spacing = 0.0
    _string = -1
    _is_new = False

    def begin_page(self, page: Any, ctm: Matrix) -> None:
        self.transform = ctm
        self.strings, self.edges = [], []
        super().begin_page(page, ctm)

    def render_string(self, textstate: Any, seq: Any, ncs: Any, graphicstate: Any) -> None:
        self._spacing = textstate.charspace * textstate.scaling * 0.01
        self._is_new = True
        super().render_string(textstate, seq, ncs, graphicstate)

    def render_char(
        self,
        matrix: Matrix,
        font: Any,
        fontsize: float,
        scaling: float,
        rise: float,
        cid: int,
        ncs: Any,
        graphicstate: Any,
    ) -> float:
        # A string without characters is none.
        self._string += self._is_new
        self._is_new = False
        self.strings.append(self._string)
        self.fonts.add_width(font, cid, self.pageno)
        risen = translate_matrix(matrix, (0, rise))
        advance = super().render_char(risen, font, fontsize, scaling, 0, cid, ncs, graphicstate)
        char: Any = self.cur_item._objs[-1]
        char._text = read_glyph(char.get_text(), cid, font)
        if _is_level(char.matrix):
            char.x1 = max(char.x0, char.x1 + self._spacing * matrix[0])
        self.edges.append((char.x0, char.y0))
        return advance


def lay_out(page: Any, fonts: Fonts, drawn: Fonts) -> tuple[list[Any], Matrix]:
    """Return a page's characters in the order of their painting, and the transform of the page's space to the layout's.

    Each character is a dict as of pdfplumber, with its `baseline` in points from the page's top, whether it
    `is_level`, its `string`, from 0, and its `layer`: strings that overlap are in different ones. `drawn` is how far
    right and down of its place the library that draws pages has it, by the widths of `drawn`. Blanks are kept.
    """
    device = _run(page, fonts)
    page._layout = device.get_result()
    edges = _run(page, drawn).edges if page.page_number in fonts.pages else device.edges
    for char, string, (x0, y0), (drawn_x0, drawn_y0) in zip(
        page.chars, device.strings, device.edges, edges, strict=True
    ):
        char["string"] = string
        char["drawn"] = drawn_x0 - x0, y0 - drawn_y0
        char["text"] = unmark(char["text"])
        char["baseline"] = round(page.height - char["matrix"][5] + page.mediabox[1], 1)
        char["size"] = round(char["size"], 2)
        char["layer"], char["is_level"] = 0, _is_level(char["matrix"])
    for _, string in groupby(page.chars, lambda char: char["string"]):
        chars = list(string)
        wording = "".join(char["text"] for char in chars).strip()
        for char in chars:
            char["wording"] = wording
    _set_layers(page.chars)
    return [char for char in page.chars if char["text"]], device.transform


def _run(page: Any, fonts: Fonts) -> _Device:
    device = _Device(fonts, pageno=page.page_number)
    device.fonts = fonts
    PDFPageInterpreter(fonts, device).process_page(page.page_obj)
    return device


def place(page: Any, transform: Matrix, rect: Rect) -> Rect:
    """Convert a rectangle of the page's own space to left, top, right, bottom in points from the page's top left."""
    x0, y0, x1, y1 = apply_matrix_rect(transform, rect)
    left, above = page.mediabox[0], page.height + page.mediabox[1]
    return x0 + left, above - y1, x1 + left, above - y0


def _is_level(matrix: Any) -> bool:
    """Return whether a character is on a level line; pdfplumber's `upright` allows for slopes."""
    along, up = matrix[:2]
    return along > 0 and abs(up) < 0.05 * along


def inside(item: Any, box: Rect) -> bool:
    """Return whether the middle of an item lies in a box."""
    across, down = (item["x0"] + item["x1"]) / 2, (item["top"] + item["bottom"]) / 2
    return box[0] <= across < box[2] and box[1] <= down < box[3]


def _set_layers(chars: Iterable[Any]) -> None:
    """Assign layers from 0; only the first where no texts overlap, and never more than _MAX_LAYERS."""
    taken: list[dict[tuple[int, int], Any]] = [{} for _ in range(_MAX_LAYERS)]
    for _, group in groupby(chars, lambda char: char["string"]):
        string = list(group)
        inked = [char for char in string if not char["text"].isspace()]
        cells = [(cell, char) for char in inked for cell in _cells(char)]
        layer = next((at for at, layer in enumerate(taken) if not _overlaps(cells, layer)), _MAX_LAYERS - 1)
        taken[layer].update(cells)
        for char in string:
            char["layer"] = layer


def _cells(char: Any) -> Iterable[tuple[int, int]]:
    """Return the squares of two points that the inner half of a character is in."""
    across, down = (char["x1"] - char["x0"]) / 4, (char["bottom"] - char["top"]) / 4
    columns = range(int((char["x0"] + across) / 2), int((char["x1"] - across) / 2) + 1)
    lines = range(int((char["top"] + down) / 2), int((char["bottom"] - down) / 2) + 1)
    return ((column, line) for column in columns[:_MAX_CELLS] for line in lines[:_MAX_CELLS])


def _overlaps(cells: Iterable[tuple[tuple[int, int], Any]], layer: dict[tuple[int, int], Any]) -> bool:
    """Return whether another string is in one of the cells. A text that was set twice to look bold is one."""
    others = ((char, layer[cell]) for cell, char in cells if cell in layer)
    return any(char["string"] != other["string"] and not _same(char, other) for char, other in others)


def once(chars: Iterable[Any]) -> list[Any]:
    """Drop the second of two equal characters in one place: text set twice to look bold, or over its shadow."""
    kept: list[Any] = []
    places: defaultdict[tuple[str, int, int], list[Any]] = defaultdict(list)
    for char in chars:
        column, row = int(char["x0"] // _CELL), int(char["baseline"] // _CELL)
        reach = int(_SHADOW * char["size"] // _CELL) + 1
        found = (
            other
            for across in range(column - reach, column + reach + 1)
            for down in range(row - reach, row + reach + 1)
            for other in places.get((char["text"], across, down), ())
        )
        if not any(_same(char, other) for other in found):
            kept.append(char)
            places[char["text"], column, row].append(char)
    return kept


def _same(one: Any, other: Any) -> bool:
    is_shadow = one["string"] != other["string"] and one["wording"] == other["wording"] and len(one["wording"]) > 1
    near = (_SHADOW if is_shadow else _TWICE) * one["size"]
    return (
        one["text"] == other["text"]
        and abs(one["x0"] - other["x0"]) < near
        and abs(one["baseline"] - other["baseline"]) < near
        and abs(one["size"] - other["size"]) < near
    )
