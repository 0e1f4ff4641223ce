"""The figures of a run or an evaluation, for people."""

from collections.abc import Mapping
from typing import Any

from rich.table import Table

from tellerbot.cli.console import out
from tellerbot.training.folders import Run

# A share of fewer rows than this is known to ten points or worse, 19 times in 20.
FEW = 100


def print_run(run: Run) -> None:
    """Print what a run was trained on, its figures, and where its report is."""
    out.print(run.read("data.json")["detected"], markup=False)
    metrics = run.read("metrics.json")
    print_figures(metrics)
    out.print(f"Run: {run.folder}  (report: {run.folder}/report.html)", markup=False)


def print_figures(metrics: Mapping[str, Any]) -> None:
    """Print each system's figures side by side, with the 95 % intervals that there are, and the latency."""
    from tellerbot.training.report import figure_rows

    intervals = metrics.get("intervals", {})
    head, *rows = figure_rows(metrics["systems"])
    table = Table(*head, *(["95 % interval"] if intervals else []), box=None, pad_edge=False)
    for column in table.columns[1:]:
        column.justify = "right"
    for row in rows:
        low, high = intervals.get(row[0].replace(" ", "_"), (None, None))
        table.add_row(*row, *([f"{low:.4f} to {high:.4f}" if low is not None else ""] if intervals else []))
    out.print(table)
    for name, times in metrics.get("latency", {}).items():
        out.print(f"{name}: {times['median_ms']:.2f} ms, 95 % within {times['p95_ms']:.2f} ms", markup=False)
    for entry in metrics.get("metrics", ()):
        from tellerbot.evaluation.metrics import MetricResult

        out.print(str(MetricResult(**entry)), markup=False)
    count = metrics.get("rows", FEW)
    size = f"{count:,} " if "rows" in metrics else ""
    out.print(f"Measured on {size}{metrics['measured_on']}.", markup=False)
    if count < FEW:
        out.print(
            f"[yellow]That is few: chance alone moves a figure of {count} rows by many points. Add test rows, or name "
            "a file of them with --test.[/yellow]"
        )
