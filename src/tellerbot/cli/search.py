"""The `tellerbot search` command."""

import json as json_
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tellerbot.cli.console import JsonOption, check_output, out, save_json
from tellerbot.cli.options import load_settings
from tellerbot.data.read import read_objects
from tellerbot.errors import ConfigError, DataError
from tellerbot.files import write_lines

if TYPE_CHECKING:
    from tellerbot.knowledge.retriever import Ranking


@dataclass(frozen=True, slots=True)
class Shown:
    """A passage: its id, what it is called, and its text."""

    id: Any
    title: str
    text: str


def search(
    model: Annotated[str, typer.Argument(metavar="RUN_OR_RELEASE", help="A release, an alias, or a run's folder.")],
    question: Annotated[str | None, typer.Argument(help="One question, whose passages are shown.")] = None,
    input: Annotated[
        Path | None, typer.Option(help='Many questions: rows of {"id", "question"} (.jsonl, .csv, .parquet).')
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(help='Where to write {"id", "passages": [{"id", "score"}], "answerability"} for each (.jsonl).'),
    ] = None,
    corpus: Annotated[
        Path | None,
        typer.Option(help='Passages: rows of {"id", "text"} (as for --input); else the release\'s policies.'),
    ] = None,
    top_k: Annotated[int, typer.Option(min=1, help="Passages a question.")] = 10,
    rerank: Annotated[bool, typer.Option(help="Read the best candidates again, where there is a reranker.")] = True,
    json: JsonOption = None,
) -> None:
    """Rank passages for a question, or for every question of a file: a corpus's, or the policies in force today."""
    if question is not None:
        if input or output:
            raise ConfigError("Expected a question, or --input and --output, found both. Leave one out.")
        _show_one(model, question, corpus, top_k, rerank, json)
        return
    if not (input and output):
        raise ConfigError('Expected a question, or --input and --output. Ask one: tellerbot search production "..."')
    check_output(output, input, corpus)
    rows = list(read_objects(input, "question"))
    passage, ranked = _rank(model, corpus, [str(row["question"]) for row in rows], top_k, rerank)

    def lines() -> Iterator[str]:
        for row, ranking in zip(rows, ranked, strict=True):
            found = [{"id": passage(at).id, "score": score} for at, score in _scores(ranking)]
            said = {"id": row.get("id"), "passages": found, "answerability": round(ranking.answerability, 6)}
            # In ASCII: an id is given back as it came, even one that no UTF-8 can hold.
            yield json_.dumps(said, default=str)

    out.print(f"Wrote {write_lines(output, lines())} rows to {output}", markup=False)


def _show_one(model: str, question: str, corpus: Path | None, top_k: int, rerank: bool, json: Path | None) -> None:
    passage, (ranking,) = _rank(model, corpus, [question], top_k, rerank)
    found = [(passage(at), score) for at, score in _scores(ranking)]
    for number, (one, score) in enumerate(found, 1):
        out.print(f"{number}. {one.title}  ({one.id}, score {score:.3f})", style="cyan", markup=False)
        out.print("".join(f"   {line}\n" for line in one.text.splitlines()), markup=False)
    verdict = "is" if ranking.answerability >= ranking.threshold else "is not"
    out.print(
        f"The answer {verdict} in these passages: answerability {ranking.answerability:.3f}, threshold "
        f"{ranking.threshold:.3f}."
    )
    passages = [{"id": one.id, "score": score, "text": one.text} for one, score in found]
    save_json(json, {"question": question, "passages": passages, "answerability": round(ranking.answerability, 6)})


def _scores(ranking: "Ranking") -> list[tuple[int, float]]:
    """Return the rows of the passages, best first, with their scores."""
    return [(at, round(score, 6)) for at, score in zip(ranking.rows.tolist(), ranking.scores.tolist(), strict=True)]


def _rank(
    model: str, corpus: Path | None, questions: Sequence[str], top_k: int, rerank: bool
) -> tuple[Callable[[int], Shown], list["Ranking"]]:
    """Return a function that gives the passage of a row, and each question's ranking."""
    folder = _model_folder(model, needs_policies=corpus is None)
    if corpus:
        return _rank_file(folder, corpus, questions, top_k, rerank)
    return _rank_policies(folder, questions, top_k, rerank)


def _model_folder(name: str, *, needs_policies: bool) -> Path:
    """Return the folder of a run's or release's model; a run has no policies to search."""
    from tellerbot.release.manifest import verify
    from tellerbot.release.registry import Registry
    from tellerbot.training.folders import open_run

    if (Path(name) / "model").is_dir():
        if needs_policies:
            raise ConfigError(f"{name}: a run holds no passages. Name some with --corpus, or a release.")
        return open_run(Path(name), "retriever").model
    folder = Path(name) if (Path(name) / "manifest.json").is_file() else Registry.at(load_settings()).resolve(name)
    verify(folder)
    return folder / "knowledge"


def _rank_file(
    folder: Path, corpus: Path, questions: Sequence[str], top_k: int, rerank: bool
) -> tuple[Callable[[int], Shown], list["Ranking"]]:
    from tellerbot.knowledge.retriever import Retriever

    passages = list(read_objects(corpus, "text"))
    if not passages:
        raise DataError(f"{corpus}: expected passages, found none. Fill the file, or name another.")
    # As JSON, for an id may be of any kind.
    ids = [json_.dumps(row.get("id"), default=str) for row in passages]
    seen: set[str] = {"null"}
    for number, id in enumerate(ids, 1):
        if id in seen:
            raise DataError(
                f"{corpus}: expected an id of its own for each passage, found {id} in row {number}. Mend the ids."
            )
        seen.add(id)
    retriever = Retriever.open(folder)
    index = retriever.index([str(row["text"]) for row in passages])

    def passage(at: int) -> Shown:
        row = passages[at]
        return Shown(row.get("id"), str(row.get("title") or "passage"), str(row["text"]))

    return passage, retriever.rank(index, questions, top_k, rerank=rerank)


def _rank_policies(
    folder: Path, questions: Sequence[str], top_k: int, rerank: bool
) -> tuple[Callable[[int], Shown], list["Ranking"]]:
    from tellerbot.knowledge.index import KnowledgeIndex

    index = KnowledgeIndex.open(folder)

    def passage(at: int) -> Shown:
        found = index.passages[at]
        return Shown(found.id, f"{found.title}, {found.section}", found.text)

    return passage, index.rank(questions, top_k, date.today(), rerank=rerank)
