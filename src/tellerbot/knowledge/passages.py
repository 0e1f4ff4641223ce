"""Policies -> citable passages."""

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from tellerbot.errors import Problem
from tellerbot.knowledge.documents.blocks import (
    MARK,
    Block,
    DocumentError,
    DroppedContent,
    Gap,
    ParsedDocument,
    mark_numbers,
    unmark,
)
from tellerbot.knowledge.documents.worker import read_apart
from tellerbot.knowledge.index import embedding_text
from tellerbot.project.policies import Policy
from tellerbot.types import Passage

# A mark may follow the full stop.
_SENTENCE_END = re.compile(rf"(?:(?<=[.!?])|(?<=[.!?]{MARK})|(?<=[.!?]{MARK}{MARK}))\s+(?={MARK}*[A-Z\"“($\d])")
_AMONG_MARKS = re.compile(rf" *{MARK}(?: *{MARK})* *")
_ABBREVIATION = re.compile(
    r"(?:\b(?:St|Mr|Mrs|Ms|Dr|No|Nos|Inc|Co|Corp|Ltd|Ave|vs|e\.g|i\.e|[A-Za-z](?:\.[A-Za-z])+))\.$"
)


@dataclass(frozen=True, slots=True)
class LengthLimit:
    """What a passage may hold, its title and section included: at most `limit` of what `length` counts in a text."""

    length: Callable[[str], int]
    limit: int


# About the 256 tokens that the default encoder reads, where there is no encoder to ask.
WORDS = LengthLimit(lambda text: len(text.split()), 180)


@dataclass(frozen=True, slots=True)
class Reading:
    """A policy's passages, what its parser left out, and where; `problem` says why it has no passages."""

    policy: Policy
    passages: list[Passage] = field(default_factory=list)
    dropped: tuple[DroppedContent, ...] = ()
    gaps: tuple[Gap, ...] = ()
    problem: Problem | None = None


@dataclass(slots=True)
class _Section:
    heading: str
    path: tuple[str, ...]
    blocks: list[Block] = field(default_factory=list)


def read_policies(policies: Sequence[Policy], room: LengthLimit = WORDS) -> Iterator[Reading]:
    """Each policy read in a process apart, in order; a bad one does not stop the others.

    Raises MissingExtraError when the parser of one's format is not installed.
    """
    for policy, found in zip(policies, read_apart([policy.path for policy in policies]), strict=True):
        if isinstance(found, DocumentError):
            yield Reading(policy, problem=Problem(str(policy.path), None, found.what, found.remedy))
        else:
            yield split_policy(policy, found, room)


def sections_of(policies: Sequence[Policy]) -> dict[str, list[Passage]]:
    """Return the pieces of each section, by its id without a piece's number; leave out policies that cannot be read."""
    found: dict[str, list[Passage]] = {}
    for reading in read_policies(policies):
        for passage in reading.passages:
            found.setdefault(passage.id.split("/")[0], []).append(passage)
    return found


def documents_of(policies: Sequence[Policy]) -> dict[str, list[tuple[str, ...]]]:
    """Return each passage's sentences, by document; leave out policies that cannot be read."""
    return {
        reading.policy.name: [passage.sentences for passage in reading.passages]
        for reading in read_policies(policies)
        if reading.passages
    }


def split_policy(policy: Policy, parsed: ParsedDocument, room: LengthLimit = WORDS) -> Reading:
    """One passage for each section with text, more where a section is long, in document order.

    The marks in the text become gaps, which name the passage and the place in its text.
    """
    passages: list[Passage] = []
    places: dict[int, tuple[str, int]] = {}
    taken: set[str] = set()
    again: Counter[str] = Counter()
    unmarked = LengthLimit(lambda text: room.length(unmark(text)), room.limit)
    for section in _sections(policy.head.title, parsed.blocks):
        name = plain = slug(unmark(section.heading))
        # A heading that comes again gets a number that no other has, so that an id names one place.
        while name in taken:
            again[plain] += 1
            name = f"{plain}-{again[plain] + 1}"
        taken.add(name)
        whole = Passage(
            id=f"{policy.name}#{name}",
            policy=policy.name,
            title=policy.head.title,
            section=unmark(section.heading),
            version=policy.head.version,
            in_force_from=policy.head.in_force_from,
            in_force_to=policy.head.in_force_to,
            text="",
            sentences=(),
            path=tuple(map(unmark, section.path)),
        )
        # Endless headings must not cut a text to single words.
        left = LengthLimit(unmarked.length, max(room.limit - room.length(embedding_text(whole)), room.limit // 4))
        for number, (written, kinds, page) in enumerate(_pieces(section.blocks, left), 1):
            # Composed characters, so that a figure's place is one.
            lines = [_AMONG_MARKS.sub(_with_one_space, unicodedata.normalize("NFC", line)) for line in written]
            passages.append(passage := _passage(whole, number, lines, kinds, page))
            places |= {mark: (passage.id, at) for mark, at in _marks(lines)}
            if number == 1:
                # A mark in a heading belongs to the first passage under it.
                places |= {mark: (passage.id, 0) for mark in mark_numbers(section.heading)}
    gaps = (Gap(item.what, item.text, *places.get(at, ("", 0))) for at, item in enumerate(parsed.omissions))
    return Reading(policy, passages, parsed.dropped, tuple(gaps))


def _passage(whole: Passage, number: int, lines: Sequence[str], kinds: Sequence[str], page: int | None) -> Passage:
    """Return the piece of a section that these lines make."""
    plain = [unmark(line) for line in lines]
    return replace(
        whole,
        id=whole.id + (f"/{number}" if number > 1 else ""),
        text="\n".join(plain),
        # A row says its figures of the thing at its head, however many full stops are in its cells.
        sentences=tuple(
            sentence
            for line, kind in zip(plain, kinds, strict=True)
            for sentence in ([line] if kind == "table" else sentences(line))
        ),
        page=page,
        kinds=tuple(kinds),
    )


def _with_one_space(found: re.Match[str]) -> str:
    """Return marks with the one space that remains when they are taken out; none at the ends of a line."""
    run = found[0]
    marks = run.replace(" ", "")
    if marks == run or found.start() == 0 or found.end() == len(found.string):
        return marks
    return f" {marks}" if run[0] == " " else f"{marks} "


def _marks(lines: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Return the number of each mark in the lines, and its place in their text without marks."""
    text = "\n".join(lines)
    for passed, match in enumerate(re.finditer(MARK, text)):
        yield mark_numbers(match[0])[0], match.start() - passed


def slug(heading: str) -> str:
    """`ATM withdrawals` -> `atm-withdrawals`: a section's name in citations and links."""
    return re.sub(r"[^a-z0-9]+", "-", re.sub(r"['’]", "", heading.lower())).strip("-") or "section"


def sentences(line: str) -> list[str]:
    """Split a line into sentences; a full stop after a known abbreviation ends none."""
    parts: list[str] = []
    for piece in _SENTENCE_END.split(line):
        if parts and _ABBREVIATION.search(parts[-1]):
            parts[-1] += f" {piece}"
        else:
            parts.append(piece)
    return [part for part in parts if part.strip()]


def _pieces(blocks: list[Block], room: LengthLimit) -> Iterator[tuple[list[str], list[str], int | None]]:
    """Lines in pieces with room for each, with their kinds and first page, cut between blocks, else between lines.

    A line that alone is too long, be it a list item or a table row, is cut between its sentences.
    """
    piece: list[str] = []
    kinds: list[str] = []
    page: int | None = None
    used = 0
    for block in blocks:
        small = sum(map(room.length, block.lines)) <= room.limit
        for part in [block.lines] if small else [[text] for line in block.lines for text in _short(line, room)]:
            more = sum(map(room.length, part))
            if piece and used + more > room.limit:
                yield piece, kinds, page
                piece, kinds, used = [], [], 0
            page = page if piece else block.page
            piece, used = [*piece, *part], used + more
            kinds = [*kinds, *[block.kind] * len(part)]
    if piece:
        yield piece, kinds, page


def _short(line: str, room: LengthLimit) -> Iterator[str]:
    """Split a line that is too long into its sentences, or into runs of words when even those are too long."""
    for text in sentences(line) if room.length(line) > room.limit else [line]:
        if room.length(text) <= room.limit:
            yield text
            continue
        run: list[str] = []
        used = 0
        for word in text.split():
            more = room.length(word)
            if run and used + more > room.limit:
                yield " ".join(run)
                run, used = [], 0
            run.append(word)
            used += more
        yield " ".join(run)


def _sections(title: str, blocks: Iterable[Block]) -> list[_Section]:
    """Sections by heading, those with text only; what stands before any heading goes under the title."""
    sections = [_Section(title, (title,))]
    above = ""
    nested: list[Block] = []
    for block in blocks:
        if block.kind != "heading":
            sections[-1].blocks.append(block)
            continue
        heading = block.lines[0]
        while nested and nested[-1].level >= block.level:
            nested.pop()
        nested.append(block)
        path = tuple(outer.lines[0] for outer in nested)
        if block.level == 1 and len(sections) == 1 and not sections[0].blocks:
            sections[0] = _Section(heading, path)
        else:
            # Sub-headings differ by the heading they stand under.
            above = heading if block.level <= 2 else above
            shown = heading if heading == above or not above else f"{above}: {heading}"
            sections.append(_Section(shown, path))
    return [section for section in sections if section.blocks]
