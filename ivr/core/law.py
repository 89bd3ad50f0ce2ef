"""The facts the law asks about, as frozen values. Nothing here decides.

They come from config/calendars/, config/never_dial.yaml, the trunks and the
counts of the store; `core.compliance` judges by them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Protocol

from ivr.core.caller_id import CallerIdType
from ivr.core.election import LEAST_SILENCE, Period, PollingArea, Silences, silences
from ivr.core.model import CampaignId, FlowId, PhoneNumber


@dataclass(frozen=True, slots=True)
class DayPeriod:
    """Whole days in India, both included."""

    starts_on: date
    ends_on: date


@dataclass(frozen=True, slots=True)
class Calendar:
    """Days and hours that the law gives another meaning."""

    holidays: Mapping[date, str] = field(default_factory=dict)  # date -> name
    areas: tuple[PollingArea, ...] = ()
    silence: timedelta = LEAST_SILENCE  # may only be longer
    exit_poll_bans: tuple[Period, ...] = ()  # RP Act s.126A
    electoral_periods: tuple[DayPeriod, ...] = ()  # schedule announced to result
    exit_poll_flows: frozenset[FlowId] = frozenset()  # ask how somebody voted
    silences: Silences = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        # Worked out once: `judge` asks it about every contact.
        found = silences(self.areas, self.silence)
        object.__setattr__(self, "silences", found)


class AbandonmentCounts(Protocol):
    """People who answered, and those of them who were abandoned.

    Over 30 days (FCC 47 CFR 64.1200(a)(7)) and over the last 500 answers.
    """

    @property
    def answered_30d(self) -> int: ...
    @property
    def abandoned_30d(self) -> int: ...
    @property
    def answered_last(self) -> int: ...
    @property
    def abandoned_last(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Abandoned:
    """Plain AbandonmentCounts of one campaign."""

    answered_30d: int = 0
    abandoned_30d: int = 0
    answered_last: int = 0
    abandoned_last: int = 0


NOBODY_ABANDONED = Abandoned()


@dataclass(frozen=True, slots=True)
class LawFacts:
    """What `judge` knows besides the person, the campaign and the trunk."""

    calendar: Calendar = Calendar()
    never_dial: frozenset[PhoneNumber] = frozenset()
    never_dial_prefixes: tuple[str, ...] = ()  # E.164: +911800
    own_caller_ids: frozenset[PhoneNumber] = frozenset()  # of every trunk
    caller_id_types: Mapping[PhoneNumber, CallerIdType] = field(default_factory=dict)
    abandonment: AbandonmentCounts = NOBODY_ABANDONED  # of the campaign judged
    # MCMC certificates and letters of authority held: until when each is good.
    certified_until: Mapping[CampaignId, date] = field(default_factory=dict)
    authority_until: Mapping[CampaignId, date] = field(default_factory=dict)
