"""Fields of Word: instructions are no text, and some fields show what no run holds."""

import re
from dataclasses import dataclass, field

from tellerbot.knowledge.documents import docx_math
from tellerbot.knowledge.documents.docx_package import Element, is_on, q, val
from tellerbot.knowledge.documents.scripts import Span

_FRACTION = re.compile(r"\s*EQ\s+\\f\s*\(\s*(\d+)\s*[,;]\s*(\d+)\s*\)\s*", re.IGNORECASE)
_SYMBOL = re.compile(r"\s*SYMBOL\s", re.IGNORECASE)
_EQUATION = re.compile(r"\s*EQ\s", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class FieldText:
    """What a field without a result shows: pieces of a line, or why it is left out (`what`) and its `text`."""

    spans: tuple[Span, ...] = ()
    what: str = ""
    text: str = ""


@dataclass(slots=True)
class _OpenField:
    instruction: list[str] = field(default_factory=list)
    # Text of fields inside the instruction, which the outer field does not show.
    silent: list[Element] = field(default_factory=list)
    is_result: bool = False
    has_result: bool = False


@dataclass(slots=True)
class Fields:
    """`silent` holds the elements whose text is part of an instruction; `shown` what a field's end shows."""

    silent: set[Element] = field(default_factory=set)
    shown: dict[Element, FieldText] = field(default_factory=dict)


def read_fields(root: Element) -> Fields:
    """Pair the beginnings and ends of fields below `root`. One without an end is no field: its text stays."""
    fields = Fields()
    stack: list[_OpenField] = []
    for element in root.iter(q("w:fldChar"), q("w:instrText"), q("w:t"), q("w:sym")):
        kind = element.get(q("w:fldCharType")) if element.tag == q("w:fldChar") else None
        if kind == "begin":
            stack.append(_OpenField())
            if shown := _form(element):
                fields.shown[element] = shown
        elif not stack:
            continue
        elif kind == "separate":
            stack[-1].is_result = True
        elif kind == "end":
            done = stack.pop()
            fields.silent.update(done.silent)
            if not done.has_result and (shown := show("".join(done.instruction))):
                fields.shown[element] = shown
        elif element.tag == q("w:instrText"):
            stack[-1].instruction.append(element.text or "")
        else:
            _note_text(element, stack)
    return fields


def show(instruction: str) -> FieldText | None:
    """Return the text that a field without a result shows; None where it shows nothing."""
    if (found := _FRACTION.fullmatch(instruction)) and (pieces := docx_math.fraction(found[1], found[2])):
        return FieldText(tuple(pieces))
    if _EQUATION.match(instruction):
        return FieldText(what=docx_math.WHAT, text=instruction)
    if _SYMBOL.match(instruction):
        return FieldText(what="symbols", text=instruction)
    return None


def _note_text(element: Element, stack: list[_OpenField]) -> None:
    stack[-1].has_result |= stack[-1].is_result
    for outer in stack:
        if not outer.is_result:
            outer.silent.append(element)


def _form(start: Element) -> FieldText | None:
    """Return the box or the choice that a form field shows."""
    data = start.find(q("w:ffData"))
    if data is None:
        return None
    if (box := data.find(q("w:checkBox"))) is not None:
        state = box.find(q("w:checked"))
        ticked = is_on(box.find(q("w:default")) if state is None else state)
        return FieldText((Span("☒" if ticked else "☐"),))
    if (choices := data.find(q("w:ddList"))) is not None:
        texts = [entry.get(q("w:val"), "") for entry in choices.findall(q("w:listEntry"))]
        chosen = val(choices, "w:result") or val(choices, "w:default") or "0"
        if chosen.isdecimal() and int(chosen) < len(texts):
            return FieldText((Span(texts[int(chosen)]),))
    return None
