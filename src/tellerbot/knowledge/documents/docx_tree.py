"""What every reader of a Word document needs to know of its elements."""

from collections.abc import Iterable, Iterator

from tellerbot.knowledge.documents.blocks import squeeze
from tellerbot.knowledge.documents.docx_package import Element, is_on, q

BREAKS = {q(f"w:{name}") for name in ("tab", "ptab", "br", "cr")}
_BLOCKS = {q(name) for name in ("w:p", "w:tbl", "m:oMath", "m:oMathPara")}


def plain_text(element: Element, with_deleted: bool = False) -> str:
    """Return all text below an element, for what is left out and reported."""
    texts: list[str] = []
    written = {q("w:t"), q("m:t")} | ({q("w:delText")} if with_deleted else set())
    for part in element.iter(q("w:p"), *BREAKS, *written):
        inside = part.iterancestors(q("mc:Fallback"))
        if next(inside, None) is None:
            texts.append(part.text or "" if part.tag in written else " ")
    return squeeze("".join(texts))


def is_placeholder(control: Element) -> bool:
    """Return whether a content control shows what to fill in rather than text."""
    properties = control.find(q("w:sdtPr"))
    return properties is not None and is_on(properties.find(q("w:showingPlcHdr")))


def alternative(element: Element) -> Iterable[Element]:
    """Return the content that Word of today takes of an `mc:AlternateContent`."""
    found = [element.find(q(f"mc:{name}")) for name in ("Choice", "Fallback")]
    return next((one for one in found if one is not None), ())


def is_joined(paragraph: Element) -> bool:
    """Return whether the end of a paragraph was deleted, so that the next one goes on in its line."""
    mark = paragraph.find(f"{q('w:pPr')}/{q('w:rPr')}")
    return mark is not None and mark.find(q("w:del")) is not None


def blocks_in(parent: Iterable[Element]) -> Iterator[Element]:
    """Yield paragraphs, equations, tables and unfilled content controls in order, also those inside other elements."""
    for child in parent:
        if child.tag in _BLOCKS or (child.tag == q("w:sdt") and is_placeholder(child)):
            yield child
        elif child.tag == q("mc:AlternateContent"):
            yield from blocks_in(alternative(child))
        elif not child.tag.endswith("Pr"):
            yield from blocks_in(child)
