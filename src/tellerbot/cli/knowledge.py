"""`tellerbot knowledge`"""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from tellerbot.cli.console import JsonOption, out, save_json
from tellerbot.errors import DataError
from tellerbot.settings import load_settings

app = typer.Typer(no_args_is_help=True)


@app.callback()
def _group() -> None: ...


@app.command()
def ingest(
    project: Annotated[Path, typer.Argument(help="The project's folder.")],
    json: JsonOption = None,
) -> None:
    """Read and embed the policies that changed, and say what was left out."""
    from tellerbot.knowledge.kept import kept_index
    from tellerbot.project.load import load_project

    with kept_index(load_project(project), load_settings().var) as kept:
        report = kept.report
    table = Table("documents", "count", "which", box=None, pad_edge=False)
    table.columns[1].justify = "right"
    for state, files in (("read", report.read), ("unchanged", report.unchanged), ("removed", report.removed)):
        table.add_row(state, str(len(files)), escape(", ".join(files)))
    failed = ", ".join(Path(problem.file).name for problem in report.failed)
    table.add_row("failed", str(len(report.failed)), escape(failed))
    out.print(table)
    if report.dropped:
        dropped = Table("left out", "count", "of", "where", box=None, pad_edge=False)
        dropped.columns[1].justify = "right"
        for item in report.dropped:
            dropped.add_row(escape(item.what), str(item.count), escape(item.document), escape(item.where))
        out.print(dropped)
    out.print(f"{report.passages} passages in {kept.folder}", markup=False)
    save_json(json, asdict(report))
    if report.failed:
        raise DataError(f"{len(report.failed)} documents were not read; the others are in the index.", report.failed)
