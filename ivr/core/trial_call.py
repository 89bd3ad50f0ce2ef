"""A flow heard on one's own phone: a real call that is nobody's result. Pure.

Whoever draws or approves flows has a saved revision call their own phone. It rings
only what the settings know as theirs, so often an hour and no oftener; the person in
it is invented, and belongs to no list and no campaign that is kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from ivr.core.flow_model import Flow
from ivr.core.flow_trial import TRIAL_FIELDS, Given, Heard
from ivr.core.model import (
    CallClass,
    Campaign,
    CampaignId,
    Contact,
    ContactId,
    DeskPhone,
    Due,
    FlowId,
    ListName,
    Mode,
    PhoneNumber,
    Telecaller,
    TrunkName,
)

MOST_IN_AN_HOUR = 6
HOUR = timedelta(hours=1)
RING = timedelta(seconds=30)
NOWHERE = TrunkName("")  # of a call that stays in the house
# Facts that are said of who calls, or by themselves; the rest are a list's columns.
_NO_COLUMNS = frozenset({"organisation", "caller_id", "name", "district_name"})


class Phase(StrEnum):
    PREPARING = "preparing"  # new texts are being spoken
    RINGING = "ringing"
    PLAYING = "playing"
    OVER = "over"


class Ended(StrEnum):
    COMPLETED = "completed"  # the flow reached an end of its own
    HUNG_UP = "hung_up"  # the person did
    STOPPED = "stopped"  # from the page, or Samvad is shutting down
    NOT_ANSWERED = "not_answered"
    NO_SOUND = "no_sound"  # some text has no voice
    FAILED = "failed"


class NoTrial(StrEnum):
    """Why a phone is not rung. The values are stable: the API tells them."""

    NO_PHONE = "no_phone"  # the settings know no such phone of the user's
    PHONE_BUSY = "phone_busy"  # it is parked at their desk, or listens
    UNDER_WAY = "trial_under_way"
    TOO_MANY = "too_many_trials"
    DO_NOT_CALL = "do_not_call"
    NEVER_DIAL = "never_dial"
    STOPPED = "dialling_stopped"
    TRUNK_FULL = "trunk_full"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be heard, and where. `telecaller_is_free`: what the flow is told."""

    flow: Flow
    revision: int  # 0: as it is published
    phone: DeskPhone
    telecaller_is_free: bool = False


@dataclass(frozen=True, slots=True)
class TrialCall:
    """A trial call as its page shows it. `step` grows with each change."""

    trial_id: str
    flow_id: FlowId
    version: str
    revision: int
    phone: DeskPhone
    phase: Phase
    since: datetime
    step: int = 1
    node: str = ""  # that speaks, or asks
    heard: tuple[Heard, ...] = ()
    answers: tuple[Given, ...] = ()
    notes: tuple[str, ...] = ()  # what would have been done: opt_out, callback
    ended: Ended | None = None
    problem: str = ""  # what went wrong, in words


def phones_of(
    person: Telecaller | None, *, in_page: bool, way_out: bool
) -> tuple[DeskPhone, ...]:
    """Return which phones of a person's may be rung: those that the settings know."""
    if person is None:
        return ()
    found = [DeskPhone.SOFTPHONE]
    if in_page:
        found.insert(0, DeskPhone.BROWSER)
    if way_out and person.mobile is not None:
        found.append(DeskPhone.MOBILE)
    return tuple(found)


def left(begun: Sequence[datetime], now: datetime) -> int:
    """Return how many more trial calls somebody has now; `begun`: when theirs were."""
    return max(0, MOST_IN_AN_HOUR - sum(now - at < HOUR for at in begun))


def next_at(begun: Sequence[datetime], now: datetime) -> datetime | None:
    """Return when somebody may have the next one; None: now."""
    if left(begun, now):
        return None
    return sorted(begun)[-MOST_IN_AN_HOUR] + HOUR


def invented(
    flow: Flow, organisation: str, whose: Telecaller, caller_id: PhoneNumber | None
) -> tuple[Due, Campaign]:
    """Return the person and the campaign of a trial: in no list, and never kept.

    The person is at the mobile of `whose`, and of their centre; all else is made up.
    """
    fields = {key: one for key, one in TRIAL_FIELDS.items() if key not in _NO_COLUMNS}
    contact = Contact(
        ContactId(0),
        ListName(""),
        whose.mobile or PhoneNumber(""),
        name=TRIAL_FIELDS["name"],
        centre=whose.centre,
        fields=fields,
    )
    campaign = Campaign(
        campaign_id=CampaignId(""),
        title_hi=flow.title_hi,
        title_en=flow.title_en,
        organisation=organisation,
        call_class=CallClass.NGO_SURVEY,
        mode=Mode.PREVIEW,  # a person asked for this very call
        flow_id=flow.flow_id,
        lists=(),
        trunk=NOWHERE,
        caller_id=caller_id or PhoneNumber(TRIAL_FIELDS["caller_id"]),
        ring_timeout=RING,
    )
    due = Due(
        contact,
        attempts_in_campaign=0,
        attempts_today=0,
        conversations_30d=0,
        on_do_not_call=False,
    )
    return due, campaign
