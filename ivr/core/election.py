"""When and where no call may be made because people are about to vote. Pure.

RP Act 1951 s.126: no election matter in a polling area for 48 hours that end
when its poll closes. So the silence is counted back from the *earliest* close of
the area and lasts to the *latest*. An unknown close is taken for the worst that
has been seen: 15:00 (Balaghat and Dindori, 2023) and 19:00.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import chain
from zoneinfo import ZoneInfo

from ivr.core.model import Contact

POLL_ZONE = ZoneInfo("Asia/Kolkata")
LEAST_SILENCE = timedelta(hours=48)
UNKNOWN_FIRST_CLOSE = time(15, 0)
UNKNOWN_LAST_CLOSE = time(19, 0)


@dataclass(frozen=True, slots=True)
class PollingArea:
    """Where people vote on one day. No district and no seat: the whole state.

    A seat lies in one district: give both, and people whose seat is unknown but
    whose district is another one are not held back.
    """

    poll_on: date
    district: str = ""  # district code, e.g. SEH
    constituency: str = ""  # assembly constituency number
    closes_first: time | None = None  # the earliest booth; None: not known
    closes_last: time | None = None  # the latest booth
    name: str = ""


@dataclass(frozen=True, slots=True)
class Period:
    """starts <= t < ends, both with a zone."""

    starts: datetime
    ends: datetime


def silence_of(area: PollingArea, silence: timedelta = LEAST_SILENCE) -> Period:
    """Return the silent period of `area`; never shorter than 48 hours."""
    first = area.closes_first or UNKNOWN_FIRST_CLOSE
    last = max(area.closes_last or UNKNOWN_LAST_CLOSE, first)
    back = max(silence, LEAST_SILENCE)
    return Period(
        datetime.combine(area.poll_on, first, POLL_ZONE) - back,
        datetime.combine(area.poll_on, last, POLL_ZONE),
    )


@dataclass(frozen=True, slots=True)
class Silences:
    """Every silent period, found by where a person votes.

    Where a list says too little to tell, the person is held as if they voted
    there: see `of`. Built by `silences`; the periods of a key are merged.
    """

    everywhere: tuple[Period, ...] = ()  # areas that are the whole state
    by_seat: dict[str, tuple[Period, ...]] | None = None
    by_district_of_seat: dict[str, tuple[Period, ...]] | None = None
    seats_without_district: tuple[Period, ...] = ()
    by_district: dict[str, tuple[Period, ...]] | None = None
    any_seat: tuple[Period, ...] = ()
    any_district: tuple[Period, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.everywhere or self.any_seat or self.any_district)

    def of(self, contact: Contact) -> tuple[tuple[Period, ...], tuple[Period, ...]]:
        """Return (silent where they vote, silent where they may vote)."""
        seat = seat_number(contact.constituency)
        district = contact.district.upper()
        sure = self.everywhere
        unsure: tuple[Period, ...] = ()
        if seat:
            sure += (self.by_seat or {}).get(seat, ())
        elif district:
            unsure += self.seats_without_district
            unsure += (self.by_district_of_seat or {}).get(district, ())
        else:
            unsure += self.any_seat
        if district:
            sure += (self.by_district or {}).get(district, ())
        else:
            unsure += self.any_district
        return sure, unsure


def silences(
    areas: Iterable[PollingArea], silence: timedelta = LEAST_SILENCE
) -> Silences:
    """Return the silent periods of `areas`, ready to be asked about a contact."""
    everywhere: list[Period] = []
    by_seat: dict[str, list[Period]] = {}
    by_district_of_seat: dict[str, list[Period]] = {}
    by_district: dict[str, list[Period]] = {}
    for area in areas:
        period = silence_of(area, silence)
        seat, district = seat_number(area.constituency), area.district.upper()
        if seat:
            by_seat.setdefault(seat, []).append(period)
            by_district_of_seat.setdefault(district, []).append(period)
        elif district:
            by_district.setdefault(district, []).append(period)
        else:
            everywhere.append(period)
    return Silences(
        everywhere=_merged(everywhere),
        by_seat={key: _merged(found) for key, found in by_seat.items()},
        by_district_of_seat={
            key: _merged(found) for key, found in by_district_of_seat.items() if key
        },
        seats_without_district=_merged(by_district_of_seat.get("", [])),
        by_district={key: _merged(found) for key, found in by_district.items()},
        any_seat=_merged(list(chain.from_iterable(by_seat.values()))),
        any_district=_merged(list(chain.from_iterable(by_district.values()))),
    )


def seat_number(constituency: str) -> str:
    """Return a seat's number without leading zeros: "007" and "7" are one seat."""
    return constituency.strip().lstrip("0")


def _merged(periods: list[Period]) -> tuple[Period, ...]:
    """Join periods that overlap or touch, so that few are left to look at."""
    merged: list[Period] = []
    for period in sorted(periods, key=lambda p: p.starts):
        if merged and period.starts <= merged[-1].ends:
            ends = max(merged[-1].ends, period.ends)
            merged[-1] = Period(merged[-1].starts, ends)
        else:
            merged.append(period)
    return tuple(merged)
