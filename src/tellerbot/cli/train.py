"""`tellerbot train`"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from tellerbot.cli.console import JsonOption, err, out, print_scores, progress_bar, save_json
from tellerbot.settings import load_settings
from tellerbot.training.progress import Progress

app = typer.Typer(no_args_is_help=True)


@app.callback()
def _group() -> None: ...


@contextmanager
def _training() -> Iterator[Progress]:
    """A bar while a run is made; Ctrl-C says how it goes on."""
    with progress_bar("training") as progress:
        try:
            yield progress
        except KeyboardInterrupt:
            err.print("Stopped. The same command goes on from its last save, or starts again where there is none.")
            raise


@app.command()
def intents(
    config: Annotated[Path, typer.Argument(help="The run's YAML config; see configs/.")],
    data: Annotated[Path, typer.Option(help="Labelled utterances (.jsonl, .csv, .parquet) or a project folder.")],
    valid: Annotated[Path | None, typer.Option(help="Validation rows; else they are split off the data.")] = None,
    test: Annotated[Path | None, typer.Option(help="Rows to measure on; else they are split off the data.")] = None,
    json: JsonOption = None,
) -> None:
    """Fine-tune an encoder to tell intents, export it, and measure the export on held-out rows."""
    from tellerbot.intents.config import IntentsConfig
    from tellerbot.intents.train import train
    from tellerbot.training.config import read_config

    resolved = read_config(config, IntentsConfig)
    with _training() as progress:
        run = train(resolved, data, valid=valid, test=test, runs=load_settings().runs, progress=progress)
    metrics = run.read("metrics.json")
    out.print(f"{run.read('data.json')['detected']}", markup=False)
    print_scores(metrics)
    out.print(
        f"Run: {run.folder}  (figures: {metrics['measured_on']}; report: {run.folder}/report.html)",
        markup=False,
    )
    save_json(json, {"run": str(run.folder), **metrics})


@app.command()
def retriever(
    config: Annotated[Path, typer.Argument(help="The run's YAML config; see configs/.")],
    data: Annotated[Path, typer.Option(help="A folder with corpus.jsonl and train.jsonl, or a file of pairs.")],
    json: JsonOption = None,
) -> None:
    """Fine-tune an encoder to bring questions to their passages, export it, and measure the export."""
    from tellerbot.knowledge.config import RetrieverConfig
    from tellerbot.knowledge.report import comparison
    from tellerbot.knowledge.train import train
    from tellerbot.training.config import read_config

    resolved = read_config(config, RetrieverConfig)
    with _training() as progress:
        run = train(resolved, data, runs=load_settings().runs, progress=progress)
    metrics = run.read("metrics.json")
    out.print(run.read("data.json")["detected"], markup=False)
    out.print(comparison(metrics["table"]), markup=False)
    found = metrics["answerable"]
    out.print(f"Without their passage {found['caught']:.1%} of questions get no answer, with it {found['lost']:.1%}")
    out.print(
        f"Run: {run.folder}  (figures: {metrics['measured_on']}; report: {run.folder}/report.html)",
        markup=False,
    )
    save_json(json, {"run": str(run.folder), **metrics})


@app.command()
def responder(
    config: Annotated[Path, typer.Argument(help="The run's YAML config; see configs/.")],
    data: Annotated[Path, typer.Option(help="A folder with train, validation and test rows, or a file of replies.")],
    plan: Annotated[bool, typer.Option(help="Only measure a few steps, and say what training would take.")] = False,
    json: JsonOption = None,
) -> None:
    """Fine-tune a language model to word replies, export it, and measure it beside the base model."""
    from tellerbot.responses.config import ResponderConfig
    from tellerbot.responses.measure import comparison
    from tellerbot.responses.train import train
    from tellerbot.training.config import read_config

    resolved = read_config(config, ResponderConfig)
    if plan:
        from tellerbot.responses.plan import make_plan

        with progress_bar("measuring") as progress:
            found = make_plan(resolved, data, progress=progress)
        out.print("\n".join(found.lines()), markup=False)
        save_json(json, found.figures())
        return
    with _training() as progress:
        run = train(
            resolved,
            data,
            runs=load_settings().runs,
            progress=progress,
            show=lambda text: err.print(text, markup=False),
        )
    if run is None:
        return
    metrics = run.read("metrics.json")
    out.print(run.read("data.json")["detected"], markup=False)
    out.print(comparison(metrics["table"], metrics["reference_words"]), markup=False)
    out.print(
        f"Run: {run.folder}  (figures: {metrics['measured_on']}; report: {run.folder}/report.html)",
        markup=False,
    )
    save_json(json, {"run": str(run.folder), **metrics})
