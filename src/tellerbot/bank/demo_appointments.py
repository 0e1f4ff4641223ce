"""Appointments at the branches: what is free, booking one, and cancelling it."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Connection, Row, select, update

from tellerbot.bank import demo_schema as t
from tellerbot.bank.actions import Action, ActionResult
from tellerbot.bank.demo_booking import add_record, find_record
from tellerbot.bank.demo_branches import open_hours
from tellerbot.bank.facts import record_facts
from tellerbot.bank.queries import Query, Request
from tellerbot.errors import RefusedError
from tellerbot.types import ActionSpec, Fact, FactSheet, QuerySpec, Source

_SLOT = timedelta(minutes=30)
# The last appointment begins so long before a branch closes (the policy on appointments).
_LAST = timedelta(hours=1)
# How far ahead the next free day is looked for, and how many free times a refusal names.
_AHEAD, _NAMED = 30, 3


def _find_branch(connection: Connection, request: Request) -> Row[Any]:
    return connection.execute(select(t.branches).where(t.branches.c.id == request.get("branch").ref)).one()


def _free_times(connection: Connection, branch: Row[Any], day: date, today: date) -> list[time]:
    """Return the free times of a branch on a day, from tomorrow on."""
    hours = open_hours(branch, day)
    if hours is None or day <= today:
        return []
    table = t.appointments.c
    taken = set(
        connection.execute(
            select(table.time).where(table.branch_id == branch.id, table.day == day, ~table.cancelled)
        ).scalars()
    )
    return [at for at in _slots(day, *hours) if at not in taken]


def _slots(day: date, opens: time, closes: time) -> Iterator[time]:
    at, last = datetime.combine(day, opens), datetime.combine(day, closes) - _LAST
    while at <= last:
        yield at.time()
        at += _SLOT


def _next_free(connection: Connection, branch: Row[Any], day: date, today: date) -> tuple[date, list[time]]:
    """Find the first day, from one on, with free times at a branch, and these; none where all is taken for weeks."""
    for number in range(_AHEAD):
        then = day + timedelta(days=number)
        if times := _free_times(connection, branch, then, today):
            return then, times
    return day, []


def _free(connection: Connection, request: Request) -> FactSheet:
    """Find the free times at a branch on a day; without a day, on the next day that has some."""
    branch, day = _find_branch(connection, request), request.get("day")
    if day is None:
        day, times = _next_free(connection, branch, request.today, request.today)
    else:
        times = _free_times(connection, branch, day, request.today)
    rows = [_facts(f"free_appointments/{branch.id}-{day}-{at:%H%M}", branch.name, day, at) for at in times]
    return FactSheet({}, tuple(rows))


def _facts(ref: str, branch: str, day: date, at: time) -> dict[str, Fact]:
    return record_facts(ref, branch=("label", branch), day=("date", day), time=("time", at))


def _book(connection: Connection, request: Request) -> ActionResult:
    """Book a free time. A refusal names the nearest free ones, of that day or else of the next that has some."""
    branch, day, at = _find_branch(connection, request), request.get("day"), request.get("time")
    if at not in _free_times(connection, branch, day, request.today):
        raise RefusedError("not_possible", _nearest(connection, request, branch))
    topic = request.get("topic").strip()
    ref = add_record(
        connection, t.appointments, customer_id=request.customer, branch_id=branch.id, day=day, time=at, topic=topic,
        cancelled=False,
    )  # fmt: skip
    facts = {**_facts(ref, branch.name, day, at), **record_facts(ref, topic=("text", topic))}
    return ActionResult({**facts, **record_facts(f"branches/{branch.id}", address=("label", branch.address))})


def _nearest(connection: Connection, request: Request, branch: Row[Any]) -> dict[str, Fact]:
    wanted = request.get("time")
    day, times = _next_free(connection, branch, max(request.get("day"), request.today), request.today)
    if not times:
        return {}
    times.sort(key=lambda at: abs(_minutes(at) - _minutes(wanted)))
    shown = sorted(times[:_NAMED])
    ref = f"free_appointments/{branch.id}-{day}"
    facts = record_facts(ref, day=("date", day))
    for number, at in enumerate(shown, 1):
        facts[f"free_{number}"] = Fact(f"free_{number}", "time", at, Source("bank", f"{ref}-{at:%H%M}/time"))
    return facts


def _minutes(at: time) -> int:
    return at.hour * 60 + at.minute


def _own(connection: Connection, request: Request) -> FactSheet:
    """Find the customer's appointments to come, the next one first."""
    table = t.appointments
    query = (
        select(table, t.branches.c.name, t.branches.c.address)
        .join(t.branches)
        .where(table.c.customer_id == request.customer, table.c.day >= request.today, ~table.c.cancelled)
        .order_by(table.c.day, table.c.time, table.c.id)
    )
    rows = [
        {
            **_facts(f"appointments/{row.id}", row.name, row.day, row.time),
            **record_facts(f"appointments/{row.id}", topic=("text", row.topic), address=("label", row.address)),
        }
        for row in connection.execute(query)
    ]
    return FactSheet({}, tuple(rows))


def _cancel(connection: Connection, request: Request) -> ActionResult:
    """Cancel an appointment that is still to come."""
    table, row = find_record(connection, request, t.appointments)
    if row.cancelled:
        raise RefusedError("no_change")
    if row.day < request.today:
        raise RefusedError("too_late")
    connection.execute(update(table).where(table.c.id == row.id).values(cancelled=True))
    branch = connection.execute(select(t.branches.c.name).where(t.branches.c.id == row.branch_id)).scalar_one()
    return ActionResult(_facts(f"appointments/{row.id}", branch, row.day, row.time))


ACTIONS = {
    "book_appointment": Action(
        _book,
        ActionSpec(
            ("branch", "day", "time", "topic"),
            ("branch", "day", "time", "topic"),
            reads=("branches", "appointments"),
            changes=("appointments",),
            scope="products",
            undo="cancel_appointment",
        ),
    ),
    "cancel_appointment": Action(
        _cancel,
        ActionSpec(("record",), ("record",), reads=("appointments",), changes=("appointments",), scope="products"),
    ),
}
QUERIES = {
    "free_appointments": Query(_free, QuerySpec(True, ("branch", "day"), ("branch",), looks_ahead=True)),
    "appointments": Query(_own, QuerySpec(False)),
}
