"""PostgreSQL databases for tests."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

POSTGRES = os.environ.get("TEST_POSTGRES", "postgresql+psycopg://postgres@127.0.0.1:5432/postgres")


@contextmanager
def fresh_database(like: str = "") -> Iterator[str]:
    """The URL of a fresh database, a copy of the one with the URL `like` where there is one; dropped afterwards."""
    from sqlalchemy import create_engine, make_url, text
    from sqlalchemy.exc import OperationalError

    admin = create_engine(POSTGRES, isolation_level="AUTOCOMMIT")
    name = f"tellerbot_{secrets.token_hex(4)}"
    template = f" TEMPLATE {make_url(like).database}" if like else ""
    try:
        with admin.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}{template}"))
    except OperationalError as error:
        pytest.skip(f"PostgreSQL is not reachable: {str(error.orig).splitlines()[0]}")
    try:
        yield admin.url.set(database=name).render_as_string(hide_password=False)
    finally:
        with admin.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
        admin.dispose()
