"""Characters of the symbol fonts, which mean something else than their code says."""

_FIRST, _LAST = 0xF000, 0xF0FF
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


def is_symbol(char: str, font: str) -> bool:
    """Whether a character is drawn as something else than what it is."""
    if char.isspace():
        return False
    return _FIRST <= ord(char) <= _LAST or (font.lower() in _FONTS and ord(char) <= _LAST - _FIRST)


def read_symbol(char: str, font: str) -> str | None:
    """The character that is drawn; None where it is not known."""
    code = ord(char) - _FIRST if _FIRST <= ord(char) <= _LAST else ord(char)
    known = _FONTS.get(font.lower())
    if known is None:
        return None if _FIRST <= ord(char) <= _LAST else char
    return char if code > _LAST - _FIRST else known.get(code)
