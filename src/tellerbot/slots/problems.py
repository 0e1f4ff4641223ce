"""What is wrong with the periods and dates of a message, for the assistant to ask about."""

from collections.abc import Iterable
from datetime import date
from typing import Literal

from tellerbot.types import Period, Slot

Problem = Literal["period_reversed", "period_in_future", "date_in_future"]


def problems(slots: Iterable[Slot], today: date) -> list[Problem]:
    """Return the problems of slots, each once, in order: a period that ends before it starts, or one yet to come.

    Give it the slots of `join_periods`. A future date or period is a problem only of questions about what has been.
    """
    found: list[Problem] = []
    for slot in slots:
        value = slot.value
        if isinstance(value, Period) and value.start and value.end and value.end < value.start:
            found.append("period_reversed")
        elif isinstance(value, Period) and value.start and value.start > today:
            found.append("period_in_future")
        elif isinstance(value, date) and value > today:
            found.append("date_in_future")
    return list(dict.fromkeys(found))
