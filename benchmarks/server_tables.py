"""The tables of server.py: one for each part, a state of the code beside the one before it."""

from collections.abc import Sequence
from typing import Any

Row = dict[str, Any]
# Headings, the figures below them, and how they are written.
COLUMNS: dict[str, tuple[tuple[str, str, str], ...]] = {
    "closed": (
        ("clients", "clients", "d"),
        ("turns/s", "turns_per_s", ".1f"),
        ("median ms", "median_ms", ".1f"),
        ("p95 ms", "p95_ms", ".1f"),
        ("p99 ms", "p99_ms", ".1f"),
        ("max ms", "max_ms", ".0f"),
        ("refused", "refused_share", ".1%"),
        ("with Retry-After", "retry_after_share", ".0%"),
        ("/healthz p95 ms", "healthz_p95_ms", ".1f"),
        ("max ms", "healthz_max_ms", ".0f"),
        ("generator's CPU", "cpu", ".0%"),
    ),
    "open": (
        ("arrivals", "arrivals", ""),
        ("a second", "rate", ".0f"),
        ("turns/s", "turns_per_s", ".1f"),
        ("of the peak", "goodput_share", ".0%"),
        ("median ms", "median_ms", ".1f"),
        ("p95 ms", "p95_ms", ".1f"),
        ("refused", "refused_share", ".1%"),
        ("with Retry-After", "retry_after_share", ".0%"),
        ("in p95 ms", "refused_p95_ms", ".1f"),
        ("dropped", "dropped", "d"),
        ("/healthz p95 ms", "healthz_p95_ms", ".1f"),
        ("max ms", "healthz_max_ms", ".0f"),
        ("generator's CPU", "cpu", ".0%"),
    ),
    "alone": (
        ("turns", "turns", "d"),
        ("median ms", "median_ms", ".1f"),
        ("p95 ms", "p95_ms", ".1f"),
        ("max ms", "max_ms", ".0f"),
    ),
    "sign-in": (
        ("turns/s without", "without_turns_per_s", ".1f"),
        ("p95 ms without", "without_p95_ms", ".1f"),
        ("turns/s beside", "beside_turns_per_s", ".1f"),
        ("p95 ms beside", "beside_p95_ms", ".1f"),
        ("sign-ins/s", "sign_ins_per_s", ".1f"),
    ),
    "memory": (
        ("MB after the start", "start_mb", ".0f"),
        ("after the reloads", "reloaded_mb", ".0f"),
        ("first of the soak", "soak_first_mb", ".0f"),
        ("last", "soak_last_mb", ".0f"),
    ),
}


def tables(rows: Sequence[Row]) -> str:
    """A Markdown table for each part; with two states of the code a cell is before, after and their ratio."""
    return "\n\n".join(_table(part, own) for part in COLUMNS if (own := [row for row in rows if row["part"] == part]))


def _table(part: str, rows: Sequence[Row]) -> str:
    headings = ["database", *(heading for heading, _, _ in COLUMNS[part])]
    lines = [part, "", f"| {' | '.join(headings)} |", "| --- " * len(headings) + "|"]
    pairs: dict[tuple[Any, ...], list[Row]] = {}
    for row in rows:
        pairs.setdefault((row["database"], row.get("clients"), row.get("arrivals")), []).append(row)
    for pair in pairs.values():
        cells = [pair[0]["database"], *(_cell(pair, name, form) for _, name, form in COLUMNS[part])]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _cell(pair: Sequence[Row], name: str, form: str) -> str:
    values = [row.get(name) for row in pair]
    shown = ["" if value is None else format(value, form) for value in values]
    if len(set(values)) == 1:
        return shown[0]
    before, after = values
    ratio = f" ({after / before:.2f}×)" if before and after is not None else ""
    return f"{shown[0] or '–'} → {shown[1] or '–'}{ratio}"
