"""The pictures of a retriever run, and what to know of its figures (needs the `eval` extra)."""

from collections.abc import Mapping, Sequence
from typing import Any

from tellerbot.training.report import ACCENT, INK, SOFT, Systems, drawing, png

SHOWN = ("ndcg@10", "accuracy@1", "accuracy@3", "accuracy@10", "mrr@10")


def pictures(systems: Systems, details: Mapping[str, Any]) -> dict[str, bytes]:
    """Draw the pictures of a run by heading: the stages side by side, and the curves of answerability."""
    found = {"first stage": details.get("answerable_without_reranker"), "last stage": details["answerable"]}
    return {
        "Stages": stage_plot(systems),
        "Answerability": answerable_plot({n: one for n, one in found.items() if one}),
    }


def stage_plot(systems: Systems) -> bytes:
    """Plot the chief figures of every stage as bars, as a PNG."""
    figure, axes = drawing(9, 4)
    width = 0.8 / len(systems)
    for at, (stage, figures) in enumerate(systems.items()):
        places = [place + (at - (len(systems) - 1) / 2) * width for place in range(len(SHOWN))]
        axes.bar(places, [figures[name] for name in SHOWN], width, label=stage)
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


def caveat(measured_on: str, written_questions: int) -> str:
    """Describe the limits of the figures: empty for plain ones that were measured on test questions."""
    notes = []
    if measured_on == "validation":
        notes.append(
            "Weights and thresholds were fitted on four fifths of these questions and measured on the fifth, but the "
            "encoder's epoch was chosen on all of them, which flatters its figures a little: only test questions are "
            "free of it."
        )
    if written_questions:
        notes.append(
            "Questions were written for all passages, those that these questions are about included; a passage that "
            "is new since then, or changed, has none."
        )
    return " ".join(notes)
