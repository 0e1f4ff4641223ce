"""The `tellerbot eval` commands."""

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from tellerbot.cli.console import JsonOption, out, progress_bar, save_json
from tellerbot.cli.figures import print_figures

app = typer.Typer(no_args_is_help=True)


@app.callback()
def _group() -> None: ...


@app.command()
def intents(
    run: Annotated[Path, typer.Argument(help="An intents run's folder.")],
    data: Annotated[Path, typer.Option(help="Labelled utterances, or a project folder.")],
    gate: Annotated[bool, typer.Option("--gate", help="Exit with 4 when a metric does not keep to its bound.")] = False,
    json: JsonOption = None,
) -> None:
    """Score a run's exported model on labelled rows, telling rows it has seen from rows it has not."""
    from tellerbot.evaluation.metrics import enforce
    from tellerbot.intents.evaluate import evaluate

    with progress_bar("evaluating") as progress:
        folder, metrics = evaluate(run, data, progress=progress)
    out.print(metrics["detected"], markup=False)
    print_figures(metrics)
    seen = metrics["seen"]
    if seen["rows"] == metrics["rows"]:
        out.print("All rows are among the run's training or validation rows: this says nothing of its quality.")
    elif seen["rows"]:
        unseen = seen.get("unseen_accuracy")
        note = "" if unseen is None else f"; accuracy on the others: {100 * unseen:.2f} %"
        out.print(f"{seen['rows']} of {metrics['rows']} rows are among the run's training or validation rows{note}")
        out.print(f"Accuracy with typos and named metrics are those of the {seen['unseen_rows']} others.")
    out.print(f"Report: {folder}/report.html", markup=False)
    save_json(json, metrics)
    if gate:
        enforce(metrics["metrics"])


@app.command()
def thresholds(
    run: Annotated[Path, typer.Argument(help="An intents run's folder.")],
    costs: Annotated[Path, typer.Option(help="A project folder, or its assistant.yaml, that states costs.")],
    json: JsonOption = None,
) -> None:
    """Show the thresholds of least expected cost, chosen on a run's validation rows; a release takes its project's."""
    from tellerbot.intents.thresholds import report_choice
    from tellerbot.project.load import load_costs

    folder, chosen = report_choice(run, load_costs(costs))
    metrics = chosen.choice
    table = Table("", "before", "chosen", "95 % interval", box=None, pad_edge=False)
    names = [*metrics["chosen"]]
    for name in names:
        low, high = metrics["intervals"].get(name, (None, None))
        between = "" if low is None else f"{low:.4f} to {high:.4f}"
        table.add_row(
            name.replace("_", " "), *(f"{metrics[which][name]:.4f}" for which in ("present", "chosen")), between
        )
    held_out = metrics["held_out"]
    table.add_row("cost on held-out rows", *(f"{held_out[which]['cost']:.4f}" for which in ("present", "chosen")), "")
    out.print(table)
    low, high = metrics["intervals"]["saving"]
    out.print(f"A message costs {low:.4f} to {high:.4f} less than before (95 % interval, validation rows).")
    if metrics["scope_rule"] != "costs":
        out.print("No validation row is out of scope: costs cannot choose the scope threshold, so it stays.")
    out.print(
        f"A release of a project that states these costs has these thresholds. Report: {folder}/README.md",
        markup=False,
    )
    save_json(json, metrics)
