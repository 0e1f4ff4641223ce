"""The stages of a retriever run side by side: as a table, as a picture and on a page (needs the `eval` extra)."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tellerbot.evaluation.report import ACCENT, INK, SOFT, drawing, png, write_page
from tellerbot.files import write_atomic

Table = Mapping[str, Mapping[str, Mapping[str, float]]]
WAY = "given passage"
CURVES = {"questions": "curves-questions.png", "encoder": "curves.png", "reranker": "curves-reranker.png"}
SHOWN = ("ndcg@10", "accuracy@1", "accuracy@3", "accuracy@10", "mrr@10")


def write_report(folder: Path, title: str, metrics: Mapping[str, Any]) -> None:
    """Write stages.png, and report.html with it, the training curves that are there and the curve of answerability."""
    stages = picture(metrics["table"])
    write_atomic(folder / "stages.png", stages)
    pictures = {"Stages": stages}
    for trained, name in CURVES.items():
        if (folder / name).exists():
            pictures[f"Training: {trained}"] = (folder / name).read_bytes()
    found = {"first stage": metrics.get("answerable_without_reranker"), "last stage": metrics["answerable"]}
    pictures["Knowing when not to answer"] = answerable_plot({name: one for name, one in found.items() if one})
    columns, rows = lines(metrics["table"])
    write_page(
        folder,
        "tellerbot.knowledge",
        title,
        {**metrics, "columns": columns, "lines": rows, "caveat": caveat(metrics)},
        pictures,
    )


def comparison(table: Table) -> str:
    """A Markdown table: a line for each figure, a column for each stage, and the last one's gain on the first."""
    columns, rows = lines(table)
    head = [f"| {' | '.join(columns)} |", "| --- " + "| ---: " * (len(columns) - 1) + "|"]
    return "\n".join([*head, *(f"| {' | '.join(row)} |" for row in rows)])


def lines(table: Table) -> tuple[list[str], list[list[str]]]:
    """The comparison's columns, and its cells row by row."""
    stages = [name for name in table if name != "keyword alone"]
    columns = ["keyword alone", *stages] if "keyword alone" in table else stages
    rows = []
    for way in table[stages[0]]:
        for name, base in table[stages[0]][way].items():
            cells = [f"{table[stage][way][name]:.4f}" for stage in columns]
            gain = f"{100 * (table[stages[-1]][way][name] / base - 1):+.1f} %" if base else ""
            rows.append([name if way == WAY else f"{name}, {way}", *cells, gain])
    return ["figure", *columns, "gain"], rows


def picture(table: Table) -> bytes:
    """The chief figures of every stage as bars, as a PNG."""
    figure, axes = drawing(9, 4)
    width = 0.8 / len(table)
    for at, (stage, ways) in enumerate(table.items()):
        places = [place + (at - (len(table) - 1) / 2) * width for place in range(len(SHOWN))]
        axes.bar(places, [ways[WAY][name] for name in SHOWN], width, label=stage)
    axes.set_xticks(range(len(SHOWN)), SHOWN)
    axes.set_ylim(0, 1)
    axes.legend(frameon=False, fontsize="small", loc="upper left", bbox_to_anchor=(1, 1))
    return png(figure)


def answerable_plot(found: Mapping[str, Mapping[str, Any]]) -> bytes:
    """Questions without their passage that get no answer, against questions with it that lose theirs, as a PNG.

    `found` holds for each stage its `curve` and, at the threshold in use, `lost` and `caught`.
    """
    figure, axes = drawing(5, 4)
    for (stage, one), colour in zip(found.items(), (INK, ACCENT), strict=False):
        points: Sequence[Mapping[str, float]] = one["curve"]
        axes.plot([p["lost"] for p in points], [p["caught"] for p in points], color=colour, label=stage)
        axes.plot(one["lost"], one["caught"], "o", color=colour)
    axes.grid(color=SOFT, linewidth=0.5)
    axes.set(xlabel="answerable questions that lose their answer", ylabel="unanswerable ones that get none")
    axes.set(xlim=(0, None), ylim=(0, 1.02))
    axes.legend(frameon=False, fontsize="small", loc="lower right")
    return png(figure)


def caveat(metrics: Mapping[str, Any]) -> str:
    """What to know of the figures: empty for plain ones that were measured on test questions."""
    said = []
    if metrics["measured_on"] == metrics["epoch_chosen_on"]:
        said.append(
            "Weights and thresholds were fitted on four fifths of these questions and measured on the fifth, but the "
            "encoder's epoch was chosen on all of them, which flatters its figures a little: only test questions are "
            "free of it."
        )
    if metrics.get("written_questions"):
        said.append(
            "Questions were written for all passages, those that these questions are about included; a passage that "
            "is new since then, or changed, has none."
        )
    return " ".join(said)
