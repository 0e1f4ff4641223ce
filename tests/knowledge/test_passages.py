"""Policies become passages that can be cited."""

from datetime import date

import pytest

from tellerbot.knowledge.passages import MAX_WORDS, slug, split_policies
from tellerbot.project.load import Policy
from tellerbot.project.schema import PolicyHead
from tellerbot.types import Passage

HEAD = PolicyHead(title="Fees", version="2026.1", in_force_from=date(2026, 1, 1), in_force_to=date(2026, 6, 30))


def split(body: str) -> list[Passage]:
    return split_policies([Policy("fees", HEAD, body)])


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
    assert split_policies([Policy("fees", head, "Text.")])[0].in_force(date.max)


def test_policies_and_sections_keep_their_order():
    policies = [Policy(name, HEAD, "# T\n\nX.\n\n## A\n\nY.\n") for name in ("b", "a")]
    assert [passage.id for passage in split_policies(policies)] == ["b#t", "b#a", "a#t", "a#a"]


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
    assert all(len(piece.text.split()) <= MAX_WORDS for piece in pieces)


@pytest.mark.parametrize("joined", [" ", "\n- "])
def test_a_block_too_long_to_be_read_whole_is_cut_between_its_sentences(joined: str):
    pieces = split("# T\n\n- " + joined.join(["These are six words of text."] * 100))
    assert all(len(piece.text.split()) <= MAX_WORDS for piece in pieces)
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


@pytest.mark.parametrize(
    "heading, name",
    [("ATM withdrawals", "atm-withdrawals"), ("What's “new” (U.S.)?", "whats-new-u-s"), ("  A & B  ", "a-b")],
)
def test_a_section_is_named_by_its_heading(heading: str, name: str):
    assert slug(heading) == name
