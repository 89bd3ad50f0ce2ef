"""What a file in config/campaigns/ may hold: keys, types, limits and defaults.

Only the shape; ivr/settings/campaigns.py makes the Campaign. The descriptions go
into the JSON Schema, for editors.
"""

from __future__ import annotations

import re
from datetime import date, time, timedelta
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field

from ivr.core.hours import HARD_BOUNDS, LISTED_HOLIDAYS, WEEKDAYS
from ivr.core.model import (
    CallClass,
    Disposition,
    FlowId,
    ListName,
    Mode,
    PhoneNumber,
    Routing,
    TrunkName,
    Window,
)
from ivr.core.retry import FINAL
from ivr.settings.checked import Strict
from ivr.settings.desk_shape import Questions, Script

_HOUR = r"((?:[01]\d|2[0-3]):[0-5]\d)"
_WINDOW = re.compile(rf"{_HOUR}\s*-\s*{_HOUR}")
_DURATION = re.compile(r"(\d+)\s*(s|min|h|d)")
_ROUTING = Routing()
_UNIT = {"s": "seconds", "min": "minutes", "h": "hours", "d": "days"}


def _window(value: object) -> object:
    found = _WINDOW.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise ValueError('write a span of the day as "10:00-13:00"')
    opens, closes = (time.fromisoformat(text) for text in found.groups())
    if opens >= closes:
        raise ValueError(f"{value} ends before it begins")
    if opens < HARD_BOUNDS.opens or closes > HARD_BOUNDS.closes:
        raise ValueError(f"{value} reaches outside 09:00-21:00, the hours of the law")
    return Window(opens, closes)


def _duration(value: object) -> object:
    found = _DURATION.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise ValueError('write a duration as "15 min", "4 h" or "1 d"')
    return timedelta(**{_UNIT[found[2]]: int(found[1])})


def _number(value: object) -> object:
    # Unquoted, YAML takes +91... for a number and drops the sign.
    return f"+{value}" if isinstance(value, int) else value


def _off_day(value: str) -> str:
    if value in (*WEEKDAYS, LISTED_HOLIDAYS):
        return value
    try:
        return date.fromisoformat(value).isoformat()
    except ValueError:
        raise ValueError(
            f'"{value}" is no day: write sunday, listed_holidays or 2026-12-31'
        ) from None


def _may_be_retried(value: Disposition) -> Disposition:
    if value in FINAL or value is Disposition.CANCELLED:
        raise ValueError(f"{value} takes no retry rule")
    return value


Span = Annotated[Window, BeforeValidator(_window, json_schema_input_type=str)]
Duration = Annotated[timedelta, BeforeValidator(_duration, json_schema_input_type=str)]
Caller = Annotated[
    PhoneNumber,
    BeforeValidator(_number, json_schema_input_type=str | int),
    Field(pattern=r"^\+91\d{4,10}$"),
]
Slug = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
CentrePath = Annotated[str, Field(pattern=r"^[A-Z0-9]{1,8}(\.[A-Z0-9]{1,8})*$")]
Line = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f]*$")]
OffDay = Annotated[str, AfterValidator(_off_day)]
Outcome = Annotated[Disposition, AfterValidator(_may_be_retried)]
Seconds = Annotated[float, Field(gt=0, le=600)]
Delay = Annotated[float, Field(ge=0, le=2)]  # a voter waits no longer than 2 s
Language = Annotated[str, Field(pattern=r"^[a-z]{2,3}$")]


class TitleShape(Strict):
    hi: Line
    en: Line


class FilterShape(Strict):
    """Which contacts of the lists are meant; empty means all."""

    districts: tuple[str, ...] = ()
    schemes: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()


class RetryShape(Strict):
    """What follows an outcome: so many dials in all, so far apart."""

    attempts: int = Field(ge=1, le=10)
    delay: Duration
    day_parts: tuple[Span, ...] = Field(
        default=(), description="the next attempt moves to the next of these"
    )


class CapsShape(Strict):
    """How often and how fast; per person, whatever the campaign."""

    attempts_per_day: int = Field(default=1, ge=1, le=3)
    attempts_per_campaign: int = Field(default=3, ge=1, le=10)
    conversations_per_30d: int = Field(default=2, ge=1, le=4)
    calls_per_s: float | None = Field(default=None, gt=0, le=1000)
    channels: int | None = Field(default=None, ge=1)
    abandonment_target: float = Field(default=0.01, ge=0, le=0.03)
    abandonment_stop: float = Field(default=0.03, gt=0, le=0.03)


class RoutingShape(Strict):
    """Whose telecallers serve whom, and when those of farther centres may."""

    skills: tuple[Slug, ...] = Field(
        default=(), description="that a telecaller must have, all of them"
    )
    division_after_s: Delay = Field(
        default=_ROUTING.division_after_s,
        description="seconds a voter waits before their division may serve",
    )
    state_after_s: Delay = Field(
        default=_ROUTING.state_after_s,
        description="seconds a voter waits before everybody may serve",
    )
    worth_waiting: float = Field(
        default=_ROUTING.worth_waiting,
        ge=0,
        le=1,
        description="chance of a nearer telecaller below which nobody waits for one",
    )
    dialects: dict[Language, Language] = Field(
        default_factory=dict,
        description="who speaks the first is served by speakers of the second, "
        "if nobody speaks the first",
    )


class CampaignShape(Strict):
    """One campaign: config/campaigns/NAME.yaml."""

    campaign: Slug = Field(description="the file's name without .yaml")
    title: TitleShape
    organisation: Line = Field(
        description="spoken identity: equal to the name the network shows"
    )
    call_class: CallClass = Field(
        alias="class", description="what kind of call the law sees"
    )
    mode: Mode = Field(default=Mode.PREVIEW, description="how calls are launched")
    flow: FlowId
    lists: Annotated[tuple[ListName, ...], Field(min_length=1)]
    filters: FilterShape = FilterShape()
    centres: tuple[CentrePath, ...] = Field(
        default=(), description="whose telecallers serve it; empty: all"
    )
    routing: RoutingShape = RoutingShape()
    trunk: TrunkName
    caller_id: Caller = Field(description="one that the trunk's operator confirmed")
    windows: tuple[Span, ...] = Field(
        default=(), description="within 09:00-21:00; empty: the mode's default"
    )
    off_days: tuple[OffDay, ...] | None = Field(
        default=None,
        description="sunday ... saturday, listed_holidays, or a date; "
        "left out: Sundays and listed holidays for broadcast, none otherwise",
    )
    retry: dict[Outcome, RetryShape] = Field(default_factory=dict)
    caps: CapsShape = CapsShape()
    ring_timeout_s: float = Field(default=30, ge=15, le=45)
    connect_patience_s: float = Field(default=2, gt=0, le=2)
    wrap_up_s: Seconds = 15
    starts_on: date | None = None
    ends_on: date | None = None
    only_admin_starts: bool = Field(
        default=False, description="in-charges may pause and stop it, not start it"
    )
    script: Script = Field(
        default="",
        description="what telecallers read on their screen, in Hindi; an empty line "
        "parts paragraphs; {name}, {district} and other fields are put in",
    )
    questions: Questions = Field(
        default=(), description="what telecallers ask and note, in this order"
    )
    note: str = Field(default="", description="for people; not read by the program")
