"""Policies become passages that can be cited."""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tellerbot.knowledge.documents.blocks import Block, BlockKind, ParsedDocument
from tellerbot.knowledge.documents.markdown import parse_text
from tellerbot.knowledge.index import embedding_text
from tellerbot.knowledge.passages import WORDS, LengthLimit, read_policies, slug, split_policy
from tellerbot.project.policies import Policy
from tellerbot.project.schema import PolicyHead
from tellerbot.types import Passage

HEAD = PolicyHead(title="Fees", version="2026.1", in_force_from=date(2026, 1, 1), in_force_to=date(2026, 6, 30))


def split(body: str, head: PolicyHead = HEAD) -> list[Passage]:
    return split_policy(Policy("fees", head, Path("fees.md")), parse_text(body)).passages


def texts(body: str) -> list[str]:
    return [passage.text for passage in split(body)]


def test_each_section_is_a_passage_with_its_policy_version_and_dates():
    first, second = split("# All fees\n\nThe start.\n\n## ATM withdrawals\n\nOne **fee**.\n")
    assert (first.id, first.section, first.text) == ("fees#all-fees", "All fees", "The start.")
    assert (second.id, second.section, second.text) == ("fees#atm-withdrawals", "ATM withdrawals", "One fee.")
    assert (second.policy, second.title, second.version) == ("fees", "Fees", "2026.1")
    assert (second.in_force_from, second.in_force_to) == (date(2026, 1, 1), date(2026, 6, 30))


@pytest.mark.parametrize(
    "day, in_force",
    [
        (date(2025, 12, 31), False),
        (date(2026, 1, 1), True),
        (date(2026, 6, 30), True),
        (date(2026, 7, 1), False),
    ],
)
def test_a_passage_is_in_force_from_its_first_day_to_its_last(day: date, in_force: bool):
    assert split("Text.")[0].in_force(day) is in_force


def test_without_a_last_day_a_passage_stays_in_force():
    head = HEAD.model_copy(update={"in_force_to": None})
    assert split("Text.", head)[0].in_force(date.max)


def test_policies_and_sections_keep_their_order(tmp_path: Path):
    policies = [Policy(name, HEAD, tmp_path / f"{name}.md") for name in ("b", "a")]
    for policy in policies:
        policy.path.write_text("# T\n\nX.\n\n## A\n\nY.\n")
    passages = [passage for reading in read_policies(policies) for passage in reading.passages]
    assert [passage.id for passage in passages] == ["b#t", "b#a", "a#t", "a#a"]


@pytest.mark.parametrize("body", ["", "\n\n", "# Only\n## Headings\n### here\n"])
def test_a_policy_without_text_gives_no_passage(body: str):
    assert split(body) == []


def test_text_before_any_heading_goes_under_the_title():
    assert [(p.id, p.text) for p in split("Just text.")] == [("fees#fees", "Just text.")]


def test_list_items_are_sentences_of_their_own():
    (passage,) = split("# T\n\nYou need:\n\n- a passport\n- proof of address:\n  - a bill\n\n1. first\n2. then\n")
    assert passage.sentences == ("You need:", "a passport", "proof of address:", "a bill", "first", "then")
    assert passage.text == "\n".join(passage.sentences)


@pytest.mark.parametrize(
    "table, lines",
    [
        ("| What | Fee |\n|---|---|\n| Wire | $5.00 |\n| Check | $8.00 |", "Wire: $5.00.\nCheck: $8.00."),
        ("| | Basic | Plus |\n|---|---|---|\n| Fee | $5.00 | none |", "Fee: Basic $5.00, Plus none."),
        ("| Branch |\n|---|\n| Harbor |\n| Hill |", "Harbor.\nHill."),
    ],
)
def test_each_table_row_stands_alone(table: str, lines: str):
    assert texts(f"# T\n\n{table}\n") == [lines]


def test_a_table_cell_that_is_a_sentence_keeps_one_full_stop():
    assert texts("| What | Fee |\n|---|---|\n| Cash | It is free. |") == ["Cash: It is free."]


def test_inline_marks_leave_their_words():
    body = "See [the list](https://example.com), `code` and *this*  \nnext\nline &amp; more.\n\n> Quoted."
    assert texts(body) == ["See the list, code and this next line & more.\nQuoted."]


@pytest.mark.parametrize("body", ["    It costs $5.00.\n", "```\nIt costs $5.00.\n```\n", "<p>It costs $5.00.</p>\n"])
def test_no_text_of_a_policy_is_lost(body: str):
    assert any("It costs $5.00." in text for text in texts(f"# T\n\n{body}\nEnd.\n"))


def test_sentences_end_where_a_new_one_begins():
    (passage,) = split("It costs 2.50 dollars. Is it due? Yes! “Soon.” (Always.) see below.")
    assert passage.sentences == ("It costs 2.50 dollars.", "Is it due?", "Yes!", "“Soon.” (Always.) see below.")


@pytest.mark.parametrize("text", ["The U.S. Treasury pays.", "We close at 5:00 p.m. Monday.", "Visit St. Ann Street."])
def test_abbreviations_do_not_end_a_sentence(text: str):
    assert split(text)[0].sentences == (text,)


def test_long_sections_are_cut_between_blocks_and_lose_nothing():
    paragraph = " ".join(["Word"] * 79) + " end."
    pieces = split("# T\n\n" + "\n\n".join([paragraph] * 5) + "\n\n## Next\n\nShort.\n")
    assert [piece.id for piece in pieces] == ["fees#t", "fees#t/2", "fees#t/3", "fees#next"]
    assert [len(piece.text.split()) for piece in pieces] == [160, 160, 80, 1]
    assert all(len(piece.text.split()) <= WORDS.limit for piece in pieces)


@pytest.mark.parametrize("joined", [" ", "\n- "])
def test_a_block_too_long_to_be_read_whole_is_cut_between_its_sentences(joined: str):
    pieces = split("# T\n\n- " + joined.join(["These are six words of text."] * 100))
    assert all(len(piece.text.split()) <= WORDS.limit for piece in pieces)
    assert sum(len(piece.sentences) for piece in pieces) == 100


@pytest.mark.parametrize(
    "body",
    [
        "# T\n\n## Debit\n\n### Limits\n\nA.\n\n## Credit\n\n### Limits\n\nB.\n",
        "# T\n\n## Fees\n\nA.\n\n## Fees\n\nB.\n",
        "# T\n\n## 手数料\n\nA.\n\n## 限度額\n\nB.\n",
        "# First\n\nA.\n\n# Second\n\nB.\n",
    ],
)
def test_every_passage_has_an_id_of_its_own(body: str):
    passages = split(body)
    assert [passage.text for passage in passages] == ["A.", "B."]
    assert len({passage.id for passage in passages}) == 2
    assert all(passage.id.split("#")[1] for passage in passages)


# Headings that come again, with and without a number, and whole sections that are cut.
HEADINGS = st.lists(
    st.tuples(st.sampled_from([1, 2, 3]), st.sampled_from(["Fees", "Fees 2", "fees 2-2", "2", "Fees: 2", "'", "手"])),
    max_size=12,
)


@given(HEADINGS)
def test_no_two_passages_share_an_id_whatever_the_headings(headings: list[tuple[int, str]]):
    body = "".join(f"{'#' * level} {heading}\n\n{'word ' * 200}\n\n" for level, heading in headings)
    ids = [passage.id for passage in split(body)]
    assert len(set(ids)) == len(ids) == 2 * len(headings)


def test_a_numbered_heading_does_not_take_a_repeated_ones_id():
    passages = split("# T\n\n## Fees\n\nA.\n\n## Fees\n\nB.\n\n## Fees 2\n\nC.\n")
    assert [passage.id for passage in passages] == ["fees#fees", "fees#fees-2", "fees#fees-2-2"]


@given(st.lists(st.text("ab ., ", min_size=1, max_size=200), min_size=1, max_size=8))
def test_passages_have_room_for_title_section_and_text(items: list[str]):
    letters = LengthLimit(lambda text: len("".join(text.split())), 60)
    blocks = [Block("list", tuple(items))]
    pieces = split_policy(Policy("fees", HEAD, Path("fees.md")), ParsedDocument(tuple(blocks)), letters).passages
    words = [word for item in items for word in item.split()]
    assert " ".join(piece.text for piece in pieces).split() == words
    for piece in pieces:
        assert letters.length(embedding_text(piece)) <= letters.limit or len(piece.text.split()) == 1


def test_a_passage_carries_the_headings_above_it():
    passages = split("Start.\n\n# Fees\n\nA.\n\n## ATM\n\nB.\n\n### Abroad\n\nC.\n\n## Wires\n\nD.\n")
    assert [passage.path for passage in passages] == [
        ("Fees",),
        ("Fees",),
        ("Fees", "ATM"),
        ("Fees", "ATM", "Abroad"),
        ("Fees", "Wires"),
    ]
    assert passages[3].section == "ATM: Abroad"


def test_a_passage_carries_its_first_page():
    words = " ".join(["Word"] * 99) + " end."
    blocks = [Block("heading", ("T",), 1, 2), *(Block("paragraph", (words,), 0, page) for page in (2, 3, 3))]
    passages = split_policy(Policy("fees", HEAD, Path("fees.pdf")), ParsedDocument(tuple(blocks))).passages
    assert [(passage.id, passage.page) for passage in passages] == [("fees#t", 2), ("fees#t/2", 3), ("fees#t/3", 3)]
    assert split("Text.")[0].page is None


@pytest.mark.parametrize(
    "kind, line", [("list", "{} and six more words of it"), ("table", "{}: these are five words.")]
)
def test_items_and_rows_are_cut_only_where_they_end(kind: BlockKind, line: str):
    lines = tuple(line.format(number) for number in range(100))
    passages = split_policy(Policy("fees", HEAD, Path("fees.pdf")), ParsedDocument((Block(kind, lines),))).passages
    assert len(passages) > 1
    assert tuple(text for passage in passages for text in passage.text.splitlines()) == lines


@pytest.mark.parametrize(
    "heading, name",
    [("ATM withdrawals", "atm-withdrawals"), ("What's “new” (U.S.)?", "whats-new-u-s"), ("  A & B  ", "a-b")],
)
def test_a_section_is_named_by_its_heading(heading: str, name: str):
    assert slug(heading) == name
