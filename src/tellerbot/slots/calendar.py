"""Days, weeks, months, quarters and years around a day."""

from calendar import monthrange
from datetime import date, timedelta
from typing import Literal

from tellerbot.types import Period

Unit = Literal["day", "week", "weekend", "fortnight", "month", "quarter", "year"]

# The years that dates are read in.
FIRST_YEAR, LAST_YEAR = 1900, 2200
UNITS: tuple[Unit, ...] = ("day", "week", "weekend", "fortnight", "month", "quarter", "year")
_DAYS: dict[Unit, int] = {"day": 1, "week": 7, "weekend": 7, "fortnight": 14}
_MONTHS: dict[Unit, int] = {"month": 1, "quarter": 3, "year": 12}


def make_day(year: int, month: int, day: int) -> date | None:
    """Return the day, or None where no calendar has it."""
    return date(year, month, day) if 1 <= month <= 12 and 1 <= day <= monthrange(year, month)[1] else None


def shift_day(day: date, count: int, unit: Unit) -> date | None:
    """Return the day `count` units later (earlier if negative); a month without that day gives its last one.

    None where it would lie outside of the years from FIRST_YEAR to LAST_YEAR.
    """
    if unit in _DAYS:
        far = abs(count) > 110_000
        moved = None if far else day + timedelta(days=count * _DAYS[unit])
        return moved if moved and FIRST_YEAR <= moved.year <= LAST_YEAR else None
    months = day.year * 12 + day.month - 1 + count * _MONTHS[unit]
    year, month = divmod(months, 12)
    if not FIRST_YEAR <= year <= LAST_YEAR:
        return None
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def unit_around(day: date, unit: Unit) -> Period:
    """Return the week (from Monday), weekend (Saturday and Sunday), month, quarter or year that a day is in.

    A fortnight is the day's week and the one before.
    """
    monday = day - timedelta(days=day.weekday())
    if unit == "day":
        return Period(day, day)
    if unit == "week":
        return Period(monday, monday + timedelta(days=6))
    if unit == "weekend":
        return Period(monday + timedelta(days=5), monday + timedelta(days=6))
    if unit == "fortnight":
        return Period(monday - timedelta(days=7), monday + timedelta(days=6))
    if unit == "year":
        return Period(date(day.year, 1, 1), date(day.year, 12, 31))
    first = day.month if unit == "month" else day.month - (day.month - 1) % 3
    return month_period(day.year, first, _MONTHS[unit])


def month_period(year: int, month: int, months: int = 1) -> Period:
    """Return the period from the first day of a month to the last day of `months` months, all of that year."""
    last = month + months - 1
    return Period(date(year, month, 1), date(year, last, monthrange(year, last)[1]))


def weekday_in_month(year: int, month: int, weekday: int, number: int) -> date:
    """Return the weekday (0 is Monday) that is number `number` of a month; a negative number counts from its end."""
    first, last = date(year, month, 1), date(year, month, monthrange(year, month)[1])
    if number < 0:
        return last - timedelta(days=(last.weekday() - weekday) % 7 - 7 * (number + 1))
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (number - 1))
