"""`tellerbot init` and `tellerbot test`: the project folder."""

import tempfile
from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tellerbot.cli.console import JsonOption, out, save_json
from tellerbot.errors import GateError, counted
from tellerbot.settings import load_settings

if TYPE_CHECKING:
    from tellerbot.assistant.play import Coverage, PlayedTurn


def init(folder: Annotated[Path, typer.Argument(help="The folder to make.")]) -> None:
    """Make a project folder: a copy of the demo bank's, to change into your own."""
    from tellerbot.project.scaffold import init_project

    files = init_project(folder)
    out.print(f"Made {folder} with {len(files)} files. Edit them, then: tellerbot quickstart --project {folder}")


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

    with tempfile.TemporaryDirectory() as folder:
        # Records of their own: tests are no customer's conversations.
        settings = load_settings(database_url=f"sqlite:///{Path(folder) / 'tests.db'}")
        banks = open_sandbox(settings, Path(folder), sandbox)
        with banks.open() as bank, closing(load_release(name, settings, bank, open_store(settings))) as assistant:
            coverage = Coverage(assistant.parts.project)
            turns: list[PlayedTurn] = []
            for turn in play(assistant, coverage, banks):
                turns.append(turn)
                if not turn.passed:
                    _print_failed(turn, turns)
            release = assistant.manifest.version
    _finish(release, turns, coverage, json, junit)


def _print_failed(turn: "PlayedTurn", turns: Sequence["PlayedTurn"]) -> None:
    """What a failed turn was expected to be and what it was, below the turns before it in the conversation."""
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
        raise GateError(f"{failed} of {counted(len(turns), 'turn')} failed.")
    out.print(f"All {counted(len(turns), 'turn')} passed.")
