"""What the commands share: consoles, progress, writing figures."""

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from tellerbot.cli.options import chosen
from tellerbot.errors import ConfigError, format_count
from tellerbot.files import to_json, write_json

if TYPE_CHECKING:
    from tellerbot.release.manifest import Manifest

# Characters of a line of a table where no terminal says how many it has, so that no cell is broken in a file.
WIDE = 240

out = Console(highlight=False, soft_wrap=True, emoji=False, width=None if sys.stdout.isatty() else WIDE)
err = Console(stderr=True, highlight=False, soft_wrap=True, emoji=False)

STDOUT = Path("-")


def _clear_stdout(path: Path | None) -> Path | None:
    """Let nothing but the figures go to stdout where they are wanted there."""
    if path == STDOUT:
        out.stderr = True
    return path


JsonOption = Annotated[
    Path | None,
    typer.Option(
        "--json",
        metavar="FILE",
        callback=_clear_stdout,
        help="Also write the figures to FILE; with - to stdout, and all else to stderr.",
    ),
]


@contextmanager
def progress_bar(title: str, first: str = "starting") -> Iterator[Callable[[int, int, str], None]]:
    """Show phases with the time left on stderr; yields what to call with (step, steps, note).

    `first` names what happens before the first call.
    """
    # Imported here: `tellerbot --help` draws no bar.
    from tellerbot.cli.progress import show_phases

    if chosen.quiet:
        yield lambda step, steps, note: None
        return
    with show_phases(err, title, first) as progress:
        yield progress


def print_disagreements(manifest: "Manifest") -> None:
    """Where a release's policies give different figures for one thing, or others than the bank's public records."""
    conflicts = manifest.metrics["conflicts"]
    if conflicts:
        table = Table("the policy", "says", "the policy", "says", box=None, pad_edge=False)
        for one in conflicts:
            (first, second), (ours, theirs) = one["passages"], one["figures"]
            table.add_row(*map(escape, (first, ours, second, theirs)))
        out.print(table)
        out.print(
            f"{format_count(len(conflicts), 'conflict')} among the policies. A reply that would quote both goes "
            "to a person; one that quotes one of them is sent. Correct one of the two."
        )
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
        f"{format_count(len(found), 'contradiction')} between the bank's records and the policies. A reply "
        "that would say both goes to a person. Correct one of the two."
    )


def check_output(output: Path, *inputs: Path | None, jsonl_only: bool = True) -> None:
    """Raise ConfigError for an output that is read as well, or that is `jsonl_only` and ends as another format."""
    if output.resolve() in {path.resolve() for path in inputs if path}:
        raise ConfigError(f"{output}: expected an --output of its own, found a file that is read. Name another.")
    if jsonl_only and output.suffix.lower() in {".csv", ".parquet"}:
        raise ConfigError(f"{output}: expected a .jsonl file to write, found {output.suffix}. Name it .jsonl.")


def save_json(path: Path | None, value: Mapping[str, Any]) -> None:
    """Write figures to a file, or to stdout for `-`."""
    if path == STDOUT:
        typer.echo(to_json(value), nl=False)
    elif path:
        write_json(path, value)
