"""What `tellerbot data doctor` says about a file of replies."""

from collections.abc import Sequence
from difflib import unified_diff
from pathlib import Path
from typing import TYPE_CHECKING

from rich.table import Table

from tellerbot.cli.console import check_output, out, progress_bar, save_json
from tellerbot.errors import ConfigError, DataError, format_count

if TYPE_CHECKING:
    from tellerbot.data.read import RowFile
    from tellerbot.responses.doctor import Change, RepliesDiagnosis

SHOWN = 20


def as_replies(data: Path) -> "RowFile | None":
    """Return the file's rows when they are replies. Raises DataError when they are, but some are bad."""
    from tellerbot.data.read import read_rows
    from tellerbot.intents.rows import is_project

    if is_project(data):
        return None
    try:
        return read_rows(data, "replies")
    except DataError as error:
        # Bad rows are errors; that it holds no replies is not, for it may hold intents.
        if error.problems:
            raise
        return None


def mend_replies(file: "RowFile", output: Path, json: Path | None, **intents_only: Path | None) -> None:
    """Examine replies, show each change, and write the changes and the mended rows into `output`.

    Raises ConfigError for options that say nothing about replies, and for an output that is the input.
    """
    from tellerbot.privacy.redact import redact
    from tellerbot.responses.doctor import CHANGES, REPLIES, examine_replies, write_mended

    if given := [f"--{name}" for name, value in intents_only.items() if value]:
        them = "it" if len(given) == 1 else "them"
        raise ConfigError(f"{file.path}: expected intents for {' and '.join(given)}, found replies. Leave {them} out.")
    for name in (CHANGES, REPLIES):
        check_output(output / name, file.path)
    with progress_bar("examining") as progress:
        diagnosis = examine_replies(file, redact, progress=progress)
    write_mended(output, diagnosis)
    _print(diagnosis)
    for count, noun, name in (
        (len(diagnosis.changes), "changed row", f"before and after: {output / CHANGES}"),
        (len(diagnosis.mended), "row", f"to train on, with the changes made: {output / REPLIES}"),
        (len(diagnosis.unmended), "row", "left out, for a person to mend"),
    ):
        out.print(f"{format_count(count, noun)} {name}", markup=False)
    out.print(f"{file.path} is as it was.", markup=False)
    save_json(json, diagnosis.figures())


def _print(diagnosis: "RepliesDiagnosis") -> None:
    out.print(diagnosis.detected, markup=False)
    table = Table("finding", "count", box=None, pad_edge=False)
    table.columns[1].justify = "right"
    for name, count in (
        ("rows", diagnosis.rows),
        ("rows with ungrounded figures", diagnosis.rows_ungrounded),
        ("ungrounded figures", diagnosis.ungrounded),
        ("figures grounded in the prompt", diagnosis.grounded),
        ("rows changed", len(diagnosis.changes)),
        ("rows needing a person", len(diagnosis.unmended)),
        ("replies with personal data", len(diagnosis.personal)),
        ("exact repeats of rows", diagnosis.repeats),
    ):
        table.add_row(name, str(count))
    out.print(table)
    for change in diagnosis.changes[:SHOWN]:
        _print_change(change)
    if len(diagnosis.changes) > SHOWN:
        out.print(f"... and {format_count(len(diagnosis.changes) - SHOWN, 'more change')}")
    _print_list("Mend these by hand:", [f"line {row.line}: {' '.join(row.mistakes)}" for row in diagnosis.unmended])
    _print_list(
        "These replies hold personal data; those in which no placeholder took its place are left out:",
        [f"line {row.line}: {', '.join(row.kinds)}: {row.text}" for row in diagnosis.personal],
    )


def _print_change(change: "Change") -> None:
    grounded = sum(figure.grounded for figure in change.figures)
    counts = ((len(change.figures) - grounded, "ungrounded"), (grounded, "grounded in the prompt"))
    summary = ", ".join(f"{format_count(count, 'figure')} {what}" for count, what in counts if count)
    out.print(f"\nline {change.line}: {summary}", markup=False)
    for name in ("prompt", "completion"):
        before, after = getattr(change.before, name), getattr(change.after, name)
        if before == after:
            continue
        out.print(f"{name}:", markup=False)
        # The first two lines name files, and those with @@ places.
        for line in list(unified_diff(before.splitlines(), after.splitlines(), n=0, lineterm=""))[2:]:
            if not line.startswith("@@"):
                out.print(_visible(line), style="red" if line[0] == "-" else "green", markup=False)


def _print_list(title: str, lines: Sequence[str]) -> None:
    if lines:
        out.print(f"\n{title}", markup=False)
        for line in lines:
            out.print(_visible(line), markup=False)


def _visible(text: str) -> str:
    """Without characters that could steer the terminal or break the line."""
    return "".join(char if char.isprintable() else " " for char in text)
