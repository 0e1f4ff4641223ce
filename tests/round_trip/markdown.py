"""A document -> Markdown, with HTML where Markdown has no words for it, and now and then where it has."""

import re
from pathlib import Path
from random import Random

from . import html
from .document import Document, Heading, Items, Line, Note, Paragraph, Piece, PieceKind, Table

KINDS: frozenset[PieceKind] = html.KINDS - {"equation"}
_SPECIAL = re.compile(r"([\\`*_\[\]<>~|#])")
_FRONT = "---\ntitle: Fees\nversion: '1'\nin_force_from: 2026-01-01\n---\n"


def write(document: Document, path: Path, random: Random) -> None:
    """Write a Markdown file with front matter."""
    parts = [_block(item, random) for item in document.blocks]
    if document.running:
        parts.insert(0, f"<nav>{document.running}</nav>")
    if any('class="' in part for part in parts):
        parts.insert(0, html.STYLE)
    path.write_text(_FRONT + "\n\n".join(parts) + "\n", encoding="utf-8")


def _block(item: object, random: Random) -> str:
    if isinstance(item, Heading):
        text = _line(item.sentence.line, random)
        if item.level < 3 and random.random() < 0.2:
            return f"{text}\n{'=-'[item.level - 1] * 5}"
        return f"{'#' * item.level} {text}"
    if isinstance(item, Paragraph):
        if random.random() < 0.15:
            return html.block(item, random)
        gap = random.choice((" ", "\n", "  \n"))
        return gap.join(_line(sentence.line, random) for sentence in item.sentences)
    if isinstance(item, Note):
        return f"<sup>{_escaped(item.mark)}</sup> {_line(item.sentence.line, random)}"
    if isinstance(item, Items):
        if random.random() < 0.15:
            return html.block(item, random)
        bullet = random.choice(("-", "*", "1."))
        inner = " " * (len(bullet) + 1)
        return "\n".join(f"{inner * depth}{bullet} {_line(one.line, random)}" for depth, one in item.items)
    assert isinstance(item, Table)
    plain = item.heads == 1 and all(cell.down == cell.across == 1 for cell in item.cells)
    return _table(item, random) if plain and random.random() < 0.7 else html.block(item, random)


def _table(table: Table, random: Random) -> str:
    rows = [[_line(table.at(row, column).line, random) for column in range(table.columns)] for row in range(table.rows)]
    rows.insert(1, ["---", *["--:"] * (table.columns - 1)])
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _line(pieces: Line, random: Random) -> str:
    text = "".join(_piece(piece, random) for piece in pieces)
    # A line that starts like a list item would become one.
    return re.sub(r"^(\d+)([.)])", r"\1\\\2", text)


def _piece(piece: Piece, random: Random) -> str:
    text = _escaped(piece.text)
    way = random.random()
    if piece.kind == "text":
        return text
    if piece.kind == "break":
        return "<br>" if way < 0.5 else "<br/>"
    if piece.kind == "split" and way < 0.6:
        return random.choice((text, f"**{text}**", f"*{text}*", f"[{text}](#fees)", f"`{piece.text}`"))
    if piece.kind == "struck" and way < 0.5:
        return f"~~{text}~~"
    # Between tags, too, a star of Markdown means something.
    return html.line((Piece(piece.kind, piece.text if piece.kind == "fraction" else text),), random)


def _escaped(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", text)
