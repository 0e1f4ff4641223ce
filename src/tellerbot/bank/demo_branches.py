"""Queries over the branches: where they are, when they open, and which of them are open on a day."""

from datetime import date, time, timedelta
from typing import Any

from sqlalchemy import Connection, Row, Select, select

from tellerbot.bank import demo_schema as t
from tellerbot.bank.facts import by_name, computed_fact, record_facts
from tellerbot.bank.formulas import months_before
from tellerbot.bank.holidays import is_holiday
from tellerbot.bank.queries import Query, Request
from tellerbot.types import Fact, FactSheet, QuerySpec

_SATURDAY, _SUNDAY = 5, 6


def _select(request: Request) -> Select[Any]:
    query = select(t.branches).order_by(t.branches.c.name)
    if branch := request.get("branch"):
        query = query.where(t.branches.c.id == branch.ref)
    return query


def _branches(connection: Connection, request: Request) -> FactSheet:
    return FactSheet({}, tuple(map(_branch_facts, connection.execute(_select(request)))))


def _branch_facts(row: Row[Any]) -> dict[str, Fact]:
    return record_facts(
        f"branches/{row.id}",
        branch=("label", row.name),
        address=("label", row.address),
        opens=("time", row.opens),
        closes=("time", row.closes),
        saturday=("label", row.saturday),
    )


def _open_branches(connection: Connection, request: Request) -> FactSheet:
    """Find the branches that are open on a day, today by default, and their hours."""
    day = next_such_day(request.get("day") or request.today, request.today)
    values = by_name(
        computed_fact("day", "date", day, "the day asked for, or the next such day"),
        computed_fact("weekday", "label", f"{day:%A}", "weekday of the day"),
    )
    rows = [
        {**_branch_facts(row), **record_facts(f"branches/{row.id}", hours=("label", hours))}
        for row in connection.execute(_select(request))
        if (hours := _hours(row, day))
    ]
    return FactSheet(values, tuple(rows))


def open_hours(row: Row[Any], day: date) -> tuple[time, time] | None:
    """Return when a branch opens and closes on a day, None where it is closed."""
    if day.weekday() == _SUNDAY or is_holiday(day):
        return None
    if day.weekday() == _SATURDAY:
        if row.saturday == "closed":
            return None
        opens, closes = (_read_clock(text) for text in row.saturday.split(" to "))
        return opens, closes
    return row.opens, row.closes


def _read_clock(text: str) -> time:
    """Read a time that `_clock` wrote."""
    at, half = text.split(" ")
    hour, minute = map(int, at.split(":"))
    return time(hour % 12 + (12 if half == "pm" else 0), minute)


def _hours(row: Row[Any], day: date) -> str | None:
    hours = open_hours(row, day)
    return f"{_clock(hours[0])} to {_clock(hours[1])}" if hours else None


def _clock(at: time) -> str:
    return f"{at.hour % 12 or 12}:{at.minute:02d} {'am' if at.hour < 12 else 'pm'}"


def next_such_day(day: date, today: date) -> date:
    """Turn a day in the past into the next one of that name: nobody asks when a branch was open.

    "On Sunday" is a week later, "the 15th" a month, "December 25" a year.
    """
    if day >= today:
        return day
    if day >= today - timedelta(days=7):
        return day + timedelta(days=7)
    if day > months_before(today, 1):
        return months_before(day, -1)
    same = months_before(day, 12 * (day.year - today.year))
    return same if same >= today else months_before(same, -12)


QUERIES = {
    "branches": Query(_branches, QuerySpec(True, ("branch",))),
    "open_branches": Query(_open_branches, QuerySpec(True, ("branch", "day"), looks_ahead=True)),
}
