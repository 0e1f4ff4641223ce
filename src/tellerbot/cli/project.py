"""`tellerbot init` and `tellerbot test`: the project folder."""

import tempfile
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tellerbot.cli.console import JsonOption, out, save_json
from tellerbot.errors import GateError
from tellerbot.settings import load_settings

if TYPE_CHECKING:
    from tellerbot.assistant.load import Assistant


def init(folder: Annotated[Path, typer.Argument(help="The folder to make.")]) -> None:
    """Make a project folder: a copy of the demo bank's, to change into your own."""
    from tellerbot.project.scaffold import init_project

    files = init_project(folder)
    out.print(f"Made {folder} with {len(files)} files. Edit them, then: tellerbot quickstart --project {folder}")


def test(
    name: Annotated[str, typer.Argument(metavar="RELEASE", help="A release or alias.")] = "production",
    json: JsonOption = None,
) -> None:
    """Play the project's conversation tests against a release."""
    from tellerbot.assistant.load import load

    with tempfile.TemporaryDirectory() as folder:
        # Records of their own: tests are no customer's conversations.
        records = f"sqlite:///{Path(folder) / 'tests.db'}"
        with closing(load(name, load_settings(database_url=records))) as assistant:
            _play(assistant, json)


def _play(assistant: "Assistant", json: Path | None) -> None:
    bank = assistant.parts.bank
    results: list[dict[str, Any]] = []
    for case in assistant.parts.project.tests:
        customer = bank.find_user(case.customer) if case.customer else None
        turn = assistant.reply(case.say, customer)
        faults = []
        if case.expect.kind and turn.kind != case.expect.kind:
            faults.append(f"expected kind {case.expect.kind!r}, found {turn.kind!r} ({turn.reason})")
        if case.expect.intent and turn.intent != case.expect.intent:
            faults.append(f"expected intent {case.expect.intent}, found {turn.intent}")
        for part in case.expect.contains:
            if part.casefold() not in turn.reply.casefold():
                faults.append(f"expected {part!r} in the reply")
        if case.expect.cites and case.expect.cites not in {passage.id.split("/")[0] for passage in turn.citations}:
            faults.append(f"expected a citation of {case.expect.cites}")
        results.append(
            {
                "say": case.say,
                "customer": case.customer,
                "reply": turn.reply,
                "kind": turn.kind,
                "faults": faults,
            }
        )
        out.print(f"{'FAILED' if faults else 'passed'}  {case.say}", style="red" if faults else "", markup=False)
        for fault in faults:
            out.print(f"        {fault}", markup=False)
    failed = sum(bool(result["faults"]) for result in results)
    save_json(
        json,
        {
            "release": assistant.manifest.version,
            "passed": len(results) - failed,
            "failed": failed,
            "results": results,
        },
    )
    if failed:
        raise GateError(f"{failed} of {len(results)} conversation tests failed.")
    out.print(f"All {len(results)} conversation tests passed.")
