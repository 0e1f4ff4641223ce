"""What a run shows people: a page with pictures, a card and a table (pictures need the `eval` extra)."""

import base64
import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import ChoiceLoader, Environment, PackageLoader

from tellerbot.errors import MissingExtraError
from tellerbot.files import write_atomic
from tellerbot.training.task import Curve
from tellerbot.version import __version__

INK, ACCENT, SOFT = "#1c2b33", "#0b6e6e", "#c9d6d6"
Systems = Mapping[str, Mapping[str, float]]


def write_page(
    folder: Path, package: str, title: str, metrics: Mapping[str, Any], pictures: Mapping[str, bytes]
) -> None:
    """Write report.html from the `report.html` template of `package`; `pictures` are PNG by their heading.

    Only the owner may read it, for it repeats customers' texts.
    """
    loader = ChoiceLoader([PackageLoader(package), PackageLoader("tellerbot.training")])
    page = Environment(loader=loader, autoescape=True).get_template("report.html")
    encoded = {name: base64.b64encode(data).decode() for name, data in pictures.items()}
    table = figure_rows(metrics["systems"])
    text = page.render(title=title, m=metrics, table=table, pictures=encoded, version=__version__)
    write_atomic(folder / "report.html", text, mode=0o600)


def write_card(folder: Path, title: str, facts: Mapping[str, Any], notes: str) -> None:
    """Write the model card (Mitchell et al. 2019): README.md for people beside the JSON for machines."""
    table = "\n".join(f"| {name} | {value} |" for name, value in facts.items())
    write_atomic(folder / "README.md", f"# {title}\n\n| what | value |\n| --- | --- |\n{table}\n\n{notes}\n")


def figure_rows(systems: Systems) -> list[list[str]]:
    """Return a table's cells row by row, the head first: a row for each figure of the system that serves.

    Where the first system has the figure too, the last column says how much of it the last one gains.
    """
    first, *_, last = [*systems.values()] * 2
    rows = [["figure", *systems, "gain"] if len(systems) > 1 else ["figure", *systems]]
    for name, value in last.items():
        cells = [shown(figures[name]) if name in figures else "" for figures in systems.values()]
        base = first.get(name) if len(systems) > 1 else None
        gain = [f"{100 * (value / base - 1):+.1f} %" if base else ""] if len(systems) > 1 else []
        rows.append([name.replace("_", " "), *cells, *gain])
    return rows


def shown(value: float) -> str:
    """Return a figure for people: four decimals, fewer where it is large."""
    return f"{value:.4f}" if abs(value) < 10 else f"{value:.1f}"


def comparison(systems: Systems) -> str:
    """Return the systems' figures side by side as a Markdown table."""
    head, *rows = figure_rows(systems)
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def drawing(width: float, height: float, columns: int = 1) -> tuple[Any, Any]:
    """Return a matplotlib figure and its axes, an array of them when there are several columns."""
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise MissingExtraError("The report", "eval") from error
    figure = Figure(figsize=(width, height), layout="constrained")
    axes = figure.subplots(1, columns)
    for each in figure.axes:
        each.spines[["top", "right"]].set_visible(False)
    return figure, axes


def png(figure: Any) -> bytes:
    """Return a figure as a PNG."""
    target = io.BytesIO()
    figure.savefig(target, format="png", dpi=110)
    return target.getvalue()


def draw_curves(curves: Mapping[str, Curve]) -> bytes:
    """Draw each optimisation in a panel: the smoothed loss by step, and by epoch its measure on the validation rows."""
    figure, panels = drawing(7 * len(curves), 3.2, len(curves))
    for axes, (name, curve) in zip(panels if len(curves) > 1 else [panels], curves.items(), strict=True):
        loss = curve.history.loss
        window = max(1, len(loss) // 50)
        smooth = [sum(loss[max(0, at - window) : at + 1]) / (at + 1 - max(0, at - window)) for at in range(len(loss))]
        axes.plot(range(1, len(smooth) + 1), smooth, color=INK)
        axes.set(title=name, xlabel="step", ylabel="loss")
        values = [epoch[curve.measure] for epoch in curve.history.epochs if curve.measure in epoch]
        if values:
            right = axes.twinx()
            right.spines["top"].set_visible(False)
            steps = [len(loss) * (at + 1) / len(values) for at in range(len(values))]
            right.plot(steps, values, "o-", color=ACCENT)
            right.set_ylabel(curve.measure.replace("_", " "), color=ACCENT)
    return png(figure)
