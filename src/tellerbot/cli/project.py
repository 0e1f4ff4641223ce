"""`tellerbot init` and `tellerbot test`: the project folder."""

import tempfile
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tellerbot.cli.console import JsonOption, out, save_json
from tellerbot.cli.options import load_settings
from tellerbot.errors import ConfigError, GateError, format_count

if TYPE_CHECKING:
    from tellerbot.assistant.play import Coverage, PlayedTurn


def init(
    folder: Annotated[Path, typer.Argument(help="The folder to make.")],
    rows: Annotated[
        Path | None, typer.Option("--from", metavar="FILE", help="Labelled utterances: an intent for each label.")
    ] = None,
    minimal: Annotated[bool, typer.Option("--minimal", help="The smallest project that works.")] = False,
    bank: Annotated[str, typer.Option(metavar="NAME", help="Your bank's name, in every text.")] = "",
) -> None:
    """Make a project folder: a copy of the demo bank's, the smallest one, or one from your own labelled rows."""
    from tellerbot.project.scaffold import init_project

    if rows and minimal:
        raise ConfigError("Expected --from or --minimal, found both. A project from rows is a minimal one.")
    contents = _draft(rows) if rows else None
    files = init_project(folder, "minimal" if minimal or rows else "demo", bank, contents)
    out.print(f"Made {folder} with {len(files)} files.", markup=False)
    out.print(
        f"Edit them, then: tellerbot data validate {folder}; tellerbot quickstart --project {folder}", markup=False
    )


def _draft(rows: Path) -> Mapping[str, str]:
    """Draft the files of a project from a file of rows; print the format it detected and what it left out."""
    from tellerbot.data.read import OUT_OF_SCOPE, plain_label, read_rows
    from tellerbot.data.split import check_intents
    from tellerbot.project.from_rows import Utterance, draft_project

    file = read_rows(rows, "intents")
    check_intents(file)
    named = [(row, plain_label(row.label)) for row in file.rows]
    draft = draft_project(
        [
            Utterance(row.text.strip(), "" if label == OUT_OF_SCOPE else label, row.subject, row.file, row.line)
            for row, label in named
        ]
    )
    out.print(f"{file.detected}; {format_count(draft.repeats, 'repeat')} left out", markup=False)
    out.print(f"{format_count(len(draft.intents), 'intent')}; each hands over to a person until its reply is written.")
    renamed = {label: name for label, name in draft.intents.items() if label != name}
    if renamed:
        out.print(f"Renamed: {', '.join(f'{label} is {name}' for label, name in renamed.items())}", markup=False)
    return draft.files


def test(
    name: Annotated[str, typer.Argument(metavar="RELEASE", help="A release or alias.")] = "production",
    json: JsonOption = None,
    junit: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Also write JUnit XML to FILE, for a CI server.")
    ] = None,
    sandbox: Annotated[
        bool, typer.Option("--sandbox", help="TELLERBOT_BANK__URL names a sandbox: tests may act there.")
    ] = False,
) -> None:
    """Play the project's conversation tests against a release, each at a demo bank of its own."""
    from tellerbot.assistant.load import load_release, open_store
    from tellerbot.assistant.play import Coverage, play
    from tellerbot.assistant.sandbox import open_sandbox
    from tellerbot.release.registry import Registry
    from tellerbot.release.results import save_results

    with tempfile.TemporaryDirectory() as folder:
        # Records of their own: tests are no customer's conversations.
        settings = load_settings(database_url=f"sqlite:///{Path(folder) / 'tests.db'}")
        banks = open_sandbox(settings, Path(folder), sandbox)
        with (
            banks.open(date.today()) as bank,
            closing(load_release(name, settings, bank, open_store(settings))) as assistant,
        ):
            coverage = Coverage(assistant.parts.project)
            turns: list[PlayedTurn] = []
            for turn in play(assistant, coverage, banks):
                turns.append(turn)
                if not turn.passed:
                    _print_failed(turn, turns)
            release = assistant.manifest.version
    failed = sum(not turn.passed for turn in turns)
    save_results(Registry.at(settings), release, len(turns) - failed, failed)
    _finish(release, turns, coverage, json, junit)


def _print_failed(turn: "PlayedTurn", turns: Sequence["PlayedTurn"]) -> None:
    """Print what a failed turn was expected to be and what it was, below the turns before it in the conversation."""
    out.print(f"FAILED  {turn.place}, turn {turn.number}, {_who(turn)}", style="red", markup=False)
    for before in turns[-turn.number :]:
        out.print(f"    > {before.say}", markup=False)
        out.print("".join(f"    {line}\n" for line in before.reply.splitlines()), end="", markup=False)
    for each in turn.differences:
        out.print(f"    - {each.what}: expected {each.expected}", style="green", markup=False)
        out.print(f"    + {each.what}: found {each.found}", style="red", markup=False)
    out.print()


def _who(turn: "PlayedTurn") -> str:
    return f"signed in as {turn.customer}" if turn.customer else "not signed in"


def _finish(
    release: str, turns: Sequence["PlayedTurn"], coverage: "Coverage", json: Path | None, junit: Path | None
) -> None:
    """Print the coverage and the outcome, and write the files. Raises GateError when a turn failed."""
    from tellerbot.cli.junit import write_junit

    met = {
        "intents": coverage.intents(), "replies": coverage.answers(), "flows": coverage.flows(),
        "steps": coverage.steps(), "actions": coverage.actions(),
    }  # fmt: skip
    for what, names in met.items():
        missing = [name for name, is_met in names.items() if not is_met]
        out.print(f"{what}: {len(names) - len(missing)} of {len(names)} met", markup=False)
        if missing:
            out.print(f"    not met: {'; '.join(missing)}", markup=False)
    failed = sum(not turn.passed for turn in turns)
    counts = {"release": release, "passed": len(turns) - failed, "failed": failed}
    save_json(json, {**counts, "coverage": met, "results": [asdict(turn) for turn in turns]})
    if junit:
        write_junit(junit, release, turns)
    if failed:
        raise GateError(f"{failed} of {format_count(len(turns), 'turn')} failed.")
    out.print(f"All {format_count(len(turns), 'turn')} passed.")
