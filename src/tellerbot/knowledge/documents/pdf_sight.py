"""Which characters of a PDF page a reader sees: those without which the page would look different."""

from collections.abc import Iterator, Sequence
from ctypes import c_float, create_string_buffer
from itertools import groupby
from pathlib import Path
from typing import Any, cast

import numpy as np
import pypdfium2
from numpy.typing import NDArray
from pdfminer.utils import Rect
from pypdfium2 import raw

from tellerbot.knowledge.documents.blocks import DocumentError
from tellerbot.knowledge.documents.pdf_symbols import is_foreign

# Pixels a point, and at most how many along a side.
_SCALE, _MAX_PIXELS = 2.0, 6000
# The difference in grey (of 255) from which ink is seen, and the size in points below which no text is.
_CONTRAST, _SMALLEST = 12, 1.5
# The share of a page that pictures cover from which its unseen text is that of text recognition.
_SCANNED = 0.5
# From here on characters are as wide as high. A machine may have no font for these, or for symbols, where theirs is not
# in the file.
_WIDE = 0x2E80
# How far above and below its baseline a character's ink is, in shares of its size.
_ABOVE, _BELOW = 0.8, 0.05
# All but the foot of a letter that leans is over the next one; so far its foot may be.
_LEANING, _ABOVE_LEANING, _LEAN = ("italic", "oblique"), 0.25, 0.06
# Two characters between more than so many on both sides may be those of another line.
_FEW = 2
# Bytes of a font's name.
_LONGEST_NAME = 256


class Sight:
    """A renderer of each page with and without its text. Close it at the end."""

    def __init__(self, path: Path, pages: int) -> None:
        """Open the file; raises DocumentError where it is not drawn with as many `pages` as it is read with."""
        try:
            self._pdf = pypdfium2.PdfDocument(path)
        except pypdfium2.PdfiumError as error:
            raise DocumentError(f"Expected a PDF that can be shown, found: {error}", _AGAIN) from error
        if len(self._pdf) != pages:
            self.close()
            raise DocumentError(f"Expected {pages} pages, found an index of pages that says otherwise.", _AGAIN)

    def close(self) -> None:
        """Close the document."""
        self._pdf.close()

    def width(self, number: int, font: str, text: str) -> float:
        """Return how wide a character is drawn on a page, from 1, in thousandths of the size; 0 if it is not drawn."""
        page = self._pdf[number - 1]
        width = c_float()
        for item in page.get_objects(filter=[raw.FPDF_PAGEOBJ_TEXT]):
            handle = raw.FPDFTextObj_GetFont(item.raw)
            name = create_string_buffer(_LONGEST_NAME)
            raw.FPDFFont_GetBaseFontName(handle, name, _LONGEST_NAME)
            if name.value.decode(errors="replace") == font:
                raw.FPDFFont_GetGlyphWidth(handle, ord(text), 1000, width)
                break
        page.close()
        return width.value

    def find_visible(self, page: Any, chars: Sequence[Any], crop: tuple[float, float, float, float]) -> list[bool]:
        """Return whether each character is seen; blanks are not.

        `crop` is the part of the page that is shown, as the page is turned.
        """
        if not chars:
            return []
        seen = np.zeros(len(chars), bool)
        layers = np.array([char["layer"] for char in chars])
        boxes = np.array([_box(char) for char in chars])
        boxes = (boxes - np.tile(crop[:2], 2)) / np.tile([crop[2] - crop[0], crop[3] - crop[1]], 2)
        for layer, changed in enumerate(self._inks(page.page_number - 1, chars)):
            seen[layers == layer] = _has_ink(changed, boxes[layers == layer])
        _settle(seen, [char["string"] for char in chars], [char["text"].isspace() for char in chars])
        seen &= np.array([char["size"] >= _SMALLEST and not char["text"].isspace() for char in chars])
        doubtful = np.array([ord(char["text"][0]) >= _WIDE or is_foreign(char["fontname"]) for char in chars])
        fonts = np.array([char["fontname"] for char in chars])
        for font in set(fonts[doubtful]):
            here = doubtful & (fonts == font)
            seen[here] |= not seen[here].any()
        # A glyph without a letter, most often a bullet, may be one that only some programs draw.
        return (seen | np.array([char["text"].startswith("(cid:") for char in chars])).tolist()

    def _inks(self, index: int, chars: Sequence[Any]) -> Iterator[NDArray[np.bool_]]:
        """Yield for each layer of text the pixels of a page, rows x columns, that it changes."""
        page = self._pdf[index]
        strings = list(page.get_objects(filter=[raw.FPDF_PAGEOBJ_TEXT]))
        full = _draw(page)
        layers = {char["string"]: char["layer"] for char in chars}
        for layer in range(max(layers.values()) + 1):
            # Where the two libraries count other strings, those of one layer are not known.
            hidden = [item for at, item in enumerate(strings) if layers.get(at, 0) == layer]
            modes = [raw.FPDFTextObj_GetTextRenderMode(item.raw) for item in hidden]
            for item in hidden:
                raw.FPDFTextObj_SetTextRenderMode(item.raw, raw.FPDF_TEXTRENDERMODE_INVISIBLE)
            yield np.abs(full - _draw(page)) > _CONTRAST
            for item, mode in zip(hidden, modes, strict=True):
                raw.FPDFTextObj_SetTextRenderMode(item.raw, mode)
        page.close()


_AGAIN = "Open it, and save or print it as PDF again."


def is_scan(page: Any, seen: Sequence[bool], chars: Sequence[Any]) -> bool:
    """Return whether a page is a picture whose text was recognised: it covers the page, and most text is not seen."""
    area = sum((image["x1"] - image["x0"]) * (image["bottom"] - image["top"]) for image in page.images)
    text = sum(not char["text"].isspace() for char in chars)
    return area >= _SCANNED * page.width * page.height and sum(seen) < text / 2


def _draw(page: pypdfium2.PdfPage) -> NDArray[np.int16]:
    scale = min(_SCALE, _MAX_PIXELS / max(page.get_size()))
    # pypdfium2 takes a fraction, too.
    bitmap = page.render(scale=cast(int, scale), grayscale=True, may_draw_forms=False, draw_annots=False)
    pixels = bitmap.to_numpy().astype(np.int16)
    bitmap.close()
    return pixels


def _box(char: Any) -> Rect:
    """Return where to look for a character's ink: not so high and low that raised text of the next line is in it."""
    left, top, bottom = char["x0"], char["top"], char["bottom"]
    if char["is_level"] and char["text"] != "_":
        leans = char["text"].isalnum() and any(part in char["fontname"].lower() for part in _LEANING)
        top = max(top, char["baseline"] - (_ABOVE_LEANING if leans else _ABOVE) * char["size"])
        left += _LEAN * char["size"] if leans else 0
        bottom = min(bottom, char["baseline"] + _BELOW * char["size"])
    right, down = char["drawn"]
    return left + right, top + down, char["x1"] + right, bottom + down


def _settle(seen: NDArray[np.bool_], strings: Sequence[int], blank: Sequence[bool]) -> None:
    """Decide on characters in doubt, in place, by those beside them in their string.

    One between others that are all seen, or all unseen, is as these are; so are two seen between many unseen. One at an
    end is unseen where all others are: what is seen there is the edge of its neighbour.
    """
    inked = [at for at, is_blank in enumerate(blank) if not is_blank]
    for _, group in groupby(inked, lambda at: strings[at]):
        run = list(group)
        pieces = [list(piece) for _, piece in groupby(run, lambda at: bool(seen[at]))]
        for before, piece, after in zip(pieces, pieces[1:], pieces[2:], strict=False):
            few = 2 if seen[piece[0]] and min(len(before), len(after)) > _FEW else 1
            if len(piece) <= few:
                seen[piece] = not seen[piece[0]]
        for end in (run, run[::-1]):
            if len(run) > 2 and not seen[end[1:]].any():
                seen[end[0]] = False


def _has_ink(changed: NDArray[np.bool_], boxes: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return whether any pixel changed in each box: left, top, right, bottom, in shares of the picture."""
    # Sums over all above and left of a pixel give the sum over any box by four look-ups.
    total = np.pad(changed.cumsum(0, dtype=np.int32).cumsum(1, dtype=np.int32), ((1, 0), (1, 0)))
    high, wide = changed.shape
    across, down = boxes[:, ::2] * wide, boxes[:, 1::2] * high
    # Neighbours blur into a character's edges.
    inset = np.minimum((across[:, 1] - across[:, 0]) / 5, 1)
    left, right = _pixels(across[:, 0] + inset, wide), _pixels(across[:, 1] - inset + 0.5, wide)
    top, bottom = _pixels(down[:, 0], high), _pixels(down[:, 1] + 0.5, high)
    return total[bottom, right] - total[top, right] - total[bottom, left] + total[top, left] > 0


def _pixels(places: NDArray[np.float64], most: int) -> NDArray[np.intp]:
    return np.clip(np.nan_to_num(places), 0, most).astype(np.intp)
