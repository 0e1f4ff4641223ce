"""The shape of a reply as data, for clients that can show more than text."""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Literal

from tellerbot.conversation.event_values import Block
from tellerbot.responses.template import say
from tellerbot.types import Choice, Fact, FactSheet, FigureSource, Reply

# Rows of one total; its source names them all.
MOST_TOTALLED = 100
# Lines of a list, and of steps to take in their order.
_BULLET, _NUMBER = re.compile(r"\s*[-*•] +\S"), re.compile(r"\s*(\d{1,2})[.)] +\S")
# What is shown of a record: the first fact of each group.
_GROUPS = {"date": "day", "text": "name", "label": "name", "money": "amount", "percent": "amount"}


def shape(
    reply: Reply, sheets: Sequence[FactSheet], choices: Sequence[Choice], cards: Sequence[Block] = ()
) -> tuple[Block, ...]:
    """Return the blocks of a checked reply: its paragraphs and lists in order, its totals, and its choices.

    Each of `cards` replaces the paragraph with the same text.

    A total is a figure that a formula over records gives. Its rows are these records as far as `sheets` hold them, else
    their names.
    """
    options = (Block("choice", rows=tuple((choice.title,) for choice in choices)),) if choices else ()
    return (*_paragraphs(reply.text, cards), *_totals(reply.figures, sheets), *options)


def card_text(card: Block) -> str:
    """Write a card as text."""
    return "\n".join([card.text, *(f"- {row[0]}: {row[1]}" for row in card.rows)])


def _paragraphs(text: str, cards: Sequence[Block]) -> Iterator[Block]:
    for part in text.split("\n\n"):
        if card := next((card for card in cards if part == card_text(card)), None):
            yield card
            continue
        for kind, group in groupby(part.split("\n"), _kind):
            lines = [*group]
            if kind == "text" or (kind == "steps" and not _count_up(lines)):
                if paragraph := "\n".join(lines).strip():
                    yield Block("text", paragraph)
            else:
                yield Block(kind, rows=tuple((line.lstrip().partition(" ")[2].strip(),) for line in lines))


def _kind(line: str) -> Literal["list", "steps", "text"]:
    if _BULLET.match(line):
        return "list"
    return "steps" if _NUMBER.match(line) else "text"


def _count_up(lines: Sequence[str]) -> bool:
    """Return whether numbered lines begin with 1 and leave none out, as the page would number them again."""
    return [int(found[1]) for line in lines if (found := _NUMBER.match(line))] == [*range(1, len(lines) + 1)]


def _totals(figures: Sequence[FigureSource], sheets: Sequence[FactSheet]) -> Iterator[Block]:
    """Yield one total for the same records: of a sum and their number, the sum."""
    records = {
        ref: row
        for sheet in sheets
        for row in (*sheet.rows, *sheet.records)
        for fact in row.values()
        # A formula names a record, or one field of it.
        for ref in (fact.source.ref, fact.source.ref.rpartition("/")[0])
    }
    over: dict[tuple[str, ...], FigureSource] = {}
    for figure in sorted(figures, key=lambda figure: figure.figure.replace(",", "").isdigit()):
        if figure.source.kind == "formula" and figure.source.rows:
            over.setdefault(figure.source.rows, figure)
    for refs, figure in over.items():
        rows = [_cells(records[ref]) if ref in records else (ref,) for ref in refs[:MOST_TOTALLED]]
        if len(refs) > MOST_TOTALLED:
            rows.append((f"and {len(refs) - MOST_TOTALLED} more",))
        yield Block("total", f"{figure.figure} = {figure.source.ref}", tuple(rows))


def _cells(record: Mapping[str, Fact]) -> tuple[str, ...]:
    cells: dict[str, str] = {}
    for fact in record.values():
        if group := _GROUPS.get(fact.kind):
            cells.setdefault(group, say(fact))
    return tuple(cells.values())
