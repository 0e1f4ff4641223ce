"""`tellerbot chat` and `tellerbot search`"""

import json
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tellerbot.cli.console import check_output, err, out
from tellerbot.data.read import read_objects
from tellerbot.errors import ConfigError, DataError
from tellerbot.files import write_lines
from tellerbot.settings import load_settings

if TYPE_CHECKING:
    from tellerbot.assistant.load import Assistant
    from tellerbot.conversation.events import Citation
    from tellerbot.knowledge.retriever import Ranking


def chat(
    release: Annotated[str, typer.Argument(help="A release or alias.")] = "production",
    customer: Annotated[str | None, typer.Option(help="Talk as this user of the bank; else not signed in.")] = None,
    trace: Annotated[bool, typer.Option(help="Show the steps of each turn.")] = False,
) -> None:
    """Talk with an assistant here. An empty line or Ctrl-D ends it."""
    from tellerbot.assistant.load import load

    with closing(load(release)) as assistant:
        _talk(assistant, customer, trace)


def _talk(assistant: "Assistant", customer: str | None, trace: bool) -> None:
    from tellerbot.assistant.load import new_conversation

    who = assistant.parts.bank.find_user(customer) if customer else None
    if customer and who is None:
        demo = "ada, ben, carmen, dina and ernest"
        raise DataError(f"Expected a user the bank knows, found {customer!r}. The demo bank's are {demo}.")
    conversation = new_conversation()
    out.print(assistant.parts.project.assistant.messages.welcome.strip(), style="cyan", markup=False)
    while True:
        try:
            text = input(f"{who.name if who else 'you'}> ").strip()
        except EOFError:
            break
        if not text:
            break
        try:
            turn = assistant.reply(text, who, conversation)
        except DataError as error:
            err.print(str(error), style="red", markup=False)
            continue
        out.print(turn.reply, style="cyan", markup=False)
        for number, choice in enumerate(turn.choices, 1):
            out.print(f"  {number}. {choice.title}", style="cyan", markup=False)
        for passage in turn.citations:
            out.print(
                f"  [{passage.policy}: {passage.title}, {passage.section}; {_dates(passage)}]",
                style="dim",
                markup=False,
            )
        if trace:
            for step in turn.trace:
                out.print(f"  {step.ms:8.2f} ms  {step.name:<10} {step.note}", style="dim", markup=False)


def _dates(passage: "Citation") -> str:
    until = f" to {passage.in_force_to}" if passage.in_force_to else ""
    page = f"page {passage.page}, " if passage.page else ""
    return f"{page}in force from {passage.in_force_from}{until}"


def search(
    model: Annotated[str, typer.Argument(metavar="RUN_OR_RELEASE", help="A release, an alias, or a run's folder.")],
    input: Annotated[Path, typer.Option(help='Questions: rows of {"id", "question"} (.jsonl, .csv, .parquet).')],
    output: Annotated[
        Path, typer.Option(help='Where to write {"id", "passages": [{"id", "score"}], "answerability"} (.jsonl).')
    ],
    corpus: Annotated[
        Path | None,
        typer.Option(help='Passages: rows of {"id", "text"} (as for --input); else the release\'s policies.'),
    ] = None,
    top_k: Annotated[int, typer.Option(min=1, help="Passages a question.")] = 10,
    rerank: Annotated[bool, typer.Option(help="Read the best candidates again, where there is a reranker.")] = True,
) -> None:
    """Rank passages for every question of a file: a file's, or those of the policies in force today."""
    check_output(output, input, corpus)
    rows = list(read_objects(input, "question"))
    questions = [str(row["question"]) for row in rows]
    folder = _model_folder(model, needs_policies=corpus is None)
    ids, ranked = (
        _rank_file(folder, corpus, questions, top_k, rerank)
        if corpus
        else _rank_policies(folder, questions, top_k, rerank)
    )

    def lines() -> Iterator[str]:
        for row, ranking in zip(rows, ranked, strict=True):
            found = [
                {"id": ids(at), "score": round(score, 6)}
                for at, score in zip(ranking.rows.tolist(), ranking.scores.tolist(), strict=True)
            ]
            said = {"id": row.get("id"), "passages": found, "answerability": round(ranking.answerability, 6)}
            # In ASCII: an id is given back as it came, even one that no UTF-8 can hold.
            yield json.dumps(said, default=str)

    out.print(f"Wrote {write_lines(output, lines())} rows to {output}", markup=False)


def _model_folder(name: str, *, needs_policies: bool) -> Path:
    """The folder of a run's or release's model; a run has no policies to search."""
    from tellerbot.release.manifest import verify
    from tellerbot.release.registry import Registry
    from tellerbot.training.run import open_run

    if (Path(name) / "model").is_dir():
        if needs_policies:
            raise ConfigError(f"{name}: a run holds no passages. Name some with --corpus, or a release.")
        return open_run(Path(name), "retriever").model
    folder = Path(name) if (Path(name) / "manifest.json").is_file() else Registry.at(load_settings()).resolve(name)
    verify(folder)
    return folder / "knowledge"


def _rank_file(
    folder: Path, corpus: Path, questions: list[str], top_k: int, rerank: bool
) -> tuple[Callable[[int], Any], list["Ranking"]]:
    from tellerbot.knowledge.retriever import Retriever

    passages = list(read_objects(corpus, "text"))
    if not passages:
        raise DataError(f"{corpus}: expected passages, found none. Fill the file, or name another.")
    # As JSON, for an id may be of any kind.
    ids = [json.dumps(row.get("id"), default=str) for row in passages]
    seen: set[str] = {"null"}
    for number, id in enumerate(ids, 1):
        if id in seen:
            raise DataError(
                f"{corpus}: expected an id of its own for each passage, found {id} in row {number}. Mend the ids."
            )
        seen.add(id)
    retriever = Retriever(folder)
    index = retriever.index([str(row["text"]) for row in passages])
    return lambda at: passages[at].get("id"), retriever.rank(index, questions, top_k, rerank=rerank)


def _rank_policies(
    folder: Path, questions: list[str], top_k: int, rerank: bool
) -> tuple[Callable[[int], Any], list["Ranking"]]:
    from tellerbot.knowledge.index import KnowledgeIndex

    index = KnowledgeIndex(folder)
    return lambda at: index.passages[at].id, index.rank(questions, top_k, date.today(), rerank=rerank)
