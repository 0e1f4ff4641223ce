"""`tellerbot train`: the same for every task."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from tellerbot.cli.console import JsonOption, err, progress_bar, save_json
from tellerbot.cli.figures import print_run
from tellerbot.cli.options import load_settings
from tellerbot.training.folders import Run
from tellerbot.training.progress import Progress

app = typer.Typer(no_args_is_help=True)
ConfigArgument = Annotated[Path, typer.Argument(help="The run's YAML config; see configs/.")]


@app.callback()
def _group() -> None: ...


def _train(train: Callable[[Path, Progress], Run | None], json: Path | None) -> None:
    """Run a trainer under a bar, and show its figures. Ctrl-C says how it goes on."""
    with progress_bar("training") as progress:
        try:
            run = train(load_settings().runs, progress)
        except KeyboardInterrupt:
            err.print("Stopped. The same command goes on from its last save, or starts again where there is none.")
            raise
    if run is not None:
        print_run(run)
        save_json(json, {"run": str(run.folder), **run.read("metrics.json")})


@app.command()
def intents(
    config: ConfigArgument,
    data: Annotated[Path, typer.Option(help="Labelled utterances (.jsonl, .csv, .parquet) or a project folder.")],
    validation: Annotated[Path | None, typer.Option(help="Validation rows; else they are split off the data.")] = None,
    test: Annotated[Path | None, typer.Option(help="Rows to measure on; else they are split off the data.")] = None,
    json: JsonOption = None,
) -> None:
    """Fine-tune an encoder to tell intents, export it, and measure the export on test rows."""
    from tellerbot.intents.config import IntentsConfig
    from tellerbot.intents.train import train
    from tellerbot.training.config import read_config

    resolved = read_config(config, IntentsConfig)
    _train(
        lambda runs, progress: train(resolved, data, validation=validation, test=test, runs=runs, progress=progress),
        json,
    )


@app.command()
def retriever(
    config: ConfigArgument,
    data: Annotated[Path, typer.Option(help="A folder with corpus.jsonl and train.jsonl, or a file of pairs.")],
    json: JsonOption = None,
) -> None:
    """Fine-tune an encoder to bring questions to their passages, export it, and measure the export."""
    from tellerbot.knowledge.config import RetrieverConfig
    from tellerbot.knowledge.train import train
    from tellerbot.training.config import read_config

    resolved = read_config(config, RetrieverConfig)
    _train(lambda runs, progress: train(resolved, data, runs=runs, progress=progress), json)


@app.command()
def responder(
    config: ConfigArgument,
    data: Annotated[Path, typer.Option(help="A folder with train, validation and test rows, or a file of replies.")],
    json: JsonOption = None,
) -> None:
    """Fine-tune a language model to word replies, export it, and measure it beside the base model."""
    from tellerbot.responses.config import ResponderConfig
    from tellerbot.responses.train import train
    from tellerbot.training.config import read_config

    resolved = read_config(config, ResponderConfig)
    _train(lambda runs, progress: train(resolved, data, runs=runs, progress=progress), json)


@app.command()
def check(
    config: ConfigArgument,
    data: Annotated[Path, typer.Option(help="A project folder, whose policies claims are made of.")],
    claims: Annotated[Path | None, typer.Option(help="More claims to train on: evidence, sentence, label.")] = None,
    json: JsonOption = None,
) -> None:
    """Fine-tune an encoder to tell what evidence supports, export it, and measure the export."""
    from tellerbot.checks.config import CheckConfig
    from tellerbot.checks.rows import read_claims
    from tellerbot.checks.train import train
    from tellerbot.knowledge.passages import documents_of
    from tellerbot.project.load import load_project
    from tellerbot.training.config import read_config

    resolved = read_config(config, CheckConfig)
    documents = documents_of(load_project(data).policies)
    given = read_claims(claims) if claims else ()
    _train(lambda runs, progress: train(resolved, documents, given=given, runs=runs, progress=progress), json)
