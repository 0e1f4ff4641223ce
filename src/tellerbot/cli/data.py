"""The `tellerbot data` commands."""

from collections import Counter
from functools import partial
from json import dumps
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from tellerbot.cli.console import JsonOption, out, progress_bar, save_json
from tellerbot.errors import ConfigError, format_count
from tellerbot.files import build_folder

app = typer.Typer(no_args_is_help=True)


@app.callback()
def _group() -> None: ...


@app.command()
def validate(
    path: Annotated[
        Path,
        typer.Argument(help="A file of rows, a folder with Parquet files, a project, or a folder with a corpus.jsonl."),
    ],
) -> None:
    """Say what a file or folder was taken for, and list every bad row."""
    from tellerbot.data.read import read_rows
    from tellerbot.data.split import check_intents
    from tellerbot.intents.rows import is_project, load_labelled
    from tellerbot.knowledge.config import RetrieverConfig
    from tellerbot.knowledge.rows import CORPUS, load_retrieval
    from tellerbot.responses.rows import refuse_figures

    if (path / CORPUS).is_file():
        retrieval = load_retrieval(path, RetrieverConfig(allow_leaks=True))
        out.print(retrieval.detected, markup=False)
        out.print(f"{format_count(retrieval.left_out, 'question')} without text left out. No mistakes found.")
        return
    if is_project(path):
        _validate_project(path)
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
    elif file.format.kind == "replies":
        refuse_figures(file.rows)
    out.print("No mistakes found.")


def _validate_project(folder: Path) -> None:
    """Check a project against the connector that the settings name, which is asked for nothing but what it has."""
    from tellerbot.assistant.validate import validate_project
    from tellerbot.bank.connect import connect_bank
    from tellerbot.settings import load_settings

    settings = load_settings()
    validate_project(folder, connect_bank(settings.bank.name, settings.bank_url))


@app.command()
def doctor(
    data: Annotated[
        Path,
        typer.Argument(help="Labelled utterances or replies (a file, or a folder with Parquet files), or a project."),
    ],
    run: Annotated[Path | None, typer.Option(help="An intents run: how far has it memorised the rows?")] = None,
    model: Annotated[str, typer.Option(help="The encoder to compare with.")] = "sentence-transformers/all-MiniLM-L6-v2",
    validation: Annotated[Path | None, typer.Option(help="Validation rows: do any leak?")] = None,
    test: Annotated[Path | None, typer.Option(help="Rows to measure on: do any leak?")] = None,
    output: Annotated[Path, typer.Option(help="The folder for the page and the rows to mend.")] = Path("doctor"),
    json: JsonOption = None,
) -> None:
    """Look rows over for label errors, contradictions, leaks, personal data and more; lists the rows to mend.

    In replies, looks for figures that a model would learn to make up, and turns them into placeholders.
    """
    from tellerbot.cli.replies import as_replies, mend_replies

    if replies := as_replies(data):
        mend_replies(replies, output, json, run=run, validation=validation, test=test)
        return
    from tellerbot.data.doctor_report import MEND, PAGE, write_diagnosis
    from tellerbot.intents.doctor import examine
    from tellerbot.privacy.redact import COUNTRIES, redact
    from tellerbot.project.load import load_assistant

    countries = load_assistant(data).countries if (data / "assistant.yaml").is_file() else COUNTRIES
    mask = partial(redact, countries=countries)
    with progress_bar("examining") as progress:
        diagnosis = examine(data, mask, model=model, run=run, validation=validation, test=test, progress=progress)
    write_diagnosis(output, diagnosis)
    out.print(f"{diagnosis.detected}, {diagnosis.intents} intents", markup=False)
    table = Table("severity", "finding", "count", box=None, pad_edge=False)
    table.columns[2].justify = "right"
    for part in diagnosis.sections:
        table.add_row(part.severity, part.kind.title, str(part.count))
    out.print(table)
    out.print(f"{len(diagnosis.to_mend())} rows to mend: {output / MEND}; what to do: {output / PAGE}", markup=False)
    save_json(json, diagnosis.figures())


@app.command()
def synth(
    project: Annotated[Path, typer.Argument(help="The project's folder.")],
    output: Annotated[Path, typer.Option(help="The folder for train.jsonl, validation.jsonl and test.jsonl.")],
    rows: Annotated[
        int | None, typer.Option(help="How many rows in all; else 40 for each utterance, from 800 to 5,000.")
    ] = None,
    seed: Annotated[int, typer.Option(help="The same seed gives the same rows.")] = 7,
    json: JsonOption = None,
) -> None:
    """Write rows to fine-tune a responder on, with placeholders for every figure."""
    from tellerbot.files import write_lines
    from tellerbot.knowledge.passages import sections_of
    from tellerbot.project.load import load_project
    from tellerbot.release.check import check_project
    from tellerbot.responses.synth import synthesise

    if output.exists():
        raise ConfigError(f"{output}: expected a new folder for the rows, found one. Name another, or remove it.")
    loaded = load_project(project)
    check_project(loaded)
    parts = synthesise(loaded, sections_of(loaded.policies), rows, seed)
    with build_folder(output) as folder:
        for name, some in parts.items():
            write_lines(folder / f"{name}.jsonl", (dumps(row.columns(), ensure_ascii=False) for row in some))
    out.print(f"{', '.join(f'{len(some)} {name}' for name, some in parts.items())} rows in {output}", markup=False)
    save_json(json, {name: len(some) for name, some in parts.items()})
