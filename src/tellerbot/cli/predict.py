"""The `tellerbot predict` commands."""

from collections.abc import Iterator
from itertools import tee
from pathlib import Path
from typing import Annotated, Any

import typer

from tellerbot.cli.console import check_output, out, progress_bar
from tellerbot.cli.options import load_settings
from tellerbot.cli.rows import Columns, see, write_rows
from tellerbot.data.read import read_objects
from tellerbot.errors import DataError
from tellerbot.training.progress import Progress

app = typer.Typer(no_args_is_help=True)


# What is written beside a row's own columns.
PREDICTED: Columns = {"intent": {str}, "confidence": {float}, "scope_score": {float}, "in_scope": {bool}}


@app.callback()
def _group() -> None: ...


@app.command()
def intents(
    model: Annotated[str, typer.Argument(metavar="RELEASE_OR_RUN", help="A release, an alias, or a run's folder.")],
    input: Annotated[Path, typer.Option(help='Rows of {"text"} (.jsonl, .csv, .parquet).')],
    output: Annotated[
        Path, typer.Option(help="Where to write each row with what was predicted (.jsonl, .csv, .parquet).")
    ],
) -> None:
    """Tell the intent, confidence and in-scope score of every row of a file; its other columns are kept."""
    from tellerbot.intents.predict import IntentPredictor

    check_output(output, input, jsonl_only=False)
    predictor = IntentPredictor.open(_model_folder(model))
    shown, asked = tee(read_objects(input, "text"))
    results = predictor.stream(row["text"] for row in asked)

    def predicted(rows: int, progress: Progress) -> Iterator[dict[str, Any]]:
        for number, (row, result) in enumerate(zip(shown, results, strict=True), 1):
            if number % 1000 == 0 or number == rows:
                progress(number, rows, "")
            yield row | {
                "intent": result.intent,
                "confidence": round(result.confidence, 6),
                "scope_score": round(result.scope_score, 6),
                "in_scope": result.in_scope,
            }

    with progress_bar("labelling") as progress:
        rows, columns = _read_once(input)
        wrote = write_rows(output, predicted(rows, progress), columns | PREDICTED, input)
    out.print(f"Wrote {wrote} rows to {output}", markup=False)


def _read_once(input: Path) -> tuple[int, Columns]:
    """How many rows there are and their columns; a bad row at the end is an error now, not after hours.

    Raises DataError for a column that would be written over.
    """
    rows, columns = 0, Columns()
    for row in read_objects(input, "text"):
        rows += 1
        see(columns, row)
    if taken := [name for name in columns if name in PREDICTED]:
        raise DataError(
            f"{input}: expected no column {taken[0]!r}, which is written with what is predicted, found one. Rename it."
        )
    return rows, columns


def _model_folder(name: str) -> Path:
    from tellerbot.release.manifest import verify
    from tellerbot.release.registry import Registry
    from tellerbot.training.folders import open_run

    if Path(name).is_dir() and (Path(name) / "model").is_dir():
        return open_run(Path(name), "intents").model
    folder = Path(name) if (Path(name) / "manifest.json").is_file() else Registry.at(load_settings()).resolve(name)
    verify(folder)
    return folder / "intents"
