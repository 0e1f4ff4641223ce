"""Policies -> citable passages."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from markdown_it import MarkdownIt
from markdown_it.token import Token

from tellerbot.project.load import Policy
from tellerbot.types import Passage

# About what the encoder reads whole (256 tokens); longer sections are cut between blocks.
MAX_WORDS = 180
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z\"“($\d])")
_ABBREVIATION = re.compile(
    r"(?:\b(?:St|Mr|Mrs|Ms|Dr|No|Nos|Inc|Co|Corp|Ltd|Ave|vs|e\.g|i\.e|[A-Za-z](?:\.[A-Za-z])+))\.$"
)
_TAG = re.compile(r"<[^>]*>")


@dataclass(slots=True)
class _Section:
    heading: str
    blocks: list[list[str]] = field(default_factory=list)


def split_policies(policies: Iterable[Policy]) -> list[Passage]:
    """One passage for each section of each policy, more where a section is long, in document order."""
    return [passage for policy in policies for passage in _split(policy)]


def slug(heading: str) -> str:
    """`ATM withdrawals` -> `atm-withdrawals`: a section's name in citations and links."""
    return re.sub(r"[^a-z0-9]+", "-", re.sub(r"['’]", "", heading.lower())).strip("-") or "section"


def _split(policy: Policy) -> Iterator[Passage]:
    taken: Counter[str] = Counter()
    for section in _sections(policy):
        name = slug(section.heading)
        taken[name] += 1
        # A heading that comes again gets a number, so that an id names one place.
        name += f"-{taken[name]}" if taken[name] > 1 else ""
        for number, lines in enumerate(_pieces(section.blocks), 1):
            yield Passage(
                id=f"{policy.name}#{name}" + (f"/{number}" if number > 1 else ""),
                policy=policy.name,
                title=policy.head.title,
                section=section.heading,
                version=policy.head.version,
                in_force_from=policy.head.in_force_from,
                in_force_to=policy.head.in_force_to,
                text="\n".join(lines),
                sentences=tuple(sentence for line in lines for sentence in sentences(line)),
            )


def sentences(line: str) -> list[str]:
    """A line's sentences; a full stop after a known abbreviation ends none."""
    parts: list[str] = []
    for piece in _SENTENCE_END.split(line):
        if parts and _ABBREVIATION.search(parts[-1]):
            parts[-1] += f" {piece}"
        else:
            parts.append(piece)
    return [part for part in parts if part.strip()]


def _pieces(blocks: list[list[str]]) -> Iterator[list[str]]:
    """Lines in pieces of at most MAX_WORDS, cut between blocks, else between lines, else between sentences."""
    piece: list[str] = []
    for block in blocks:
        small = _words(block) <= MAX_WORDS
        for part in [block] if small else [[text] for line in block for text in _short(line)]:
            if piece and _words(piece) + _words(part) > MAX_WORDS:
                yield piece
                piece = []
            piece = [*piece, *part]
    if piece:
        yield piece


def _words(lines: list[str]) -> int:
    return sum(len(line.split()) for line in lines)


def _short(line: str) -> Iterator[str]:
    """A line that is too long in itself, as its sentences, or as runs of words where even those are too long."""
    for text in sentences(line) if _words([line]) > MAX_WORDS else [line]:
        words = text.split()
        if len(words) <= MAX_WORDS:
            yield text
        else:
            yield from (" ".join(words[at : at + MAX_WORDS]) for at in range(0, len(words), MAX_WORDS))


def _sections(policy: Policy) -> list[_Section]:
    """Sections by heading; a block is one paragraph, list, table or code block, as its lines."""
    sections = [_Section(policy.head.title)]
    tokens = MarkdownIt("commonmark").enable("table").parse(policy.body)
    above = ""
    at = 0
    while at < len(tokens):
        token = tokens[at]
        if token.type == "heading_open":
            heading = _plain(tokens[at + 1])
            if token.tag == "h1" and len(sections) == 1 and not sections[0].blocks:
                sections[0].heading = heading
            else:
                # Sub-headings are told apart by the heading they stand under.
                above = heading if token.tag in ("h1", "h2") else above
                sections.append(_Section(heading if heading == above or not above else f"{above}: {heading}"))
            at += 3
        elif token.nesting == 1:
            end = next(i for i in range(at, len(tokens)) if tokens[i].nesting == -1 and tokens[i].level == token.level)
            inside = tokens[at : end + 1]
            sections[-1].blocks.append(_table(inside) if token.type == "table_open" else _lines(inside))
            at = end + 1
        else:
            sections[-1].blocks.append(_raw(token))
            at += 1
    for section in sections:
        section.blocks = [lines for block in section.blocks if (lines := [line for line in block if line.strip()])]
    return [section for section in sections if section.blocks]


def _raw(token: Token) -> list[str]:
    """The text of code and HTML blocks."""
    return [_TAG.sub("", line).strip() for line in token.content.splitlines()]


def _lines(tokens: list[Token]) -> list[str]:
    return [line for token in tokens for line in ([_plain(token)] if token.type == "inline" else _raw(token))]


def _table(tokens: list[Token]) -> list[str]:
    """Each row as a sentence that stands alone: `Domestic outgoing: $22.00.`"""
    rows: list[list[str]] = []
    for token in tokens:
        if token.type == "tr_open":
            rows.append([])
        elif token.type == "inline":
            rows[-1].append(_plain(token))
    head, body = rows[0], rows[1:]
    if not body:
        return [", ".join(cell for cell in head if cell)]
    return [_row(head, row) for row in body]


def _row(head: list[str], row: list[str]) -> str:
    if len(row) == 1:
        text = row[0]
    elif len(row) == 2:
        text = ": ".join(cell for cell in row if cell)
    else:
        cells = [f"{name} {cell}".strip() for name, cell in zip(head[1:], row[1:], strict=False) if cell]
        text = f"{row[0]}: {', '.join(cells)}" if row[0] else ", ".join(cells)
    return text if not text or text[-1] in ".!?" else f"{text}."


def _plain(token: Token) -> str:
    """The text of an inline token, without markup."""
    kept: list[str] = []
    for child in token.children or []:
        if child.type in ("softbreak", "hardbreak") or (
            child.type == "html_inline" and child.content.startswith("<br")
        ):
            kept.append(" ")
        elif child.type != "html_inline":
            kept.append(child.content)
    return " ".join("".join(kept).split())
