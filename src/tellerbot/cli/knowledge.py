"""The `tellerbot knowledge` commands."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape
from rich.table import Table

from tellerbot.cli.console import JsonOption, out, save_json
from tellerbot.cli.options import load_settings
from tellerbot.errors import DataError, format_count

if TYPE_CHECKING:
    from tellerbot.knowledge.documents.blocks import DroppedContent
    from tellerbot.knowledge.looks import Look

app = typer.Typer(no_args_is_help=True)

# How many figures to look at are listed in the terminal.
SHOWN = 20


@app.callback()
def _group() -> None: ...


@app.command()
def ingest(
    project: Annotated[Path, typer.Argument(help="The project's folder.")],
    json: JsonOption = None,
    report_file: Annotated[
        Path | None,
        typer.Option(
            "--report", metavar="FILE", help="Write the text as read beside what was left out: .html or .json"
        ),
    ] = None,
) -> None:
    """Read and embed the policies that changed, and say what was left out."""
    from tellerbot.knowledge.ingested import load_ingested
    from tellerbot.knowledge.project_index import open_project_index
    from tellerbot.knowledge.reading_report import check_report, write_report
    from tellerbot.project.load import load_project

    if report_file:
        check_report(report_file)
    loaded = load_project(project)
    with open_project_index(loaded, load_settings().var) as kept:
        report = kept.report
        if report_file:
            write_report(report_file, loaded.assistant.bank, load_ingested(kept.folder), report.failed)
    table = Table("documents", "count", "which", box=None, pad_edge=False)
    table.columns[1].justify = "right"
    for state, files in (("read", report.read), ("unchanged", report.unchanged), ("removed", report.removed)):
        table.add_row(state, str(len(files)), escape(", ".join(files)))
    failed = ", ".join(Path(problem.file).name for problem in report.failed)
    table.add_row("failed", str(len(report.failed)), escape(failed))
    out.print(table)
    _print_dropped(report.dropped)
    _print_looks([look for items in report.looks.values() for look in items])
    out.print(f"{report.passages} passages in {kept.folder}", markup=False)
    save_json(json, asdict(report))
    if report.failed:
        raise DataError(f"{len(report.failed)} documents were not read; the others are in the index.", report.failed)


def _print_dropped(dropped: "Mapping[str, Sequence[DroppedContent]]") -> None:
    if not dropped:
        return
    table = Table("left out", "count", "of", "where", box=None, pad_edge=False)
    table.columns[1].justify = "right"
    for file, items in dropped.items():
        for item in items:
            table.add_row(escape(item.what), str(item.count), escape(file), escape(item.where))
    out.print(table)


def _print_looks(looks: "Sequence[Look]") -> None:
    if not looks:
        return
    table = Table("look at", "in", "why", box=None, pad_edge=False)
    for look in looks[:SHOWN]:
        table.add_row(escape(look.figure), escape(look.passage), escape(look.why))
    out.print(table)
    more = f", the first {SHOWN} above" if len(looks) > SHOWN else ""
    out.print(f"{format_count(len(looks), 'figure')} to look at{more}. See them in the text: --report FILE.html")
