"""`tellerbot audit`"""

from typing import Annotated

import typer

from tellerbot.cli.console import JsonOption, out, save_json
from tellerbot.errors import ArtefactError, ConfigError, GateError, counted
from tellerbot.settings import load_settings

app = typer.Typer(no_args_is_help=True)


@app.callback()
def _group() -> None: ...


@app.command()
def verify(
    head: Annotated[
        str | None, typer.Option(metavar="NUMBER:HASH", help="A head noted earlier that must still be there.")
    ] = None,
    json: JsonOption = None,
) -> None:
    """Recompute the chain of the audit log and compare what is recorded with it; exit code 4 after tampering."""
    from sqlalchemy import inspect

    from tellerbot.database import open_engine, reaching
    from tellerbot.records.verify import verify as verify_records

    expected = None
    if head:
        number, _, digest = head.partition(":")
        if not number.isdigit() or len(digest) != 64:
            raise ConfigError(f"--head: expected NUMBER:HASH as `tellerbot audit verify` prints it, found {head!r}.")
        expected = (int(number), digest)
    engine = open_engine(load_settings().database)
    with reaching(engine):
        if not inspect(engine).has_table("audit_records"):
            raise ArtefactError(f"Expected an audit log at {engine.url!r}, found none. Check TELLERBOT_HOME.")
    verdict = verify_records(engine, expected)
    noted = f"{verdict.head[0]}:{verdict.head[1]}"
    save_json(json, {"records": verdict.count, "turns": verdict.turns, "head": noted, "faults": verdict.faults})
    if verdict.faults:
        shown = "\n".join(f"  {fault}" for fault in verdict.faults[:20])
        raise GateError(f"The audit log of {verdict.count} records was tampered with:\n{shown}")
    out.print(
        f"{counted(verdict.count, 'record')} of {counted(verdict.turns, 'turn')}, unbroken. "
        f"Head {noted} (note it elsewhere).",
        markup=False,
    )
