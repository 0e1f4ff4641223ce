"""Databases to record in, on SQLite and PostgreSQL, and what turns consist of."""

import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from tellerbot.conversation.event_values import Part, Step
from tellerbot.conversation.events import (
    CaseOpened,
    DecisionMade,
    Event,
    FactsQueried,
    MessageReceived,
    MessageUnderstood,
    ReplySent,
    TurnMeasured,
)
from tellerbot.database import open_engine
from tellerbot.records.store import Records
from tellerbot.types import FigureSource, Source


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "postgresql":
        return request.getfixturevalue("postgres_url")
    return f"sqlite:///{tmp_path / 'deep' / 'talk.db'}"


@pytest.fixture
def stores(url: str) -> Iterator[list[Records]]:
    """The same database as several servers open it, its tables not made."""
    stores = [Records(open_engine(url)) for _ in range(4)]
    yield stores
    for store in stores:
        store.engine.dispose()


@pytest.fixture
def store(stores: list[Records]) -> Records:
    stores[0].prepare()
    return stores[0]


def happened(message: str = "wire fee?", reply: str = "A wire costs $5.", reference: str | None = None) -> list[Event]:
    """A whole turn, handed over when it has a reference."""
    case: list[Event] = [CaseOpened(reference, "asked for a person", 2)] if reference else []
    return [
        MessageReceived(message, ("card",), "1.0.0"),
        MessageUnderstood((Part(message, "fees", 0.9, 0.8, True),)),
        DecisionMade("hand off" if reference else "act", "facts from the bank", ("fees",)),
        FactsQueried("fees", {}, ("fees/wire",)),
        ReplySent(reply, (FigureSource("$5", Source("bank", "fees/wire")),)),
        *case,
        TurnMeasured((Step("redact", "nothing", 0.1),)),
    ]


def add_turn(
    store: Records, conversation: str = "talk", customer: str | None = "CUST-1", message: str = "wire fee?", **more: str
) -> str:
    """Record a turn; gives its id."""
    turn = secrets.token_hex(8)
    store.append(conversation, turn, customer, happened(message, **more))
    return turn


def tamper(store: Records, *statements: str) -> None:
    """Do what someone with all rights to the database can do."""
    with store.engine.connect() as connection:
        if store.engine.dialect.name == "sqlite":
            # SQLite ignores this inside a transaction, which `execute` would begin.
            connection.connection.cursor().execute("PRAGMA foreign_keys=OFF")
            for row in connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).all():
                connection.execute(text(f"DROP TRIGGER {row.name}"))
        else:
            connection.execute(text("SET session_replication_role = replica"))
        for statement in statements:
            connection.execute(text(statement))
        connection.commit()
    store.engine.dispose()
