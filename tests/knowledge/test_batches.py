"""Batches of like length in which no text stands twice."""

import numpy as np

from tellerbot.knowledge.batches import like_lengths

ROWS = [(f"question {at}", "x" * (at % 40) + f" {at // 3}") for at in range(300)]


def test_every_row_comes_once_and_no_text_twice() -> None:
    batches = like_lengths(ROWS, 16, np.random.default_rng(0))
    assert sorted(row for batch in batches for row in batch) == list(range(300))
    for batch in batches:
        texts = [text for row in batch for text in ROWS[row]]
        assert len(batch) <= 16 and len(set(texts)) == len(texts)


def test_rows_that_all_share_a_passage_each_get_a_batch() -> None:
    rows = [(f"question {at}", "the same") for at in range(5)]
    assert sorted(like_lengths(rows, 4, np.random.default_rng(0))) == [[0], [1], [2], [3], [4]]


def test_case_and_punctuation_make_no_other_text() -> None:
    rows = [(f"question {at}", passage) for at, passage in enumerate(("Fees are waived.", "fees are waived", "Limits"))]
    batches = like_lengths(rows, 4, np.random.default_rng(0))
    assert not any({0, 1} <= set(batch) for batch in batches) and len(batches) == 2


def test_the_seed_decides_and_batches_are_of_like_length() -> None:
    one, other = (like_lengths(ROWS, 16, np.random.default_rng(seed)) for seed in (1, 2))
    assert one == like_lengths(ROWS, 16, np.random.default_rng(1)) != other
    lengths = np.array([len(passage) for _, passage in ROWS])
    assert np.mean([np.ptp(lengths[batch]) for batch in one]) < 0.5 * np.ptp(lengths)
