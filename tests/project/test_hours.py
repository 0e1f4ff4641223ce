"""Opening hours on the clocks of a time zone, also on the days that its clocks change."""

from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from tellerbot.project.hours import is_open, next_opening
from tellerbot.project.schema import HandOff

WEEK: Any = {day: "08:00-20:00" for day in ("mon", "tue", "wed", "thu", "fri")} | {"sat": "09:00-14:00"}
EASTERN = "America/New_York"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


@pytest.mark.parametrize(("now", "opens"), [
    ("2026-11-23T12:59:00Z", "2026-11-23T08:00"),  # Monday, a minute before
    ("2026-11-23T13:00:00Z", None),
    ("2026-11-24T00:59:59Z", None),
    ("2026-11-24T01:00:00Z", "2026-11-24T08:00"),  # Monday evening there, Tuesday in UTC
    ("2026-11-28T18:59:00Z", None),  # Saturday
    ("2026-11-28T19:00:00Z", "2026-11-30T08:00"),
    ("2026-11-29T15:00:00Z", "2026-11-30T08:00"),  # Sunday
    ("2026-07-06T12:00:00Z", None),  # Monday in summer
    ("2026-07-06T11:59:00Z", "2026-07-06T08:00"),
])  # fmt: skip
def test_hours_are_those_of_the_banks_clocks(now: str, opens: str | None) -> None:
    assert is_open(WEEK, EASTERN, at(now)) is (opens is None)
    if opens:
        found = next_opening(WEEK, EASTERN, at(now))
        assert f"{found:%Y-%m-%dT%H:%M}" == opens


def test_the_only_day_of_the_week_is_a_week_away_once_it_began() -> None:
    assert next_opening({"mon": "08:00-20:00"}, "UTC", at("2026-11-23T20:00:00Z")) == at("2026-11-30T08:00:00Z")


def test_the_night_of_a_change_counts_each_hour_once() -> None:
    hours: Any = {"sun": "01:30-03:00"}
    # In New York 1:30 comes twice on November 1, 2026: at 5:30 and at 6:30 UTC.
    assert next_opening(hours, EASTERN, at("2026-11-01T05:00:00Z")).astimezone(UTC) == at("2026-11-01T05:30:00Z")
    assert next_opening(hours, EASTERN, at("2026-11-01T05:45:00Z")).date().isoformat() == "2026-11-08"


def test_without_hours_somebody_is_always_there_and_a_day_may_be_whole() -> None:
    assert is_open({}, "UTC", at("2026-11-29T03:00:00Z"))
    assert is_open({"sun": "00:00-24:00"}, "UTC", at("2026-11-29T23:59:59Z"))
    assert not is_open({"sun": "00:00-24:00"}, "UTC", at("2026-11-30T00:00:00Z"))


@pytest.mark.parametrize("hours", ["8-20", "08:00", "08:00-08:00", "20:00-08:00", "08:00-24:30", "08:60-09:00", "", 8])
def test_hours_that_are_none_are_refused(hours: Any) -> None:
    with pytest.raises(ValidationError):
        HandOff(hours={"mon": hours})


@pytest.mark.parametrize("zone", ["Eastern", "America", "", "../etc/passwd", "America/new_york"])
def test_a_time_zone_that_is_none_is_refused(zone: str) -> None:
    with pytest.raises(ValidationError, match="expected a time zone of the IANA database"):
        HandOff(timezone=zone)
    assert HandOff(timezone=EASTERN, hours=WEEK).hours["sat"] == "09:00-14:00"


def test_a_day_that_is_none_is_refused() -> None:
    with pytest.raises(ValidationError):
        HandOff.model_validate({"hours": {"monday": "08:00-20:00"}})
