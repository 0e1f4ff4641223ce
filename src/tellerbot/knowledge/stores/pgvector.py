"""Passages in PostgreSQL with the pgvector extension, one table for each collection."""

import re
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from threading import RLock
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import numpy as np
import psycopg
from numpy.typing import NDArray
from pgvector.psycopg import register_vector
from psycopg import errors, sql

from tellerbot.errors import ConfigError, UnavailableError
from tellerbot.knowledge.stores.protocol import Days
from tellerbot.knowledge.stores.rows import check_rows, other_width, rank

_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
# So that two processes that open a new collection at once do not both make it.
_LOCK = 7_355_609
# pgvector asks this to go on through an index until the limit is met, days in force or not (0.8 and later).
_ORDER = "SELECT set_config('hnsw.iterative_scan', 'strict_order', false), set_config('hnsw.ef_search', '200', false)"

_URL = (
    "Expected postgresql://USER@HOST:PORT/DATABASE?collection=NAME, found a URL that PostgreSQL cannot read. "
    "Mend the store's URL."
)
_SEARCH = (
    "SELECT id, embedding FROM {} WHERE %(day)s::date IS NULL OR"
    " (first_day <= %(day)s AND (last_day IS NULL OR last_day >= %(day)s))"
    " ORDER BY embedding <#> %(query)s LIMIT %(count)s"
)


class PgvectorStore:
    """The passages in the table `knowledge_COLLECTION` (columns id, first_day, last_day, embedding).

    Searches scan the table and are exact until `index` is called. Writes are one transaction each. Threads take turns
    on one connection, which is opened anew after it broke.
    """

    def __init__(self, url: str, width: int, password: str = "") -> None:
        parts = urlsplit(url)
        try:
            _ = parts.port
        except ValueError:
            raise ConfigError(_URL) from None
        asked = dict(parse_qsl(parts.query, keep_blank_values=True))
        collection = asked.pop("collection", "passages")
        if not _NAME.fullmatch(collection):
            raise ConfigError(
                f"Expected a collection of lower-case letters, digits and _, found {collection!r}. "
                "Give the store's URL another ?collection=NAME."
            )
        self.width = width
        # Not by urlunsplit, which loses the slashes of postgresql:///db.
        self._url = f"postgresql://{parts.netloc}{parts.path}?{urlencode(asked)}"
        self._login: dict[str, Any] = {"password": password} if password else {}
        self._name = f"knowledge_{collection}"
        self._table = sql.Identifier(self._name)
        self._lock = RLock()
        self._connection: psycopg.Connection[Any] | None = None
        with self._cursor():
            pass

    def add(self, ids: Sequence[str], vectors: NDArray[np.float32], days: Sequence[Days]) -> None:
        """Insert passages, or replace those whose id is there; see `Store.add`."""
        check_rows(ids, vectors, days, self.width)
        with self._cursor(patient=True) as cursor:
            self._run(cursor, "CREATE TEMPORARY TABLE incoming (LIKE {}) ON COMMIT DROP")
            with cursor.copy("COPY incoming (id, first_day, last_day, embedding) FROM STDIN (FORMAT BINARY)") as copy:
                copy.set_types(["text", "date", "date", "vector"])
                for name, vector, (first, last) in zip(ids, vectors, days, strict=True):
                    copy.write_row((name, first, last, np.asarray(vector)))
            self._run(
                cursor,
                "INSERT INTO {} SELECT * FROM incoming ON CONFLICT (id) DO UPDATE SET"
                " first_day = excluded.first_day, last_day = excluded.last_day, embedding = excluded.embedding",
            )

    def remove(self, ids: Collection[str]) -> None:
        """Remove passages; see `Store.remove`."""
        with self._cursor(patient=True) as cursor:
            self._run(cursor, "DELETE FROM {} WHERE id = ANY(%s)", (list(ids),))

    def ids(self) -> set[str]:
        """Return every passage's id."""
        with self._cursor(patient=True) as cursor:
            return {row[0] for row in self._run(cursor, "SELECT id FROM {}")}

    def search(
        self, queries: NDArray[np.float32], limit: int, day: date | None = None
    ) -> list[list[tuple[str, float]]]:
        """Find the best passages; see `Store.search`."""

        def find(some: NDArray[np.float32], count: int) -> Iterator[tuple[list[str], NDArray[np.float32]]]:
            with self._cursor() as cursor:
                for query in some:
                    rows = self._run(cursor, _SEARCH, {"query": query, "day": day, "count": count}).fetchall()
                    yield [row[0] for row in rows], self._stack([row[1] for row in rows])

        return rank(queries, limit, self.width, find)

    def index(self, memory: str = "512MB") -> None:
        """Add an HNSW index, kept up to date from then on: searches grow fast, and may miss a passage.

        It is not made by itself: under some 100,000 passages a scan is quick and misses nothing. `memory` is
        PostgreSQL's maintenance_work_mem; where the graph does not fit into it, building slows down much.
        """
        with self._cursor(patient=True) as cursor:
            cursor.execute("SELECT set_config('maintenance_work_mem', %s, true)", (memory,))
            command = sql.SQL("CREATE INDEX IF NOT EXISTS {} ON {} USING hnsw (embedding vector_ip_ops)")
            cursor.execute(command.format(sql.Identifier(f"{self._name}_hnsw"), self._table))

    def size(self) -> int:
        """Return the bytes on the server's disk, the index included."""
        with self._cursor() as cursor:
            found = cursor.execute("SELECT pg_total_relation_size(%s::regclass)", (self._name,)).fetchone()
        return found[0] if found else 0

    def close(self) -> None:
        """Close the connection."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()

    def _run(self, cursor: psycopg.Cursor[Any], command: str, values: Any = None) -> psycopg.Cursor[Any]:
        # Only our own words and a quoted identifier become SQL; values travel apart from it.
        return cursor.execute(sql.SQL(command).format(self._table), values)  # type: ignore[arg-type]

    def _stack(self, found: list[Any]) -> NDArray[np.float32]:
        return np.array([vector.to_numpy() for vector in found], np.float32).reshape(-1, self.width)

    @contextmanager
    def _cursor(self, patient: bool = False) -> Iterator[psycopg.Cursor[Any]]:
        """Give a cursor in a transaction; statements may take ten seconds, or as long as it takes when `patient`."""
        with self._lock:
            try:
                if self._connection is None or self._connection.closed:
                    self._connection = self._connect()
                with self._connection.transaction(), self._connection.cursor(binary=True) as cursor:
                    cursor.execute("SELECT set_config('statement_timeout', %s, true)", ("0" if patient else "10s",))
                    yield cursor
            except psycopg.OperationalError as error:
                raise UnavailableError(
                    f"The store's PostgreSQL cannot be used now: {_first_line(error)}. "
                    "Check that it runs and has space; a change that was under way was not made."
                ) from error
            except psycopg.ProgrammingError as error:
                raise ConfigError(
                    f"Expected a database that can hold passages, but: {_first_line(error)}. Mend its rights or tables."
                ) from error

    def _connect(self) -> psycopg.Connection[Any]:
        try:
            connection = psycopg.connect(self._url, autocommit=True, connect_timeout=5, **self._login)
        except psycopg.ProgrammingError:
            # Its message repeats the URL, with the password in it.
            raise ConfigError(_URL) from None
        try:
            with connection.transaction():
                self._prepare(connection)
            register_vector(connection)
            connection.execute(_ORDER)
        except BaseException:
            connection.close()
            raise
        return connection

    def _prepare(self, connection: psycopg.Connection[Any]) -> None:
        """Make the extension and the table where they are not there, and check the table's width."""
        connection.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
        try:
            connection.execute("CREATE EXTENSION IF NOT EXISTS vector")
        except (errors.FeatureNotSupported, errors.UndefinedFile, errors.InsufficientPrivilege) as error:
            raise ConfigError(
                f"Expected PostgreSQL with the extension `vector`, but: {_first_line(error)}. Install pgvector 0.8 or "
                "later on the server, and have its administrator run: CREATE EXTENSION vector"
            ) from error
        found = connection.execute("SELECT to_regclass(%s)", (self._name,)).fetchone()
        if found is None or found[0] is None:
            columns = 'id text COLLATE "C" PRIMARY KEY, first_day date NOT NULL, last_day date, embedding vector({})'
            command = sql.SQL("CREATE TABLE {} (" + columns + " NOT NULL)")
            connection.execute(command.format(self._table, sql.Literal(self.width)))
        width = connection.execute(
            "SELECT atttypmod FROM pg_attribute WHERE attrelid = %s::regclass AND attname = 'embedding'", (self._name,)
        ).fetchone()
        if width is None or width[0] != self.width:
            raise other_width(f"Table {self._name}", width[0] if width else "no column `embedding`", self.width)


def _first_line(error: psycopg.Error) -> str:
    return (error.diag.message_primary or str(error) or type(error).__name__).splitlines()[0]
