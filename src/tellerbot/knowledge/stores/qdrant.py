"""Passages in Qdrant: a server, or the client's local mode for trials.

Local mode is one process, scans everything, and keeps its points as pickles: open only folders that you made.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit
from uuid import UUID, uuid5

import numpy as np
from numpy.typing import NDArray
from qdrant_client import QdrantClient, models
from qdrant_client.http.exceptions import ResponseHandlingException, UnexpectedResponse

from tellerbot.errors import ConfigError, UnavailableError
from tellerbot.files import private_folder
from tellerbot.knowledge.stores.protocol import Days
from tellerbot.knowledge.stores.rows import blocks, check_rows, number, other_width, rank

# Qdrant's own ids are numbers or UUIDs, so a passage's is made from its id, which travels in the payload.
_IDS = UUID("5b0c9d0e-3c55-4e0b-9d51-0d1f6c2a7a11")
# Points a request: well under the server's 32 MB at any width in use.
BATCH = 256
T = TypeVar("T")


class QdrantStore:
    """The passages in a collection.

    A server indexes large collections, and may then miss a passage. A write that fails half-way leaves the batches
    before it.
    """

    def __init__(self, url: str, width: int, key: str = "") -> None:
        self.width = width
        parts = urlsplit(url)
        self._local = parts.scheme == "qdrant"
        self.collection = parts.fragment if self._local else parts.path.strip("/")
        folder = url.removeprefix("qdrant:").split("#")[0]
        if not self.collection or "/" in self.collection or not (folder if self._local else parts.hostname):
            raise ConfigError(
                "Expected qdrant:FOLDER#COLLECTION or qdrant+http(s)://HOST:PORT/COLLECTION, found a URL without one "
                "of these parts. Mend the store's URL."
            )
        if self._local:
            private_folder(Path(folder))
        server = f"{parts.scheme.removeprefix('qdrant+')}://{parts.netloc}"
        where: dict[str, Any] = {"path": folder} if self._local else {"url": server, "api_key": key or None}
        self._client = self._reach(lambda: QdrantClient(**where, timeout=10, check_compatibility=False))
        try:
            self._prepare()
        except BaseException:
            self.close()
            raise

    def add(self, ids: Sequence[str], vectors: NDArray[np.float32], days: Sequence[Days]) -> None:
        """Insert passages, or replace those whose id is there; see `Store.add`."""
        check_rows(ids, vectors, days, self.width)
        for rows in blocks(len(ids), BATCH):
            points = [
                models.PointStruct(
                    id=_point(name),
                    vector=vector.tolist(),
                    payload={"id": name, "first_day": number(first), "last_day": number(last)},
                )
                for name, vector, (first, last) in zip(ids[rows], vectors[rows], days[rows], strict=True)
            ]
            self._reach(lambda some=points: self._client.upsert(self.collection, some, wait=True))

    def remove(self, ids: Collection[str]) -> None:
        """Remove passages; see `Store.remove`."""
        points: list[Any] = [_point(name) for name in ids]
        for rows in blocks(len(points), BATCH):
            which = models.PointIdsList(points=points[rows])
            self._reach(lambda some=which: self._client.delete(self.collection, some, wait=True))

    def ids(self) -> set[str]:
        """Return every passage's id."""
        found: set[str] = set()
        start: Any = None
        while True:
            points, start = self._reach(
                lambda at=start: self._client.scroll(self.collection, limit=1000, offset=at, with_payload=["id"])
            )
            found |= {_name(point) for point in points}
            if start is None:
                return found

    def search(
        self, queries: NDArray[np.float32], limit: int, day: date | None = None
    ) -> list[list[tuple[str, float]]]:
        """Find the best passages; see `Store.search`."""
        in_force = None if day is None else _in_force(number(day))

        def find(some: NDArray[np.float32], count: int) -> Iterator[tuple[list[str], NDArray[np.float32]]]:
            requests = [
                models.QueryRequest(
                    query=query.tolist(), limit=count, filter=in_force, with_payload=["id"], with_vector=True
                )
                for query in some
            ]
            for answer in self._reach(lambda: self._client.query_batch_points(self.collection, requests)):
                yield [_name(point) for point in answer.points], self._stack(answer.points)

        return rank(queries, limit, self.width, find)

    def close(self) -> None:
        """Close the client."""
        self._client.close()

    def _stack(self, points: Sequence[Any]) -> NDArray[np.float32]:
        return np.array([point.vector for point in points], np.float32).reshape(-1, self.width)

    def _prepare(self) -> None:
        """Make the collection where it is not there, and check its width."""
        if not self._reach(lambda: self._client.collection_exists(self.collection)):
            # Dot keeps vectors unchanged; Cosine would rescale them.
            how = models.VectorParams(size=self.width, distance=models.Distance.DOT)
            self._reach(lambda: self._create(how))
            kind = models.PayloadSchemaType.INTEGER
            for name in () if self._local else ("first_day", "last_day"):
                self._reach(lambda of=name: self._client.create_payload_index(self.collection, of, kind))
        params = self._reach(lambda: self._client.get_collection(self.collection)).config.params.vectors
        if not isinstance(params, models.VectorParams) or params.size != self.width:
            found = params.size if isinstance(params, models.VectorParams) else "named vectors"
            raise other_width(f"Qdrant collection {self.collection!r}", found, self.width)

    def _create(self, how: models.VectorParams) -> None:
        try:
            self._client.create_collection(self.collection, how)
        except UnexpectedResponse as error:
            # 409: another process has made it in the meantime.
            if error.status_code != 409:
                raise

    def _reach(self, do: Callable[[], T]) -> T:
        """Do it, with Qdrant's failures as ours."""
        try:
            return do()
        except UnexpectedResponse as error:
            status = f"HTTP status {error.status_code}, {error.reason_phrase}"
            if (error.status_code or 500) >= 500 or error.status_code == 429:
                raise _away(status) from error
            raise ConfigError(
                f"Expected Qdrant to take a request for collection {self.collection!r}, found {status}. "
                "Check the store's URL and API key."
            ) from error
        except ResponseHandlingException as error:
            raise _away(type(error.source).__name__) from error
        except RuntimeError as error:
            if "already accessed" not in str(error):
                raise
            raise _away("another process has its folder open, and local mode allows one") from error


def _away(why: str) -> UnavailableError:
    return UnavailableError(f"The store's Qdrant cannot be used now: {why}. Check that it runs and can be reached.")


def _point(name: str) -> str:
    return str(uuid5(_IDS, name))


def _name(point: Any) -> str:
    return point.payload["id"]


def _in_force(day: int) -> models.Filter:
    return models.Filter(
        must=[
            models.FieldCondition(key="first_day", range=models.Range(lte=day)),
            models.FieldCondition(key="last_day", range=models.Range(gte=day)),
        ]
    )
