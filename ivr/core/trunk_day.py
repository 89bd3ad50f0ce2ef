"""What a trunk may be used for in one day: calls, minutes, money. Pure.

A day is a calendar day in India. Every call counts when it is dialled; its minutes and
its price from the answer on, also while it lasts.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from ivr.core.model import Trunk

ZONE = ZoneInfo("Asia/Kolkata")
NEAR = 0.8  # of a limit: a person should know
# Of one channel, where the settings say nothing: twelve hours of calls of 20 seconds.
# No campaign comes near it; a dialler that runs wild is stopped by it.
CALLS_OF_EACH = 2_000


@dataclass(frozen=True, slots=True)
class DayUse:
    """What was used of a trunk since midnight."""

    calls: int = 0
    seconds: float = 0.0  # answered
    pulses: int = 0  # what the operator charges for

    def __add__(self, other: DayUse) -> DayUse:
        return DayUse(
            self.calls + other.calls,
            self.seconds + other.seconds,
            self.pulses + other.pulses,
        )


@dataclass(frozen=True, slots=True)
class DayShare:
    """How near a trunk is to the limit that it is nearest to."""

    trunk: str
    share: float  # 1.0: reached
    hi: str
    en: str


def day_of(now: datetime) -> date:
    return now.astimezone(ZONE).date()


def began(now: datetime) -> datetime:
    """Return when the day of `now` began."""
    return datetime.combine(day_of(now), time(), ZONE)


def of_call(answered_s: float | None, trunk: Trunk) -> DayUse:
    """Return what one call used. `answered_s`: None if nobody answered."""
    if answered_s is None:
        return DayUse(1)
    seconds = max(0.0, answered_s)
    return DayUse(1, seconds, max(1, math.ceil(seconds / trunk.pulse_s)))


def calls_allowed(trunk: Trunk) -> int:
    return trunk.calls_per_day or trunk.channels * CALLS_OF_EACH


def nearest(trunk: Trunk, use: DayUse) -> DayShare:
    """Return how near the trunk is to the limit that it reaches first."""
    calls = calls_allowed(trunk)
    said = f"{use.calls}/{calls}"
    shares = [
        DayShare(
            trunk.name, use.calls / calls, f"{said} कॉलें", f"{said} calls of the day"
        )
    ]
    if trunk.minutes_per_day:
        minutes = use.seconds / 60
        said = f"{minutes:.0f}/{trunk.minutes_per_day}"
        share = minutes / trunk.minutes_per_day
        shares.append(
            DayShare(trunk.name, share, f"{said} मिनट", f"{said} minutes of the day")
        )
    if trunk.spend_per_day_inr:
        spent = use.pulses * trunk.paise_per_pulse / 100
        said = f"₹{spent:.0f}/{trunk.spend_per_day_inr:.0f}"
        share = spent / trunk.spend_per_day_inr
        shares.append(DayShare(trunk.name, share, f"{said} ख़र्च", f"{said} of the day"))
    return max(shares, key=lambda one: one.share)


def refusal(trunk: Trunk, use: DayUse) -> str:
    """Return why the trunk dials no more today, or ""."""
    reached = nearest(trunk, use)
    if reached.share < 1:
        return ""
    return f"trunk_day_spent: trunk {trunk.name} ({reached.en}), no more until midnight"


def calls_left(trunk: Trunk, use: DayUse) -> int:
    """Return how many more calls it may dial today; 0 if any limit is reached."""
    return 0 if refusal(trunk, use) else calls_allowed(trunk) - use.calls
