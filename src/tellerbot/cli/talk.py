"""`tellerbot chat` and `tellerbot search`"""

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from tellerbot.cli.console import err, out
from tellerbot.cli.predict import read_objects, write_lines
from tellerbot.errors import DataError
from tellerbot.settings import load_settings


def chat(
    release: Annotated[str, typer.Argument(help="A release or alias.")] = "production",
    customer: Annotated[str | None, typer.Option(help="Talk as this user of the bank; else not signed in.")] = None,
    trace: Annotated[bool, typer.Option(help="Show the steps of each turn.")] = False,
) -> None:
    """Talk with an assistant here. An empty line or Ctrl-D ends it."""
    from tellerbot.assistant.load import load, new_conversation

    assistant = load(release)
    who = assistant.parts.bank.find_user(customer) if customer else None
    if customer and who is None:
        raise DataError(f"Expected a user the bank knows, found {customer!r}. The demo bank's are ada, ben and carmen.")
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
        out.print(turn.reply.text, style="cyan", markup=False)
        for passage in turn.reply.citations:
            out.print(
                f"  [{passage.title}, {passage.section}; in force from {passage.in_force_from}]",
                style="dim",
                markup=False,
            )
        if trace:
            for step in turn.trace:
                out.print(f"  {step.ms:8.2f} ms  {step.name:<10} {step.note}", style="dim", markup=False)


def search(
    release: Annotated[str, typer.Argument(help="A release or alias.")],
    input: Annotated[Path, typer.Option(help='Questions: rows of {"id", "question"} (.jsonl).')],
    output: Annotated[Path, typer.Option(help='Where to write {"id", "passages": [{"id", "score"}]} (.jsonl).')],
    top_k: Annotated[int, typer.Option(min=1, help="Passages a question.")] = 10,
) -> None:
    """Rank the policies' passages in force today for every question of a file."""
    from tellerbot.knowledge.index import KnowledgeIndex
    from tellerbot.release.manifest import verify
    from tellerbot.release.registry import Registry

    folder = Registry.at(load_settings()).resolve(release)
    verify(folder)
    index = KnowledgeIndex(folder / "knowledge")
    rows = list(read_objects(input, "question"))
    ranked = index.rank([str(row["question"]) for row in rows], top_k, date.today()) if rows else []

    def lines() -> Iterator[str]:
        for row, passages in zip(rows, ranked, strict=True):
            found = [{"id": passage, "score": round(score, 6)} for passage, score in passages]
            yield json.dumps({"id": row.get("id"), "passages": found}, ensure_ascii=False)

    out.print(f"Wrote {write_lines(output, lines())} rows to {output}", markup=False)
