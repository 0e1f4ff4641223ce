"""Late interaction: passages are ranked again by how well each token of a question is met in them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

# Token vectors are unit vectors: 127 steps to either side of 0 lose nothing that a ranking shows.
STEPS = 127


@dataclass(frozen=True, slots=True, eq=False)
class TokenVectors:
    """All passages' token vectors under each other: `values` (tokens, width) in steps, `ends` (passages,) of each."""

    values: NDArray[np.int8]
    ends: NDArray[np.int64]

    @classmethod
    def of(cls, passages: Sequence[NDArray[np.float32]]) -> Self:
        """From each passage's (tokens, width) unit vectors."""
        # A passage without any has one that meets nothing.
        steps = [np.rint(each * STEPS).astype(np.int8) if len(each) else np.zeros((1, each.shape[1]), np.int8)
                 for each in passages]  # fmt: skip
        ends = np.cumsum([len(each) for each in steps], dtype=np.int64)
        return cls(np.concatenate(steps) if steps else np.zeros((0, 0), np.int8), ends)

    @classmethod
    def joined(cls, parts: Sequence[Self]) -> Self:
        """One after the other."""
        parts = [part for part in parts if len(part)]
        if not parts:
            return cls.of([])
        before = np.cumsum([0, *(len(part.values) for part in parts[:-1])])
        ends = [part.ends + count for part, count in zip(parts, before, strict=True)]
        return cls(np.concatenate([part.values for part in parts]), np.concatenate(ends))

    def part(self, first: int, end: int) -> Self:
        """Those of the passages from `first` to before `end`."""
        start = int(self.ends[first - 1]) if first else 0
        stop = int(self.ends[end - 1]) if end else 0
        return type(self)(self.values[start:stop], self.ends[first:end] - start)

    def __len__(self) -> int:
        return len(self.ends)

    def maxsim(self, tokens: NDArray[np.float32], rows: NDArray[np.int64]) -> NDArray[np.float64]:
        """(rows,) for each passage the sum over a question's tokens of the product with the nearest of its own.

        `tokens` (tokens, width) are as long as they weigh, together 1: a passage that meets all of them has 1
        (Khattab and Zaharia 2020, with learnt weights).
        """
        ends = self.ends[rows]
        starts = np.where(rows > 0, self.ends[rows - 1], 0)
        own = np.concatenate([self.values[start:end] for start, end in zip(starts, ends, strict=True)])
        products = tokens @ (own.astype(np.float32).T / STEPS)
        first = np.concatenate([[0], np.cumsum(ends - starts)[:-1]])
        return np.maximum.reduceat(products, first, axis=1).sum(0, dtype=np.float64)
