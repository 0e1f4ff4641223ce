"""Widths and characters of a PDF's fonts, where pdfminer has none or others than the file."""

from collections.abc import Mapping
from typing import Any

from pdfminer.fontmetrics import FONT_METRICS
from pdfminer.pdffont import PDFFont, PDFSimpleFont, PDFType1Font
from pdfminer.pdfinterp import PDFResourceManager
from pdfminer.pdftypes import list_value, resolve1
from pdfminer.psparser import PSLiteral

from tellerbot.knowledge.documents.pdf_sight import Sight
from tellerbot.knowledge.documents.pdf_symbols import has_symbols, read_glyph

# Codes that are a bullet in Windows' encoding, though its table leaves them out (ISO 32000-1, D.2).
_BULLETS = (0x7F, 0x81, 0x8D, 0x8F, 0x90, 0x9D)
# In thousandths of the size: as wide as most of Zapf Dingbats are.
_DINGBAT = 788.0


class Fonts(PDFResourceManager):
    """The fonts of a document, each with a width for every character that it draws.

    A character without a width would move all that follow it in a line away from where they are seen.
    """

    def __init__(self, sight: Sight | None = None) -> None:
        """Take widths that are nowhere else from `sight`, so that characters are where it draws them.

        Without it they are the true ones, as wide as a digit: those of the euro sign in all standard fonts.
        """
        super().__init__()
        self._sight = sight
        # Pages, from 1, with characters whose widths are nowhere else.
        self.pages: set[int] = set()
        self._added: set[tuple[int, str]] = set()

    def get_font(self, objid: object, spec: Mapping[str, Any]) -> PDFFont:
        """Return the font that the file describes in `spec`."""
        font = super().get_font(objid, spec)
        if isinstance(font, PDFSimpleFont):
            _add_bullets(font, spec)
            font.widths = {**font.widths, **_widths(font, spec)}
        return font

    def add_width(self, font: PDFFont, code: int, page: int) -> None:
        """See to it that a font has the width of a character, which it draws on a page, from 1."""
        if not isinstance(font, PDFType1Font) or code in font.widths:
            return
        text = font.cid2unicode.get(code)
        if text and text not in font.widths:
            drawn = self._sight.width(page, font.basefont, text) if self._sight else 0.0
            font.widths[text] = drawn or font.widths.get("0", font.default_width)
            self._added.add((id(font), text))
        if (id(font), text) in self._added:
            self.pages.add(page)


def _add_bullets(font: PDFSimpleFont, spec: Mapping[str, Any]) -> None:
    encoding = resolve1(spec.get("Encoding"))
    base = resolve1(encoding.get("BaseEncoding")) if isinstance(encoding, dict) else encoding
    if isinstance(base, PSLiteral) and base.name == "WinAnsiEncoding":
        font.cid2unicode = {**dict.fromkeys(_BULLETS, "•"), **font.cid2unicode}


def _widths(font: PDFSimpleFont, spec: Mapping[str, Any]) -> dict[str | int, float]:
    """Return the file's own widths by code, in thousandths of the size.

    Where it has none, the widths are those of fonts of symbols.
    """
    own = list_value(spec.get("Widths", []))
    first = resolve1(spec.get("FirstChar", 0))
    if own:
        return {first + at: resolve1(width) for at, width in enumerate(own)}
    if has_symbols(font.fontname):
        known = FONT_METRICS["Symbol"][1] if "symbol" in font.fontname.lower() else {}
        return {code: float(known.get(read_glyph(chr(code), code, font), _DINGBAT)) for code in range(32, 256)}
    return {}
