"""When a person may be called back: days and hours for a telecaller to choose. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from ivr.core.hours import at_local, closed, off_day, open_windows, zone_of
from ivr.core.law import LawFacts
from ivr.core.model import Campaign

DAYS_AHEAD = 7
STEP = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class CallbackDay:
    """One day on which the campaign calls, with the times to choose from."""

    day: date
    times: tuple[time, ...]  # in the contact's own zone


def callback_days(
    campaign: Campaign, zone_name: str, law: LawFacts, now: datetime
) -> tuple[CallbackDay, ...]:
    """Return the days from today on that have a time left, each half hour."""
    zone = zone_of(zone_name)
    today = now.astimezone(zone).date()
    windows = open_windows(campaign.windows, campaign.mode, campaign.ring_timeout)
    found: list[CallbackDay] = []
    for ahead in range(DAYS_AHEAD):
        day = today + timedelta(days=ahead)
        if off_day(campaign.off_days, day, law.calendar.holidays):
            continue
        times = tuple(
            hour
            for hour in _half_hours()
            if any(window.opens <= hour < window.closes for window in windows)
            and at_local(day, hour, zone) > now
            and closed(campaign, datetime.combine(day, hour, zone), law) is None
        )
        if times:
            found.append(CallbackDay(day, times))
    return tuple(found)


def _half_hours() -> tuple[time, ...]:
    midnight = datetime(2000, 1, 1)  # noqa: DTZ001  (an hour of any day)
    return tuple((midnight + STEP * n).time() for n in range(48))
