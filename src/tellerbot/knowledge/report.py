"""The stages of a retriever run side by side: as a table, and as a picture (needs the `eval` extra)."""

import io
from collections.abc import Mapping

from tellerbot.errors import MissingExtraError

Table = Mapping[str, Mapping[str, Mapping[str, float]]]
WAY = "given passage"
SHOWN = ("ndcg@10", "accuracy@1", "accuracy@3", "accuracy@10", "mrr@10")


def comparison(table: Table) -> str:
    """A Markdown table: a line for each figure, a column for each stage, and the last one's gain on the first."""
    stages = [name for name in table if name != "keyword alone"]
    columns = ["keyword alone", *stages] if "keyword alone" in table else stages
    lines = [f"| {' | '.join(['figure', *columns, 'gain'])} |", "| --- " + "| ---: " * (len(columns) + 1) + "|"]
    for way in table[stages[0]]:
        for name, base in table[stages[0]][way].items():
            cells = [f"{table[stage][way][name]:.4f}" for stage in columns]
            gain = f"{100 * (table[stages[-1]][way][name] / base - 1):+.1f} %" if base else ""
            shown = name if way == WAY else f"{name}, {way}"
            lines.append(f"| {' | '.join([shown, *cells, gain])} |")
    return "\n".join(lines)


def picture(table: Table) -> bytes:
    """The chief figures of every stage as bars, as a PNG."""
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise MissingExtraError("The report", "eval") from error
    figure = Figure(figsize=(9, 4), layout="constrained")
    axes = figure.subplots()
    width = 0.8 / len(table)
    for at, (stage, ways) in enumerate(table.items()):
        places = [place + (at - (len(table) - 1) / 2) * width for place in range(len(SHOWN))]
        axes.bar(places, [ways[WAY][name] for name in SHOWN], width, label=stage)
    axes.set_xticks(range(len(SHOWN)), SHOWN)
    axes.set_ylim(0, 1)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, fontsize="small", loc="upper left", bbox_to_anchor=(1, 1))
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=120)
    return buffer.getvalue()
