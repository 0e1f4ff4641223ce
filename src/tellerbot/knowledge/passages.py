"""Policies -> citable passages."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token

from tellerbot.project.load import Policy
from tellerbot.types import Passage

# About what the encoder reads whole (256 tokens); longer sections are cut between blocks.
MAX_WORDS = 180
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z\"“(])")


@dataclass(slots=True)
class _Section:
    heading: str
    blocks: list[list[str]] = field(default_factory=list)


def split_policies(policies: Iterable[Policy]) -> list[Passage]:
    """One passage for each section of each policy, more where a section is long, in document order."""
    return [passage for policy in policies for passage in _split(policy)]


def slug(heading: str) -> str:
    """`ATM withdrawals` -> `atm-withdrawals`: a section's name in citations and links."""
    return re.sub(r"[^a-z0-9]+", "-", re.sub(r"['’]", "", heading.lower())).strip("-")


def _split(policy: Policy) -> Iterator[Passage]:
    for section in _sections(policy):
        pieces: list[list[list[str]]] = [[]]
        for block in section.blocks:
            words = sum(len(line.split()) for piece in pieces[-1] for line in piece)
            if pieces[-1] and words + sum(len(line.split()) for line in block) > MAX_WORDS:
                pieces.append([])
            pieces[-1].append(block)
        for number, blocks in enumerate((piece for piece in pieces if piece), 1):
            lines = [line for block in blocks for line in block]
            yield Passage(
                id=f"{policy.name}#{slug(section.heading)}" + (f"/{number}" if number > 1 else ""),
                policy=policy.name,
                title=policy.head.title,
                section=section.heading,
                version=policy.head.version,
                in_force_from=policy.head.in_force_from,
                in_force_to=policy.head.in_force_to,
                text="\n".join(lines),
                sentences=tuple(sentence for line in lines for sentence in _SENTENCE_END.split(line)),
            )


def _sections(policy: Policy) -> list[_Section]:
    """Sections by heading; a block is one paragraph, list or table, as its lines."""
    sections = [_Section(policy.head.title)]
    tokens = MarkdownIt("commonmark").enable("table").parse(policy.body)
    at = 0
    while at < len(tokens):
        token = tokens[at]
        if token.type == "heading_open":
            heading = _plain(tokens[at + 1])
            if token.tag == "h1":
                sections[0].heading = heading
            else:
                sections.append(_Section(heading))
            at += 3
        elif token.nesting == 1:
            end = next(i for i in range(at, len(tokens)) if tokens[i].nesting == -1 and tokens[i].level == token.level)
            inside = tokens[at : end + 1]
            sections[-1].blocks.append(_table(inside) if token.type == "table_open" else _lines(inside))
            at = end + 1
        else:
            at += 1
    return [section for section in sections if section.blocks]


def _lines(tokens: list[Token]) -> list[str]:
    return [_plain(token) for token in tokens if token.type == "inline"]


def _table(tokens: list[Token]) -> list[str]:
    """Each row as a sentence that stands alone: `Domestic outgoing: $22.00, ...`."""
    rows: list[list[str]] = []
    for token in tokens:
        if token.type == "tr_open":
            rows.append([])
        elif token.type == "inline":
            rows[-1].append(_plain(token))
    head, body = rows[0], rows[1:]
    if len(head) == 2:
        return [f"{row[0]}: {row[1]}." for row in body]
    return [
        f"{row[0]}: " + ", ".join(f"{name} {cell}" for name, cell in zip(head[1:], row[1:], strict=False)) + "."
        for row in body
    ]


def _plain(token: Token) -> str:
    children: list[Any] = token.children or []
    return "".join(" " if child.type in ("softbreak", "hardbreak") else child.content for child in children).strip()
