"""`tellerbot train`"""

from pathlib import Path
from typing import Annotated

import typer

from tellerbot.cli.console import JsonOption, out, print_scores, progress_bar, save_json
from tellerbot.settings import load_settings

app = typer.Typer(no_args_is_help=True)


@app.callback()
def _group() -> None: ...


@app.command()
def intents(
    config: Annotated[Path, typer.Argument(help="The run's YAML config; see configs/.")],
    data: Annotated[Path, typer.Option(help="Labelled utterances (.jsonl, .csv, .parquet) or a project folder.")],
    valid: Annotated[Path | None, typer.Option(help="Validation rows; else they are split off the data.")] = None,
    test: Annotated[Path | None, typer.Option(help="Rows to measure on; else they are split off the data.")] = None,
    json: JsonOption = None,
) -> None:
    """Fine-tune an encoder to tell intents, export it, and measure the export on held-out rows."""
    from tellerbot.intents.config import load_config
    from tellerbot.intents.train import train

    resolved = load_config(config)
    with progress_bar("training") as progress:
        run = train(resolved, data, valid=valid, test=test, runs=load_settings().runs, progress=progress)
    metrics = run.read("metrics.json")
    out.print(f"{run.read('data.json')['detected']}", markup=False)
    print_scores(metrics)
    out.print(
        f"Run: {run.folder}  (figures: {metrics['measured_on']}; report: {run.folder}/report.html)",
        markup=False,
    )
    save_json(json, {"run": str(run.folder), **metrics})
