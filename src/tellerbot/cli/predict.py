"""`tellerbot predict`"""

import json
import os
import tempfile
from collections.abc import Iterator
from itertools import tee
from pathlib import Path
from typing import Annotated

import typer

from tellerbot.cli.console import out
from tellerbot.errors import DataError
from tellerbot.settings import load_settings

app = typer.Typer(no_args_is_help=True)


@app.callback()
def _group() -> None: ...


@app.command()
def intents(
    model: Annotated[str, typer.Argument(metavar="RELEASE_OR_RUN", help="A release, an alias, or a run's folder.")],
    input: Annotated[Path, typer.Option(help='Rows of {"text"} (.jsonl).')],
    output: Annotated[Path, typer.Option(help="Where to write one result a row, in order (.jsonl).")],
) -> None:
    """Tell the intent, confidence and in-scope score of every row of a file."""
    from tellerbot.intents.predict import IntentPredictor

    predictor = IntentPredictor(_model_folder(model))
    shown, asked = tee(str(row["text"]) for row in read_objects(input, "text"))
    results = predictor.stream(asked)
    lines = (
        json.dumps(
            {
                "text": text,
                "intent": result.intent,
                "confidence": round(result.confidence, 6),
                "scope_score": round(result.scope_score, 6),
                "in_scope": result.in_scope,
            },
            ensure_ascii=False,
        )
        for text, result in zip(shown, results, strict=True)
    )
    out.print(f"Wrote {write_lines(output, lines)} rows to {output}", markup=False)


def write_lines(path: Path, lines: Iterator[str]) -> int:
    """Stream lines to a file beside `path`, then rename it; returns how many there were."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    count = 0
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            os.fchmod(stream.fileno(), 0o644)
            for line in lines:
                stream.write(line + "\n")
                count += 1
        Path(name).replace(path)
    finally:
        Path(name).unlink(missing_ok=True)
    return count


def _object(path: Path, number: int, line: str, column: str) -> dict[str, object]:
    try:
        row = json.loads(line)
    except json.JSONDecodeError as error:
        raise DataError(f"{path}:{number}: expected a JSON object: {error.msg}. Write one a line.") from error
    if not isinstance(row, dict) or not isinstance(row.get(column), str):
        raise DataError(f'{path}:{number}: expected {{"{column}": "..."}}, found {line.strip()[:80]!r}.')
    return row


def read_objects(path: Path, column: str) -> Iterator[dict[str, object]]:
    """Stream a .jsonl file's objects, each with text in `column`. Raises DataError naming the line."""
    try:
        with path.open(encoding="utf-8", newline="\n") as stream:
            for number, line in enumerate(stream, 1):
                if line.strip():
                    yield _object(path, number, line, column)
    except FileNotFoundError as error:
        raise DataError(f"{path}: expected a file, found none. Check the path.") from error
    except UnicodeDecodeError as error:
        raise DataError(f"{path}: expected UTF-8 text: {error.reason}. Save the file as UTF-8.") from error


def _model_folder(name: str) -> Path:
    from tellerbot.release.manifest import verify
    from tellerbot.release.registry import Registry
    from tellerbot.training.run import open_run

    if Path(name).is_dir() and (Path(name) / "model").is_dir():
        return open_run(Path(name), "intents").model
    folder = Path(name) if (Path(name) / "manifest.json").is_file() else Registry.at(load_settings()).resolve(name)
    verify(folder)
    return folder / "intents"
