"""Questions with the passages that answer them, and their three parts."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from tellerbot.data.formats import text_in
from tellerbot.data.json_rows import read_jsonl
from tellerbot.data.read import Source, read_rows
from tellerbot.data.split import fingerprint
from tellerbot.errors import DataError, Problem, format_count
from tellerbot.knowledge.config import RetrieverConfig
from tellerbot.training.folders import rows_hash
from tellerbot.training.task import SPLITS

CORPUS = "corpus.jsonl"


@dataclass(frozen=True, slots=True)
class Question:
    """A question and the id of the passage that answers it; `negative` is a passage that is known not to."""

    id: str
    text: str
    passage: str
    negative: str | None = None


@dataclass(frozen=True, slots=True)
class Retrieval:
    """Passages by id, and questions by part. `test` is empty when splits without it were given.

    `left_out` counts the questions that have no text, or whose passage has none: public sets have some.
    """

    corpus: dict[str, str]
    parts: dict[str, list[Question]]
    detected: str
    left_out: int = 0

    def copies(self) -> dict[str, set[str]]:
        """For each passage the ids of all passages with the same text, itself included."""
        same: defaultdict[str, set[str]] = defaultdict(set)
        for id, text in self.corpus.items():
            same[fingerprint(text)].add(id)
        return {id: same[fingerprint(text)] for id, text in self.corpus.items()}

    def hash(self, questions: Sequence[Question]) -> str:
        """SHA-256 over questions with the texts of their passages."""
        pairs = ((each.text, id) for each in questions for id in (each.passage, each.negative) if id)
        return rows_hash((text, self.corpus[id]) for text, id in pairs)

    @property
    def measured_on(self) -> str:
        """The split to measure on: `test` where it has rows, else `validation`."""
        return "test" if self.parts["test"] else "validation"


def load_retrieval(data: Source, config: RetrieverConfig) -> Retrieval:
    """Questions and passages from a folder, or pairs from a file or memory.

    A folder holds corpus.jsonl (`id, text`) and train.jsonl (`id, question, positive_id`), and may hold
    validation.jsonl and test.jsonl; a file holds `anchor, positive[, negative]` or `question, context`. Without
    validation rows some training rows become them, and, without test rows too, others become those; questions of the
    same passage stay together. Raises DataError listing every bad row, and for questions that stand in two parts
    unless the config allows it.
    """
    folder = Path(data) if isinstance(data, str | Path) and Path(data).is_dir() else None
    retrieval = _folder(folder) if folder else _pairs(data)
    if not retrieval.parts["validation"]:
        shares = {"validation": config.validation_fraction, "test": config.test_fraction}
        if retrieval.parts["test"]:
            del shares["test"]
        retrieval = replace(retrieval, parts=retrieval.parts | _split(retrieval, shares, config.seed))
    if not config.allow_leaks:
        _refuse_leaks(retrieval, data)
    return retrieval


def _folder(folder: Path) -> Retrieval:
    problems: list[Problem] = []
    corpus: dict[str, str] = {}
    for line, row in _objects(folder / CORPUS, ("id", "text"), problems):
        if row["id"] in corpus:
            what = f"The id {row['id']!r} stands there twice."
            problems.append(Problem(str(folder / CORPUS), line, what, "Give each passage an id of its own."))
        corpus[row["id"]] = row["text"]
    parts: dict[str, list[Question]] = {name: [] for name in SPLITS}
    for name in SPLITS:
        path = folder / f"{name}.jsonl"
        if name != "train" and not path.is_file():
            continue
        seen: dict[str, int] = {}
        for line, row in _objects(path, ("id", "question", "positive_id"), problems):
            if (first := seen.setdefault(row["id"], line)) != line:
                what = f"The id {row['id']!r} stands on line {first} too."
                problems.append(Problem(str(path), line, what, "Give each question of a file an id of its own."))
            if row["positive_id"] not in corpus:
                what = f"Expected the id of a passage in corpus.jsonl, found {row['positive_id']!r}."
                problems.append(Problem(str(path), line, what, "Add the passage or remove the row."))
            parts[name].append(Question(row["id"], row["question"], row["positive_id"]))
    if problems:
        raise DataError(f"{folder}: {format_count(len(problems), 'bad row')}.", problems)
    total = sum(map(len, parts.values()))
    parts = {
        name: [question for question in rows if question.text.strip() and corpus[question.passage].strip()]
        for name, rows in parts.items()
    }
    counts = ", ".join(f"{len(rows)} {name}" for name, rows in parts.items() if rows)
    left_out = total - sum(map(len, parts.values()))
    return Retrieval(corpus, parts, f"{folder.name}: {len(corpus)} passages, questions: {counts} (folder)", left_out)


def _objects(path: Path, columns: Sequence[str], problems: list[Problem]) -> list[tuple[int, dict[str, str]]]:
    """Read a .jsonl file's rows with `columns` as text; numbers serve as ids."""
    if not path.is_file():
        raise DataError(f"{path}: expected a file, found none. A folder holds corpus.jsonl and train.jsonl.")
    rows: list[tuple[int, dict[str, str]]] = []
    for number, row in read_jsonl(path, problems.append):
        numbers = {name: str(value) for name, value in row.items() if type(value) is int}
        try:
            rows.append((number, {name: text_in({**row, **numbers}, name, empty=True) for name in columns}))
        except ValueError as error:
            what = f"{error} Each row has {', '.join(columns)}."
            problems.append(Problem(str(path), number, what, "Mend or remove the row."))
    if not rows and not problems:
        raise DataError(f"{path}: expected rows, found an empty file. Add some.")
    return rows


def _pairs(path: Source) -> Retrieval:
    file = read_rows(path, "retrieval")
    ids: dict[str, str] = {}

    def named(text: str) -> str:
        return ids.setdefault(text, str(len(ids)))

    questions = [
        Question(
            str(number),
            row.fields["anchor"],
            named(row.fields["positive"]),
            named(row.fields["negative"]) if row.fields.get("negative") else None,
        )
        for number, row in enumerate(file.rows)
    ]
    corpus = {id: text for text, id in ids.items()}
    return Retrieval(corpus, {"train": questions, "validation": [], "test": []}, file.detected)


def _split(retrieval: Retrieval, shares: dict[str, float], seed: int) -> dict[str, list[Question]]:
    """Training questions as train and the parts of `shares`; those of one passage, or of its copies, stay together."""
    questions = retrieval.parts["train"]
    copies = retrieval.copies()
    groups: defaultdict[str, list[Question]] = defaultdict(list)
    for question in questions:
        groups[min(copies[question.passage])].append(question)
    order = sorted(groups)
    left = [groups[order[at]] for at in np.random.default_rng(seed).permutation(len(order))]
    parts: dict[str, list[Question]] = {"train": [], **{name: [] for name in shares}}
    for name, share in shares.items():
        while left and len(parts[name]) < max(1, round(share * len(questions))):
            parts[name] += left.pop()
    parts["train"] = [question for group in left for question in group]
    if not all(parts.values()):
        raise DataError(
            f"Expected questions about enough different passages for {', '.join(parts)}, found {len(groups)}. Add some."
        )
    place = {question.id: at for at, question in enumerate(questions)}
    return {name: sorted(rows, key=lambda row: place[row.id]) for name, rows in parts.items()}


def _refuse_leaks(retrieval: Retrieval, data: object) -> None:
    seen: dict[str, str] = {}
    problems: list[Problem] = []
    for name in SPLITS:
        prints = {fingerprint(question.text): question for question in retrieval.parts[name]}
        for key, question in prints.items():
            if key in seen:
                what = f"{name} question {question.id} also stands among the {seen[key]} questions."
                problems.append(Problem(str(data), None, what, "Remove it from one of the two."))
        seen |= dict.fromkeys(prints, name)
    if problems:
        raise DataError(
            f"{data}: {format_count(len(problems), 'question')} found in two parts, so figures measured on them would "
            "say nothing. Remove them, or train with `allow_leaks: true`.",
            problems,
        )
