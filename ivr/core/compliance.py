"""May this person be called now, by this campaign, over this trunk? Pure.

Each rule is one small function that names its source; docs/compliance.md tells
the whole story. A rule that time alone can lift says when; `judge` then looks
for the first moment at which *every* such rule lets the call pass.

Not here: how fast to dial (pacing), and when an outcome is tried again (retry).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from ivr.core.abandonment import allowed_mode
from ivr.core.campaign_rules import No, campaign_no
from ivr.core.election import POLL_ZONE, Period, PollingArea
from ivr.core.hours import at_local, closed, next_open, zone_of
from ivr.core.law import Abandoned, AbandonmentCounts, Calendar, DayPeriod, LawFacts
from ivr.core.model import CallClass, Campaign, Due, Mode, Refused, Trunk

__all__ = [
    "Abandoned",
    "AbandonmentCounts",
    "Allowed",
    "Calendar",
    "DayPeriod",
    "LawFacts",
    "Period",
    "PollingArea",
    "allowed_mode",
    "judge",
    "judge_campaign",
    "never",
    "next_open",
]

# Ofcom's persistent misuse statement, 2010: only with a telecaller reserved.
AFTER_ABANDONMENT = timedelta(hours=72)
# A person has to act before the call is possible: ask again after this long.
ASK_AGAIN = timedelta(hours=1)
_MAX_STEPS = 64  # from one obstacle in time to the next
_SATISFIED = "hours, caps, caller ID and elections allow it"


@dataclass(frozen=True, slots=True)
class Allowed:
    """The call may be placed now."""

    because: str


@dataclass(slots=True)
class _Case:
    """What a rule looks at. `at` is the moment asked about, `now` the present."""

    due: Due
    campaign: Campaign
    trunk: Trunk
    law: LawFacts
    now: datetime
    zone: tzinfo
    at: datetime
    local: datetime  # `at` where the contact lives

    def later(self, at: datetime) -> _Case:
        local = at.astimezone(self.zone)
        return _Case(
            self.due,
            self.campaign,
            self.trunk,
            self.law,
            self.now,
            self.zone,
            at,
            local,
        )

    @property
    def is_callback(self) -> bool:
        """Has the person asked for this very call, and has its time come?"""
        asked = self.due.callback_at
        return asked is not None and asked <= self.at


_Rule = Callable[[_Case], No | None]


def judge(
    due: Due, campaign: Campaign, trunk: Trunk, law: LawFacts, now: datetime
) -> Allowed | Refused:
    """Say whether `due` may be called at `now`, or why not and when to ask again.

    `retry_at` None means never in this campaign. Rules about the campaign and its
    trunk (see `judge_campaign`) come with a retry an hour on: a person must act.
    """
    try:
        zone = zone_of(due.contact.timezone)
    except (KeyError, ValueError, OSError):
        rule = "The contact's time zone is not known, so neither are the hours"
        return Refused("unknown_zone", rule, None)
    case = _Case(due, campaign, trunk, law, now, zone, now, now.astimezone(zone))
    if no := _first_never(case):
        return Refused(no.reason, no.rule, None)
    if no := campaign_no(campaign, trunk, law, now):
        return Refused(no.reason, no.rule, _first_possible(case, now + ASK_AGAIN))
    for rule_timed in _TIMED:
        if no := rule_timed(case):
            until = no.until and _first_possible(case, no.until)
            return Refused(no.reason, no.rule, until)
    return Allowed(f"{case.local:%H:%M} in {due.contact.timezone}; {_SATISFIED}")


def never(
    due: Due, campaign: Campaign, trunk: Trunk, law: LawFacts, now: datetime
) -> Refused | None:
    """Return what forbids this number at any time; None: nothing does.

    For a call that its own person asks for: no hours, no caps on campaigns.
    """
    case = _Case(due, campaign, trunk, law, now, UTC, now, now)
    no = _first_never(case)
    return Refused(no.reason, no.rule, None) if no else None


def judge_campaign(
    campaign: Campaign, trunk: Trunk, law: LawFacts, now: datetime
) -> Allowed | Refused:
    """Say whether the campaign may call anybody at all: before any claim.

    Windows are not asked here. A refusal needs a person to act, so it has no time
    of its own to retry at.
    """
    if no := campaign_no(campaign, trunk, law, now):
        return Refused(no.reason, no.rule, None)
    return Allowed("class, caller ID, A2P declaration and abandonment are in order")


def _first_possible(case: _Case, at: datetime) -> datetime | None:
    """Return the first moment from `at` on that no rule of time forbids."""
    for _ in range(_MAX_STEPS):
        asked = case.later(at)
        no = next((no for rule in _TIMED if (no := rule(asked))), None)
        if no is None:
            break
        if no.until is None:
            return None
        at = no.until
    return at.astimezone(UTC)  # asked again then: a step too few only asks early


# Rules about the person that time does not lift.


def _number_may_be_dialled(case: _Case) -> No | None:
    number, law = case.due.contact.number, case.law
    no = _never_dial(number)
    if no is None and (
        number in law.never_dial or number.startswith(law.never_dial_prefixes)
    ):
        no = "it is on the protected list (config/never_dial.yaml)"
    if no is None and (
        number in law.own_caller_ids
        or number in case.trunk.caller_ids
        or number == case.campaign.caller_id
    ):
        no = "it is a caller ID of our own"
    return No("never_dial", f"This number is never dialled: {no}") if no else None


def _never_dial(number: str) -> str | None:
    """National Numbering Plan 2003: what starts with 1 or is short is a service."""
    if not number.startswith("+91"):
        return "it is outside India (+91)"
    national = number[3:]
    if not (national.isascii() and national.isdigit()):
        return "it is not a number"
    if national == "14567":
        return "14567 is the Elderline"
    if national[0] == "1":
        return "numbers that start with 1 are emergency and service numbers"
    if len(national) <= 6:
        return "3 to 6 digits are a service number"
    if len(national) != 10 or national[0] == "0":
        return "it does not have ten digits"
    return None


def _not_on_do_not_call(case: _Case) -> No | None:
    if not case.due.on_do_not_call:
        return None
    rule = "Opted out: tenant-wide, at once, for good (TCCCPR opt-out; DPDP Act s.6)"
    return No("do_not_call", rule)


def _attempts_are_left(case: _Case) -> No | None:
    cap = case.campaign.caps.attempts_per_campaign + _asked_for(case)
    if case.due.attempts_in_campaign < cap:
        return None
    rule = f"At most {cap} attempts per person in a campaign (campaign caps)"
    return No("attempts_used_up", rule)


def _asked_for(case: _Case) -> int:
    """A call that the person asked for may come on top of each cap, once."""
    return 1 if case.due.callback_at is not None else 0


_NEVER: tuple[_Rule, ...] = (
    _number_may_be_dialled,
    _not_on_do_not_call,
    _attempts_are_left,
)


def _first_never(case: _Case) -> No | None:
    return next((no for rule in _NEVER if (no := rule(case))), None)


# Rules that time lifts.


def _is_open(case: _Case) -> No | None:
    shut = closed(case.campaign, case.local, case.law)
    if shut is None:
        return None
    zone = case.due.contact.timezone
    until = next_open(case.campaign, zone, case.law, case.at)
    return No(shut.reason, shut.rule, until)


def _is_not_early(case: _Case) -> No | None:
    asked = case.due.callback_at
    if asked is None or asked <= case.at:
        return None
    return No("callback_later", "The person asked to be called later", asked)


def _attempts_today_are_left(case: _Case) -> No | None:
    if case.due.attempts_today < 1:
        return None
    today = case.now.astimezone(case.zone).date()
    cap = case.campaign.caps.attempts_per_day + case.is_callback
    if case.due.attempts_today < cap or case.local.date() > today:
        return None
    rule = f"At most {cap} attempts a day per person, whatever the campaign (caps)"
    return No("attempts_today", rule, _tomorrow(today, case.zone))


def _conversations_are_left(case: _Case) -> No | None:
    # When the oldest is 30 days past is not known here: the count is asked daily.
    today = case.now.astimezone(case.zone).date()
    cap = case.campaign.caps.conversations_per_30d + case.is_callback
    if case.due.conversations_30d < cap or case.local.date() > today:
        return None
    rule = f"At most {cap} conversations per person in 30 days (caps)"
    return No("conversations_30d", rule, _tomorrow(today, case.zone))


def _tomorrow(today: date, zone: tzinfo) -> datetime:
    return at_local(today + timedelta(days=1), time.min, zone)


def _is_not_abandoned_again(case: _Case) -> No | None:
    abandoned = case.due.last_abandoned_at
    if abandoned is None or case.at >= abandoned + AFTER_ABANDONMENT:
        return None
    if case.is_callback:
        return None
    mode = allowed_mode(case.campaign, case.law.abandonment)
    if mode in {Mode.PROGRESSIVE, Mode.PREVIEW}:
        return None
    rule = "For 72 h after an abandoned call only with a telecaller reserved (Ofcom)"
    return No("after_abandonment", rule, abandoned + AFTER_ABANDONMENT)


def _no_election_silence(case: _Case) -> No | None:
    found = case.law.calendar.silences
    if not found:
        return None
    sure, unsure = found.of(case.due.contact)
    # A phone that starts to ring before the silence must not ring into it.
    ring = case.campaign.ring_timeout
    for period in sure:
        if period.starts - ring <= case.at < period.ends:
            rule = "No calls for 48 h up to the end of the poll (RP Act s.126)"
            return No("election_silence", rule, period.ends)
    for period in unsure:
        if period.starts - ring <= case.at < period.ends:
            rule = "Not known where this person votes, and some area is silent"
            return No("election_area_unknown", f"{rule} (s.126)", period.ends)
    return None


def _no_exit_poll(case: _Case) -> No | None:
    calendar = case.law.calendar
    if case.campaign.flow_id not in calendar.exit_poll_flows:
        return None
    ring = case.campaign.ring_timeout
    for ban in calendar.exit_poll_bans:
        if ban.starts - ring <= case.at < ban.ends:
            rule = "Nobody is asked how they voted before the polls end"
            return No("exit_poll", f"{rule} (RP Act s.126A)", ban.ends)
    return None


def _is_certified(case: _Case) -> No | None:
    campaign, periods = case.campaign, case.law.calendar.electoral_periods
    if not periods or campaign.call_class is CallClass.NGO_SURVEY:
        return None
    day = case.at.astimezone(POLL_ZONE).date()
    good_until = case.law.certified_until.get(campaign.campaign_id)
    if good_until is not None and day <= good_until:
        return None
    for period in periods:
        if period.starts_on <= day <= period.ends_on:
            rule = "Voice messages need an MCMC certificate in an election period"
            after = at_local(period.ends_on + timedelta(days=1), time.min, POLL_ZONE)
            return No("no_certificate", f"{rule} (ECI, 20 Mar 2026)", after)
    return None


_TIMED: tuple[_Rule, ...] = (
    _is_open,
    _is_not_early,
    _attempts_today_are_left,
    _conversations_are_left,
    _is_not_abandoned_again,
    _no_election_silence,
    _no_exit_poll,
    _is_certified,
)
