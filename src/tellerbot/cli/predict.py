"""`tellerbot predict`"""

import json
from collections.abc import Iterator
from itertools import tee
from pathlib import Path
from typing import Annotated

import typer

from tellerbot.cli.console import check_output, out, progress_bar
from tellerbot.data.read import read_objects
from tellerbot.files import write_lines
from tellerbot.settings import load_settings
from tellerbot.training.progress import Progress

app = typer.Typer(no_args_is_help=True)


@app.callback()
def _group() -> None: ...


@app.command()
def intents(
    model: Annotated[str, typer.Argument(metavar="RELEASE_OR_RUN", help="A release, an alias, or a run's folder.")],
    input: Annotated[Path, typer.Option(help='Rows of {"text"} (.jsonl, .csv, .parquet).')],
    output: Annotated[Path, typer.Option(help="Where to write one result a row, in order (.jsonl).")],
) -> None:
    """Tell the intent, confidence and in-scope score of every row of a file."""
    from tellerbot.intents.predict import IntentPredictor

    check_output(output, input)
    predictor = IntentPredictor(_model_folder(model))
    shown, asked = tee(row["text"] for row in read_objects(input, "text"))
    results = predictor.stream(asked)

    def lines(rows: int, progress: Progress) -> Iterator[str]:
        for number, (text, result) in enumerate(zip(shown, results, strict=True), 1):
            if number % 1000 == 0 or number == rows:
                progress(number, rows, "")
            found = {
                "text": text,
                "intent": result.intent,
                "confidence": round(result.confidence, 6),
                "scope_score": round(result.scope_score, 6),
                "in_scope": result.in_scope,
            }
            yield json.dumps(found, ensure_ascii=False, default=str)

    with progress_bar("labelling") as progress:
        # Read once before: a bad row at the end is told now, not after hours.
        rows = sum(1 for _ in read_objects(input, "text"))
        wrote = write_lines(output, lines(rows, progress))
    out.print(f"Wrote {wrote} rows to {output}", markup=False)


def _model_folder(name: str) -> Path:
    from tellerbot.release.manifest import verify
    from tellerbot.release.registry import Registry
    from tellerbot.training.run import open_run

    if Path(name).is_dir() and (Path(name) / "model").is_dir():
        return open_run(Path(name), "intents").model
    folder = Path(name) if (Path(name) / "manifest.json").is_file() else Registry.at(load_settings()).resolve(name)
    verify(folder)
    return folder / "intents"
