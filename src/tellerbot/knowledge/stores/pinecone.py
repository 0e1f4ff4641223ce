"""Passages in a Pinecone index, through Pinecone's own client.

The index must exist, with `dimension` the encoder's width and a dense vector type; every metric ranks unit vectors
alike. Pinecone is eventually consistent: what was written may be found only seconds later.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import ExitStack
from datetime import date
from typing import Any, TypeVar
from urllib.parse import parse_qs, quote, unquote, urlsplit

import numpy as np
from numpy.typing import NDArray
from pinecone import Pinecone
from pinecone.errors import ApiError, PineconeConnectionError, PineconeError, PineconeTimeoutError

from tellerbot.errors import ConfigError, UnavailableError
from tellerbot.knowledge.stores.protocol import Days
from tellerbot.knowledge.stores.rows import blocks, check_rows, number, other_width, rank

# Documented limits: 2 MB a write, 1,000 ids a delete, 1,000 matches with their values, 512 characters an id.
WRITE, DELETE, MATCHES, ID = 100, 1000, 1000, 512
T = TypeVar("T")


class PineconeStore:
    """The passages in one namespace of an index.

    Searches are approximate. A write that fails half-way leaves the batches before it.
    """

    def __init__(self, url: str, width: int, key: str = "") -> None:
        self.width = width
        parts = urlsplit(url)
        index, _, self.namespace = parts.path.partition("/")
        host = parse_qs(parts.query).get("host", [""])[0]
        if not index or "/" in self.namespace:
            raise ConfigError(
                "Expected pinecone:INDEX or pinecone:INDEX/NAMESPACE, found a URL without an index. "
                "Mend the store's URL."
            )
        self.name = index
        with ExitStack() as closing:
            self._client = closing.enter_context(self._reach(lambda: Pinecone(api_key=key or None)))
            self._index = closing.enter_context(
                self._reach(lambda: self._client.index(host=host) if host else self._client.index(index))
            )
            found = self._reach(self._index.describe_index_stats).dimension
            if found != width:
                raise other_width(f"Pinecone index {index!r}", found, width)
            self._closing = closing.pop_all()

    def add(self, ids: Sequence[str], vectors: NDArray[np.float32], days: Sequence[Days]) -> None:
        """Insert passages, or replace those whose id is there; see `Store.add`."""
        check_rows(ids, vectors, days, self.width)
        if long := next((name for name in ids if len(_escape(name)) > ID), None):
            raise ConfigError(
                f"Expected ids that Pinecone can hold in {ID} characters, found {len(_escape(long))}: {long[:60]!r}... "
                "Give that passage a shorter id."
            )
        for rows in blocks(len(ids), WRITE):
            batch = [
                {
                    "id": _escape(name),
                    "values": vector.tolist(),
                    "metadata": {"first_day": number(first), "last_day": number(last)},
                }
                for name, vector, (first, last) in zip(ids[rows], vectors[rows], days[rows], strict=True)
            ]
            self._reach(lambda some=batch: self._index.upsert(vectors=some, namespace=self.namespace))

    def remove(self, ids: Collection[str]) -> None:
        """Remove passages; see `Store.remove`."""
        names = [_escape(name) for name in ids]
        for rows in blocks(len(names), DELETE):
            self._reach(lambda some=names[rows]: self._index.delete(ids=some, namespace=self.namespace))

    def ids(self) -> set[str]:
        """Return every passage's id."""
        pages = self._reach(lambda: list(self._index.list(namespace=self.namespace)))
        return {unquote(entry.id) for page in pages for entry in page.vectors if entry.id is not None}

    def search(
        self, queries: NDArray[np.float32], limit: int, day: date | None = None
    ) -> list[list[tuple[str, float]]]:
        """Find the best passages; see `Store.search`."""
        if limit > MATCHES:
            raise ConfigError(f"Expected at most {MATCHES} passages a query of Pinecone, found {limit}. Ask for fewer.")
        in_force = None if day is None else {"first_day": {"$lte": number(day)}, "last_day": {"$gte": number(day)}}

        def find(some: NDArray[np.float32], count: int) -> Iterator[tuple[list[str], NDArray[np.float32]]]:
            for query in some:
                answer = self._reach(
                    lambda row=query: self._index.query(
                        vector=row.tolist(),
                        # Ties beyond what Pinecone gives at once cannot be seen.
                        top_k=min(count, MATCHES),
                        filter=in_force,
                        include_values=True,
                        namespace=self.namespace,
                    )
                )
                yield [unquote(match.id) for match in answer.matches], self._stack(answer.matches)

        return rank(queries, limit, self.width, find)

    def close(self) -> None:
        """Close the client."""
        self._closing.close()

    def _stack(self, found: Sequence[Any]) -> NDArray[np.float32]:
        return np.array([vector.values for vector in found], np.float32).reshape(-1, self.width)

    def _reach(self, do: Callable[[], T]) -> T:
        """Do it, with Pinecone's failures as ours. None of its messages is repeated: they could hold what was sent."""
        try:
            return do()
        except (PineconeConnectionError, PineconeTimeoutError) as error:
            raise _away(type(error).__name__) from error
        except ApiError as error:
            if error.status_code >= 500 or error.status_code in (408, 429):
                raise _away(f"HTTP status {error.status_code}") from error
            raise ConfigError(
                f"Expected Pinecone to take a request for index {self.name!r}, found HTTP status {error.status_code}. "
                "Check that the index exists, and the API key."
            ) from error
        except PineconeError as error:
            raise ConfigError(
                f"Expected an API key and an index that Pinecone's client can use, found {type(error).__name__}. "
                "Give the key, and check the store's URL."
            ) from error


def _away(why: str) -> UnavailableError:
    return UnavailableError(f"The store's Pinecone cannot be used now: {why}. Check the network and try again.")


def _escape(name: str) -> str:
    """Escape an id, since Pinecone's are ASCII."""
    return quote(name, safe="#/:@!$&'()*+,;= ")
