"""What ingestion keeps of documents in a folder, and reading it.

`documents.json` names the sub-folder that holds the index and says what each document was when it was read. It is
the last thing written: whoever reads it finds a whole index, of before or after.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter

from tellerbot.encoder.runtime import MODEL_FILE, TOKENIZER_FILE
from tellerbot.files import build_folder, sha256, write_atomic
from tellerbot.knowledge.arrays import load_array
from tellerbot.knowledge.documents.blocks import DroppedContent, Gap
from tellerbot.knowledge.looks import Look
from tellerbot.types import Passage

DOCUMENTS, PASSAGES, VECTORS, SENTENCES = "documents.json", "passages.jsonl", "vectors.npy", "sentences.npy"
Vectors = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class DocumentRecord:
    """A document as it was read.

    Its file's name and SHA-256, its head, its parser, its numbers of passages and sentences, what was left out of it
    and where, and the figures in it to look at.
    """

    file: str
    sha256: str
    head: dict[str, str | None]
    parser: str
    passages: int
    sentences: int
    dropped: tuple[DroppedContent, ...] = ()
    gaps: tuple[Gap, ...] = ()
    looks: tuple[Look, ...] = ()


@dataclass(frozen=True, slots=True)
class Ingested:
    """Documents by policy name, in order, and their passages with unit vectors.

    `vectors` (passages, width) and `sentences` (sentences, width) are float32, in the passages' order, and stay on
    disk until they are used. `encoder` is the SHA-256 of what made them.
    """

    encoder: str
    documents: dict[str, DocumentRecord]
    passages: Sequence[Passage]
    vectors: Vectors
    sentences: Vectors

    def document(self, name: str) -> Sequence[Passage]:
        """Return the passages of one document, in order; none when there is no such document."""
        first = 0
        for other, known in self.documents.items():
            if other == name:
                return self.passages[first : first + known.passages]
            first += known.passages
        return ()


_DOCUMENTS = TypeAdapter(dict[str, DocumentRecord])


class PassageLines(Sequence[Passage]):
    """The passages of passages.jsonl, each read when it is asked for. Raises ValueError, KeyError or TypeError then."""

    def __init__(self, path: Path) -> None:
        # An empty file cannot be mapped.
        data = np.memmap(path, np.uint8, "r") if path.stat().st_size else np.empty(0, np.uint8)
        self._data, self._ends = data, np.flatnonzero(data == ord("\n"))

    def __len__(self) -> int:
        return len(self._ends)

    @overload
    def __getitem__(self, at: int) -> Passage: ...
    @overload
    def __getitem__(self, at: slice) -> list[Passage]: ...
    def __getitem__(self, at: int | slice) -> Passage | list[Passage]:
        if isinstance(at, slice):
            return [self[row] for row in range(*at.indices(len(self)))]
        row = range(len(self))[at]
        start = self._ends[row - 1] + 1 if row else 0
        return passage_from(json.loads(self._data[start : self._ends[row]].tobytes()))


def load_ingested(folder: Path) -> Ingested:
    """Load the index in `folder`. Raises OSError, ValueError, KeyError or TypeError when it is missing or damaged."""
    found = open_ingested(folder)
    return replace(found, passages=list(found.passages))


def open_ingested(folder: Path) -> Ingested:
    """Open the index in `folder`; each passage stays on disk until it is used, when it may turn out damaged."""
    state = json.loads((folder / DOCUMENTS).read_text())
    index = folder / Path(state["index"]).name
    return Ingested(
        encoder=str(state["encoder"]),
        documents=_DOCUMENTS.validate_python(state["documents"]),
        passages=PassageLines(index / PASSAGES),
        vectors=load_array(index / VECTORS, mapped=True),
        sentences=load_array(index / SENTENCES, mapped=True),
    )


def save_ingested(folder: Path, ingested: Ingested) -> None:
    """Write the index beside the one in use, then point to it and remove the old one.

    Raises TellerbotError when the disk is full or the folder cannot be written; the old one stays.
    """
    state: dict[str, Any] = {
        "encoder": ingested.encoder,
        "documents": {name: asdict(known) for name, known in ingested.documents.items()},
    }
    folder.mkdir(parents=True, exist_ok=True)
    # A number that none has, be it in use, damaged, or left by a kill.
    numbers = [path.name.removeprefix("index-") for path in folder.glob("index-*")]
    name = f"index-{max((int(number) for number in numbers if number.isdecimal()), default=0) + 1}"
    with build_folder(folder / name) as partial:
        rows = [json.dumps(asdict(passage), default=str, ensure_ascii=False) for passage in ingested.passages]
        write_atomic(partial / PASSAGES, "".join(f"{row}\n" for row in rows))
        _save(partial / VECTORS, ingested.vectors)
        _save(partial / SENTENCES, ingested.sentences)
    # Not sorted: the documents' order is that of the passages.
    write_atomic(folder / DOCUMENTS, json.dumps({"index": name, **state}, indent=2, ensure_ascii=False) + "\n")
    # The ones before, and what a kill left half-written.
    for old in [*folder.glob("index-*"), *folder.glob(".index-*")]:
        if old.name != name:
            shutil.rmtree(old)


def encoder_sha256(folder: Path) -> str:
    """One SHA-256 for the exported encoder and its tokenizer in `folder`."""
    both = sha256(folder / MODEL_FILE) + sha256(folder / TOKENIZER_FILE)
    return hashlib.sha256(both.encode()).hexdigest()


def passage_from(row: dict[str, Any]) -> Passage:
    """Return a passage from its row in passages.jsonl.

    Raises KeyError, TypeError or ValueError when the row is none.
    """
    ends = row["in_force_to"]
    dates = {
        "in_force_from": date.fromisoformat(row["in_force_from"]),
        "in_force_to": date.fromisoformat(ends) if ends else None,
    }
    return Passage(
        **{
            **row,
            **dates,
            "sentences": tuple(row["sentences"]),
            "path": tuple(row["path"]),
            "kinds": tuple(row["kinds"]),
        }
    )


def stacked(parts: Sequence[Vectors]) -> Vectors:
    """Rows under each other; none at all give (0, 0)."""
    rows = [part for part in parts if len(part)]
    return np.concatenate(rows).astype(np.float32, copy=False) if rows else np.zeros((0, 0), np.float32)


def _save(path: Path, array: Vectors) -> None:
    with path.open("wb") as stream:
        np.save(stream, array, allow_pickle=False)
        stream.flush()
        os.fsync(stream.fileno())
