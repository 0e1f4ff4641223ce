"""A paragraph of Word -> a line of text, with marks where something was left out."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from tellerbot.knowledge.documents import docx_math, scripts
from tellerbot.knowledge.documents.blocks import Omissions, unmark
from tellerbot.knowledge.documents.docx_fields import read_fields, show
from tellerbot.knowledge.documents.docx_line import BREAK, Line, Pieces
from tellerbot.knowledge.documents.docx_package import Element, Package, q
from tellerbot.knowledge.documents.docx_styles import Look, Place, Styles
from tellerbot.knowledge.documents.docx_tree import BREAKS, alternative, is_placeholder, plain_text

DELETED, MOVED, PLACEHOLDER = "tracked deletions", "moved text", "form fields"
IMAGES, BOXES, REVERSED = "images and drawings", "text boxes", "reversed text"

_LATIN = re.compile(r"[A-Za-z]|\d")

_NOTES = {
    q("w:footnoteReference"): ("footnotes", True),
    q("w:endnoteReference"): ("endnotes", True),
    q("w:commentReference"): ("comments", False),
}
_WITHOUT_MARKUP = {q("w:del"): DELETED, q("w:moveFrom"): MOVED}
_PICTURES = {q(f"w:{name}") for name in ("drawing", "pict", "object")}


class Reader:
    """A reader of paragraphs, which gathers what it leaves out: in `omissions` with its text, in `dropped` without."""

    def __init__(self, package: Package, omissions: Omissions, dropped: Counter[str]) -> None:
        self.styles = Styles(next(iter(package.related_parts("styles")), None))
        self.omissions, self._dropped = omissions, dropped
        self._fields = read_fields(package.document)
        self._notes = {
            (kind, note.get(q("w:id"))): plain_text(note)
            for kind in ("footnotes", "endnotes", "comments")
            for part in package.related_parts(kind)
            for note in part
        }

    def line(self, paragraph: Element, place: Place, omitted: str = "") -> Line:
        """Return the text of a paragraph; `omitted` is the reason why all of it is left out."""
        pieces = Pieces(paragraph, place, omitted=omitted)
        # An equation may be a paragraph of its own.
        self._walk(paragraph if paragraph.tag == q("w:p") else [paragraph], Look(omitted), pieces)
        return pieces.line(self.omissions)

    def _walk(self, parent: Iterable[Element], look: Look, pieces: Pieces) -> None:
        for child in parent:
            self._inline(child, look, pieces)

    def _inline(self, element: Element, look: Look, pieces: Pieces) -> None:
        tag = element.tag
        if tag == q("w:r"):
            self._run(element, pieces)
        elif tag in (q("w:t"), q("w:delText")):
            if element not in self._fields.silent:
                pieces.add_drawn(unmark("".join(element.itertext())), look)
        elif tag in BREAKS:
            pieces.add(BREAK, look)
        elif tag == q("w:noBreakHyphen"):
            pieces.add("-", look)
        elif tag == q("w:sym"):
            if element not in self._fields.silent:
                font = element.get(q("w:font"), "")
                pieces.add_drawn(chr(int(element.get(q("w:char"), "0020"), 16)), replace(look, font=font))
        elif tag in _WITHOUT_MARKUP:
            outer, pieces.omitted = pieces.omitted, pieces.omitted or _WITHOUT_MARKUP[tag]
            self._walk(element, look, pieces)
            pieces.omitted = outer
        elif not self._reference(element, look, pieces) and not tag.endswith("Pr"):
            self._container(element, look, pieces)

    def _run(self, run: Element, pieces: Pieces) -> None:
        look = self.styles.look(run, pieces.paragraph, pieces.place)
        if pieces.omitted:
            look = replace(look, omitted=pieces.omitted)
        elif any(child.get(q("w:customMarkFollows")) in ("1", "true", "on") for child in run):
            # The rest of the run is the note's mark.
            self._walk(run, replace(look, omitted=scripts.WHAT), pieces)
            return
        self._walk(run, look, pieces)

    def _reference(self, element: Element, look: Look, pieces: Pieces) -> bool:
        """Add what refers to something beside the line: a note, a field's end, a picture, a box of text.

        Return whether the element is such a reference.
        """
        tag = element.tag
        if tag in _NOTES:
            kind, is_seen = _NOTES[tag]
            name = element.get(q("w:id"))
            pieces.leave_out(kind, self._notes.get((kind, name), f"missing note {name}"), is_seen)
        elif tag == q("w:fldChar"):
            if shown := self._fields.shown.get(element):
                pieces.add_field(shown, look)
        elif tag == q("w:txbxContent"):
            pieces.leave_out(pieces.omitted or BOXES, plain_text(element) + " ")
        elif tag == q("w:rt"):
            pieces.leave_out(pieces.omitted or "ruby annotations", plain_text(element), is_seen=True)
        elif tag in (q("m:oMath"), q("m:oMathPara")):
            self._equation(element, pieces)
        else:
            return False
        return True

    def _container(self, element: Element, look: Look, pieces: Pieces) -> None:
        """Walk an element that may hold runs."""
        if element.tag == q("w:sdt") and is_placeholder(element):
            pieces.leave_out(pieces.omitted or PLACEHOLDER, plain_text(element), is_seen=True)
        elif element.tag == q("w:bdo") and element.get(q("w:val")) == "rtl" and _LATIN.search(plain_text(element)):
            # Letters and digits are drawn from right to left.
            pieces.leave_out(pieces.omitted or REVERSED, plain_text(element), is_seen=True)
        elif element.tag == q("mc:AlternateContent"):
            self._walk(alternative(element), look, pieces)
        elif element.tag == q("w:fldSimple") and not len(element) and (shown := show(element.get(q("w:instr"), ""))):
            pieces.add_field(shown, look)
        else:
            if element.tag in _PICTURES:
                self._picture(element, pieces)
            self._walk(element, look, pieces)

    def _picture(self, element: Element, pieces: Pieces) -> None:
        program = next((part.get("ProgID", "") for part in element.iter(q("o:OLEObject"))), "")
        words = [part.get("string", "") for part in element.iter(q("v:textpath"))]
        if program.startswith("Equation"):
            pieces.leave_out(docx_math.WHAT, f"an equation made with {program}", is_seen=True)
        elif any(words):
            pieces.leave_out(pieces.omitted or BOXES, " ".join([*words, ""]))
        elif next(element.iter(q("w:txbxContent")), None) is None:
            self._dropped[IMAGES] += 1

    def _equation(self, element: Element, pieces: Pieces) -> None:
        text = docx_math.linear(element)
        looks = {self.styles.look(run, pieces.paragraph, pieces.place).omitted for run in element.iter(q("m:r"))}
        for child in element.iter(*_WITHOUT_MARKUP):
            pieces.leave_out(_WITHOUT_MARKUP[child.tag], plain_text(child))
        spans = docx_math.spans(element)
        if pieces.omitted or (any(looks) and len(looks) == 1):
            pieces.leave_out(pieces.omitted or looks.pop(), text)
        elif any(looks) or spans is None:
            pieces.leave_out(docx_math.WHAT, text, is_seen=True)
        else:
            pieces.items += spans
            pieces.bold.add(False)
