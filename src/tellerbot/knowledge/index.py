"""Exact search over embedded passages, on the core install."""

import json
from collections.abc import Collection, Sequence
from dataclasses import asdict
from datetime import date
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from tellerbot.encoder.runtime import OnnxEncoder
from tellerbot.errors import ArtefactError
from tellerbot.files import write_atomic, write_json
from tellerbot.types import FoundPassage, Passage

PASSAGES, VECTORS, SETTINGS = "passages.jsonl", "vectors.safetensors", "knowledge.json"
VECTOR = "sentence_vector"


class KnowledgeIndex:
    """Passages with their vectors; scores are cosines, computed exactly."""

    def __init__(self, folder: Path) -> None:
        try:
            rows = [json.loads(line) for line in (folder / PASSAGES).read_text().splitlines()]
            self.passages = [_passage(row) for row in rows]
            tensors = load_file(folder / VECTORS)
            self.vectors: NDArray[np.float32] = tensors["passages"]
            self.sentences: NDArray[np.float32] = tensors["sentences"]
            self.threshold = float(json.loads((folder / SETTINGS).read_text())["threshold"])
        except (OSError, ValueError, KeyError, TypeError, SafetensorError) as error:
            raise ArtefactError(
                f"{folder}: expected a knowledge index, found: {error}. Build the release again."
            ) from error
        self.encoder = OnnxEncoder(folder)
        starts = np.cumsum([0] + [len(passage.sentences) for passage in self.passages])
        if len(self.vectors) != len(self.passages) or len(self.sentences) != starts[-1]:
            raise ArtefactError(f"{folder}: the vectors do not fit the passages. Build the release again.")
        self._starts = starts.tolist()

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """(texts, width) unit vectors."""
        return self.encoder(texts)[VECTOR]

    def search(
        self, question: str, limit: int, day: date, *, within: Collection[str] | None = None
    ) -> list[FoundPassage]:
        """The best passages in force on `day`, best first.

        `within` restricts to policies (`fees`) or sections (`fees#atm-withdrawals`), and then lifts the
        threshold under which nothing is found.
        """
        query = self.embed([question])[0]
        scores = self.vectors @ query
        found: list[FoundPassage] = []
        for at in np.argsort(-scores, kind="stable"):
            passage = self.passages[at]
            if not passage.in_force(day):
                continue
            if within is None:
                if scores[at] < self.threshold:
                    break
            elif passage.policy not in within and passage.id.split("/")[0] not in within:
                continue
            rows = self.sentences[self._starts[at] : self._starts[at + 1]]
            found.append(FoundPassage(passage, float(scores[at]), tuple((rows @ query).tolist())))
            if len(found) == limit:
                break
        return found

    def rank(self, questions: Sequence[str], limit: int, day: date) -> list[list[tuple[str, float]]]:
        """For each question the `limit` best passage ids in force on `day` with their scores, unfiltered."""
        rows = [at for at, passage in enumerate(self.passages) if passage.in_force(day)]
        scores = self.embed(questions) @ self.vectors[rows].T
        best = np.argsort(-scores, axis=1, kind="stable")[:, :limit]
        return [
            [(self.passages[rows[at]].id, float(scores[number, at])) for at in order]
            for number, order in enumerate(best)
        ]


def embedding_text(passage: Passage) -> str:
    """What is embedded for a passage: its text under its title and section."""
    return f"{passage.title}. {passage.section}. {passage.text}"


def write_index(passages: Sequence[Passage], folder: Path) -> None:
    """Embed `passages` with the encoder already exported to `folder`, and write the index beside it."""
    encoder = OnnxEncoder(folder)
    rows = [json.dumps(asdict(passage), default=str, ensure_ascii=False) for passage in passages]
    write_atomic(folder / PASSAGES, "\n".join(rows) + "\n")
    vectors = {
        "passages": encoder([embedding_text(passage) for passage in passages])[VECTOR],
        "sentences": encoder([text for passage in passages for text in passage.sentences])[VECTOR],
    }
    save_file(vectors, folder / VECTORS)


def write_settings(folder: Path, threshold: float, chosen: dict[str, object]) -> None:
    write_json(folder / SETTINGS, {"threshold": threshold, "chosen": chosen})


def _passage(row: dict[str, object]) -> Passage:
    ends = row["in_force_to"]
    return Passage(
        **{
            **row,
            "in_force_from": date.fromisoformat(str(row["in_force_from"])),
            "in_force_to": date.fromisoformat(str(ends)) if ends else None,
            "sentences": tuple(row["sentences"]),  # type: ignore[arg-type]
        }  # type: ignore[arg-type]
    )
