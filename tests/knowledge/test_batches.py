"""Batches about like things and of like length in which no text stands twice."""

import numpy as np

from tellerbot.knowledge.batches import alike

# Five subjects, one after the other in each fifth row.
SUBJECTS = np.eye(5, dtype=np.float32)[np.arange(300) % 5] + np.random.default_rng(0).normal(0, 0.1, (300, 5)).astype(
    np.float32
)
ROWS = [(f"question {at}", "x" * (at % 40) + f" {at // 3}") for at in range(300)]


def test_every_row_comes_once_and_no_text_twice() -> None:
    batches = alike(ROWS, SUBJECTS, 16, np.random.default_rng(0))
    assert sorted(row for batch in batches for row in batch) == list(range(300))
    for batch in batches:
        texts = [text for row in batch for text in ROWS[row]]
        assert len(batch) <= 16 and len(set(texts)) == len(texts)


def test_copies_in_other_spelling_never_share_a_batch() -> None:
    rows = [(f"question {at}", f"The passage, number {at // 2}." if at % 2 else f"the passage number {at // 2}")
            for at in range(16)]  # fmt: skip
    batches = alike(rows, np.ones((16, 2), np.float32), 8, np.random.default_rng(0))
    assert all(len({row // 2 for row in batch}) == len(batch) for batch in batches)


def test_rows_that_all_share_a_passage_each_get_a_batch() -> None:
    rows = [(f"question {at}", "the same") for at in range(5)]
    assert sorted(alike(rows, np.ones((5, 2), np.float32), 4, np.random.default_rng(0))) == [[0], [1], [2], [3], [4]]


def test_the_seed_decides_and_batches_are_alike() -> None:
    one, other = (alike(ROWS, SUBJECTS, 16, np.random.default_rng(seed)) for seed in (1, 2))
    assert one == alike(ROWS, SUBJECTS, 16, np.random.default_rng(1)) != other
    lengths = np.array([len(passage) for _, passage in ROWS])
    assert np.mean([np.ptp(lengths[batch]) for batch in one]) < 0.6 * np.ptp(lengths)
    subjects = [np.bincount(np.array(batch) % 5).max() / len(batch) for batch in one]
    assert np.mean(subjects) > 0.5
