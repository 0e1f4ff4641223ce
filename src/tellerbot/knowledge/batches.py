"""Batches for contrastive training: rows of like length, no text twice in a batch."""

from collections.abc import Sequence

import numpy as np

from tellerbot.data.split import fingerprint

# Batches a pool is cut into: enough for rows of like length, few enough that neighbours change with each epoch.
POOL = 16


def like_lengths(rows: Sequence[tuple[str, ...]], batch_size: int, rng: np.random.Generator) -> list[list[int]]:
    """Row numbers in batches, in random order; rows of like length, which cost little padding, share one.

    Every other passage of a batch counts as a wrong answer, so a row that shares a text with its batch waits for a
    later one. Texts that differ in case or punctuation only are the same.
    """
    lengths = np.array([sum(map(len, row)) for row in rows])
    prints = [set(map(fingerprint, row)) for row in rows]
    waiting: list[int] = []
    batches: list[list[int]] = []
    order = rng.permutation(len(rows))
    for start in range(0, len(order), POOL * batch_size):
        pool = order[start : start + POOL * batch_size]
        filled, waiting = _fill(
            prints, [*waiting, *pool[np.argsort(lengths[pool], kind="stable")].tolist()], batch_size
        )
        batches += filled
    while waiting:
        filled, waiting = _fill(prints, waiting, batch_size)
        batches += filled
    return [batches[at] for at in rng.permutation(len(batches))]


def _fill(prints: Sequence[set[str]], order: Sequence[int], batch_size: int) -> tuple[list[list[int]], list[int]]:
    """Batches of rows in this order, by the prints of their texts, and rows that found no place. At least one does."""
    batches: list[list[int]] = [[]]
    seen: set[str] = set()
    left: list[int] = []
    for row in order:
        if seen & prints[row]:
            left.append(row)
            continue
        batches[-1].append(row)
        seen |= prints[row]
        if len(batches[-1]) == batch_size:
            batches.append([])
            seen = set()
    return [batch for batch in batches if batch], left
