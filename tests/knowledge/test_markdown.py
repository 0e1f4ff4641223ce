"""Markdown is rendered and read as HTML is: strikes, footnotes, tasks and tags are no text."""

import codecs
from pathlib import Path

import pytest

from tellerbot.knowledge.documents.blocks import (
    BlockKind,
    DocumentError,
    DroppedContent,
    ParsedDocument,
    squeeze,
    unmark,
)
from tellerbot.knowledge.documents.markdown import parse, parse_text
from tellerbot.project.front_matter import split_front_matter


def blocks(text: str) -> list[tuple[BlockKind, tuple[str, ...]]]:
    return [(block.kind, tuple(squeeze(unmark(line)) for line in block.lines)) for block in parse_text(text).blocks]


def lines(text: str) -> list[str]:
    return [line for _, lines in blocks(text) for line in lines]


def omitted(parsed: ParsedDocument) -> list[tuple[str, str]]:
    return [(item.what, item.text) for item in parsed.omissions]


@pytest.mark.parametrize(
    ("text", "line", "mark"),
    [
        ("The monthly fee is $5<sup>1</sup>.", "The monthly fee is $5.", "1"),
        ("It is $2.50<sup>(a)</sup> each.", "It is $2.50 each.", "(a)"),
        ("It is **$2.50**<SUP>*</SUP> each.", "It is $2.50 each.", "*"),
        ("It is $2.50^1^ each.", "It is $2.50 each.", "1"),
        ("| A | B |\n|---|--:|\n| a | $1,000<sup>3</sup> |", "a: $1,000.", "3"),
        ("- It is $8<sub>2</sub> a month", "It is $8 a month", "2"),
    ],
)
def test_superscripts_in_markdown_never_join_a_number(text: str, line: str, mark: str) -> None:
    assert lines(text) == [line]
    assert omitted(parse_text(text)) == [("superscripts and subscripts", mark)]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("The fee is ~~$12~~ $9 a month.", "The fee is $9 a month."),
        ("The fee is <s>$12</s> $9 a month.", "The fee is $9 a month."),
        ("The fee is <del>$12</del> <ins>$9</ins> a month.", "The fee is $9 a month."),
        ("The fee is ~$12~ $9 a month.", "The fee is $9 a month."),
        ("The fee is ~~**$12**~~ $9 a month.", "The fee is $9 a month."),
        ("The fee is <strike>$12</strike> $9 a month.", "The fee is $9 a month."),
        ("| A | Fee |\n|---|---|\n| x | ~~$12~~ $9 |", "x: $9."),
        ('<p style="text-decoration: line-through">$12</p>\n\n$9', "$9"),
    ],
)
def test_strikes_in_markdown_are_left_out_and_reported(text: str, line: str) -> None:
    assert lines(text) == [line]
    assert omitted(parse_text(text)) == [("struck-out text", "$12")]


def test_tildes_that_strike_nothing_are_text() -> None:
    assert lines("From ~$5 to ~$10, `~~$5~~`.") == ["From ~$5 to ~$10, ~~$5~~."]


@pytest.mark.parametrize("note", ["[^1]: The note $3.", "[^1]: $3", "[^1]:\n    The note $3.", ""])
def test_footnotes_in_markdown_are_no_part_of_a_sentence(note: str) -> None:
    text = f"The fee is $9[^1]. It is due[^late-fee] now.\n\n{note}\n\nLast."
    first, *notes, last = lines(text)
    assert (first, last) == ("The fee is $9. It is due now.", "Last.")
    assert notes == ([note.removeprefix("[^1]:").strip()] if note else [])
    assert omitted(parse_text(text)) == [("footnotes", "1"), ("footnotes", "late-fee")]


def test_html_in_markdown_is_read_as_html_is() -> None:
    assert blocks(
        "<table>\n<tr><th>A</th><th>Fee</th><th>Days</th></tr>\n<tr><td>Basic</td><td>$5</td><td>10</td></tr>\n"
        "</table>\n\n<p>The fee is $5<br>10 days later.</p>\n\n<p>Fee &#36;5 &amp; up&nbsp;to 10&percnt;</p>\n\n"
        "<dl><dt>Plus</dt><dd>$12</dd></dl>\n\n<ul><li>ATM $2</li><li>Wire $20</li></ul>\n\n<div>Basic<br/>$5</div>\n\n"
        "| A | B |\n|---|---|\n| x\\|y | $5<br>10 |\n\n$5 &lt; $10 and &frac12;%, <b>$5</b><i>0</i>."
    ) == [
        ("table", ("Basic: Fee $5, Days 10.",)),
        ("paragraph", ("The fee is $5 10 days later.",)),
        ("paragraph", ("Fee $5 & up to 10%",)),
        ("list", ("Plus: $12",)),
        ("list", ("ATM $2", "Wire $20")),
        ("paragraph", ("Basic $5",)),
        ("table", ("x|y: $5 10.",)),
        ("paragraph", ("$5 < $10 and ½%, $50.",)),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "<table>\n    <tr>\n        <td>Basic</td>\n\n        <td>$5</td>\n    </tr>\n</table>",
        "<table>\n\n    <tr><td>Basic</td>\n\n    <td>$5</td></tr>\n\n</table>",
        "\t<table><tr><td>Basic</td><td>$5</td></tr></table>",
        "| A | B |\n|---|---|\n| Basic | ~~$9~~ $5 |",
    ],
)
def test_indented_html_in_markdown_is_html(text: str) -> None:
    assert blocks(text) == [("table", ("Basic: $5.",))]
    assert lines("    It was ~~$9~~ $5<sup>1</sup>.\n\n<div hidden>\n\n    $7\n\n</div>") == ["It was $5."]


@pytest.mark.parametrize(
    ("row", "line", "surplus"),
    [
        ("| Plus | $6 | extra $7 |", "Plus: $6.", ["extra $7"]),
        ("Plus | $6 | $7 | $8", "Plus: $6.", ["$7 $8"]),
        ("| Plus | `$6|7` |", "Plus: `$6.", ["7`"]),
        ("| Plus | $6 | ~~$7~~ <b> |", "Plus: $6.", ["~~$7~~ <b>"]),
        ("| Plus | $6 \\| $7 |", "Plus: $6 | $7.", []),
        ("| Plus | $6 | |", "Plus: $6.", []),
        ("| Plus $6 |", "Plus $6.", []),
    ],
)
@pytest.mark.parametrize("before", ["", "> ", "   "])
def test_cells_beyond_a_tables_columns_are_reported(row: str, line: str, surplus: list[str], before: str) -> None:
    text = "\n".join(f"{before}{one}" for one in ("| A | B |", "|---|---|", row))
    assert lines(text) == [line]
    assert omitted(parse_text(text)) == [("hidden text", one) for one in surplus]


def test_hidden_html_in_markdown_is_left_out_and_reported() -> None:
    text = (
        '<div style="display:none">Hidden $99</div>\n\nText <span hidden>$98</span> here $5.\n\n'
        "<!-- $77 --> visible $6\n\n<style>.x {visibility: hidden}</style>\n\n<p class=x>$97</p>\n\n![Fee $4](a.png)"
    )
    assert lines(text) == ["Text here $5.", "visible $6"]
    assert set(omitted(parse_text(text))) == {
        ("hidden text", "Hidden $99"),
        ("hidden text", "$98"),
        ("hidden text", "$97"),
        ("comments", "$77"),
        ("images and embedded content", "Fee $4"),
    }


def test_markdown_scripts_and_comments_are_left_out_and_reported() -> None:
    text = "Text.\n\n<script>\nlet fee = 9\n</script>\n\n<!-- a\nnote -->\n\n<p>More.</p>\n"
    assert blocks(text) == [("paragraph", ("Text.",)), ("paragraph", ("More.",))]
    assert set(parse_text(text).dropped) == {DroppedContent("scripts and styles", 1), DroppedContent("comments", 1)}


def test_task_boxes_quotes_code_and_loose_lists() -> None:
    assert blocks(
        "- [ ] not $5\n- [x] done\n- loose\n\n  second\n  1. inner\n\n> Quote.\n\n```\na = <b>5</b>\n  ~~1~~\n```"
    ) == [
        ("list", ("not $5", "done", "loose", "second", "inner")),
        ("paragraph", ("Quote.",)),
        ("code", ("a = <b>5</b>", "~~1~~")),
    ]


@pytest.mark.parametrize(
    ("data", "found"),
    [
        ("Fee £5".encode("cp1252"), "found byte 0xa3 at 4"),
        ("Fee £5".encode("utf-16"), "found UTF-16LE"),
        (codecs.BOM_UTF16_BE + "Fee £5".encode("utf-16-be"), "found UTF-16BE"),
        ("Fee £5".encode("utf-32"), "found UTF-32"),
        ("One\nFee \ufffd5".encode(), "found a replacement character (U+FFFD) in line 2"),
        ("Fee £5".encode().decode("cp1252").encode(), "found 'Â£' for '£' in line 1"),
        ("Fee 5 €".encode().decode("cp1252").encode(), "found 'â‚¬' for '€' in line 1"),
    ],
)
def test_markdown_in_another_encoding_is_refused(tmp_path: Path, data: bytes, found: str) -> None:
    (tmp_path / "a.md").write_bytes(data)
    with pytest.raises(DocumentError) as error:
        parse(tmp_path / "a.md")
    assert found in error.value.what and "UTF-8" in error.value.remedy


def test_markdown_with_a_byte_order_mark_and_other_line_ends(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_bytes(
        codecs.BOM_UTF8 + b"---\r\ntitle: a\r\n---\r\n# Fees\r\n\r\n\xc2\xa35 a\r\nmonth\r\n"
    )
    assert [block.lines for block in parse(tmp_path / "a.md").blocks] == [("Fees",), ("£5 a month",)]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("---\ntitle: a\n---\nText.", ("title: a\n", "Text.")),
        ("---\ntitle: a ---\nversion: '1'\n---\nText.", ("title: a ---\nversion: '1'\n", "Text.")),
        ("\n--- \ntitle: a\n---\t\n\n|A|\n|---\n", ("title: a\n", "\n|A|\n|---\n")),
        ("---\ntitle: a\n---", ("title: a\n", "")),
        ("---\ntitle: a\n----\n", None),
        ("Title\n---\nText\n---\n", None),
    ],
)
def test_only_whole_lines_end_a_front_matter(text: str, parts: tuple[str, str] | None) -> None:
    assert split_front_matter(text) == parts


@pytest.mark.parametrize(
    ("text", "line", "struck"),
    [
        ("Fee $5~~$7~~ a month", "Fee $5 a month", "$7"),
        ("was~~$7~~ now $5", "was now $5", "$7"),
        ("Fee $5 ~~ $7 ~~ a month", "Fee $5 a month", "$7"),
        ("~~$7~~$5 and **~~$8~~**$6", "$5 and $6", "$7"),
        ("~~$7 *or* $8~~ $5", "$5", "$7 or $8"),
    ],
)
def test_any_two_pairs_of_tildes_strike_a_price_out(text: str, line: str, struck: str) -> None:
    parsed = parse_text(text)
    assert unmark(parsed.blocks[0].lines[0]).split() == line.split()
    assert ("struck-out text", struck) in [(item.what, item.text) for item in parsed.omissions]


@pytest.mark.parametrize("text", ["about ~~5 days", "`~~$7~~`"])
def test_tildes_that_strike_nothing_stay(text: str) -> None:
    assert "~~" in parse_text(text).blocks[0].lines[0]
