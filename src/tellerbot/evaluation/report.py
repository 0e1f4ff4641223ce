"""One self-contained HTML report with pictures (needs the `eval` extra)."""

import base64
import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from jinja2 import ChoiceLoader, Environment, PackageLoader

from tellerbot.errors import MissingExtraError
from tellerbot.files import write_atomic
from tellerbot.version import __version__

INK, ACCENT, SOFT = "#1c2b33", "#0b6e6e", "#c9d6d6"


class History(Protocol):
    """What a trainer recorded."""

    loss: list[float]
    epochs: list[dict[str, float]]


def write_page(
    folder: Path, package: str, title: str, metrics: Mapping[str, Any], pictures: Mapping[str, bytes]
) -> None:
    """Write report.html from the `report.html` template of `package`; `pictures` are PNG by their heading.

    Only the owner may read it, for it repeats customers' texts.
    """
    loader = ChoiceLoader([PackageLoader(package), PackageLoader("tellerbot.evaluation")])
    page = Environment(loader=loader, autoescape=True).get_template("report.html")
    encoded = {name: base64.b64encode(data).decode() for name, data in pictures.items()}
    text = page.render(title=title, m=metrics, pictures=encoded, version=__version__)
    write_atomic(folder / "report.html", text, mode=0o600)


def drawing(width: float, height: float, columns: int = 1) -> tuple[Any, Any]:
    """A matplotlib figure and its axes, an array of them when there are several columns."""
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
    target = io.BytesIO()
    figure.savefig(target, format="png", dpi=110)
    return target.getvalue()


def curves(history: History, measure: str = "valid_accuracy") -> bytes:
    """Training loss by step, smoothed, and by epoch what the history's `measure` says of the validation rows."""
    figure, axes = drawing(7, 3.2)
    window = max(1, len(history.loss) // 50)
    smooth = [
        sum(history.loss[max(0, at - window) : at + 1]) / (at + 1 - max(0, at - window))
        for at in range(len(history.loss))
    ]
    axes.plot(range(1, len(smooth) + 1), smooth, color=INK, label="training loss")
    axes.set_xlabel("step")
    axes.set_ylabel("loss")
    values = [epoch[measure] for epoch in history.epochs if measure in epoch]
    if values:
        right = axes.twinx()
        right.spines["top"].set_visible(False)
        steps = [len(history.loss) * (at + 1) / len(values) for at in range(len(values))]
        right.plot(steps, values, "o-", color=ACCENT)
        right.set_ylabel(measure.replace("valid_", "validation "), color=ACCENT)
    return png(figure)
