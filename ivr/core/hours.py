"""The hours of the day, and the days, on which people may be called. Pure.

Judged in the contact's own zone. The hard bounds cannot be widened by any
setting: windows of a campaign are cut to them.
"""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

from ivr.core.law import LawFacts
from ivr.core.model import Campaign, Mode, Window

# No commercial communication from 21:00 to 09:00 (TRAI TCCCPR, since 2010).
HARD_BOUNDS = Window(time(9, 0), time(21, 0))

LIVE_WINDOWS = (Window(time(10, 0), time(20, 0)),)
IVR_WINDOWS = (Window(time(10, 0), time(19, 0)),)
DEFAULT_WINDOWS: dict[Mode, tuple[Window, ...]] = {
    Mode.PREVIEW: LIVE_WINDOWS,
    Mode.PROGRESSIVE: LIVE_WINDOWS,
    Mode.PREDICTIVE: LIVE_WINDOWS,
    Mode.BROADCAST: IVR_WINDOWS,
}

WEEKDAYS = (
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
)
LISTED_HOLIDAYS = "listed_holidays"

# Further ahead than any campaign looks; ends the search when no day is ever open.
_DAYS_AHEAD = 400


@dataclass(frozen=True, slots=True)
class Closed:
    """Why nobody may be called at that moment."""

    reason: str  # campaign_not_begun, campaign_over, off_day, outside_hours, ...
    rule: str


def closed(campaign: Campaign, local: datetime, law: LawFacts) -> Closed | None:
    """Return why `local`, the contact's own time, is not open; None: it is."""
    day, hour = local.date(), local.time()
    if campaign.starts_on and day < campaign.starts_on:
        return Closed("campaign_not_begun", f"Campaign starts on {campaign.starts_on}")
    if campaign.ends_on and day > campaign.ends_on:
        return Closed("campaign_over", f"Campaign ended on {campaign.ends_on}")
    if not HARD_BOUNDS.opens <= hour < HARD_BOUNDS.closes:
        return Closed(
            "outside_hours",
            "No calls from 21:00 to 09:00 in the contact's zone (TRAI TCCCPR)",
        )
    off = off_day(campaign.off_days, day, law.calendar.holidays)
    if off:
        return Closed("off_day", f"No calls on {off} (campaign off_days)")
    windows = open_windows(campaign.windows, campaign.mode, campaign.ring_timeout)
    if any(window.opens <= hour < window.closes for window in windows):
        return None
    return Closed("outside_window", f"Campaign calls {shown(windows)} only")


def next_open(
    campaign: Campaign, contact_zone: str, law: LawFacts, after: datetime
) -> datetime | None:
    """Return the first moment at or after `after` that the campaign may call in.

    Windows, hard bounds, off days and campaign dates; in UTC. None: never again.
    """
    zone = zone_of(contact_zone)
    windows = open_windows(campaign.windows, campaign.mode, campaign.ring_timeout)
    local = after.astimezone(zone)
    day, from_time = local.date(), local.time()
    if campaign.starts_on and day < campaign.starts_on:
        day, from_time = campaign.starts_on, time.min
    for _ in range(_DAYS_AHEAD):
        if campaign.ends_on and day > campaign.ends_on:
            return None
        if not off_day(campaign.off_days, day, law.calendar.holidays):
            for window in windows:
                if day == local.date() and window.opens <= from_time < window.closes:
                    return after
                if from_time < window.opens:
                    return at_local(day, window.opens, zone)
        day, from_time = day + timedelta(days=1), time.min
    return None


def off_day(
    off_days: tuple[str, ...], day: date, holidays: Container[date]
) -> str | None:
    """Return which of `off_days` the day is: a weekday, a holiday or a date."""
    for off in off_days:
        if off == LISTED_HOLIDAYS:
            if day in holidays:
                return f"the listed holiday {day.isoformat()}"
        elif off == WEEKDAYS[day.weekday()] or off == day.isoformat():
            return off
    return None


@lru_cache(maxsize=1024)
def open_windows(
    windows: tuple[Window, ...], mode: Mode, ring_timeout: timedelta
) -> tuple[Window, ...]:
    """Return the campaign's windows, or the mode's, cut to the hard bounds.

    The last dial is one ring before the hard end: no phone rings after 21:00.
    """
    last_dial = (datetime.combine(date.min, HARD_BOUNDS.closes) - ring_timeout).time()
    cut = (
        Window(max(w.opens, HARD_BOUNDS.opens), min(w.closes, last_dial))
        for w in windows or DEFAULT_WINDOWS[mode]
    )
    return tuple(sorted((w for w in cut if w.opens < w.closes), key=lambda w: w.opens))


def shown(windows: tuple[Window, ...]) -> str:
    """Return windows in words: 10:00-13:00, 16:00-19:00."""
    return ", ".join(f"{w.opens:%H:%M}-{w.closes:%H:%M}" for w in windows) or "never"


@lru_cache(maxsize=256)
def zone_of(name: str) -> tzinfo:
    """Return the zone called `name`. Raises ValueError or KeyError for no zone."""
    return ZoneInfo(name)


def at_local(day: date, hour: time, zone: tzinfo) -> datetime:
    """Return that hour of that day in `zone`, in UTC."""
    return datetime.combine(day, hour, zone).astimezone(UTC)
