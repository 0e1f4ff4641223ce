"""The pictures of an intents run or evaluation (needs the `eval` extra)."""

from collections.abc import Mapping
from typing import Any

from tellerbot.training.report import ACCENT, INK, SOFT, drawing, png

# How each outcome of a message is drawn.
SHARES = {
    "answered": (ACCENT, "-"),
    "wrong": ("#9a3412", "-"),
    "clarified": (ACCENT, "--"),
    "handed_off": ("#9a7b12", "--"),
    "refused": ("#8fa3a3", "-"),
}


def pictures(details: Mapping[str, Any]) -> dict[str, bytes]:
    """Draw the pictures of a run's or an evaluation's details, by heading."""
    found: dict[str, bytes] = {}
    if "reliability" in details:
        found["Confidence against accuracy"] = reliability_plot(details["reliability"])
    if "thresholds" in details:
        choice = details["thresholds"]
        found["Cost against each threshold"] = cost_plot(choice["curves"], choice["chosen"])
    if details.get("confusions"):
        found["Commonest confusions"] = confusion_plot(details["confusions"][:12])
    return found


def reliability_plot(rows: list[dict[str, float]]) -> bytes:
    """Plot accuracy over confidence, as a PNG."""
    figure, axes = drawing(4.2, 4)
    axes.plot([0, 1], [0, 1], "--", color=SOFT)
    axes.plot([row["confidence"] for row in rows], [row["accuracy"] for row in rows], "o-", color=ACCENT)
    axes.bar([row["confidence"] for row in rows], [row["share"] for row in rows], width=0.03, color=SOFT)
    axes.set(xlabel="confidence", ylabel="accuracy (line), share of rows (bars)", xlim=(0, 1), ylim=(0, 1.02))
    return png(figure)


def confusion_plot(pairs: list[dict[str, Any]]) -> bytes:
    """Plot the commonest confusions as bars, as a PNG."""
    figure, axes = drawing(7, 0.6 + 0.3 * len(pairs))
    names = [f"{pair['intent']} → {pair['taken_for']}" for pair in pairs]
    axes.barh(names[::-1], [pair["rows"] for pair in pairs][::-1], color=ACCENT)
    axes.set_xlabel("rows")
    axes.xaxis.get_major_locator().set_params(integer=True)
    return png(figure)


def cost_plot(costs: Mapping[str, Mapping[str, list[float]]], point: Mapping[str, float]) -> bytes:
    """Mean cost and the shares of messages against each threshold, with the point that was chosen."""
    figure, panels = drawing(5 * len(costs), 3.6, len(costs))
    for axes, (name, curve) in zip(panels, costs.items(), strict=True):
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
    return png(figure)
