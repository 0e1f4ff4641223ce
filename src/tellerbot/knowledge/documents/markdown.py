"""Markdown -> HTML -> blocks, so that HTML in Markdown is read as HTML is."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markdown_it.token import Token
from mdit_py_plugins.footnote import footnote_plugin
from mdit_py_plugins.superscript import superscript_plugin

from tellerbot.knowledge.documents.blocks import Parsed
from tellerbot.knowledge.documents.encodings import decode_utf8
from tellerbot.knowledge.documents.html import parse_html
from tellerbot.project.front_matter import split_front_matter


def parse(path: Path) -> Parsed:
    """The blocks under the front matter. Raises DocumentError when the file is not UTF-8 text."""
    text = decode_utf8(path.read_bytes()).replace("\r\n", "\n").replace("\r", "\n")
    parts = split_front_matter(text)
    return parse_text(parts[1] if parts else text)


def parse_text(text: str) -> Parsed:
    """Markdown with tables, strikes, tasks and footnotes -> blocks."""
    return parse_html(_renderer().render(text))


def _renderer() -> MarkdownIt:
    markdown = MarkdownIt("commonmark", {"tasklists": True, "strikethrough_single_tilde": True})
    # HTML and paragraphs that are indented for looks are no code.
    markdown.enable(["table", "strikethrough"]).disable("code").use(superscript_plugin)
    # A note stays where it is written, as a paragraph of its own, and every reference is one, defined or not.
    markdown.use(footnote_plugin, inline=False, move_to_end=False, always_match_refs=True)
    markdown.add_render_rule("footnote_ref", _reference)
    markdown.add_render_rule("footnote_reference_open", lambda *_: "<div>\n")
    markdown.add_render_rule("footnote_reference_close", lambda *_: "</div>\n")
    return markdown


def _reference(renderer: Any, tokens: Sequence[Token], at: int, options: Any, env: Any) -> str:
    return f'<a role="doc-noteref">{escapeHtml(tokens[at].meta["label"])}</a>'
