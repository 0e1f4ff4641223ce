"""`tellerbot data`"""

from collections import Counter
from pathlib import Path
from typing import Annotated

import typer

from tellerbot.cli.console import out

app = typer.Typer(no_args_is_help=True)


@app.callback()
def _group() -> None: ...


@app.command()
def validate(
    path: Annotated[Path, typer.Argument(help="A .jsonl, .csv or .parquet file, or a project folder.")],
) -> None:
    """Say what a file or project was taken for, and list every bad row."""
    from tellerbot.data.read import read_rows
    from tellerbot.data.split import check_intents
    from tellerbot.intents.rows import load_labelled
    from tellerbot.project.load import load_project
    from tellerbot.release.check import check_project

    if path.is_dir():
        check_project(load_project(path))
        labelled = load_labelled(path)
        file, detected = labelled.file, labelled.detected
    else:
        file = read_rows(path)
        detected = file.detected
    out.print(detected, markup=False)
    if file.format.kind == "intents":
        rows = check_intents(file)
        counts = Counter(row.label for row in rows)
        dropped = len(file.rows) - len(rows)
        spread = f"{min(counts.values())} to {max(counts.values())}"
        out.print(f"{len(counts)} labels, {spread} different rows each; {dropped} repeated rows will be dropped.")
    out.print("No mistakes found.")
