"""Batches for contrastive training: rows about like things and of like length, no text twice in a batch."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tellerbot.data.split import fingerprint

# Batches a group is cut into: few, so that what is told apart in a batch is alike, yet enough for rows of like length.
GROUP = 4


def alike(
    rows: Sequence[tuple[str, ...]], vectors: NDArray[np.float32], batch_size: int, rng: np.random.Generator
) -> list[list[int]]:
    """Row numbers in batches, in random order.

    Every other passage of a batch counts as a wrong answer: rows whose `vectors` (rows, width) are near each other
    share one, so that these are not told apart by their subject alone (Hofstätter et al. 2021), among these rows of
    like length, which cost little padding. A row that shares a text with its batch, copied as it may be, waits for a
    later one.
    """
    lengths = np.array([sum(map(len, row)) for row in rows])
    prints = [frozenset(map(fingerprint, row)) for row in rows]
    waiting: list[int] = []
    batches: list[list[int]] = []
    for group in _groups(rng.permutation(len(rows)), vectors, GROUP * batch_size, rng):
        order = group[np.argsort(lengths[group], kind="stable")]
        filled, left = _fill(prints, [*waiting, *order.tolist()], batch_size)
        batches += [batch for batch in filled if len(batch) == batch_size]
        waiting = [*left, *(row for batch in filled if len(batch) < batch_size for row in batch)]
    while waiting:
        filled, waiting = _fill(prints, waiting, batch_size)
        batches += filled
    return [batches[at] for at in rng.permutation(len(batches))]


def _groups(
    rows: NDArray[np.int64], vectors: NDArray[np.float32], size: int, rng: np.random.Generator
) -> list[NDArray[np.int64]]:
    """`rows` in groups of at most `size`, cut in halves along the line between two random ones of them, again and
    again: others with every epoch (as in random projection trees, Dasgupta and Freund 2008)."""
    if len(rows) <= size:
        return [rows]
    one, other = rng.choice(rows, 2, replace=False)
    order = rows[np.argsort(vectors[rows] @ (vectors[one] - vectors[other]), kind="stable")]
    # Halves of whole groups, so that only the last one is smaller.
    half = size * max(1, len(order) // size // 2)
    return [*_groups(order[:half], vectors, size, rng), *_groups(order[half:], vectors, size, rng)]


def _fill(prints: Sequence[frozenset[str]], order: Sequence[int], batch_size: int) -> tuple[list[list[int]], list[int]]:
    """Batches from rows in this order, and the rows that found no place. At least one always does.

    `prints` are those of each row's texts.
    """
    batches: list[list[int]] = [[]]
    seen: set[str] = set()
    left: list[int] = []
    for row in order:
        if seen.intersection(prints[row]):
            left.append(row)
            continue
        batches[-1].append(row)
        seen.update(prints[row])
        if len(batches[-1]) == batch_size:
            batches.append([])
            seen = set()
    return [batch for batch in batches if batch], left
