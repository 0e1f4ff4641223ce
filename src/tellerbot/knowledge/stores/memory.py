"""The default store: files in a folder, memory-mapped, searched exactly.

The folder holds one generation of files, and `store.json`, which names it. A writer writes the next generation beside
it, switches `store.json` in one rename and deletes the old one; a reader keeps what it has mapped until it looks again.
"""

import json
import shutil
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
from numpy.lib.format import write_array_header_1_0
from numpy.typing import NDArray

from tellerbot.errors import ArtefactError
from tellerbot.files import building, locked, write_json
from tellerbot.knowledge.arrays import load_array
from tellerbot.knowledge.stores.rows import blocks, check_rows, number, other_width, rank
from tellerbot.knowledge.stores.store import Days

HEAD, VECTORS, DAYS, IDS = "store.json", "vectors.npy", "days.npy", "ids.json"
# Queries scored at once against a block of passages.
QUERIES = 64


@dataclass(frozen=True)
class _Generation:
    """What one generation holds: ids, (ids, width) vectors, and (ids, 2) first and last days as numbers."""

    number: int
    ids: list[str]
    vectors: NDArray[np.float32]
    days: NDArray[np.int32]

    def best(
        self, queries: NDArray[np.float32], count: int, day: date | None
    ) -> Iterator[tuple[list[str], NDArray[np.float32]]]:
        """Each query's `count` best ids in force on `day`, with their vectors, in any order."""
        out = None if day is None else (self.days[:, 0] > number(day)) | (self.days[:, 1] < number(day))
        for some in blocks(len(queries), QUERIES):
            for rows in self._best(queries[some], count, out):
                yield [self.ids[row] for row in rows], self.vectors[rows]

    def _best(
        self, queries: NDArray[np.float32], count: int, out: NDArray[np.bool_] | None
    ) -> Iterator[NDArray[np.intp]]:
        """Each query's `count` best rows, but for those that are `out`."""
        scores = np.empty((len(queries), 0), np.float32)
        found = np.empty((len(queries), 0), np.intp)
        for block in blocks(len(self.ids)):
            more = queries @ self.vectors[block].T
            if out is not None:
                more[:, out[block]] = -np.inf
            at = np.argpartition(more, -min(count, more.shape[1]), axis=1)[:, -count:]
            scores = np.concatenate([scores, np.take_along_axis(more, at, axis=1)], axis=1)
            found = np.concatenate([found, at + block.start], axis=1)
        for own, rows in zip(scores, found, strict=True):
            top = np.argsort(-own)[:count]
            yield rows[top[np.isfinite(own[top])]]


class MemoryStore:
    """Passages in the files of `folder`. One process writes at a time; any number read, and see each change whole."""

    def __init__(self, folder: Path, width: int) -> None:
        self.folder, self.width = folder, width
        self._seen: tuple[tuple[int, int] | None, _Generation] | None = None
        self._now()

    def add(self, ids: Sequence[str], vectors: NDArray[np.float32], days: Sequence[Days]) -> None:
        check_rows(ids, vectors, days, self.width)
        if len(ids):
            with self._writing() as now:
                kept = self._without(now, set(ids))
                numbers = np.array([(number(first), number(last)) for first, last in days], np.int32)
                self._write(now, kept, list(ids), vectors, numbers)

    def remove(self, ids: Collection[str]) -> None:
        with self._writing() as now:
            kept = self._without(now, set(ids))
            if len(kept) < len(now.ids):
                none = np.empty((0, self.width), np.float32)
                self._write(now, kept, [], none, np.empty((0, 2), np.int32))

    def ids(self) -> set[str]:
        return set(self._now().ids)

    def search(
        self, queries: NDArray[np.float32], limit: int, day: date | None = None
    ) -> list[list[tuple[str, float]]]:
        now = self._now()
        return rank(queries, limit, self.width, lambda some, count: now.best(some, count, day))

    def close(self) -> None:
        self._seen = None

    @staticmethod
    def _without(now: _Generation, ids: set[str]) -> NDArray[np.intp]:
        return np.flatnonzero(np.array([name not in ids for name in now.ids], bool))

    @contextmanager
    def _writing(self) -> Iterator[_Generation]:
        """The generation to build on, while no other process may write."""
        with locked(self.folder):
            yield self._now()

    def _write(
        self,
        now: _Generation,
        kept: NDArray[np.intp],
        ids: list[str],
        vectors: NDArray[np.float32],
        days: NDArray[np.int32],
    ) -> None:
        """Make the kept rows and these the next generation."""
        self._clean(now.number)
        with building(self.folder / str(now.number + 1)) as partial:
            shape = (len(kept) + len(ids), self.width)
            # Not through a memory map, which would kill the process where the disk is full.
            with (partial / VECTORS).open("wb") as stream:
                write_array_header_1_0(stream, {"descr": "<f4", "fortran_order": False, "shape": shape})
                for rows in blocks(len(kept)):
                    stream.write(now.vectors[kept[rows]].tobytes())
                for rows in blocks(len(ids)):
                    stream.write(np.ascontiguousarray(vectors[rows], "<f4").tobytes())
            np.save(partial / DAYS, np.concatenate([now.days[kept], days]))
            (partial / IDS).write_text(json.dumps([*(now.ids[row] for row in kept), *ids]))
        write_json(self.folder / HEAD, {"generation": now.number + 1, "width": self.width})
        self._clean(now.number + 1)

    def _clean(self, current: int) -> None:
        """Delete other generations and what killed writers left. Whoever has one of them mapped keeps it."""
        for path in self.folder.iterdir():
            if path.is_dir() and (path.name.isdigit() or ".partial-" in path.name) and path.name != str(current):
                shutil.rmtree(path, ignore_errors=True)

    def _now(self) -> _Generation:
        """The newest generation, read again only when `store.json` is another file than it was."""
        while True:
            mark = self._mark()
            seen = self._seen
            if seen is not None and seen[0] == mark:
                return seen[1]
            try:
                generation = self._read()
            except (OSError, EOFError, ValueError, KeyError, TypeError) as error:
                if self._mark() != mark:
                    continue  # a writer has switched and deleted what was being read
                raise ArtefactError(
                    f"{self.folder}: expected a store of passages, found: {error}. Delete the folder and build it anew."
                ) from error
            if self._mark() == mark:
                self._seen = (mark, generation)
                return generation

    def _mark(self) -> tuple[int, int] | None:
        try:
            found = (self.folder / HEAD).stat()
        except FileNotFoundError:
            return None
        return found.st_ino, found.st_mtime_ns

    def _read(self) -> _Generation:
        if self._mark() is None:
            return _Generation(0, [], np.empty((0, self.width), np.float32), np.empty((0, 2), np.int32))
        head = json.loads((self.folder / HEAD).read_text())
        if head["width"] != self.width:
            raise other_width(str(self.folder), head["width"], self.width)
        folder = self.folder / str(int(head["generation"]))
        ids = json.loads((folder / IDS).read_text())
        vectors = load_array(folder / VECTORS, mapped=bool(ids))
        days = load_array(folder / DAYS, mapped=False)
        if vectors.shape != (len(ids), self.width) or vectors.dtype != np.float32 or days.shape != (len(ids), 2):
            raise ValueError(f"{len(ids)} ids, vectors of shape {vectors.shape}, days of shape {days.shape}")
        return _Generation(int(head["generation"]), ids, vectors, days)
