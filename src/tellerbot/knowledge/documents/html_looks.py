"""Which text of a page is seen, where it is set apart, and where it is raised or lowered: a browser's view of it."""

import re
from dataclasses import dataclass, replace
from typing import Any

from bs4 import Tag
from tinycss2.color4 import parse_color

from tellerbot.knowledge.documents.html_styles import Styles
from tellerbot.knowledge.documents.scripts import Shift

_LENGTH = re.compile(r"([+-]?\d*\.?\d+)(px|r?em|ex|ch|pt|vw|vh|%|)")
# Pixels to a unit, for letters of 16 pixels on a screen of 1280 by 800.
_UNITS = {"": 1, "px": 1, "em": 16, "rem": 16, "ex": 8, "ch": 8, "pt": 4 / 3, "vw": 12.8, "vh": 8, "%": 8}
# Text this many pixels before or behind its place is off the screen.
_BEFORE, _BEHIND = -600, 3000
_SMALLEST_TEXT, _SMALLEST_BOX, _SMALLEST_GAP = 2, 1, 3
_SAME_COLOR, _FAINTEST = 0.04, 0.05
_INLINE = {"inline", "contents", "ruby", "ruby-base", "ruby-text"}
_SHIFTS: dict[str, Shift] = {"sup": "raised", "rt": "raised", "sub": "lowered"}
# From this part of the size around it on, text is as large as that.
_LARGE = 0.86

# Red, green, blue and opacity, each from 0 to 1.
_Rgba = tuple[float, float, float, float]
WHITE: _Rgba = (1, 1, 1, 1)


@dataclass(frozen=True, slots=True)
class Look:
    """What an element passes on to the text and the elements in it. A colour that is not known is None."""

    visible: bool = True
    sized: bool = True
    placed: bool = True
    color: _Rgba | None = None
    background: _Rgba | None = None

    @property
    def shows(self) -> bool:
        """Whether a person sees text that looks so."""
        return self.visible and self.sized and self.placed and not self._is_blended()

    def inside(self, tag: Tag, styles: Styles) -> "Look":
        """Return the look in `tag`, which is in an element of this look."""
        look = self
        if found := styles.get(tag, "visibility"):
            look = replace(look, visible=look.visible if found == "inherit" else found not in ("hidden", "collapse"))
        if (size := pixels(styles.get(tag, "font-size"))) is not None:
            relative = styles.get(tag, "font-size").endswith(("%", "em")) and "rem" not in styles.get(tag, "font-size")
            look = replace(look, sized=size >= _SMALLEST_TEXT and (look.sized or not relative))
        if (indent := pixels(styles.get(tag, "text-indent"))) is not None:
            look = replace(look, placed=_BEFORE < indent < _BEHIND)
        if _has_picture(tag, styles):
            look = replace(look, background=None)
        elif declared := styles.get(tag, "background-color") or str(tag.get("bgcolor", "")):
            background = _color(declared)
            look = look if background and not background[3] else replace(look, background=background)
        if color := _color(styles.get(tag, "color") or (str(tag.get("color", "")) if tag.name == "font" else "")):
            look = replace(look, color=color)
        return replace(look, color=None) if styles.get(tag, "background-clip") == "text" else look

    def _is_blended(self) -> bool:
        """Return whether the text has the colour of what is behind it, or none."""
        if self.color is None or self.background is None:
            return self.color is not None and not self.color[3]
        pairs = zip(self.color[:3], self.background[:3], strict=True)
        return not self.color[3] or all(abs(one - other) < _SAME_COLOR for one, other in pairs)


def is_hidden(tag: Tag, styles: Styles) -> bool:
    """Return whether nobody sees anything in an element, whatever is declared for what is in it."""
    if is_removed(tag, styles) or str(tag.get("aria-hidden", "")).strip().lower() == "true":
        return True
    if not styles.declares(tag):
        return False
    opacity = pixels(styles.get(tag, "opacity"))
    if styles.get(tag, "content-visibility") == "hidden" or (opacity is not None and opacity < _FAINTEST):
        return True
    return _is_off_screen(tag, styles) or _is_cut(tag, styles)


def is_removed(tag: Tag, styles: Styles) -> bool:
    """Return whether an element is not laid out at all: in a table, the cells after it move up."""
    display = styles.get(tag, "display")
    closed = tag.has_attr("hidden") or (tag.name == "dialog" and not tag.has_attr("open"))
    return display == "none" or (closed and not display)


def is_struck(tag: Tag, styles: Styles) -> bool:
    """Return whether a line is drawn through an element's text."""
    return tag.name in ("s", "del", "strike") or "line-through" in styles.get(tag, "text-decoration")


def shift(tag: Tag, styles: Styles) -> Shift:
    """Return whether an element's text is above or below the line that the element is in, or on it and smaller."""
    if found := _SHIFTS.get(tag.name):
        return found
    align = styles.get(tag, "vertical-align")
    if align in ("super", "text-top") or (pixels(align) or 0) > 0:
        return "raised"
    if align == "sub" or (pixels(align) or 0) < 0:
        return "lowered"
    # Style sheets that keep the height of lines move small letters instead.
    if styles.get(tag, "position") == "relative" and styles.get(tag, "font-size"):
        rise = pixels(styles.get(tag, "bottom")) or -(pixels(styles.get(tag, "top")) or 0)
        if rise:
            return "raised" if rise > 0 else "lowered"
    return "small" if _is_small(tag, styles) else "level"


def _is_small(tag: Tag, styles: Styles) -> bool:
    """Return whether an element's text is smaller than the text around it."""
    size = styles.get(tag, "font-size")
    if relative := re.fullmatch(r"(\d*\.?\d+)(em|%)", size):
        return float(relative[1]) < _LARGE * (100 if relative[2] == "%" else 1)
    if size:
        return size == "smaller"
    return tag.name == "small" or (tag.name == "font" and str(tag.get("size", "")).strip() in ("1", "2", "-1", "-2"))


def is_reversed(tag: Tag, styles: Styles) -> bool:
    """Return whether an element's letters and digits are drawn from right to left."""
    direction = styles.get(tag, "direction") or str(tag.get("dir", "")).strip().lower()
    return direction == "rtl" and (tag.name == "bdo" or "override" in styles.get(tag, "unicode-bidi"))


def is_apart(tag: Tag, styles: Styles) -> bool:
    """Return whether an inline element's text is seen apart from its neighbours'.

    It is where it has a box of its own, or a gap around it.
    """
    if tag.name == "label" or (tag.parent and re.search(r"flex|grid", styles.get(tag.parent, "display"))):
        return True
    if not styles.declares(tag):
        return False
    if styles.get(tag, "display") not in _INLINE | {""} or styles.get(tag, "float") in ("left", "right"):
        return True
    sides = ("margin-left", "margin-right", "padding-left", "padding-right")
    gaps = [abs(pixels(styles.get(tag, side)) or 0) for side in sides]
    return styles.get(tag, "position") in ("absolute", "fixed") or max(gaps) >= _SMALLEST_GAP


def pixels(text: str) -> float | None:
    """Return a length in pixels, roughly: -32 for `-2em`; None for anything else."""
    found = _LENGTH.fullmatch(text)
    return float(found[1]) * _UNITS[found[2]] if found else None


def _has_picture(tag: Tag, styles: Styles) -> bool:
    """Return whether something else than a colour may be behind an element: a picture, or what it is laid over."""
    is_laid_over = styles.get(tag, "position") in ("absolute", "fixed") and not styles.get(tag, "background-color")
    return is_laid_over or tag.has_attr("background") or styles.get(tag, "background-image") not in ("", "none")


def _color(text: str) -> _Rgba | None:
    color: Any = parse_color(text) if text else None
    if color is None or isinstance(color, str):  # `currentcolor` is a string
        return None
    red, green, blue = (part or 0 for part in color.to("srgb").coordinates)
    return red, green, blue, color.alpha


def _is_off_screen(tag: Tag, styles: Styles) -> bool:
    names = ["margin-left", "margin-right"]
    if styles.get(tag, "position") in ("absolute", "fixed", "relative", "sticky"):
        names += ["left", "right", "top", "bottom"]
    places = [pixels(styles.get(tag, name)) for name in names]
    moved = re.search(r"translate(?:[xy]|3d)?\(([^)]*)\)", styles.get(tag, "transform"))
    places += [pixels(part.strip()) for part in moved[1].split(",")] if moved else []
    return any(place is not None and not _BEFORE < place < _BEHIND for place in places)


def _is_cut(tag: Tag, styles: Styles) -> bool:
    """Return whether an element's box is too small to hold any text that is seen."""
    if re.search(r"scale(?:[xy]|3d)?\(\s*0*\.?0*\s*[,)]", styles.get(tag, "transform")):
        return True
    path = styles.get(tag, "clip-path")
    inset = re.match(r"inset\(\s*(\d+)%", path)
    if (inset and int(inset[1]) >= 50) or re.match(r"circle\(\s*0", path):
        return True
    if clip := re.match(r"rect\(([^)]*)\)", styles.get(tag, "clip")):
        edges = [pixels(edge) for edge in re.split(r"[\s,]+", clip[1].strip())]
        if len(edges) == 4 and None not in edges:
            top, right, bottom, left = (edge or 0 for edge in edges)
            return bottom - top <= _SMALLEST_BOX or right - left <= _SMALLEST_BOX
    sizes = [pixels(styles.get(tag, name)) for name in ("width", "height", "max-width", "max-height")]
    small = any(size is not None and size <= _SMALLEST_BOX for size in sizes)
    return small and bool(re.search("hidden|clip", styles.get(tag, "overflow")))
