"""What the law needs to know, from config/: holidays, elections, numbers never
dialled, and what others have permitted. Files into the values of core.law.

Nothing is decided here; `core.compliance` judges by it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator, Field, model_validator

from ivr.core.caller_id import CallerIdType
from ivr.core.election import POLL_ZONE, Period, PollingArea
from ivr.core.law import Calendar, DayPeriod, LawFacts
from ivr.core.model import CampaignId, FlowId, PhoneNumber, Trunk
from ivr.errors import BadInput
from ivr.settings.checked import Strict
from ivr.settings.located import read_located

_CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d")


@dataclass(frozen=True, slots=True)
class NeverDial:
    numbers: frozenset[PhoneNumber] = frozenset()
    prefixes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Permissions:
    """What the operator, the MCMC and departments have given us, and until when."""

    caller_id_types: dict[PhoneNumber, CallerIdType] = field(default_factory=dict)
    certified_until: dict[CampaignId, date] = field(default_factory=dict)
    authority_until: dict[CampaignId, date] = field(default_factory=dict)


def load_calendar(path: Path) -> Calendar:
    """Return the days of a file, or of all in a folder. Raises BadInput."""
    if path.is_dir():
        return merged([load_calendar(inside) for inside in sorted(path.glob("*.yaml"))])
    file, document = read_located(path, _CalendarFile)
    seen: set[date] = set()
    for index, row in enumerate(file.holidays):
        if row.date in seen:
            raise BadInput(
                f"{row.date} is listed twice",
                where=f"{path}:{document.line(('holidays', index))}",
                remedy="join the two names in one line",
            )
        seen.add(row.date)
    return Calendar(
        holidays={row.date: row.hi for row in file.holidays},
        areas=tuple(_area(area) for e in file.elections for area in e.areas),
        silence=timedelta(
            hours=max([48.0, *(election.silence_hours for election in file.elections)])
        ),
        exit_poll_bans=tuple(
            Period(_in_india(e.exit_poll_ban.begins), _in_india(e.exit_poll_ban.ends))
            for e in file.elections
            if e.exit_poll_ban
        ),
        electoral_periods=tuple(
            DayPeriod(e.period.begins, e.period.ends) for e in file.elections
        ),
        exit_poll_flows=frozenset(FlowId(flow) for flow in file.vote_cast_flows),
    )


def merged(calendars: Sequence[Calendar]) -> Calendar:
    """Return everything that any of `calendars` says; the strictest silence."""
    holidays: dict[date, str] = {}
    for calendar in calendars:
        holidays.update(calendar.holidays)
    return Calendar(
        holidays=holidays,
        areas=tuple(a for c in calendars for a in c.areas),
        silence=max((c.silence for c in calendars), default=Calendar().silence),
        exit_poll_bans=tuple(p for c in calendars for p in c.exit_poll_bans),
        electoral_periods=tuple(p for c in calendars for p in c.electoral_periods),
        exit_poll_flows=frozenset(f for c in calendars for f in c.exit_poll_flows),
    )


def load_never_dial(path: Path) -> NeverDial:
    """Return the protected list: in addition to what core.compliance always bars."""
    file, _ = read_located(path, _NeverDialFile)
    return NeverDial(
        numbers=frozenset(row.number for row in file.numbers),
        prefixes=tuple(row.prefix for row in file.prefixes),
    )


def load_permissions(path: Path) -> Permissions:
    """Return declared kinds of caller IDs, certificates and letters of authority."""
    file, _ = read_located(path, _PermissionsFile)
    return Permissions(
        caller_id_types={row.number: row.type for row in file.caller_ids},
        certified_until={CampaignId(r.campaign): r.until for r in file.certificates},
        authority_until={
            CampaignId(r.campaign): r.until for r in file.authority_letters
        },
    )


def load_law(config: Path, trunks: Iterable[Trunk]) -> LawFacts:
    """Return what `judge` knows, from the config folder and the enabled trunks.

    The abandonment counts change with every call: `dataclasses.replace` them.
    """
    barred = load_never_dial(config / "never_dial.yaml")
    permissions = load_permissions(config / "permissions.yaml")
    return LawFacts(
        calendar=load_calendar(config / "calendars"),
        never_dial=barred.numbers,
        never_dial_prefixes=barred.prefixes,
        own_caller_ids=frozenset(n for trunk in trunks for n in trunk.caller_ids),
        caller_id_types=permissions.caller_id_types,
        certified_until=permissions.certified_until,
        authority_until=permissions.authority_until,
    )


def _area(row: _AreaRow) -> PollingArea:
    return PollingArea(
        poll_on=row.poll_on,
        district=row.district,
        constituency=row.constituency,
        closes_first=row.closes_first or row.closes,
        closes_last=row.closes_last or row.closes,
        name=row.name,
    )


def _in_india(at: datetime) -> datetime:
    return at if at.tzinfo else at.replace(tzinfo=POLL_ZONE)


# The files' shapes.


def _text(value: object) -> object:
    # A seat's number may be written bare: 108.
    return str(value) if isinstance(value, int) else value


def _plus(value: object) -> object:
    # Unquoted, YAML takes +91... for a number and drops the sign.
    return f"+{value}" if isinstance(value, int) else value


def _clock(value: object) -> object:
    # A bare 18 would be taken for 18 seconds past midnight.
    if not isinstance(value, str) or not _CLOCK.fullmatch(value):
        raise ValueError('write a time as "18:00"')
    return value


Clock = Annotated[time, BeforeValidator(_clock, json_schema_input_type=str)]
Number = Annotated[
    PhoneNumber, BeforeValidator(_plus), Field(pattern=r"^\+91[1-9]\d{2,9}$")
]
Prefix = Annotated[str, BeforeValidator(_plus), Field(pattern=r"^\+\d{1,12}$")]
Seat = Annotated[str, BeforeValidator(_text), Field(pattern=r"^\d{0,3}$")]


class _HolidayRow(Strict):
    date: date
    hi: str
    en: str


class _Days(Strict):
    begins: date = Field(alias="from")
    ends: date = Field(alias="to")

    @model_validator(mode="after")
    def _in_order(self) -> _Days:
        if self.ends < self.begins:
            raise ValueError("it ends before it begins")
        return self


class _Moments(Strict):
    begins: datetime = Field(alias="from")
    ends: datetime = Field(alias="to")

    @model_validator(mode="after")
    def _in_order(self) -> _Moments:
        if _in_india(self.ends) < _in_india(self.begins):
            raise ValueError("it ends before it begins")
        return self


class _AreaRow(Strict):
    poll_on: date
    district: str = Field(default="", pattern=r"^[A-Z0-9]{0,8}$")
    constituency: Seat = ""
    name: str = ""
    closes: Clock | None = None
    closes_first: Clock | None = None
    closes_last: Clock | None = None


class _ElectionRow(Strict):
    name: str
    period: _Days
    silence_hours: float = Field(default=48, ge=48, le=240)
    exit_poll_ban: _Moments | None = None
    areas: tuple[_AreaRow, ...]


class _CalendarFile(Strict):
    holidays: tuple[_HolidayRow, ...] = ()
    elections: tuple[_ElectionRow, ...] = ()
    vote_cast_flows: tuple[str, ...] = ()


class _NumberRow(Strict):
    number: Number
    why: str


class _PrefixRow(Strict):
    prefix: Prefix
    why: str


class _NeverDialFile(Strict):
    numbers: tuple[_NumberRow, ...] = ()
    prefixes: tuple[_PrefixRow, ...] = ()


class _CallerIdRow(Strict):
    number: Number
    type: CallerIdType
    proof: str  # the operator's letter, e-mail or order number


class _PaperRow(Strict):
    campaign: str
    number: str
    issued_by: str
    until: date


class _PermissionsFile(Strict):
    caller_ids: tuple[_CallerIdRow, ...] = ()
    certificates: tuple[_PaperRow, ...] = ()
    authority_letters: tuple[_PaperRow, ...] = ()
