"""Databases: SQLite by default, PostgreSQL by its URL; commits are on disk when they return."""

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import (
    ArgumentError,
    DataError,
    IntegrityError,
    NoSuchModuleError,
    OperationalError,
    SQLAlchemyError,
)

from tellerbot.errors import ConfigError, MissingExtraError, UnavailableError

# One number for all of tellerbot, so that only one process at a time does what needs the lock.
_LOCK = 7_355_608
# Seconds that a write, or a statement, may wait.
PATIENCE = 10
_WRITERS: WeakKeyDictionary[Engine, threading.Lock] = WeakKeyDictionary()


def open_engine(url: str, setting: str = "TELLERBOT_DATABASE_URL") -> Engine:
    """Open an engine for the `url` that came from `setting`. Raises ConfigError for a URL that cannot be used."""
    try:
        parsed = make_url(url)
        if parsed.get_backend_name() not in ("sqlite", "postgresql"):
            raise ArgumentError(f"found {parsed.get_backend_name()}")
        if parsed.drivername == "postgresql":
            parsed = parsed.set(drivername="postgresql+psycopg")
        if parsed.get_backend_name() == "sqlite" and parsed.database:
            Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
        # A database that swallows packets must not hold every worker until TCP gives up.
        patience = {"connect_timeout": 5, "options": f"-c statement_timeout={PATIENCE * 1000}"}
        # Parameters are what customers wrote: they stay out of errors, and so out of logs.
        arguments = patience if parsed.get_backend_name() == "postgresql" else {}
        engine = create_engine(parsed, pool_pre_ping=bool(arguments), hide_parameters=True, connect_args=arguments)
    except (ArgumentError, NoSuchModuleError, OSError) as error:
        raise ConfigError(f"{setting}: expected sqlite:///... or postgresql://..., but: {error}. Mend it.") from error
    except ImportError as error:
        raise MissingExtraError("PostgreSQL", "postgres") from error
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _on_connect)
        event.listen(engine, "begin", _on_begin)
    return engine


def utc(at: datetime) -> datetime:
    """Return a stored time its zone: SQLite keeps none, and stored times are UTC."""
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def is_storable(text: str) -> bool:
    """Return whether a database can hold this text; ids and names that it cannot hold are simply not there."""
    return "\0" not in text and not any("\ud800" <= char <= "\udfff" for char in text)


def wait_for_lock(connection: Connection) -> None:
    """Wait until no other process holds this, and hold it until the transaction ends.

    SQLite's write lock, taken when the transaction began, does the same.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})


def be_patient(connection: Connection) -> None:
    """Let the transaction take as long as it needs, where others have a time limit for each statement."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET LOCAL statement_timeout = 0"))


def hold_still(connection: Connection) -> None:
    """Let every read of the transaction that begins here see the same state, as SQLite's always do."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))


@contextmanager
def begin_read(engine: Engine) -> Iterator[Connection]:
    """Open a connection to read with, each statement of which sees the newest state. Raises UnavailableError.

    SQLite is not called to begin and end a transaction around each: with every call a thread gives up its turn.
    """
    with translate_errors(engine), engine.connect().execution_options(tellerbot_read=True) as connection:
        yield connection


@contextmanager
def begin_write(engine: Engine, durable: bool = True) -> Iterator[Connection]:
    """Open a transaction for writing. Raises UnavailableError when the database is away, locked or full.

    What is not `durable` may be lost at power loss, and does not wait for the disk.
    """
    with translate_errors(engine), _one_writer(engine), _begin(engine, "FULL" if durable else "NORMAL") as connection:
        if not durable and connection.dialect.name == "postgresql":
            connection.execute(text("SET LOCAL synchronous_commit = off"))
        yield connection


@contextmanager
def _one_writer(engine: Engine) -> Iterator[None]:
    """Let one thread of this process at a time wait for SQLite's write lock.

    SQLite lets those who wait look again at growing intervals, so that of several some wait for seconds.
    """
    if engine.dialect.name != "sqlite":
        yield
        return
    lock = _WRITERS.setdefault(engine, threading.Lock())
    if not lock.acquire(timeout=PATIENCE):
        raise UnavailableError(f"Expected to write within {PATIENCE} s, found another write under way. Try again.")
    try:
        yield
    finally:
        lock.release()


@contextmanager
def _begin(engine: Engine, synchronous: str) -> Iterator[Connection]:
    """Begin a transaction that writes.

    Connections from when the file could only be read are dropped.
    """
    with ExitStack() as stack:
        for is_last in (False, True):
            connection = stack.enter_context(engine.connect().execution_options(tellerbot_write=synchronous))
            try:
                stack.enter_context(connection.begin())
                break
            except OperationalError as error:
                if is_last or getattr(error.orig, "sqlite_errorcode", 0) & 0xFF != sqlite3.SQLITE_READONLY:
                    raise
                connection.close()
                engine.dispose()
        yield connection


@contextmanager
def translate_errors(engine: Engine) -> Iterator[None]:
    """Turn the database's failures into UnavailableError."""
    try:
        yield
    except (IntegrityError, DataError):
        raise  # a mistake of ours, which waiting would not mend
    except SQLAlchemyError as error:
        shown = engine.url.render_as_string(hide_password=True)
        cause = str(error.__cause__ or type(error).__name__).splitlines()[0]
        raise UnavailableError(
            f"The database at {shown} cannot be used now: {cause}. Check that it runs and has space; nothing was lost."
        ) from error


def _on_connect(connection: Any, _: object) -> None:
    # sqlite3 would begin transactions on its own and late; SQLAlchemy's begin event does it here instead.
    connection.isolation_level = None
    try:
        # FULL: with NORMAL a commit in WAL mode can be lost at power loss. `begin_write` may choose again.
        for pragma in (f"busy_timeout={PATIENCE * 1000}", "synchronous=FULL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")
        _use_wal(connection)
    except sqlite3.OperationalError:
        connection.close()
        raise


def _use_wal(connection: Any) -> None:
    """Set the journal mode, which SQLite refuses at once, busy_timeout or not, while another connection sets it."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.01)


def _on_begin(connection: Connection) -> None:
    options = connection.get_execution_options()
    if options.get("tellerbot_read"):
        return
    # Taking the write lock at once keeps two writers from following the same audit record.
    synchronous = options.get("tellerbot_write")
    if synchronous and connection.info.get("synchronous", "FULL") != synchronous:
        connection.exec_driver_sql(f"PRAGMA synchronous={synchronous}")
        connection.info["synchronous"] = synchronous
    connection.exec_driver_sql("BEGIN IMMEDIATE" if synchronous else "BEGIN")
    if synchronous and not connection.info.get("writes"):
        # A file that could only be read when it was opened stays so, and SQLite says it at the first write.
        version = connection.exec_driver_sql("PRAGMA user_version").scalar()
        connection.exec_driver_sql(f"PRAGMA user_version={version}")
        connection.info["writes"] = True
