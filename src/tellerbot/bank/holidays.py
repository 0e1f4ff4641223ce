"""The federal holidays of the United States (5 U.S.C. 6103), on which branches are closed, and the days in between."""

from datetime import date, timedelta

# Month and day of those with a date; month, weekday (0 is Monday) and number (from the end if negative) of the others.
_FIXED = ((1, 1), (6, 19), (7, 4), (11, 11), (12, 25))
_FLOATING = ((1, 0, 3), (2, 0, 3), (5, 0, -1), (9, 0, 1), (10, 0, 2), (11, 3, 4))


def is_holiday(day: date) -> bool:
    """Return whether a day is a federal holiday, or the weekday on which one that falls on a weekend is kept."""
    # New Year's Day may be kept on the last day of the year before.
    holidays = {kept for year in (day.year, day.year + 1) for kept in _holidays(year)}
    return day in holidays


def is_business_day(day: date) -> bool:
    """Return whether a day is a weekday and no federal holiday."""
    return day.weekday() < 5 and not is_holiday(day)


def business_day(day: date, number: int) -> date:
    """Return the business day that comes so many after a day."""
    while number:
        day += timedelta(days=1)
        number -= is_business_day(day)
    return day


def business_days_until(today: date, day: date) -> int:
    """Count the business days after today, up to a day and with it."""
    days = (today + timedelta(days=number) for number in range(1, (day - today).days + 1))
    return sum(map(is_business_day, days))


def statement_ready(end: date) -> date:
    """Return when the statement of a month that ends on a day is ready: the third weekday of the next month."""
    days = [end + timedelta(days=number) for number in range(1, 8)]
    return [day for day in days if day.weekday() < 5][2]


def _holidays(year: int) -> set[date]:
    days = {_floating(year, *rule) for rule in _FLOATING}
    for month, number in _FIXED:
        day = date(year, month, number)
        # A Saturday's is kept on the Friday before, a Sunday's on the Monday after.
        days |= {day, day + timedelta(days={5: -1, 6: 1}.get(day.weekday(), 0))}
    return days


def _floating(year: int, month: int, weekday: int, number: int) -> date:
    if number < 0:
        last = date(year, month + 1, 1) - timedelta(days=1)
        return last - timedelta(days=(last.weekday() - weekday) % 7)
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (number - 1))
