"""The `tellerbot cases` commands."""

from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tellerbot.cli.console import JsonOption, out, save_json
from tellerbot.cli.options import load_settings
from tellerbot.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tellerbot.records.cases import Cases, QueuedCase

app = typer.Typer(no_args_is_help=True)
Reference = Annotated[str, typer.Argument(metavar="REFERENCE", help="A case's reference, as the customer reads it.")]
Agent = Annotated[str, typer.Option(envvar="USER", help="The name that the customer reads.")]


@app.command("list")
def list_(
    status: Annotated[
        str | None, typer.Option(help="open, claimed, returned or closed; else those that wait for an agent.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 100,
    json: JsonOption = None,
) -> None:
    """List cases by priority, then age."""
    from rich.markup import escape
    from rich.table import Table

    from tellerbot.records.case_rows import STATUSES, Status

    known: dict[str, Status] = {name: name for name in STATUSES}
    chosen = known.get(status or "")
    if status and not chosen:
        raise ConfigError(f"--status: expected one of {', '.join(STATUSES)}, found {status!r}.")
    with _open() as cases:
        found = cases.list_cases(chosen, limit)
    save_json(json, {"cases": [_plain(case) for case in found]})
    table = Table("case", "priority", "status", "since", "agent", "reason", box=None, pad_edge=False)
    for case in found:
        since = f"{case.at:%Y-%m-%d %H:%M}"
        table.add_row(
            *map(escape, (case.reference, str(case.priority), case.status, since, case.agent or "", case.reason))
        )
    out.print(table if found else "No cases.")


@app.command()
def show(
    reference: Reference,
    before: Annotated[str | None, typer.Option(metavar="TURN", help="Show the turns before this one.")] = None,
    json: JsonOption = None,
) -> None:
    """Show a case and the newest turns of its conversation; times are in UTC."""
    from tellerbot.conversation.turns import view
    from tellerbot.records.cases import MOST_TURNS

    with _open() as cases:
        case, turns = cases.show(reference, before)
    seen = [turn for turn in map(view, turns) if turn.has_content]
    save_json(json, {
        **_plain(case),
        "turns": [
            {"id": turn.id, "at": turn.at.isoformat(), "message": turn.message, "reply": turn.reply,
             "agent": turn.agent, "notice": turn.notice}
            for turn in seen
        ],
    })  # fmt: skip
    _tell(case)
    if len(turns) >= MOST_TURNS:
        out.print(
            f"Earlier turns: tellerbot cases show {reference} --before {turns[0].id}", markup=False, soft_wrap=True
        )
    for turn in seen:
        out.print(f"{turn.at:%Y-%m-%d %H:%M}", style="dim", markup=False)
        if turn.message:
            out.print(f"  customer> {turn.message}", markup=False)
        if turn.reply:
            out.print(f"  {turn.agent or 'assistant'}> {turn.reply}", style="cyan", markup=False)
        if turn.notice:
            out.print(f"  {turn.notice}", style="dim", markup=False)


@app.command()
def claim(reference: Reference, agent: Agent) -> None:
    """Take a case and its conversation: the assistant is silent from here on."""
    with _open() as cases:
        _tell(cases.claim(reference, agent))


@app.command()
def reply(
    reference: Reference,
    text: Annotated[str, typer.Argument(help="1 to 2,000 characters; personal data in it is masked.")],
    agent: Agent,
    release: Annotated[
        str, typer.Option(help="The release or alias whose project says which phone numbers are masked.")
    ] = "production",
) -> None:
    """Write to the customer of a case that is yours."""
    from tellerbot.assistant.agents import write_as_agent
    from tellerbot.project.load import load_assistant
    from tellerbot.release.registry import Registry

    countries = load_assistant(Registry.at(load_settings()).resolve(release) / "project").countries
    with _open() as cases:
        case, masked = write_as_agent(cases, reference, agent, text, countries)
    _tell(case)
    if masked.kinds:
        out.print(f"Masked: {', '.join(masked.kinds)}. The customer reads: {masked.text}", markup=False)


@app.command("return")
def return_(reference: Reference, agent: Agent) -> None:
    """Hand the conversation back to the assistant, and the case to whoever claims it next."""
    with _open() as cases:
        _tell(cases.return_(reference, agent))


@app.command()
def close(reference: Reference, agent: Agent) -> None:
    """Settle a case that is yours, for good."""
    with _open() as cases:
        _tell(cases.close(reference, agent))


@contextmanager
def _open() -> "Iterator[Cases]":
    """Open the cases in the records. Raises ArtefactError when there are no records of this version."""
    from tellerbot.database import begin_read, open_engine
    from tellerbot.records.cases import Cases
    from tellerbot.records.store import Records
    from tellerbot.records.upgrade import require_current

    engine = open_engine(load_settings().database)
    with begin_read(engine) as connection:
        require_current(connection)
    yield Cases(Records(engine))
    engine.dispose()


def _plain(case: "QueuedCase") -> dict[str, Any]:
    return {name: at.isoformat() if hasattr(at, "isoformat") else at for name, at in asdict(case).items()}


def _tell(case: "QueuedCase") -> None:
    who = f", {case.agent}" if case.agent else ""
    out.print(
        f"{case.reference}: {case.status}{who}; priority {case.priority}; {case.reason}; "
        f"customer {case.customer or 'not signed in'}",
        markup=False,
    )
