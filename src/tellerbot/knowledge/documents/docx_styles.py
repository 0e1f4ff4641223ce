"""How text looks in Word: by its own properties, its styles, its table's style and the document's defaults."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from tellerbot.knowledge.documents.docx_package import Element, is_on, q, val
from tellerbot.knowledge.documents.scripts import Shift

HIDDEN, STRUCK = "hidden text", "struck-out text"

# Property name -> its element.
Properties = dict[str, Element]

# Sizes are in half points. Text of two points and less is not meant to be read.
_NORMAL_SIZE, _TINY = 20.0, 4.0
# From this part of the size on, raised text is above the line rather than set a little higher.
_RAISED = 0.15
_SMALLER = 0.8
# Colours that differ by less than this in red, green and blue look alike.
_ALIKE = 16
_PAGE = "FFFFFF"
_HIGHLIGHTS = {
    "black": "000000", "blue": "0000FF", "cyan": "00FFFF", "green": "00FF00", "magenta": "FF00FF", "red": "FF0000",
    "yellow": "FFFF00", "white": "FFFFFF", "darkBlue": "000080", "darkCyan": "008080", "darkGreen": "008000",
    "darkMagenta": "800080", "darkRed": "800000", "darkYellow": "808000", "darkGray": "808080", "lightGray": "C0C0C0",
}  # fmt: skip
_COLOUR = re.compile("[0-9A-Fa-f]{6}")
_SIZE = re.compile(r"(-?\d+(?:\.\d+)?)(pt)?")


@dataclass(frozen=True, slots=True)
class Look:
    """How text looks; `omitted` is the reason why it is left out, if it is."""

    omitted: str = ""
    shift: Shift = "level"
    bold: bool = False
    font: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """What surrounds a paragraph: the colour behind it (None: not known), and its table's style of text."""

    fill: str | None = _PAGE
    table: Properties = field(default_factory=dict)


class Styles:
    """The styles of a document; `root` is its styles part, None where it has none."""

    def __init__(self, root: Element) -> None:
        styles = [] if root is None else root.findall(q("w:style"))
        self._styles = {(style.get(q("w:type")), style.get(q("w:styleId"))): style for style in styles}
        self._default = {
            kind: name
            for (kind, name), style in self._styles.items()
            if style.get(q("w:default")) in ("1", "true", "on")
        }
        path = "/".join(q(f"w:{name}") for name in ("docDefaults", "rPrDefault", "rPr"))
        self._defaults = children(None if root is None else root.find(path))
        self._properties: dict[tuple[str, str | None], Properties] = {}

    def chain(self, kind: str, name: str | None) -> Iterator[Element]:
        """Yield a style and those it is based on, nearest first; the default one where there is none of this name."""
        name = name if (kind, name) in self._styles else self._default.get(kind)
        for _ in range(20):
            if (style := self._styles.get((kind, name))) is None:
                return
            yield style
            name = val(style, "w:basedOn")

    def properties(self, kind: str, name: str | None) -> Properties:
        """Return the text properties of a style, with those of the styles it is based on."""
        if (kind, name) not in self._properties:
            merged: Properties = {}
            for style in self.chain(kind, name):
                merged = children(style.find(q("w:rPr"))) | merged
            self._properties[kind, name] = merged
        return self._properties[kind, name]

    def look(self, run: Element, paragraph: Element, place: Place) -> Look:
        """Return how the text of `run` looks in `paragraph`, which are elements, at `place`."""
        own = run.find(q("w:rPr"))
        style = val(paragraph.find(q("w:pPr")), "w:pStyle")
        levels = [
            children(own),
            self.properties("character", val(own, "w:rStyle")),
            self.properties("paragraph", style),
            place.table,
            self._defaults,
        ]
        omitted = ""
        if _toggle(levels, "w:vanish") or is_on(_nearest(levels, "w:specVanish")):
            omitted = HIDDEN
        elif _toggle(levels, "w:strike") or is_on(_nearest(levels, "w:dstrike")):
            omitted = STRUCK
        elif _size(levels) <= _TINY or self._is_unseen(levels, paragraph, place):
            omitted = HIDDEN
        fonts = _nearest(levels, "w:rFonts")
        font = "" if fonts is None else fonts.get(q("w:ascii"), fonts.get(q("w:hAnsi"), ""))
        return Look(omitted, _shift(levels), _toggle(levels, "w:b"), font)

    def _is_unseen(self, levels: list[Properties], paragraph: Element, place: Place) -> bool:
        """Return whether text has the colour of what is behind it. Text without a colour is black or white, as fits."""
        text = _value(levels, "w:color")
        if not text or not _COLOUR.fullmatch(text):
            return False
        ground = self._ground(levels, paragraph, place)
        return ground is not None and all(
            abs(a - b) < _ALIKE for a, b in zip(bytes.fromhex(text), bytes.fromhex(ground), strict=True)
        )

    def _ground(self, levels: list[Properties], paragraph: Element, place: Place) -> str | None:
        """Return the colour behind a run; None where it is not known."""
        if highlight := _HIGHLIGHTS.get(_value(levels, "w:highlight") or ""):
            return highlight
        properties = paragraph.find(q("w:pPr"))
        styles = self.chain("paragraph", val(properties, "w:pStyle"))
        found = [_nearest(levels, "w:shd")]
        found += [part.find(q("w:shd")) for part in [properties, *(style.find(q("w:pPr")) for style in styles)]
                  if part is not None]  # fmt: skip
        return next((colour for colour in map(fill, found) if colour), place.fill)


def children(properties: Element) -> Properties:
    """Return the properties in an `rPr`; those of an earlier formatting are not among them."""
    return {} if properties is None else {child.tag: child for child in properties}


def fill(shading: Element) -> str | None:
    """Return the colour of a `w:shd`; None where it lets through what is behind it."""
    if shading is None:
        return None
    pattern = shading.get(q("w:val"), "clear")
    colour = shading.get(q("w:color" if pattern == "solid" else "w:fill"), "auto")
    if pattern == "solid" and colour == "auto":
        return "000000"
    return colour if _COLOUR.fullmatch(colour) else None


def _nearest(levels: list[Properties], name: str) -> Element:
    return next((level[q(name)] for level in levels if q(name) in level), None)


def _value(levels: list[Properties], name: str) -> str | None:
    element = _nearest(levels, name)
    return None if element is None else element.get(q("w:val"))


def _toggle(levels: list[Properties], name: str) -> bool:
    """Return a switch that styles turn over rather than set: two that are on make off (ISO/IEC 29500-1, 17.7.3)."""
    own, *styles, defaults = levels
    if q(name) in own:
        return is_on(own[q(name)])
    return is_on(defaults.get(q(name))) or sum(is_on(level.get(q(name))) for level in styles) % 2 == 1


def _size(levels: list[Properties]) -> float:
    return _half_points(_value(levels, "w:sz"), _NORMAL_SIZE)


def _half_points(text: str | None, otherwise: float) -> float:
    """Return a size in half points: 22 for `22` and for `11pt`."""
    found = _SIZE.fullmatch(text or "")
    return float(found[1]) * (2 if found[2] else 1) if found else otherwise


def _shift(levels: list[Properties]) -> Shift:
    known: dict[str | None, Shift] = {"superscript": "raised", "subscript": "lowered"}
    if shift := known.get(_value(levels, "w:vertAlign")):
        return shift
    rise = _half_points(_value(levels, "w:position"), 0.0)
    size = _size(levels)
    is_small = size <= _SMALLER * _size(levels[2:])
    if abs(rise) >= (1.0 if is_small else _RAISED * size):
        return "raised" if rise > 0 else "lowered"
    return "small" if is_small else "level"
