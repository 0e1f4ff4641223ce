"""Questions, passages and answers -> rows that answer from passages, with a citation and placeholders for figures."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tellerbot.data.read import read_objects
from tellerbot.errors import DataError
from tellerbot.figures import find_figures
from tellerbot.responses.prompt import Brief, hide_figures
from tellerbot.responses.rows import PARTS
from tellerbot.responses.sentences import split_sentences
from tellerbot.responses.synth import SynthRow
from tellerbot.types import Source

TOPIC = "answer from the bank's documents"
FILES = ("corpus.jsonl", "train.jsonl", "validation.jsonl", "answers.jsonl")
# The rows of the training questions that are kept to measure with: the set's own test questions are not given.
HELD_OUT = 0.1


@dataclass(frozen=True, slots=True)
class Grounded:
    """Rows by part, and how many questions were left out because their answer has a figure that the passage lacks."""

    parts: dict[str, list[SynthRow]]
    left_out: int

    @property
    def kept(self) -> int:
        return sum(map(len, self.parts.values()))


def grounded_rows(folder: Path, seed: int) -> Grounded:
    """One row for each question with an answer: its passage and another one as notes, and the answer with its source.

    `folder` holds corpus.jsonl (id, text), train.jsonl and validation.jsonl (id, question, positive_id) and
    answers.jsonl (id, answer). An answer's figures become the placeholders of the passage's; one with a figure that the
    passage does not give teaches to invent and is left out. Raises DataError when a file is missing or wrong.
    """
    if missing := [name for name in FILES if not (folder / name).is_file()]:
        raise DataError(f"{folder}: expected {', '.join(FILES)}, found no {', '.join(missing)}. Name another folder.")
    corpus = {
        _id(row, "id", FILES[0]): str(row["text"])
        for row in read_objects(folder / FILES[0], "text")
        if row["text"].strip()
    }
    answers = {_id(row, "id", FILES[3]): str(row["answer"]) for row in read_objects(folder / FILES[3], "answer")}
    rng = np.random.default_rng(seed)
    ids = list(corpus)
    parts: dict[str, list[SynthRow]] = {name: [] for name in PARTS}
    left_out = 0
    for name in ("train", "validation"):
        for row in read_objects(folder / f"{name}.jsonl", "question"):
            given = _id(row, "positive_id", f"{name}.jsonl")
            answer = answers.get(_id(row, "id", f"{name}.jsonl"), "")
            if given not in corpus or not answer.strip() or not row["question"].strip():
                left_out += 1
                continue
            other = ids[int(rng.integers(len(ids)))]
            made = _row(row["question"], (given, other), corpus, answer, rng)
            if made is None:
                left_out += 1
                continue
            part = "test" if name == "train" and rng.random() < HELD_OUT else name
            parts[part].append(made)
    return Grounded(parts, left_out)


def _id(row: Mapping[str, Any], name: str, file: str) -> str:
    if row.get(name) is None:
        raise DataError(f"{file}: expected {name!r} in every row, found one without it. Add it, or remove the row.")
    return str(row[name])


def _row(
    question: str, shown: tuple[str, str], corpus: Mapping[str, str], answer: str, rng: np.random.Generator
) -> SynthRow | None:
    order = [shown[at] for at in rng.permutation(2)] if shown[0] != shown[1] else [shown[0]]
    notes: list[str] = []
    values: dict[tuple[str, str], str] = {}
    count = 1
    for number, id in enumerate(order, 1):
        note, facts = hide_figures(corpus[id], count, Source("passage", id))
        count += len(facts)
        notes.append(f"Passage {'AB'[number - 1]}: {note}")
        if id == shown[0]:
            for fact in facts:
                for figure in find_figures(str(fact.value)):
                    values.setdefault((figure.kind, figure.value), f"{{{fact.name}:{fact.kind}}}")
    worded, facts = hide_figures(answer, 1, Source("passage", shown[0]))
    for fact in reversed(facts):
        known = [values.get((figure.kind, figure.value)) for figure in find_figures(str(fact.value))]
        if len(known) != 1 or known[0] is None:
            return None
        worded = worded.replace(f"{{{fact.name}:{fact.kind}}}", f"\0{known[0]}")
    said = worded.replace("\0", "")
    cited = f"{said} (Passage {'AB'[order.index(shown[0])]})"
    if not split_sentences(said) or "{" in answer or any("{" in corpus[id] for id in order):
        return None
    return SynthRow(Brief(TOPIC, tuple(notes), question).prompt(), cited, "grounded", "question", question)
