"""One self-contained HTML report with pictures (needs the `eval` extra)."""

import base64
import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from jinja2 import Environment, PackageLoader

from tellerbot.errors import MissingExtraError
from tellerbot.files import write_atomic
from tellerbot.version import __version__

INK, ACCENT, SOFT = "#1c2b33", "#0b6e6e", "#c9d6d6"
# How each outcome of a message is drawn.
SHARES = {
    "answered": (ACCENT, "-"),
    "wrong": ("#9a3412", "-"),
    "clarified": (ACCENT, "--"),
    "handed_off": ("#9a7b12", "--"),
    "refused": ("#8fa3a3", "-"),
}


class History(Protocol):
    """What a trainer recorded."""

    loss: list[float]
    epochs: list[dict[str, float]]


def write_report(folder: Path, title: str, metrics: Mapping[str, Any], history: History | None = None) -> None:
    """Write report.html, and curves.png when there is a training history; without one, the curves there are shown."""
    picture = folder / "curves.png"
    if history:
        write_atomic(picture, curves(history))
    pictures = {"Training": picture.read_bytes()} if picture.exists() else {}
    if "reliability" in metrics:
        pictures["Confidence against accuracy"] = reliability_plot(metrics["reliability"])
    if "thresholds" in metrics:
        choice = metrics["thresholds"]
        pictures["Cost against each threshold"] = cost_plot(choice["curves"], choice["chosen"])
    if metrics.get("confusions"):
        pictures["Commonest confusions"] = confusion_plot(metrics["confusions"][:12])
    page = Environment(loader=PackageLoader("tellerbot.evaluation"), autoescape=True).get_template("report.html")
    encoded = {name: base64.b64encode(data).decode() for name, data in pictures.items()}
    write_atomic(folder / "report.html", page.render(title=title, m=metrics, pictures=encoded, version=__version__))


def _figure(width: float, height: float, columns: int = 1) -> tuple[Any, Any]:
    """A figure and its axes, an array of them when there are several columns."""
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise MissingExtraError("The report", "eval") from error
    figure = Figure(figsize=(width, height), layout="constrained")
    axes = figure.subplots(1, columns)
    for each in figure.axes:
        each.spines[["top", "right"]].set_visible(False)
    return figure, axes


def _png(figure: Any) -> bytes:
    target = io.BytesIO()
    figure.savefig(target, format="png", dpi=110)
    return target.getvalue()


def curves(history: History, measure: str = "valid_accuracy") -> bytes:
    """Training loss by step, smoothed, and by epoch what the history's `measure` says of the validation rows."""
    figure, axes = _figure(7, 3.2)
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
    return _png(figure)


def reliability_plot(rows: list[dict[str, float]]) -> bytes:
    figure, axes = _figure(4.2, 4)
    axes.plot([0, 1], [0, 1], "--", color=SOFT)
    axes.plot([row["confidence"] for row in rows], [row["accuracy"] for row in rows], "o-", color=ACCENT)
    axes.bar([row["confidence"] for row in rows], [row["share"] for row in rows], width=0.03, color=SOFT)
    axes.set(xlabel="confidence", ylabel="accuracy (line), share of rows (bars)", xlim=(0, 1), ylim=(0, 1.02))
    return _png(figure)


def confusion_plot(pairs: list[dict[str, Any]]) -> bytes:
    figure, axes = _figure(7, 0.6 + 0.3 * len(pairs))
    names = [f"{pair['intent']} → {pair['taken_for']}" for pair in pairs]
    axes.barh(names[::-1], [pair["rows"] for pair in pairs][::-1], color=ACCENT)
    axes.set_xlabel("rows")
    axes.xaxis.get_major_locator().set_params(integer=True)
    return _png(figure)


def cost_plot(curves: Mapping[str, Mapping[str, list[float]]], point: Mapping[str, float]) -> bytes:
    """Mean cost and the shares of messages against each threshold, with the point that was chosen."""
    figure, panels = _figure(5 * len(curves), 3.6, len(curves))
    for axes, (name, curve) in zip(panels, curves.items(), strict=True):
        axes.plot(curve["threshold"], curve["cost"], color=INK, linewidth=2, label="mean cost")
        axes.axvline(point[name], color=INK, linestyle=":", label="chosen")
        axes.set(xlabel=name.replace("_", " "), ylabel="mean cost of a message", xlim=(0, 1), ylim=(0, None))
        right = axes.twinx()
        right.spines["top"].set_visible(False)
        for share, (colour, line) in SHARES.items():
            right.plot(curve["threshold"], curve[share], line, color=colour, label=share.replace("_", " "))
        right.set(ylabel="share of messages", ylim=(0, 1.02))
    # The panels draw the same lines: each is named once.
    drawn = [axes.get_legend_handles_labels() for axes in figure.axes]
    named = {label: handle for handles, labels in drawn for handle, label in zip(handles, labels, strict=True)}
    figure.legend(named.values(), named, loc="outside lower center", ncols=len(named), frameon=False, fontsize="small")
    return _png(figure)
