"""What lies over a PDF page without being part of it: the values of form fields, notes, strike-out annotations."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from pdfminer.pdftypes import PDFObjRef, list_value, resolve1
from pdfminer.psparser import PSLiteral
from pdfminer.utils import Matrix, Rect, decode_text

from tellerbot.knowledge.documents.pdf_chars import place

FIELDS, NOTES = "form fields", "annotations"
# Bits of an annotation's flags: it is hidden, it is not shown on a screen. A button that has no state.
_HIDDEN, _NO_VIEW, _PUSH_BUTTON = 1 << 1, 1 << 5, 1 << 16
_NO_NOTE = {"Link", "Popup", "Widget"}
# How far up the values of a field are looked for.
_MAX_DEPTH = 16


@dataclass(frozen=True, slots=True)
class Note:
    """A text over a page: why it is none of the page's, the text, and its place from the page's top left."""

    what: str
    text: str
    box: Rect


@dataclass(slots=True)
class Notes:
    """A page's notes, and the boxes of its strike-out annotations."""

    notes: list[Note] = field(default_factory=list)
    strikes: list[Rect] = field(default_factory=list)


def read_notes(page: Any, transform: Matrix) -> Notes:
    """Read the notes of a page that are not hidden. `transform` is the page's."""
    found = Notes()
    for reference in list_value(page.page_obj.annots or []):
        item = resolve1(reference)
        rect = _numbers(item.get("Rect")) if isinstance(item, dict) else []
        if len(rect) != 4 or int(_number(item.get("F"))) & (_HIDDEN | _NO_VIEW):
            continue
        kind = _name(item.get("Subtype"))
        box = place(page, transform, (rect[0], rect[1], rect[2], rect[3]))
        if kind == "StrikeOut":
            found.strikes += [place(page, transform, quad) for quad in _quads(item)] or [box]
        if kind == "Widget":
            found.notes.append(Note(FIELDS, _value(item), box))
        elif kind not in _NO_NOTE:
            # A stamp without a text still has a name: "Expired", "Draft".
            text = _text(item.get("Contents")) or (_name(item.get("Name")) if kind == "Stamp" else "")
            found.notes.append(Note(NOTES, text, box))
    found.notes = [note for note in found.notes if note.text.strip()]
    return found


def _value(item: Any) -> str:
    """Return what a form field shows: its text, its choices, or which state its box has."""
    kind = _name(_inherit(item, "FT"))
    value = _inherit(item, "V")
    if kind == "Btn":
        state = _name(item.get("AS")) or _name(value)
        return f"{_label(item)}: {state}" if state and not int(_number(_inherit(item, "Ff"))) & _PUSH_BUTTON else ""
    if kind == "Sig":
        return ""
    return ", ".join(_text(part) for part in value) if isinstance(value, list) else _text(value)


def _label(item: Any) -> str:
    return _text(_inherit(item, "TU")) or _text(_inherit(item, "T")) or "box"


def _inherit(item: Any, key: str) -> Any:
    for _ in range(_MAX_DEPTH):
        if not isinstance(item, dict):
            return None
        if (value := resolve1(item.get(key))) is not None:
            return value
        item = resolve1(item.get("Parent"))
    return None


def _quads(item: Any) -> Iterator[Rect]:
    points = _numbers(item.get("QuadPoints"))
    for at in range(0, len(points) - 7, 8):
        across, down = points[at : at + 8 : 2], points[at + 1 : at + 8 : 2]
        yield min(across), min(down), max(across), max(down)


def _text(value: Any) -> str:
    value = resolve1(value) if isinstance(value, PDFObjRef) else value
    if isinstance(value, PSLiteral):
        return _name(value)
    if hasattr(value, "get_data"):
        value = value.get_data()
    if not isinstance(value, bytes):
        return ""
    for start, encoding in ((b"\xff\xfe", "utf-16-le"), (b"\xef\xbb\xbf", "utf-8")):
        if value.startswith(start):
            return value.removeprefix(start).decode(encoding, "replace")
    return decode_text(value)


def _name(value: Any) -> str:
    value = resolve1(value)
    name = value.name if isinstance(value, PSLiteral) else ""
    return name if isinstance(name, str) else name.decode("utf-8", "replace")


def _numbers(value: Any) -> list[float]:
    value = resolve1(value)
    return [_number(part) for part in value] if isinstance(value, list) else []


def _number(value: Any) -> float:
    value = resolve1(value)
    return float(value) if isinstance(value, int | float) else 0.0
