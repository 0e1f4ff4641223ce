"""The protocol that every store meets, and the one way to open one."""

from collections.abc import Collection, Sequence
from datetime import date
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from pydantic import SecretStr

from tellerbot.errors import ConfigError, MissingExtraError

Days = tuple[date, date | None]


class Store(Protocol):
    """Unit vectors by passage id; a score is an inner product, -1 to 1. Threads may share a store.

    Every method raises UnavailableError when the store is away, and ConfigError when what it is given does not fit.
    """

    def add(self, ids: Sequence[str], vectors: NDArray[np.float32], days: Sequence[Days]) -> None:
        """Insert passages, or replace those whose id is there. `vectors` is (passages, width); `days` holds the
        first and the last day in force, None being until further notice."""
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
        """For each row of `queries` (queries, width), the `limit` best ids with their scores, best first, equal
        scores by id; only passages in force on `day` when it is given."""
        ...

    def close(self) -> None:
        """Let go of files and connections. The store must not be used afterwards."""
        ...


def open_store(url: str, width: int, key: SecretStr | str = "") -> Store:
    """The store at `url`, made on first use, for vectors of `width` numbers.

    A folder's path: files with exact search, on the core install. `postgresql://USER@HOST/DB?collection=NAME`:
    PostgreSQL with pgvector (extra `pgvector`). `qdrant+http://HOST:PORT/COLLECTION` or `qdrant+https://...`: a Qdrant
    server; `qdrant:FOLDER#COLLECTION`: its client's local mode, for trials (extra `qdrant`). `pinecone:INDEX` or
    `pinecone:INDEX/NAMESPACE`, with `?host=HOST` to skip looking the index up: Pinecone (extra `pinecone`).
    `key` is the API key, or PostgreSQL's password, which may stand in the URL too.

    Raises MissingExtraError, ConfigError for a URL or a width that does not fit, ArtefactError for damaged files and
    UnavailableError when the server is away.
    """
    secret = key.get_secret_value() if isinstance(key, SecretStr) else key
    if width < 1:
        raise ConfigError(f"Expected vectors of at least one number, found width {width}. Give the encoder's width.")
    kind = url.split(":", 1)[0] if ":" in url else ""
    try:
        if kind in ("postgresql", "postgres", "postgresql+psycopg"):
            from tellerbot.knowledge.stores.pgvector import PgvectorStore

            return PgvectorStore(url, width, secret)
        if kind in ("qdrant", "qdrant+http", "qdrant+https"):
            from tellerbot.knowledge.stores.qdrant import QdrantStore

            return QdrantStore(url, width, secret)
        if kind == "pinecone":
            from tellerbot.knowledge.stores.pinecone import PineconeStore

            return PineconeStore(url, width, secret)
    except ImportError as error:
        extra = "pgvector" if kind.startswith("postgres") else kind.split("+")[0]
        raise MissingExtraError(f"A store at {kind}:...", extra) from error
    if not url or "://" in url:
        # Not the whole URL, which may hold a password.
        raise ConfigError(
            f"Expected a store at a folder, postgresql://..., qdrant:..., qdrant+http(s)://... or pinecone:..., found "
            f"{kind + '://...' if url else 'nothing'}. Mend the store's URL."
        )
    from tellerbot.knowledge.stores.memory import MemoryStore

    return MemoryStore(Path(url), width)
