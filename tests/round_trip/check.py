"""Is every figure of a document that was read back the one that was written?"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from tellerbot.figures import find_figures
from tellerbot.knowledge.documents.blocks import ParsedDocument, unmark
from tellerbot.knowledge.passages import sentences, split_policy
from tellerbot.project.policies import Policy
from tellerbot.project.schema import PolicyHead

from .document import UNSEEN, Document, Piece, Unit, decoys, squeeze, units

Figures = list[tuple[str, str]]
_FRACTIONS = {char: unicodedata.normalize("NFKC", char).replace("⁄", "/") for char in "½¼¾⅓⅔⅛⅜⅝⅞"}
_RAISED = str.maketrans("0123456789abn", "⁰¹²³⁴⁵⁶⁷⁸⁹ᵃᵇⁿ")
# A document's frame is counted where it is left out; its text need not be kept.
_FRAMES = ("header", "footer", "page", "navigation")


@dataclass(slots=True)
class Outcome:
    """How many figures were written, read right and left out with a report; `silent` describes each other one."""

    figures: int = 0
    right: int = 0
    reported: int = 0
    silent: list[str] = field(default_factory=list)

    def add(self, other: "Outcome") -> None:
        """Count another document's too."""
        self.figures += other.figures
        self.right += other.right
        self.reported += other.reported
        self.silent += other.silent


def check(document: Document, parsed: ParsedDocument) -> Outcome:
    """Compare a document with what was read of it."""
    return compare(list(units(document)), list(decoys(document)), parsed, document.running)


def compare(written: Sequence[Unit], gone: Sequence[Piece], parsed: ParsedDocument, running: str = "") -> Outcome:
    """Compare what was written with what was read, sentence by sentence and cell by cell.

    A figure that is missing must be in an omission. One that nobody wrote, in that sentence or cell, is silent. So is
    one of the pieces in `gone` that is read, or left out without a report. `running` may be read as a line of its own.
    """
    outcome = Outcome()
    reported = Counter(figure for item in parsed.omissions for figure in _figures(item.text))
    for piece in gone:
        reported.subtract(_figures(piece.text))
    lines = _lines(parsed)
    framed = any(item.what.startswith(_FRAMES) for item in parsed.dropped)
    if running and not framed and not any(line.startswith(running) for line in lines):
        outcome.silent.append(f"left out without a report: {running!r}")
    holders: dict[str, list[str]] = {unit.anchor: [] for unit in written}
    for line in lines:
        inside = [anchor for anchor in holders if anchor in line]
        for anchor in inside:
            holders[anchor].append(line)
        if len(inside) > 1:
            outcome.silent.append(f"{', '.join(inside)} are one line: {line!r}")
        elif not inside and _figures(line) and not (running and line.startswith(running)):
            outcome.silent.append(f"read where nothing was written: {line!r}")
    for unit in written:
        for line in holders[unit.anchor] or [""]:
            _compare(unit, line, reported, outcome)
    outcome.silent += _unreported(gone, parsed, " ".join(lines))
    return outcome


def _lines(parsed: ParsedDocument) -> list[str]:
    """Headings, table rows, and the sentences of everything else, as they are after cutting into passages."""
    head = PolicyHead(title="Round trip", version="1", in_force_from=date(2026, 1, 1))
    lines = [unmark(line) for block in parsed.blocks if block.kind == "heading" for line in block.lines]
    for passage in split_policy(Policy("round-trip", head, Path()), parsed).passages:
        for line, kind in zip(passage.text.split("\n"), passage.kinds, strict=True):
            lines += [unmark(line)] if kind == "table" else sentences(unmark(line))
    return lines


def _figures(text: str) -> Figures:
    return [(figure.kind, figure.value) for figure in find_figures(text)]


def _digits(text: str) -> list[str]:
    """The numbers as they are spelled, which shows what `find_figures` may overlook; `4½` is 4 and 1/2."""
    spelled = "".join(f" {_FRACTIONS[char]}" if char in _FRACTIONS else char for char in text)
    return re.findall(r"[0-9]+(?:[.,][0-9]+)*(?:/[0-9]+)?", spelled.replace("⁄", "/"))


def _compare(unit: Unit, line: str, reported: Counter[tuple[str, str]], outcome: Outcome) -> None:
    for place, written, read in _places(unit, line):
        expected, found = _figures(written), _figures(read)
        outcome.figures += len(expected)
        if expected == found and _digits(written) == _digits(read):
            outcome.right += len(expected)
            continue
        missing = list((Counter(expected) - Counter(found)).elements())
        extra = Counter(found) - Counter(expected)
        lost = Counter(missing) - Counter({figure: max(count, 0) for figure, count in reported.items()})
        if extra or lost or not missing:
            outcome.silent.append(f"{place}: expected {written!r}, found {read!r} in {line!r}")
        else:
            reported.subtract(missing)
            outcome.reported += len(missing)
            outcome.right += len(expected) - len(missing)


def _places(unit: Unit, line: str) -> Iterator[tuple[str, str, str]]:
    """Where it is, the text as written and the text as read: for a sentence, or a row's label and each cell."""
    if not unit.cells:
        yield unit.where, unit.label, line
        return
    if not unit.named:
        texts = [unit.label, *(text for _, text in unit.cells)]
        yield unit.where, " : ".join(filter(None, texts)), line
        return
    start, cuts = 0, []
    for names, _ in unit.cells:
        # The outer name and the inner one may be joined by a comma.
        pattern = r",?\s+".join(re.escape(name) for name in names)
        found = re.compile(rf"(?<!\w){pattern}(?!\w)").search(line, start)
        cuts.append(found.span() if found else None)
        start = found.end() if found else start
    edges = [cut for cut in cuts if cut]
    yield f"{unit.where}, label", unit.label, line[: edges[0][0]] if edges else line
    for (names, text), cut in zip(unit.cells, cuts, strict=True):
        end = next((edge[0] for edge in edges if cut and edge[0] >= cut[1]), len(line))
        yield f"{unit.where}, {' '.join(names)}", text, line[cut[1] : end] if cut else ""


def _unreported(written: Iterable[Piece], parsed: ParsedDocument, text: str) -> Iterator[str]:
    """Decoys that no omission holds. A footnote's number may also be shown as the raised character that it is."""
    omitted = [_spelled(item.text) for item in parsed.omissions]
    remaining = []
    for piece in written:
        if _spelled(piece.text) in omitted:
            omitted.remove(_spelled(piece.text))
        elif piece.kind not in UNSEEN:
            remaining.append(piece)
    # One omission may hold several neighbours, and there is one for each line of a text.
    joined = " ".join(omitted)
    for piece in sorted(remaining, key=lambda piece: -len(piece.text)):
        # A line through a sentence may end before its full stop.
        wanted = _spelled(piece.text).rstrip(". ")
        if wanted in joined:
            joined = joined.replace(wanted, "|", 1)
        elif not (piece.kind == "mark" and wanted.translate(_RAISED) in text):
            yield f"left out without a report, or read: {piece.kind} {piece.text!r}"


def _spelled(text: str) -> str:
    """`2⅔` as `22/3`: not every font has the one character."""
    return "".join(_FRACTIONS.get(char, char) for char in squeeze(text))


def describe(document: Document) -> Sequence[str]:
    """A document's blocks, one a line, for a report of what went wrong."""
    return [f"{unit.where}: {unit.label!r} {unit.cells or ''}".strip() for unit in units(document)]
