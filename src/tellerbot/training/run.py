"""One run, the same for every task: from rows to a measured, exported model (needs the `train` extra)."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

from tellerbot.errors import GateError
from tellerbot.files import write_atomic, write_json
from tellerbot.training.folders import Run, new_run, unfinished
from tellerbot.training.loop import pick_device
from tellerbot.training.progress import Progress
from tellerbot.training.report import comparison, draw_curves, write_card, write_page
from tellerbot.training.task import Calibrated, Data, Exported, Fitted, Parity, Task

CURVES = "curves.png"


def train_task(task: Task[Fitted, Exported, Calibrated], runs: Path, progress: Progress) -> Run:
    """Fit, export, compare, calibrate, measure and report; returns the finished run.

    Raises GateError when the export strays from the trained model, TrainingError when training diverges, and what the
    task's methods raise. After a gate's or training's own failure nothing is left behind; after any other the same call
    goes on from the last save.
    """
    with unfinished(runs, task.kind, identity(task)) as work:
        fitted = task.fit(work, progress)
        with new_run(task.kind, task.config.model_dump(), runs) as (folder, run):
            progress(0, 0, "export")
            exported = task.export(fitted, folder, work)
            parity = require_parity(task.kind, task.compare(fitted, exported))
            calibrated = task.calibrate(fitted, exported, folder)
            progress(0, 0, "figures")
            measured = task.measure(fitted, calibrated, folder, progress)
            metrics = {
                "measured_on": measured.measured_on,
                "systems": measured.systems,
                **measured.details,
                "parity": parity,
                "size_mb": sum(path.stat().st_size for path in (folder / "model").rglob("*") if path.is_file()) / 1e6,
                "leaks": task.data.leaks,
            }
            curves = draw_curves(task.curves(fitted))
            write_atomic(folder / CURVES, curves)
            write_json(folder / "data.json", data_of(task.kind, task.data))
            write_json(folder / "metrics.json", metrics)
            title = f"{task.kind.capitalize()} run {run.name}"
            shown = {**metrics, **measured.shown, "data": asdict(task.data), "config": task.config.model_dump()}
            write_page(folder, task.package, title, shown, {"Training": curves, **measured.pictures})
            write_card(folder, title, _facts(task, metrics), f"{comparison(measured.systems)}\n\n{measured.notes}")
    return run


def identity(task: Task[Any, Any, Any]) -> list[Any]:
    """Return all that decides a task's weights, JSON-like: training of the same goes on where it was stopped."""
    return [task.config.model_dump(), pick_device().type, asdict(task.data)]


def require_parity(kind: str, measures: Sequence[Parity]) -> dict[str, float]:
    """Return the measures' values by name. Raises GateError naming each that does not keep to its bound."""
    strayed = [str(parity) for parity in measures if not parity.is_kept]
    if strayed:
        raise GateError(
            f"The exported {kind} model strays from the trained one: {'; '.join(strayed)}. Train longer, at a lower "
            "rate or on more rows; loosen a bound only if you know why they differ."
        )
    return {parity.measure: parity.value for parity in measures}


def data_of(kind: str, data: Data) -> dict[str, Any]:
    """Return the content of data.json, the same for every task."""
    return {"kind": kind, **{name: value for name, value in asdict(data).items() if name != "extra"}, **data.extra}


def _facts(task: Task[Any, Any, Any], metrics: Mapping[str, Any]) -> dict[str, Any]:
    splits = task.data.splits
    rows = ", ".join(f"{split.rows:,} {name}" for name, split in splits.items())
    latency = {
        f"{name}, 95 % within": f"{times['p95_ms']:.1f} ms" for name, times in metrics.get("latency", {}).items()
    }
    return {
        "trained on": f"{task.data.detected}, {date.today()}",
        "base models": ", ".join(f"{name} {sha[:12]}" for name, sha in task.data.bases.items()),
        "rows": rows,
        "figures are of": metrics["measured_on"],
        "size": f"{metrics['size_mb']:.1f} MB",
        **latency,
        **{name.replace("_", " "): f"{value:.4f}" for name, value in metrics["parity"].items()},
    }
