"""The protocol that every store meets."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Days = tuple[date, date | None]


class Store(Protocol):
    """Unit vectors by passage id; a score is an inner product, -1 to 1. Threads may share a store.

    Every method raises UnavailableError when the store is away, and ConfigError when what it is given does not fit.
    """

    def add(self, ids: Sequence[str], vectors: NDArray[np.float32], days: Sequence[Days]) -> None:
        """Insert passages, or replace those whose id is there.

        `vectors` is (passages, width); `days` holds the first and the last day in force, None being until further
        notice.
        """
        ...

    def remove(self, ids: Collection[str]) -> None:
        """Forget these passages; ids that are not there are passed over."""
        ...

    def ids(self) -> set[str]:
        """Every passage's id."""
        ...

    def search(
        self, queries: NDArray[np.float32], limit: int, day: date | None = None
    ) -> list[list[tuple[str, float]]]:
        """Return the `limit` best ids with their scores for each row of `queries` (queries, width).

        The best come first, equal scores by id; only passages in force on `day` when it is given.
        """
        ...

    def close(self) -> None:
        """Let go of files and connections. The store must not be used afterwards."""
        ...
