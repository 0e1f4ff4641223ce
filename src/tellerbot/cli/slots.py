"""The `tellerbot slots` command."""

import json
from collections.abc import Iterator
from datetime import date, datetime, time
from pathlib import Path
from typing import Annotated, Any

import typer

from tellerbot.cli.console import check_output, out, progress_bar
from tellerbot.data.read import read_objects
from tellerbot.errors import ConfigError
from tellerbot.files import write_lines
from tellerbot.training.progress import Progress
from tellerbot.types import Money, Period, SlotValue


def slots(
    input: Annotated[Path, typer.Option(help='Rows of {"text"} (.jsonl, .csv, .parquet).')],
    output: Annotated[Path, typer.Option(help="Where to write one result a row, in order (.jsonl).")],
    today: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="The day that dates are read against.", show_default="today"),
    ] = None,
) -> None:
    """Find the amounts, dates, periods, times and counts in every row of a file; needs no release."""
    from tellerbot.slots import find_slots
    from tellerbot.slots.calendar import FIRST_YEAR, LAST_YEAR

    check_output(output, input)
    day = today.date() if today else date.today()
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise ConfigError(f"--today: expected a day from {FIRST_YEAR} to {LAST_YEAR}, found {day}. Mend the year.")

    def lines(rows: int, progress: Progress) -> Iterator[str]:
        for number, row in enumerate(read_objects(input, "text"), 1):
            if number % 1000 == 0 or number == rows:
                progress(number, rows, "")
            found = [
                {"kind": slot.kind, "start": slot.start, "end": slot.end, "value": _plain(slot.value)}
                for slot in find_slots(row["text"], day)
            ]
            yield json.dumps({"text": row["text"], "slots": found}, ensure_ascii=False)

    with progress_bar("slots") as progress:
        # Read once before: a bad row at the end is reported now, not after the others.
        rows = sum(1 for _ in read_objects(input, "text"))
        wrote = write_lines(output, lines(rows, progress))
    out.print(f"Wrote {wrote} rows to {output}", markup=False)


def _plain(value: SlotValue) -> Any:
    if isinstance(value, Money):
        return {"amount": float(value.amount), "currency": value.currency}
    if isinstance(value, Period):
        return {"from": value.start and value.start.isoformat(), "to": value.end and value.end.isoformat()}
    if isinstance(value, time):
        return value.strftime("%H:%M")
    return value.isoformat() if isinstance(value, date) else value
