"""Keyword search finds figures, names and other forms of a word."""

import numpy as np
import pytest

from tellerbot.knowledge.keyword import Keyword

PASSAGES = [
    "A cash withdrawal abroad costs $2.50 each time.",
    "A cash withdrawal abroad costs $3.50 each time.",
    "A cash withdrawal abroad costs 3% each time.",
    "A cash withdrawal abroad costs 50 cents each time.",
    "The company's annual report is its form 10-K.",
    "The company's quarterly report is its form 10-Q.",
    "Wire transfers above $1,200 are reviewed; those above 1200 yen are not.",
    "Johnson & Johnson's earnings rose.",
]


@pytest.mark.parametrize(
    ("question", "right"),
    [
        ("what costs $2.50", 0),
        ("what costs $3.50?", 1),
        ("a fee of 3%", 2),
        ("50", 3),
        ("where is the 10-K", 4),
        ("form 10-q", 5),
        ("is $1,200 too much", 6),
        ("when is a transfer reviewed", 6),
        ("what did johnson earn", 7),
    ],
)
def test_the_passage_with_the_figure_or_name_comes_first(question: str, right: int) -> None:
    scores = Keyword.over(PASSAGES).scores(question)
    assert scores.argmax() == right and (scores == scores.max()).sum() == 1


@pytest.mark.parametrize("question", ["", "the of and", "unheard"])
def test_without_a_known_word_no_passage_is_better(question: str) -> None:
    assert np.array_equal(Keyword.over(PASSAGES).scores(question), np.zeros(len(PASSAGES), np.float32))


def test_passages_without_the_words_score_nothing_and_an_empty_corpus_has_none() -> None:
    assert np.flatnonzero(Keyword.over(PASSAGES).scores("report")).tolist() == [4, 5]
    assert Keyword.over([]).scores("report").shape == (0,)
    assert Keyword.over(["", "?"]).scores("report").tolist() == [0, 0]
