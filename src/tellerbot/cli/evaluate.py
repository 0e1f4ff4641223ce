"""`tellerbot eval`"""

from pathlib import Path
from typing import Annotated

import typer

from tellerbot.cli.console import JsonOption, out, print_scores, save_json

app = typer.Typer(no_args_is_help=True)


@app.callback()
def _group() -> None: ...


@app.command()
def intents(
    run: Annotated[Path, typer.Argument(help="An intents run's folder.")],
    data: Annotated[Path, typer.Option(help="Labelled utterances, or a project folder.")],
    json: JsonOption = None,
) -> None:
    """Score a run's exported model on labelled rows, telling rows it has seen from rows it has not."""
    from tellerbot.intents.evaluate import evaluate

    folder, metrics = evaluate(run, data)
    out.print(metrics["detected"], markup=False)
    print_scores(metrics)
    seen = metrics["seen"]
    if "unseen_accuracy" in seen and seen["rows"]:
        note = f"accuracy on the others: {100 * seen['unseen_accuracy']:.2f} %"
        out.print(f"{seen['rows']} of {metrics['rows']} rows stood in the run's training or validation rows; {note}")
    elif seen["rows"]:
        out.print("All rows stood in the run's training or validation rows: this says nothing of its quality.")
    out.print(f"Report: {folder}/report.html", markup=False)
    save_json(json, metrics)
