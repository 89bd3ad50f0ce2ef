"""What is known after a run: what was broken, what people lived, what is stored. Pure.

Times are the machine's own, as in the truth log. Times that Samvad stored are not
here: its clock was moved.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property

from ivr.chaos.plan import Fault
from ivr.core.model import CallId, CampaignId, ContactId, Disposition, PhoneNumber
from ivr.simulation.agreement import KnownCall
from ivr.simulation.lived import Lived


@dataclass(frozen=True, slots=True)
class Span:
    began: datetime
    ended: datetime

    def touches(self, since: datetime, until: datetime) -> bool:
        return self.began <= until and since <= self.ended

    def shared_s(self, since: datetime, until: datetime) -> float:
        """Return for how long both last, in seconds."""
        both = min(self.ended, until) - max(self.began, since)
        return max(0.0, both.total_seconds())


@dataclass(frozen=True, slots=True)
class Broken:
    """A fault that was really injected."""

    fault: Fault
    span: Span
    back_at: datetime | None = None  # somebody was dialled again

    @property
    def recovery_s(self) -> float | None:
        """Return how long after its end calls were placed again."""
        if self.back_at is None:
            return None
        return max(0.0, (self.back_at - self.span.ended).total_seconds())


@dataclass(frozen=True, slots=True)
class Standing:
    """Where one contact of a campaign stands at the end."""

    campaign_id: CampaignId
    contact_id: ContactId
    number: PhoneNumber
    state: str  # due, claimed, dialling, done, refused
    is_timed: bool  # due at a time
    reason: str
    last: Disposition | None
    attempts: int


@dataclass(frozen=True, slots=True)
class OptedOut:
    """An opt-out by letter that Samvad said it had taken."""

    number: PhoneNumber
    at: datetime


@dataclass(frozen=True, slots=True)
class Asked:
    """A request of somebody who may not have what they asked for."""

    at: datetime
    what: str
    allowed: tuple[int, ...]  # HTTP statuses that keep the promise
    got: int


@dataclass(frozen=True)
class Facts:
    """Everything the promises are judged by."""

    broken: Sequence[Broken]
    lived: Sequence[Lived]
    known: Sequence[KnownCall]
    standing: Sequence[Standing]
    do_not_call: frozenset[PhoneNumber]
    ended_at: datetime
    # When each attempt was seen open, first and last, looked at from outside.
    open_spans: Mapping[CallId, Span] = field(default_factory=dict)
    outages: Sequence[Span] = ()  # no controller, or no database
    opt_outs: Sequence[OptedOut] = ()
    asked: Sequence[Asked] = ()
    journal: bool | None = None  # None: there is none to verify
    journal_said: str = ""

    @cached_property
    def known_by_id(self) -> Mapping[str, KnownCall]:
        return {one.call.call_id: one for one in self.known}

    @cached_property
    def lived_by_id(self) -> Mapping[str, Lived]:
        return {one.samvad_call: one for one in self.lived if one.samvad_call}

    def near(self, since: datetime, until: datetime) -> list[Broken]:
        """Return the faults that may have to do with what happened then."""
        early = timedelta(seconds=1)
        return [
            one
            for one in self.broken
            if one.span.touches(since - early, until)
            or (
                one.span.touches(since - timedelta(seconds=10), since)
                and (one.back_at is None or one.back_at >= since)
            )
        ]
