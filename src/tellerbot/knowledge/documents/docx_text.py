"""A paragraph of Word -> a line of text, with marks where something was left out."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from tellerbot.knowledge.documents import docx_math, scripts
from tellerbot.knowledge.documents.blocks import MARK, Omissions, squeeze, unmark
from tellerbot.knowledge.documents.docx_fields import Shown, read_fields, show
from tellerbot.knowledge.documents.docx_package import Element, Package, is_on, q
from tellerbot.knowledge.documents.docx_styles import STRUCK, Look, Place, Styles
from tellerbot.knowledge.documents.docx_symbols import is_symbol, read_symbol
from tellerbot.knowledge.documents.scripts import Span

DELETED, MOVED, PLACEHOLDER = "tracked deletions", "moved text", "form fields"
IMAGES, BOXES = "images and drawings", "text boxes"

# A new line, a tab or a new paragraph: what is before and after it are two things.
BREAK = "\n"
# Here a reader sees something that is left out, so that the text around it is not one.
_GAP = "\x1f"
_BETWEEN_DIGITS = re.compile(rf"(?<=\d)(?:{MARK}|\s)+(?=\d)")
_BEFORE_GAP = re.compile(rf"({MARK}+){_GAP}")

_BREAKS = {q(f"w:{name}") for name in ("tab", "ptab", "br", "cr")}
_NOTES = {
    q("w:footnoteReference"): ("footnotes", True),
    q("w:endnoteReference"): ("endnotes", True),
    q("w:commentReference"): ("comments", False),
}
_WITHOUT_MARKUP = {q("w:del"): DELETED, q("w:moveFrom"): MOVED}
_BLOCKS = {q(name) for name in ("w:p", "w:tbl", "m:oMath", "m:oMathPara")}
_PICTURES = {q(f"w:{name}") for name in ("drawing", "pict", "object")}


@dataclass(frozen=True, slots=True)
class Line:
    """A paragraph's text, before `settle`; `is_bold` where all of what is read is bold."""

    text: str
    is_bold: bool


@dataclass(slots=True)
class _Gone:
    what: str
    text: str
    is_seen: bool = False


@dataclass(slots=True)
class _Pieces:
    """The pieces of one paragraph."""

    paragraph: Element
    place: Place
    items: list[Span | _Gone] = field(default_factory=list)
    bold: set[bool] = field(default_factory=set)
    # Why everything is left out at present.
    omitted: str = ""

    def add(self, text: str, look: Look) -> None:
        if look.omitted:
            self.leave_out(look.omitted, text)
        elif text:
            self.items.append(Span(text, look.shift))
            if text.strip():
                self.bold.add(look.bold)

    def leave_out(self, what: str, text: str, is_seen: bool = False) -> None:
        last = self.items[-1] if self.items else None
        if isinstance(last, _Gone) and last.what == what and not is_seen:
            last.text += text
        else:
            self.items.append(_Gone(what, text, is_seen))

    def line(self, omissions: Omissions) -> Line:
        spans = [self._mark(item, omissions) if isinstance(item, _Gone) else item for item in self.items]
        return Line(scripts.join(spans, omissions), self.bold == {True})

    def _mark(self, gone: _Gone, omissions: Omissions) -> Span:
        mark = omissions.add(gone.what, gone.text) + (_GAP if gone.is_seen else "")
        if gone.what == STRUCK:
            # The space around a word stays, whether the line through the word goes through it or not.
            return Span(re.sub(r"\S(?:.*\S)?", mark, gone.text, count=1, flags=re.DOTALL))
        return Span(mark)


class Reader:
    """Reads paragraphs, and gathers what it leaves out: in `omissions` with its text, in `dropped` without."""

    def __init__(self, package: Package, omissions: Omissions, dropped: Counter[str]) -> None:
        self.styles = Styles(next(iter(package.related("styles")), None))
        self.omissions, self._dropped = omissions, dropped
        self._fields = read_fields(package.document)
        self._notes = {
            (kind, note.get(q("w:id"))): plain_text(note)
            for kind in ("footnotes", "endnotes", "comments")
            for part in package.related(kind)
            for note in part
        }

    def line(self, paragraph: Element, place: Place, omitted: str = "") -> Line:
        """The text of a paragraph; `omitted` says why all of it is left out."""
        pieces = _Pieces(paragraph, place, omitted=omitted)
        # An equation may be a paragraph of its own.
        self._walk(paragraph if paragraph.tag == q("w:p") else [paragraph], Look(omitted), pieces)
        return pieces.line(self.omissions)

    def _walk(self, parent: Iterable[Element], look: Look, pieces: _Pieces) -> None:
        for child in parent:
            self._inline(child, look, pieces)

    def _inline(self, element: Element, look: Look, pieces: _Pieces) -> None:
        tag = element.tag
        if tag == q("w:r"):
            self._run(element, pieces)
        elif tag in (q("w:t"), q("w:delText")):
            if element not in self._fields.silent:
                _add_text(unmark("".join(element.itertext())), look, pieces)
        elif tag in _BREAKS:
            pieces.add(BREAK, look)
        elif tag == q("w:noBreakHyphen"):
            pieces.add("-", look)
        elif tag == q("w:sym"):
            if element not in self._fields.silent:
                font = element.get(q("w:font"), "")
                _add_text(chr(int(element.get(q("w:char"), "0020"), 16)), replace(look, font=font), pieces)
        elif tag in _WITHOUT_MARKUP:
            outer, pieces.omitted = pieces.omitted, pieces.omitted or _WITHOUT_MARKUP[tag]
            self._walk(element, look, pieces)
            pieces.omitted = outer
        elif not self._reference(element, look, pieces) and not tag.endswith("Pr"):
            self._container(element, look, pieces)

    def _run(self, run: Element, pieces: _Pieces) -> None:
        look = self.styles.look(run, pieces.paragraph, pieces.place)
        if pieces.omitted:
            look = replace(look, omitted=pieces.omitted)
        elif any(child.get(q("w:customMarkFollows")) in ("1", "true", "on") for child in run):
            # The rest of the run is the note's mark.
            self._walk(run, replace(look, omitted=scripts.WHAT), pieces)
            return
        self._walk(run, look, pieces)

    def _reference(self, element: Element, look: Look, pieces: _Pieces) -> bool:
        """What refers to something beside the line: a note, a field's end, a picture, a box of text."""
        tag = element.tag
        if tag in _NOTES:
            kind, is_seen = _NOTES[tag]
            name = element.get(q("w:id"))
            pieces.leave_out(kind, self._notes.get((kind, name), f"missing note {name}"), is_seen)
        elif tag == q("w:fldChar"):
            if shown := self._fields.shown.get(element):
                _add_field(shown, look, pieces)
        elif tag == q("w:txbxContent"):
            pieces.leave_out(pieces.omitted or BOXES, plain_text(element) + " ")
        elif tag == q("w:rt"):
            pieces.leave_out(pieces.omitted or "ruby annotations", plain_text(element), is_seen=True)
        elif tag in (q("m:oMath"), q("m:oMathPara")):
            self._equation(element, pieces)
        else:
            return False
        return True

    def _container(self, element: Element, look: Look, pieces: _Pieces) -> None:
        """An element that may hold runs."""
        if element.tag == q("w:sdt") and is_placeholder(element):
            pieces.leave_out(pieces.omitted or PLACEHOLDER, plain_text(element), is_seen=True)
        elif element.tag == q("mc:AlternateContent"):
            self._walk(alternative(element), look, pieces)
        elif element.tag == q("w:fldSimple") and not len(element) and (shown := show(element.get(q("w:instr"), ""))):
            _add_field(shown, look, pieces)
        else:
            if element.tag in _PICTURES:
                self._picture(element, pieces)
            self._walk(element, look, pieces)

    def _picture(self, element: Element, pieces: _Pieces) -> None:
        program = next((part.get("ProgID", "") for part in element.iter(q("o:OLEObject"))), "")
        words = [part.get("string", "") for part in element.iter(q("v:textpath"))]
        if program.startswith("Equation"):
            pieces.leave_out(docx_math.WHAT, f"an equation made with {program}", is_seen=True)
        elif any(words):
            pieces.leave_out(pieces.omitted or BOXES, " ".join([*words, ""]))
        elif next(element.iter(q("w:txbxContent")), None) is None:
            self._dropped[IMAGES] += 1

    def _equation(self, element: Element, pieces: _Pieces) -> None:
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


def settle(text: str) -> str:
    """A line with single spaces, in which breaks and what was left out make no two numbers one."""
    return squeeze(_BETWEEN_DIGITS.sub(_apart, _BEFORE_GAP.sub(rf"{_GAP}\1{_GAP}", text)).replace(_GAP, ""))


def plain_text(element: Element, with_deleted: bool = False) -> str:
    """All text below an element, for what is left out and reported."""
    texts: list[str] = []
    written = {q("w:t"), q("m:t")} | ({q("w:delText")} if with_deleted else set())
    for part in element.iter(q("w:p"), *_BREAKS, *written):
        inside = part.iterancestors(q("mc:Fallback"))
        if next(inside, None) is None:
            texts.append(part.text or "" if part.tag in written else " ")
    return squeeze("".join(texts))


def is_placeholder(control: Element) -> bool:
    """Whether a content control shows what to fill in rather than text."""
    properties = control.find(q("w:sdtPr"))
    return properties is not None and is_on(properties.find(q("w:showingPlcHdr")))


def alternative(element: Element) -> Iterable[Element]:
    """The content that Word of today takes of an `mc:AlternateContent`."""
    found = [element.find(q(f"mc:{name}")) for name in ("Choice", "Fallback")]
    return next((one for one in found if one is not None), ())


def is_joined(paragraph: Element) -> bool:
    """Whether the end of a paragraph was deleted, so that the next one goes on in its line."""
    mark = paragraph.find(f"{q('w:pPr')}/{q('w:rPr')}")
    return mark is not None and mark.find(q("w:del")) is not None


def blocks_in(parent: Iterable[Element]) -> Iterator[Element]:
    """Paragraphs, equations, tables and unfilled content controls in order, those inside other elements too."""
    for child in parent:
        if child.tag in _BLOCKS or (child.tag == q("w:sdt") and is_placeholder(child)):
            yield child
        elif child.tag == q("mc:AlternateContent"):
            yield from blocks_in(alternative(child))
        elif not child.tag.endswith("Pr"):
            yield from blocks_in(child)


def _apart(found: re.Match[str]) -> str:
    marks = "".join(re.findall(MARK, found[0]))
    is_apart = BREAK in found[0] or _GAP in found[0] or (marks and re.search(r"\s", found[0]))
    return f"{marks}; " if is_apart else found[0]


def _add_text(text: str, look: Look, pieces: _Pieces) -> None:
    """Text as it is drawn: symbol fonts draw other characters."""
    if not any(is_symbol(char, look.font) for char in text):
        pieces.add(text, look)
        return
    for char in text:
        drawn = read_symbol(char, look.font) if is_symbol(char, look.font) else char
        if drawn is None:
            pieces.leave_out(look.omitted or "symbols", f"{look.font} {char}", is_seen=True)
        else:
            pieces.add(drawn, look)


def _add_field(shown: Shown, look: Look, pieces: _Pieces) -> None:
    if look.omitted or shown.what:
        text = shown.text or "".join(span.text for span in shown.spans)
        pieces.leave_out(look.omitted or shown.what, text, is_seen=not look.omitted)
    else:
        pieces.items += shown.spans
