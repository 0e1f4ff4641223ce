"""Glyphs of symbol fonts in a PDF: a check mark is no 4, though both have the same code."""

import re
from typing import Any

from tellerbot.knowledge.documents.symbols import read_symbol

# What a glyph is read as whose meaning is not known.
UNKNOWN = "\ufffd"

# Before a font's name is that of its subset, after it its style: `ABCDEF+Wingdings-Regular`.
_NAME = re.compile(
    r"(?:[A-Z]{6}\+)?(zapf ?dingbats|symbol|wingdings ?[23]?|webdings)(?:mt|ps|itc)*(?:[-,].*)?", re.IGNORECASE
)
# Zapf Dingbats: most codes are those of Unicode's block of dingbats.
_DINGBATS_BLOCK = 0x2700 - 0x20
_DINGBATS = {
    0x25: "☎", 0x2A: "☛", 0x2B: "☞", 0x48: "★", 0x6C: "●", 0x6E: "■", 0x73: "▲", 0x74: "▼", 0x75: "◆", 0x77: "◗",
    0xA8: "♣", 0xA9: "♦", 0xAA: "♥", 0xAB: "♠", 0xD5: "→", 0xD6: "↔", 0xD7: "↕",
}  # fmt: skip


def has_symbols(font: str) -> bool:
    """Return whether a font of that name holds symbols."""
    return _NAME.fullmatch(font) is not None


def is_foreign(font: str) -> bool:
    """Return whether a font of that name holds symbols and is none of the standard fonts, which every reader has."""
    name = _NAME.fullmatch(font)
    return name is not None and _family(name[1]) not in ("dingbats", "symbol")


def read_glyph(text: str, code: int, font: Any) -> str:
    """Return what a glyph shows: `text`, but for fonts of symbols, whose codes mean something else."""
    name = _NAME.fullmatch(str(font.fontname))
    if not name or font.is_multibyte():
        return text
    if font.unicode_map and not text.isascii():
        # The file names the character.
        return read_symbol(text, _family(name[1])) or UNKNOWN if len(text) == 1 else text
    if _family(name[1]) == "dingbats":
        return _dingbat(code)
    return read_symbol(chr(code), _family(name[1])) or UNKNOWN


def _family(name: str) -> str:
    name = name.lower()
    return "dingbats" if "zapf" in name else re.sub(r" ?(\d)$", r" \1", name)


def _dingbat(code: int) -> str:
    if code == 0x20:
        return " "
    if code in _DINGBATS:
        return _DINGBATS[code]
    if 0xAC <= code <= 0xB5:
        return chr(0x2460 + code - 0xAC)
    return chr(_DINGBATS_BLOCK + code) if 0x21 <= code <= 0xFE and not 0x7F <= code <= 0xA0 else UNKNOWN
