"""What the commands share: consoles, a progress bar, writing figures."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from tellerbot.errors import ConfigError, counted
from tellerbot.files import write_json

if TYPE_CHECKING:
    from tellerbot.release.manifest import Manifest

out = Console(highlight=False, soft_wrap=True, emoji=False)
err = Console(stderr=True, highlight=False, soft_wrap=True, emoji=False)

JsonOption = Annotated[Path | None, typer.Option("--json", metavar="FILE", help="Also write the figures to FILE.")]


# Seconds between two lines of progress where there is no terminal to draw a bar on.
LINES_EVERY = 30.0


@contextmanager
def progress_bar(title: str) -> Iterator[Callable[[int, int, str], None]]:
    """A bar with the time left on stderr, lines now and then in a log; yields what to call with (step, steps, note)."""
    if not err.is_terminal:
        yield _progress_lines(title)
        return
    columns = (TextColumn(title), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, TextColumn("{task.fields[note]}"), console=err) as bar:
        task = bar.add_task(title, total=None, note="")
        yield lambda step, steps, note: bar.update(task, completed=step, total=steps, note=note)


def _progress_lines(title: str) -> Callable[[int, int, str], None]:
    # The first comes at once, so that a log says where a run that was stopped goes on.
    told = -LINES_EVERY

    def tell(step: int, steps: int, note: str) -> None:
        nonlocal told
        if step == steps or time.monotonic() - told >= LINES_EVERY:
            told = time.monotonic()
            err.print(f"{title.strip()} {step}/{steps} {note}".rstrip(), markup=False)

    return tell


def print_contradictions(manifest: "Manifest") -> None:
    """Where a release's policies and the bank's public records give different figures, if they do."""
    found = manifest.metrics["contradictions"]
    if found is None:
        out.print("The bank could not be reached, so that its records were not compared with the policies.")
    if not found:
        return
    table = Table("the bank's record", "says", "the policy", "says", box=None, pad_edge=False)
    for one in found:
        table.add_row(*map(escape, (one["record"], one["figures"][0], one["passage"], one["figures"][1])))
    out.print(table)
    out.print(
        f"{counted(len(found), 'contradiction')} between the bank's records and the policies. Questions about these go "
        "to a person until you correct one of the two."
    )


def print_scores(scores: Mapping[str, Any]) -> None:
    """The headline figures of one evaluation as a table; shares in percent."""
    table = Table("measure", "value", box=None, pad_edge=False)
    table.columns[1].justify = "right"
    for name in ("accuracy", "accuracy_one_typo", "accuracy_heavy_noise", "macro_precision", "macro_recall", "macro_f1",
                 "ece", "scope_auroc", "scope_aupr", "refused_in_scope", "refused_out_of_scope"):  # fmt: skip
        if name in scores:
            table.add_row(name.replace("_", " "), f"{100 * scores[name]:.2f} %")
    if "latency" in scores:
        table.add_row("median latency", f"{scores['latency']['median_ms']:.2f} ms")
        table.add_row("messages a second", f"{scores['latency']['messages_per_second']:.0f}")
    out.print(table)
    for entry in scores.get("metrics", ()):
        from tellerbot.evaluation.metrics import MetricResult

        out.print(str(MetricResult(**entry)), markup=False)


def check_output(output: Path, *inputs: Path | None) -> None:
    """Raise ConfigError for an output that is read as well, or whose ending promises another format than JSONL."""
    if output.resolve() in {path.resolve() for path in inputs if path}:
        raise ConfigError(f"{output}: expected an --output of its own, found a file that is read. Name another.")
    if output.suffix.lower() in {".csv", ".parquet"}:
        raise ConfigError(f"{output}: expected a .jsonl file to write, found {output.suffix}. Name it .jsonl.")


def save_json(path: Path | None, value: Mapping[str, Any]) -> None:
    if path:
        write_json(path, value)
