"""What follows an outcome: another attempt, and when, or none. Pure.

A rule says how many dials in all, how far apart, and in which parts of the day.
The moment found always lies inside the campaign's windows; the law is asked
again at that moment (core/compliance.py), which may put it off further.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from ivr.core.hours import at_local, next_open, zone_of
from ivr.core.law import LawFacts
from ivr.core.model import Campaign, Disposition, RetryRule, Window

D = Disposition

# People who do not answer in the morning may do so in the evening.
DAY_PARTS = (
    Window(time(10, 0), time(13, 0)),
    Window(time(13, 0), time(16, 30)),
    Window(time(16, 30), time(20, 0)),
)

_DAY = timedelta(days=1)
DEFAULT_RULES: Mapping[Disposition, RetryRule] = {
    D.BUSY: RetryRule(3, timedelta(minutes=15)),
    D.NO_ANSWER: RetryRule(3, timedelta(hours=1), DAY_PARTS),
    D.UNREACHABLE: RetryRule(3, timedelta(hours=4)),
    D.CONGESTION: RetryRule(5, timedelta(minutes=5)),
    D.REJECTED: RetryRule(2, _DAY, DAY_PARTS),  # declined: once more, another day
    D.PARTIAL: RetryRule(2, _DAY, DAY_PARTS),
    D.SILENT: RetryRule(2, _DAY, DAY_PARTS),  # voicemail, perhaps
    D.ABANDONED: RetryRule(3, timedelta(hours=72)),  # Ofcom: 72 h
    D.INTERRUPTED: RetryRule(3, _DAY),
    D.FAILED: RetryRule(5, timedelta(minutes=5)),
    D.CALLBACK: RetryRule(4, timedelta(hours=1)),
}

# Outcomes after which this contact is not dialled again in this campaign.
FINAL: Mapping[Disposition, str] = {
    D.COMPLETED: "the flow was completed",
    D.TALKED: "talked to a telecaller",
    D.OPTED_OUT: "asked never to be called again",
    D.INVALID_NUMBER: "the number does not exist",
}

# The person's phone never rang, or not because of them: no attempt on them.
NOT_COUNTED = frozenset({D.CONGESTION, D.CANCELLED, D.FAILED})

# Days looked at for an open day-part before any open moment is taken.
_DAYS_AHEAD = 14


@dataclass(frozen=True, slots=True)
class Again:
    at: datetime  # UTC, inside a window of the campaign
    because: str


@dataclass(frozen=True, slots=True)
class Done:
    because: str


def counts_as_attempt(disposition: Disposition) -> bool:
    """Say whether the attempt uses up the person's attempts a day and in all."""
    return disposition not in NOT_COUNTED


def next_attempt(
    disposition: Disposition,
    attempts_made: int,
    campaign: Campaign,
    now: datetime,
    zone: str,
    *,
    law: LawFacts | None = None,
    callback_at: datetime | None = None,
    was_answered: bool = False,
) -> Again | Done:
    """Return when the contact is due again after `disposition`, or why never.

    `attempts_made` are all dials of the contact in this campaign, this one too;
    `zone` is the contact's. `callback_at` is when the person asked to be called.
    """
    law = law or LawFacts()
    if disposition in FINAL:
        return Done(FINAL[disposition])
    if disposition is D.INTERRUPTED and was_answered:
        return Done("answered, then cut off by us: not disturbed again")
    if disposition is D.CANCELLED:
        because = "we dropped the call before an answer: due as before"
        return _again(campaign, zone, law, now, because)
    rule = campaign.retry.get(disposition) or DEFAULT_RULES[disposition]
    limit = _limit(disposition, rule, campaign)
    if attempts_made >= limit:
        return Done(f"{disposition}, attempt {attempts_made} of {limit}")
    because = f"{disposition}, attempt {attempts_made} of {limit}"
    if callback_at is not None:
        at = max(callback_at, now)
        return _again(campaign, zone, law, at, f"{because}: at the time asked for")
    if rule.day_parts:
        at = _next_day_part(rule, campaign, now, zone, law)
        return _again(campaign, zone, law, at, f"{because}: next part of the day")
    return _again(
        campaign, zone, law, now + rule.delay, f"{because}: after {_words(rule.delay)}"
    )


def _limit(disposition: Disposition, rule: RetryRule, campaign: Campaign) -> int:
    """The person's cap bounds every rule but those whose dials are not theirs."""
    if disposition in NOT_COUNTED:
        return rule.attempts
    asked_for = 1 if disposition is D.CALLBACK else 0
    return min(rule.attempts, campaign.caps.attempts_per_campaign + asked_for)


def _again(
    campaign: Campaign, zone: str, law: LawFacts, at: datetime, because: str
) -> Again | Done:
    aligned = next_open(campaign, zone, law, at)
    if aligned is None:
        return Done("the campaign ends before the next attempt")
    return Again(aligned, because)


def _next_day_part(
    rule: RetryRule, campaign: Campaign, now: datetime, zone: str, law: LawFacts
) -> datetime:
    """Return the start of the part after the present one, or a moment within it.

    With one attempt a day that is the *next* day's next part: a contact tried in
    the morning is tried after noon tomorrow, and the evening after that.
    """
    parts = sorted(rule.day_parts, key=lambda part: part.opens)
    local = now.astimezone(zone_of(zone))
    wanted = parts[(_part_index(parts, local.time()) + 1) % len(parts)]
    earliest = now + rule.delay
    if campaign.caps.attempts_per_day <= 1:
        midnight = at_local(local.date() + _DAY, time.min, zone_of(zone))
        earliest = max(earliest, midnight)
    day = earliest.astimezone(zone_of(zone)).date()
    for _ in range(_DAYS_AHEAD):
        opens = at_local(day, wanted.opens, zone_of(zone))
        closes = at_local(day, wanted.closes, zone_of(zone))
        at = next_open(campaign, zone, law, max(opens, earliest))
        if at is not None and at < closes:
            return at
        day += _DAY
    return earliest


def _part_index(parts: list[Window], hour: time) -> int:
    """The part it is, or the last one begun; before the first: yesterday's last."""
    begun = [index for index, part in enumerate(parts) if part.opens <= hour]
    return begun[-1] if begun else len(parts) - 1


def _words(delay: timedelta) -> str:
    minutes = round(delay.total_seconds() / 60)
    return f"{minutes} min" if minutes < 120 else f"{round(minutes / 60)} h"
