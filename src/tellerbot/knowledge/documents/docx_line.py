"""The pieces of a line of Word -> one line of text, with marks where something was left out."""

import re
from dataclasses import dataclass, field

from tellerbot.knowledge.documents import scripts
from tellerbot.knowledge.documents.blocks import MARK, Omissions, squeeze
from tellerbot.knowledge.documents.docx_fields import FieldText
from tellerbot.knowledge.documents.docx_package import Element
from tellerbot.knowledge.documents.docx_styles import STRUCK, Look, Place
from tellerbot.knowledge.documents.scripts import Span
from tellerbot.knowledge.documents.symbols import has_symbols, read_symbol

# A new line, a tab or a new paragraph: what is before and after it are two things.
BREAK = "\n"
# Here a reader sees something that is left out, so that the text around it is not one.
_GAP = "\x1f"
_BETWEEN_DIGITS = re.compile(rf"(?<=\d)(?:{MARK}|\s)+(?=\d)")
_BEFORE_GAP = re.compile(rf"({MARK}+){_GAP}")


@dataclass(frozen=True, slots=True)
class Line:
    """A paragraph's text, before `settle`; `is_bold` where all of what is read is bold."""

    text: str
    is_bold: bool


@dataclass(slots=True)
class _OmittedPiece:
    what: str
    text: str
    is_seen: bool = False


@dataclass(slots=True)
class Pieces:
    """The pieces of one paragraph."""

    paragraph: Element
    place: Place
    items: list[Span | _OmittedPiece] = field(default_factory=list)
    bold: set[bool] = field(default_factory=set)
    # Why everything is left out at present.
    omitted: str = ""

    def add(self, text: str, look: Look) -> None:
        """Add text, or note that it is left out."""
        if look.omitted:
            self.leave_out(look.omitted, text)
        elif text:
            self.items.append(Span(text, look.shift))
            if text.strip():
                self.bold.add(look.bold)

    def add_drawn(self, text: str, look: Look) -> None:
        """Add text as drawn: symbol fonts draw other characters."""
        if not has_symbols(text, look.font):
            self.add(text, look)
            return
        for char in text:
            drawn = read_symbol(char, look.font)
            if drawn is None:
                self.leave_out(look.omitted or "symbols", f"{look.font} {char}", is_seen=True)
            else:
                self.add(drawn, look)

    def add_field(self, shown: FieldText, look: Look) -> None:
        """Add what a field shows."""
        if look.omitted or shown.what:
            text = shown.text or "".join(span.text for span in shown.spans)
            self.leave_out(look.omitted or shown.what, text, is_seen=not look.omitted)
        else:
            self.items += shown.spans

    def leave_out(self, what: str, text: str, is_seen: bool = False) -> None:
        """Note that text is left out here; `is_seen` where a reader of the document sees that there is something."""
        last = self.items[-1] if self.items else None
        if isinstance(last, _OmittedPiece) and last.what == what and not is_seen:
            last.text += text
        else:
            self.items.append(_OmittedPiece(what, text, is_seen))

    def line(self, omissions: Omissions) -> Line:
        """Return the line that the pieces make."""
        spans = [self._mark(item, omissions) if isinstance(item, _OmittedPiece) else item for item in self.items]
        return Line(scripts.join(spans, omissions), self.bold == {True})

    def _mark(self, gone: _OmittedPiece, omissions: Omissions) -> Span:
        mark = omissions.add(gone.what, gone.text) + (_GAP if gone.is_seen else "")
        if gone.what == STRUCK:
            # The space around a word stays, whether the line through the word goes through it or not.
            return Span(re.sub(r"\S(?:.*\S)?", mark, gone.text, count=1, flags=re.DOTALL))
        return Span(mark)


def settle(text: str) -> str:
    """Return a line with single spaces, in which breaks and omissions do not join two numbers into one."""
    return squeeze(_BETWEEN_DIGITS.sub(_apart, _BEFORE_GAP.sub(rf"{_GAP}\1{_GAP}", text)).replace(_GAP, ""))


def _apart(found: re.Match[str]) -> str:
    marks = "".join(re.findall(MARK, found[0]))
    is_apart = BREAK in found[0] or _GAP in found[0] or (marks and re.search(r"\s", found[0]))
    return f"{marks}; " if is_apart else found[0]
