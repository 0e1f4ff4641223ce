"""The `tellerbot audit` commands."""

from dataclasses import asdict
from typing import Annotated

import typer

from tellerbot.cli.console import JsonOption, out, save_json
from tellerbot.cli.options import load_settings
from tellerbot.errors import ArtefactError, ConfigError, GateError, TellerbotError, format_count

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

    from tellerbot.database import open_engine, translate_errors
    from tellerbot.records.verify import verify as verify_records

    expected = None
    if head:
        number, _, digest = head.partition(":")
        if not number.isdigit() or len(digest) != 64:
            raise ConfigError(f"--head: expected NUMBER:HASH as `tellerbot audit verify` prints it, found {head!r}.")
        expected = (int(number), digest)
    engine = open_engine(load_settings().database)
    with translate_errors(engine):
        if not inspect(engine).has_table("audit_records"):
            raise ArtefactError(f"Expected an audit log at {engine.url!r}, found none. Name its home with --home.")
    verdict = verify_records(engine, expected)
    noted = f"{verdict.head[0]}:{verdict.head[1]}"
    save_json(json, {"records": verdict.count, "turns": verdict.turns, "head": noted, "faults": verdict.faults})
    if verdict.faults:
        shown = "\n".join(f"  {fault}" for fault in verdict.faults[:20])
        raise GateError(f"The audit log of {verdict.count} records was tampered with:\n{shown}")
    out.print(
        f"{format_count(verdict.count, 'record')} of {format_count(verdict.turns, 'turn')}, unbroken. "
        f"Head {noted} (note it elsewhere).",
        markup=False,
    )


@app.command()
def find(
    reference: Annotated[str, typer.Argument(help="The reference on a receipt, or that of a hand-off.")],
    json: JsonOption = None,
) -> None:
    """Find what a reference stands for: the action or case, and its record in the chain; exit code 1 for none."""
    from tellerbot.database import open_engine
    from tellerbot.records.find import find_reference

    found = find_reference(open_engine(load_settings().database), reference.strip().upper())
    save_json(json, {"found": [asdict(one) for one in found]})
    if not found:
        raise TellerbotError(f"Expected a reference that a customer was given, found none like {reference!r}.")
    for one in found:
        kind = type(one.event).__name__
        out.print(f"record {one.record}  {one.at}  {kind}  conversation {one.conversation}", markup=False)
        out.print(f"  hash {one.hash}", markup=False)
        for key, value in asdict(one.event).items():
            out.print(f"  {key}: {value}", markup=False)
