"""What a date is read against, and the year of a day that names none."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Reference:
    """Today, and which of several days a bare "the 3rd", "Monday" or "May" is.

    It is the next one, or with `past` the last one that was. `day_first` reads 3/4 as the 3rd of April.
    """

    today: date
    past: bool = False
    day_first: bool = False


def relative_step(word: str | None) -> int:
    """Return -1 for `last`, 0 for `this` and nothing, 1 for `next`."""
    if word in ("last", "previous", "past", "prior"):
        return -1
    return 1 if word in ("next", "following", "coming", "upcoming") else 0


def year_of(part: dict[str, str | None], month: int, day: int, reference: Reference) -> int:
    """Return the year in groups `y` ("2021") or `year` ("last"), else the year of the next or last such day.

    A day that has just gone by in this month is meant itself, not next year's.
    """
    today = reference.today
    if written := part.get("y"):
        return int(written) if len(written) == 4 else 2000 + int(written)
    if relative := part.get("year"):
        return today.year + relative_step(relative)
    if reference.past:
        return today.year - ((month, day) > (today.month, today.day))
    return today.year + (month < today.month)
