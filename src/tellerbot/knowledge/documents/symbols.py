"""Characters of the symbol fonts, which draw something other than their code."""

import re

_FIRST, _LAST = 0xF000, 0xF0FF
_PRIVATE = re.compile(f"[{chr(_FIRST)}-{chr(_LAST)}]")
# Adobe's Symbol encoding, from 0x20 and from 0xA0; a gap is a space.
_SYMBOL = {
    0x20: " !∀#∃%&∋()∗+,−./0123456789:;<=>?≅ΑΒΧΔΕΦΓΗΙϑΚΛΜΝΟΠΘΡΣΤΥςΩΞΨΖ[∴]⊥_‾αβχδεφγηιϕκλμνοπθρστυϖωξψζ{|}∼",
    0xA0: "€ϒ′≤⁄∞ƒ♣♦♥♠↔←↑→↓°±″≥×∝∂•÷≠≡≈…⏐⎯↵ℵℑℜ℘⊗⊕∅∩∪⊃⊇⊄⊂⊆∈∉∠∇®©™∏√⋅¬∧∨⇔⇐⇑⇒⇓◊〈®©™∑⎛⎜⎝⎡⎢⎣⎧⎨⎩⎪ 〉∫⌠⎮⌡⎞⎟⎠⎤⎥⎦⎫⎬⎭",
}
_FONTS: dict[str, dict[int, str]] = {
    "symbol": {start + at: char for start, chars in _SYMBOL.items() for at, char in enumerate(chars)},
    "wingdings": {
        0x6C: "●", 0x6E: "■", 0x6F: "□", 0x71: "❑", 0x75: "◆", 0x76: "❖", 0xA7: "▪", 0xA8: "◻", 0xD8: "➢",
        0xE0: "→", 0xFB: "✗", 0xFC: "✓", 0xFD: "☒", 0xFE: "☑",
    },
    "wingdings 2": {0x4F: "✗", 0x50: "✓", 0x52: "☑", 0x53: "☒", 0xA3: "☐"},
    "wingdings 3": {},
    "webdings": {},
}  # fmt: skip


def has_symbols(text: str, font: str) -> bool:
    """Return whether a text may be drawn as something other than itself."""
    return font.lower() in _FONTS or _PRIVATE.search(text) is not None


def read_symbol(char: str, font: str) -> str | None:
    """Return the character that is drawn; None where it is not known."""
    if not has_symbols(char, font) or char.isspace():
        return char
    code = ord(char) - _FIRST if _PRIVATE.match(char) else ord(char)
    return char if code > _LAST - _FIRST else _FONTS.get(font.lower(), {}).get(code)
