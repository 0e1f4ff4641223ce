"""Turns on SQLite and PostgreSQL: only the owner reads them, and each is kept with its audit record or not at all."""

import json
import secrets
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError

from tellerbot.assistant.conversations import Conversations, NotTheirsError, conversations, handoffs, turns
from tellerbot.assistant.trace import Step
from tellerbot.assistant.turn import Turn
from tellerbot.audit import log
from tellerbot.database import open_engine
from tellerbot.errors import UnavailableError
from tellerbot.types import FigureSource, Passage, Reply, Source, Understanding

START = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
PASSAGE = Passage("fees#wires", "fees", "Fees", "Wires", "2", date(2026, 1, 1), None, "A wire costs $5.", ("A wire",))
REPLY = Reply("A wire costs $5.", (FigureSource("$5", Source("passage", "fees#wires")),), (PASSAGE,))


def turn(
    conversation: str = "talk", customer: str | None = "CUST-1", message: str = "wire fee?", minute: int = 0
) -> Turn:
    return Turn(
        id=secrets.token_hex(8), conversation=conversation, customer=customer, at=START + timedelta(minutes=minute),
        release="1.0.0", message=message, masked=("card",),
        understanding=Understanding("fees", 0.9, 0.8, True, True, ("fees",)),
        kind="answer", reason="vetted reply", actions=("fees",), reply=REPLY, reference=None,
        trace=(Step("redact", "nothing", 0.1),),
    )  # fmt: skip


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "postgresql":
        return request.getfixturevalue("postgres_url")
    return f"sqlite:///{tmp_path / 'deep' / 'talk.db'}"


@pytest.fixture
def stores(url: str) -> Iterator[list[Conversations]]:
    """The same database as several servers open it, its tables not made."""
    stores = [Conversations(open_engine(url)) for _ in range(4)]
    yield stores
    for store in stores:
        store.engine.dispose()


@pytest.fixture
def store(stores: list[Conversations]) -> Conversations:
    stores[0].prepare()
    return stores[0]


def count(store: Conversations) -> tuple[int, int]:
    """How many turns and audit records there are."""
    with store.engine.connect() as connection:
        return (
            connection.execute(select(func.count()).select_from(turns)).scalar_one(),
            connection.execute(select(func.count()).select_from(log.records)).scalar_one(),
        )


def test_a_turn_is_read_as_it_was_recorded(store: Conversations):
    first, second = turn(), turn(message="и ещё? 🏦", minute=1)
    store.record(first)
    store.record(second)
    store.prepare()  # as every start does
    one, two = store.history("talk", "CUST-1")
    assert (one["id"], one["message"], one["reply"]) == (first.id, "wire fee?", "A wire costs $5.")
    assert one["figures"] == [{"figure": "$5", "source": "fees#wires", "kind": "passage"}]
    assert one["citations"][0]["version"] == "2"
    assert (one["release"], one["masked"], one["trace"][0]["name"]) == ("1.0.0", ["card"], "redact")
    assert (two["id"], two["message"]) == (second.id, "и ещё? 🏦")


def test_times_are_read_with_their_zone(store: Conversations):
    store.record(turn())
    assert store.history("talk", "CUST-1")[0]["at"] == START
    assert store.listed("CUST-1")[0]["started_at"] == START


def test_only_the_owner_reads_a_conversation(store: Conversations):
    store.record(turn("adas", "CUST-1"))
    store.record(turn("bens", "CUST-2"))
    store.record(turn("nobodys", None))
    assert [item["id"] for item in store.listed("CUST-1")] == ["adas"]
    assert store.listed("") == []
    messages = set()
    for name in ("bens", "nobodys", "not there", "", "' OR '1'='1"):
        for read in (store.history, store.owned):
            with pytest.raises(NotTheirsError) as caught:
                read(name, "CUST-1")
            messages.add(str(caught.value))
    assert messages == {"Expected one of your own conversations. Leave conversation_id out to start one."}
    store.owned("adas", "CUST-1")


def test_a_conversation_name_with_a_control_character_is_nobodys(store: Conversations):
    with pytest.raises(NotTheirsError):
        store.history("a\0b", "CUST-1")


@pytest.mark.parametrize("customer", ["CUST-2", None])
def test_nobody_writes_into_anothers_conversation(store: Conversations, customer: str | None):
    store.record(turn())
    with pytest.raises(NotTheirsError):
        store.record(turn(customer=customer))
    assert count(store) == (1, 1)


def test_conversations_are_listed_newest_first_up_to_a_limit(store: Conversations):
    for minute in (1, 3, 2):
        store.record(turn(f"talk {minute}", message=f"{minute}" * 200, minute=minute))
    assert [item["title"] for item in store.listed("CUST-1", limit=2)] == ["3" * 80, "2" * 80]


def test_the_audit_record_explains_the_turn_without_its_texts(store: Conversations):
    said = replace(turn(message="secret words"), reference="QWRTZP", kind="hand off")
    store.record(said)
    with store.engine.connect() as connection:
        content = connection.execute(select(log.records.c.content)).scalar_one()
        handoff = connection.execute(select(handoffs)).one()
    kept = json.loads(content)
    assert "secret words" not in content
    assert "A wire costs" not in content
    assert (kept["turn"], kept["customer"], kept["sources"], kept["actions"]) == (
        said.id, "CUST-1", ["fees#wires"], ["fees"],
    )  # fmt: skip
    assert (len(kept["message_sha256"]), kept["reference"], kept["release"]) == (64, "QWRTZP", "1.0.0")
    assert (handoff.reference, handoff.turn_id, handoff.status) == ("QWRTZP", said.id, "open")


def test_a_turn_whose_audit_record_cannot_be_written_is_not_kept(store: Conversations):
    store.record(turn())
    with store.engine.begin() as connection:
        connection.execute(text("ALTER TABLE audit_records RENAME TO elsewhere"))
    with pytest.raises(UnavailableError, match="audit_records"):
        store.record(turn("new"))
    with store.engine.begin() as connection:
        assert connection.execute(select(func.count()).select_from(turns)).scalar_one() == 1
        assert connection.execute(select(func.count()).select_from(conversations)).scalar_one() == 1


def test_a_turn_that_cannot_be_kept_leaves_no_audit_record(store: Conversations):
    said = turn()
    store.record(said)
    with pytest.raises(IntegrityError) as failure:
        store.record(said)
    assert said.message not in str(failure.value)
    assert count(store) == (1, 1)


@pytest.mark.parametrize("started", [True, False])
def test_turns_of_one_conversation_at_the_same_moment_get_numbers_of_their_own(store: Conversations, started: bool):
    if started:
        store.record(turn())
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(store.record, [turn() for _ in range(24)]))
    total = 24 + started
    with store.engine.connect() as connection:
        assert sorted(connection.execute(select(turns.c.number)).scalars()) == list(range(1, total + 1))
    assert log.verify(store.engine).faults == ()
    assert count(store) == (total, total)


def test_connections_that_open_at_once_do_not_lock_each_other_out(tmp_path: Path):
    for number in range(40):
        engines = [open_engine(f"sqlite:///{tmp_path / f'{number}.db'}") for _ in range(8)]
        with ThreadPoolExecutor(8) as pool:
            assert [*pool.map(lambda engine: Conversations(engine).prepare(), engines)] == [None] * 8
        for engine in engines:
            engine.dispose()


def test_servers_that_start_at_once_make_the_tables_once(stores: list[Conversations]):
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(Conversations.prepare, stores))
    stores[0].record(turn())
    assert count(stores[1]) == (1, 1)


@pytest.mark.parametrize(
    "use",
    [
        Conversations.prepare,
        Conversations.ping,
        lambda store: store.record(turn()),
        lambda store: store.listed("CUST-1"),
        lambda store: store.history("talk", "CUST-1"),
        lambda store: store.owned("talk", "CUST-1"),
    ],
)
@pytest.mark.parametrize("where", ["nobody listens", "no database"])
def test_a_database_that_is_away_says_so_without_its_password(
    use: Callable[[Conversations], object], where: str, tmp_path: Path
):
    (tmp_path / "talk.db").write_bytes(b"no database " * 1000)
    away = "postgresql://teller:hunter2@127.0.0.1:1/talk"
    store = Conversations(open_engine(away if where == "nobody listens" else f"sqlite:///{tmp_path / 'talk.db'}"))
    with pytest.raises(UnavailableError, match=r"cannot be used now: .*Check that it runs and has space") as caught:
        use(store)
    assert "hunter2" not in str(caught.value)
    store.engine.dispose()
