"""Markdown -> HTML -> blocks, so that HTML in Markdown is read as HTML is."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markdown_it.rules_block.table import escapedSplit
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from mdit_py_plugins.footnote import footnote_plugin
from mdit_py_plugins.superscript import superscript_plugin

from tellerbot.knowledge.documents.blocks import ParsedDocument
from tellerbot.knowledge.documents.encodings import decode_utf8
from tellerbot.knowledge.documents.html import parse_html
from tellerbot.project.front_matter import split_front_matter

# What may be before a row of a table in a quotation or a list.
_OUTSIDE = re.compile(r"[\s>]*(?:(?:[-*+]|\d+[.)])\s+)?[\s>]*")

_TILDES = re.compile(r"(?<!~)~~(?!~)")


def parse(path: Path) -> ParsedDocument:
    """Parse the blocks under the front matter. Raises DocumentError when the file is not UTF-8 text."""
    text = decode_utf8(path.read_bytes()).replace("\r\n", "\n").replace("\r", "\n")
    parts = split_front_matter(text)
    return parse_text(parts[1] if parts else text)


def parse_text(text: str) -> ParsedDocument:
    """Parse Markdown with tables, strikes, tasks and footnotes."""
    return parse_html(_renderer().render(text))


def _renderer() -> MarkdownIt:
    markdown = MarkdownIt("commonmark", {"tasklists": True, "strikethrough_single_tilde": True})
    # HTML and paragraphs that are indented for looks are no code.
    markdown.enable(["table", "strikethrough"]).disable("code").use(superscript_plugin)
    markdown.inline.ruler.before("strikethrough", "struck_out", _strike)
    markdown.core.ruler.after("block", "surplus_cells", _hide_surplus_cells)
    # A note stays where it is written, as a paragraph of its own, and every reference is one, defined or not.
    markdown.use(footnote_plugin, inline=False, move_to_end=False, always_match_refs=True)
    markdown.add_render_rule("footnote_ref", _reference)
    markdown.add_render_rule("footnote_reference_open", lambda *_: "<div>\n")
    markdown.add_render_rule("footnote_reference_close", lambda *_: "</div>\n")
    return markdown


def _strike(state: StateInline, silent: bool) -> bool:
    """Take any two pairs of tildes for a strike: CommonMark's rule leaves `$5~~$7~~` and `~~ $7 ~~` unchanged."""
    found = _TILDES.match(state.src, state.pos)
    if not found:
        return False
    is_open = state.env.get("struck_out") is state.tokens
    if not is_open and not _TILDES.search(state.src, found.end()):
        return False
    if not silent:
        state.push("html_inline", "", 0).content = "</del>" if is_open else "<del>"
        state.env["struck_out"] = None if is_open else state.tokens
    state.pos = found.end()
    return True


def _reference(renderer: Any, tokens: Sequence[Token], at: int, options: Any, env: Any) -> str:
    return f'<a role="doc-noteref">{escapeHtml(tokens[at].meta["label"])}</a>'


def _hide_surplus_cells(state: StateCore) -> None:
    """Add what is beyond a table's columns, which no program shows, as a hidden cell of its row."""
    lines = state.src.split("\n")
    tokens: list[Token] = []
    row: list[Token] = []
    for token in state.tokens:
        row = [token] if token.type == "tr_open" else [*row, token]
        if token.type == "tr_close" and row[0].map:
            count = sum(cell.type == "inline" for cell in row)
            written = escapedSplit(_OUTSIDE.sub("", lines[row[0].map[0]], count=1).strip().removeprefix("|"))
            if surplus := " ".join(text.strip() for text in written[count:] if text.strip()):
                tokens += [
                    Token("td_open", "td", 1, attrs={"hidden": ""}),
                    Token("text", "", 0, content=surplus),
                    Token("td_close", "td", -1),
                ]
        tokens.append(token)
    state.tokens = tokens
