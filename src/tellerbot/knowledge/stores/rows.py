"""What every store shares: rows are checked on their way in, candidates ranked on their way out."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date

import numpy as np
from numpy.typing import NDArray

from tellerbot.database import is_storable
from tellerbot.errors import ConfigError
from tellerbot.knowledge.stores.protocol import Days

# Rows handled at once, so that memory stays bounded however many come: 24 MB at width 384.
BLOCK = 16384
# Candidates that a store is asked for beyond the limit, so that ties at the edge are seen.
SPARE = 16
# Engines sum float32 in different orders: scores this close may come in either order from a store.
NOISE = 1e-6
# How far a unit vector's length may be from 1.
LENGTH_TOLERANCE = 1e-2
UNTIL_FURTHER_NOTICE = date.max

# For each query (queries, width) up to so many candidates: their ids, and their vectors as (candidates, width).
Find = Callable[[NDArray[np.float32], int], Iterable[tuple[Sequence[str], NDArray[np.float32]]]]


def rank(queries: NDArray[np.float32], limit: int, width: int, find: Find) -> list[list[tuple[str, float]]]:
    """Return the `limit` best candidates of each query with their scores, best first, equal scores by id.

    Scores are computed here, in one order of summing, so that the same rows rank the same in every store. A store is
    asked again for twice as many while the last candidate is as good as the last that counts. Raises ConfigError
    for queries of another width.
    """
    if queries.ndim != 2 or queries.shape[1] != width or limit < 1:
        raise ConfigError(
            f"Expected queries of shape (queries, {width}) and a limit of at least 1, found {queries.shape} and "
            f"{limit}. Embed questions with the encoder that embedded the passages."
        )
    ranked: list[list[tuple[str, float]]] = [[] for _ in queries]
    left, asked = list(range(len(queries))), limit + SPARE
    while left:
        undecided = []
        for at, (ids, vectors) in zip(left, find(queries[left], asked), strict=True):
            scores = (vectors.astype(np.float64) * queries[at]).sum(axis=1).tolist()
            order = sorted(range(len(ids)), key=lambda row: (-scores[row], ids[row]))
            if len(ids) >= asked and scores[order[limit - 1]] - scores[order[-1]] < NOISE:
                undecided.append(at)
            ranked[at] = [(ids[row], scores[row]) for row in order[:limit]]
        left, asked = undecided, asked * 2
    return ranked


def check_rows(ids: Sequence[str], vectors: NDArray[np.float32], days: Sequence[Days], width: int) -> None:
    """Raise ConfigError when these are not distinct ids with unit vectors of `width` and days."""
    if vectors.shape != (len(ids), width) or len(days) != len(ids):
        raise ConfigError(
            f"Expected {len(ids)} vectors of width {width} with their days, found vectors of shape {vectors.shape} and "
            f"{len(days)} days. Use the encoder that this store was made with, or build it anew in another place."
        )
    if len(set(ids)) != len(ids):
        raise ConfigError(f"Expected each id once, found {len(ids)} rows with {len(set(ids))} ids. Drop the repeats.")
    if wrong := [name for name in ids if not name or not is_storable(name)][:3]:
        raise ConfigError(f"Expected ids of ordinary characters, found {wrong!r}. Give those passages other ids.")
    for rows in blocks(len(ids)):
        lengths = np.linalg.norm(vectors[rows], axis=1)
        # Written so that NaN is refused too.
        if not np.all(np.abs(lengths - 1) < LENGTH_TOLERANCE):
            raise ConfigError("Expected unit vectors, found other lengths. Normalise them, or look for NaN in them.")


def blocks(count: int, size: int = BLOCK) -> Iterator[slice]:
    """Yield slices that cover `count` rows, `size` at a time."""
    return (slice(start, min(start + size, count)) for start in range(0, count, size))


def number(day: date | None) -> int:
    """Return a day as a number that sorts like it, 20261122; None, until further notice, is after every day."""
    day = day or UNTIL_FURTHER_NOTICE
    return day.year * 10_000 + day.month * 100 + day.day


def other_width(where: str, found: object, width: int) -> ConfigError:
    """Return the error that opening raises when the store was made for another encoder."""
    return ConfigError(
        f"{where}: expected vectors of width {width}, found {found}. Use the encoder that it was made with, "
        "or build the store anew in another place."
    )
