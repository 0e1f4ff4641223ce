"""Equations of Word: what a line of text can hold is read, other equations are given as a line to report."""

import re

from tellerbot.knowledge.documents.blocks import Omissions, unmark
from tellerbot.knowledge.documents.docx_package import Element, q
from tellerbot.knowledge.documents.scripts import Shift, Span, join

WHAT = "equations"

_DELETED = {q("w:del"), q("w:moveFrom")}
# What holds other parts of an equation one after another, and adds nothing to them.
_PLAIN = {q(f"m:{name}") for name in ("oMath", "oMathPara", "e", "num", "den", "sup", "sub", "box")} | {
    q(f"w:{name}") for name in ("ins", "moveTo", "smartTag", "customXml")
}
_SCRIPTS: dict[str, tuple[str, Shift]] = {q("m:sSup"): ("sup", "raised"), q("m:sSub"): ("sub", "lowered")}
_WHOLE = re.compile(r"\d{1,3}")
_LONGEST_SCRIPT = 8


def spans(element: Element) -> list[Span] | None:
    """Return an equation as pieces of a line of text; None where a line would say something else.

    Read are runs, brackets, fractions of whole numbers, and the exponents and indices that `scripts.join` reads.
    """
    if element.tag == q("m:r"):
        return [Span(_run(element))]
    if element.tag == q("m:f"):
        above, below = linear(element.find(q("m:num"))), linear(element.find(q("m:den")))
        bar = _property(element, "m:fPr", "m:type") in (None, "bar", "skw", "lin")
        return fraction(above, below) if bar else None
    if element.tag in _SCRIPTS:
        name, shift = _SCRIPTS[element.tag]
        base, script = spans(element.find(q("m:e"))), linear(element.find(q(f"m:{name}")))
        return _with_script(base, Span(script, shift))
    if element.tag == q("m:d"):
        inner = _inner(element)
        opening, _, closing = _brackets(element)
        alone = len(element.findall(q("m:e"))) == 1
        return [Span(opening), *inner, Span(closing)] if inner is not None and alone else None
    return _inner(element) if element.tag in _PLAIN else None


def linear(element: Element) -> str:
    """Return an equation in one line, as one would type it: `(P·r)/(12)`."""
    if element is None or element.tag in _DELETED or element.tag.endswith("Pr"):
        return ""
    name = element.tag.rsplit("}", 1)[1]
    if name == "r":
        return _run(element)
    if name == "d":
        opening, between, closing = _brackets(element)
        return opening + between.join(linear(part) for part in element.findall(q("m:e"))) + closing
    if name == "m":
        return "; ".join(", ".join(map(linear, row)) for row in element.findall(q("m:mr")))
    parts = {key: linear(element.find(q(f"m:{key}"))) for key in ("e", "num", "den", "sub", "sup", "deg")}
    below = f"_({parts['sub']})" if parts["sub"] else ""
    above = f"^({parts['sup']})" if parts["sup"] else ""
    if name == "f":
        return f"({parts['num']})/({parts['den']})"
    if name == "rad":
        return f"{parts['deg']}√({parts['e']})"
    if name in ("sSup", "sSub", "sSubSup", "sPre"):
        return f"{parts['e']}{below}{above}"
    if name == "nary":
        return f"{_property(element, 'm:naryPr', 'm:chr') or '∫'}{below}{above}({parts['e']})"
    return "".join(linear(child) for child in element)


def fraction(above: str, below: str) -> list[Span] | None:
    """Return a fraction of whole numbers as a raised one, a slash and a lowered one; None for others."""
    if _WHOLE.fullmatch(above.strip()) and _WHOLE.fullmatch(below.strip()):
        return [Span(above.strip(), "raised"), Span("⁄"), Span(below.strip(), "lowered")]
    return None


def _inner(element: Element) -> list[Span] | None:
    found: list[Span] = []
    for child in element:
        if child.tag in _DELETED or child.tag.endswith("Pr"):
            continue
        if (part := spans(child)) is None:
            return None
        found += part
    return found


def _with_script(base: list[Span] | None, script: Span) -> list[Span] | None:
    if not base or len(script.text) > _LONGEST_SCRIPT:
        return None
    trial = Omissions()
    join([*base, script], trial)
    return None if trial.items else [*base, script]


def _run(element: Element) -> str:
    return unmark("".join(part.text or "" for part in element.iter(q("m:t"), q("w:t"))))


def _brackets(element: Element) -> tuple[str, str, str]:
    """Return the opening, separating and closing characters of a bracket."""
    names = (("m:begChr", "("), ("m:sepChr", "|"), ("m:endChr", ")"))
    opening, between, closing = (_property(element, "m:dPr", name, usual) or "" for name, usual in names)
    return opening, between, closing


def _property(element: Element, properties: str, name: str, otherwise: str | None = None) -> str | None:
    found = element.find(f"{q(properties)}/{q(name)}")
    return otherwise if found is None else found.get(q("m:val"), otherwise)
