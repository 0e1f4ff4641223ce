"""Markdown -> blocks."""

import re
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

from tellerbot.knowledge.documents.blocks import Block, DocumentError, Dropped, Kind, Parsed, table_lines
from tellerbot.project.front_matter import split_front_matter

_TAG = re.compile(r"<[^>]*>")
# HTML blocks in which no text stands: scripts, styles and comments.
_SILENT = re.compile(r"<(script|style)\b.*?(</\1\s*>|\Z)|<!--.*?(-->|\Z)", re.DOTALL | re.IGNORECASE)
_KINDS: dict[str, Kind] = {"bullet_list_open": "list", "ordered_list_open": "list"}


def parse(path: Path) -> Parsed:
    """The blocks under the front matter. Raises DocumentError when the file is not UTF-8 text."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise DocumentError(f"Expected UTF-8 text, found {error.reason}.", "Save the file as UTF-8.") from error
    parts = split_front_matter(text)
    return parse_text(parts[1] if parts else text)


def parse_text(text: str) -> Parsed:
    """Markdown with tables -> blocks; a list's items, nested ones too, are lines of one block."""
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    blocks: list[Block] = []
    silent = 0
    at = 0
    while at < len(tokens):
        token = tokens[at]
        if token.type == "heading_open":
            blocks.append(Block("heading", (_plain(tokens[at + 1]),), int(token.tag[1])))
            at += 3
        elif token.nesting == 1:
            end = next(i for i in range(at, len(tokens)) if tokens[i].nesting == -1 and tokens[i].level == token.level)
            inside = tokens[at : end + 1]
            if token.type == "table_open":
                blocks.append(_block("table", _table(inside)))
            else:
                blocks.append(_block(_KINDS.get(token.type, "paragraph"), _lines(inside)))
            at = end + 1
        else:
            silent += len(_SILENT.findall(token.content)) if token.type == "html_block" else 0
            blocks.append(_block("paragraph" if token.type == "html_block" else "code", _raw(token)))
            at += 1
    dropped = (Dropped("HTML scripts, styles and comments", silent),) if silent else ()
    return Parsed(tuple(block for block in blocks if block.lines), dropped)


def _block(kind: Kind, lines: list[str]) -> Block:
    return Block(kind, tuple(line for line in lines if line.strip()))


def _raw(token: Token) -> list[str]:
    """The text of code and HTML blocks."""
    content = _SILENT.sub("", token.content) if token.type == "html_block" else token.content
    return [_TAG.sub("", line).strip() for line in content.splitlines()]


def _lines(tokens: list[Token]) -> list[str]:
    return [line for token in tokens for line in ([_plain(token)] if token.type == "inline" else _raw(token))]


def _table(tokens: list[Token]) -> list[str]:
    rows: list[list[str]] = []
    for token in tokens:
        if token.type == "tr_open":
            rows.append([])
        elif token.type == "inline":
            rows[-1].append(_plain(token))
    return list(table_lines(rows[0], rows[1:]))


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
