"""Opening hours of each weekday, and the next time that somebody is there."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta
from typing import Annotated, Literal, get_args
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
# Monday first, as Python counts them.
WEEKDAYS: tuple[Weekday, ...] = get_args(Weekday)
_HOURS = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-(?:([01]\d|2[0-3]):([0-5]\d)|(24:00))")


def _hours(text: str) -> str:
    match = _HOURS.fullmatch(text)
    if not match or _minutes(text)[0] >= _minutes(text)[1]:
        raise ValueError(f"expected hours of one day, such as 08:00-20:00 or 00:00-24:00, found {text!r}")
    return text


def _timezone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError(
            f"expected a time zone of the IANA database, such as America/New_York, found {name!r}. Where this machine "
            "has no such database, install tzdata"
        )
    return name


Hours = Annotated[str, AfterValidator(_hours)]
Timezone = Annotated[str, AfterValidator(_timezone)]


def _minutes(hours: str) -> tuple[int, int]:
    """Return the minutes of the day from which on, and until which, it is open."""
    start, end = (int(clock[:2]) * 60 + int(clock[3:]) for clock in hours.split("-"))
    return start, end


def is_open(hours: Mapping[Weekday, Hours], timezone: str, now: datetime) -> bool:
    """Whether somebody is there `now`; without any hours, always."""
    local = now.astimezone(ZoneInfo(timezone))
    today = hours.get(WEEKDAYS[local.weekday()])
    start, end = _minutes(today) if today else (0, 0)
    return not hours or start <= local.hour * 60 + local.minute < end


def next_opening(hours: Mapping[Weekday, Hours], timezone: str, now: datetime) -> datetime:
    """When somebody is there next, on the clocks of `timezone`; not for those who are always there."""
    zone = ZoneInfo(timezone)
    today = now.astimezone(zone).date()
    for day in (today + timedelta(days) for days in range(8)):
        if found := hours.get(WEEKDAYS[day.weekday()]):
            start, _ = _minutes(found)
            opens = datetime.combine(day, time(start // 60, start % 60), zone)
            # Compared in UTC, for on the night of a change a clock shows the same hour twice.
            if opens.astimezone(UTC) > now:
                return opens
    raise ValueError("expected hours on some day of the week, found none")
