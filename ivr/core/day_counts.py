"""Today's funnel and the last hour, folded from each call's end. Pure.

One call is counted once, at every place above its contact's centre, so that a floor
reads its figures and adds nothing up. What became of the calls of earlier today is
told by the store after a start (`Ended` with a `count`).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from ivr.core.call import Call
from ivr.core.model import ANSWERED, CampaignId, CentreCode, Disposition
from ivr.core.organisation import Tree, belongs_to, roots

SHORT_ANSWER = timedelta(seconds=6)
MINUTES_KEPT = 60
# The line or the operator failed, not the person.
LINE_FAILED = frozenset({Disposition.CONGESTION, Disposition.FAILED})
# A call that we ended before an answer says nothing about people.
_NOT_DIALLED = frozenset({Disposition.CANCELLED})


@dataclass(slots=True)
class Counts:
    """What became of calls; each is counted in every line that it reached."""

    dialled: int = 0
    answered: int = 0
    person: int = 0  # answered, and not silent: voicemail, perhaps
    finished: int = 0  # heard the flow to its end
    talked: int = 0  # with a telecaller
    opted_out: int = 0
    abandoned: int = 0
    line_failed: int = 0  # trunk full, or the switch refused it
    short: int = 0  # answered, and over within SHORT_ANSWER

    def add(self, other: Counts, times: int = 1) -> None:
        # Written out: it runs thousands of times a second.
        self.dialled += other.dialled * times
        self.answered += other.answered * times
        self.person += other.person * times
        self.finished += other.finished * times
        self.talked += other.talked * times
        self.opted_out += other.opted_out * times
        self.abandoned += other.abandoned * times
        self.line_failed += other.line_failed * times
        self.short += other.short * times


@dataclass(frozen=True, slots=True)
class Ended:
    """Calls that ended alike, as the store counts them."""

    campaign_id: CampaignId
    centre: CentreCode | None  # the contact's
    disposition: Disposition
    answered: bool
    completed: bool
    joined: bool
    opted_out: bool
    abandoned: bool
    count: int = 1
    short: bool = False


def ended(call: Call, centre: CentreCode | None, disposition: Disposition) -> Ended:
    """Return what a call that is over counts as."""
    is_short = (
        call.answered_at is not None
        and call.ended_at is not None
        and call.ended_at - call.answered_at < SHORT_ANSWER
    )
    return Ended(
        call.campaign_id,
        centre,
        disposition,
        answered=call.answered_at is not None,
        completed=call.completed,
        joined=call.joined_at is not None,
        opted_out=call.opted_out,
        abandoned=call.abandoned,
        short=is_short,
    )


def counts_of(one: Ended) -> Counts:
    """Return a call's place in the funnel."""
    is_person = one.answered and one.disposition in ANSWERED - {Disposition.SILENT}
    return Counts(
        dialled=int(one.disposition not in _NOT_DIALLED),
        answered=int(one.answered),
        person=int(is_person),
        finished=int(one.completed),
        talked=int(one.joined),
        opted_out=int(one.opted_out),
        abandoned=int(one.abandoned),
        line_failed=int(one.disposition in LINE_FAILED),
        short=int(one.short),
    )


@dataclass(slots=True)
class Minutes:
    """The counts of each of the last minutes, oldest first."""

    kept: deque[tuple[int, Counts]] = field(
        default_factory=lambda: deque(maxlen=MINUTES_KEPT)
    )
    # Of the minutes that are over, the sums lately asked for: span -> (now, sum).
    _sums: dict[int, tuple[int, Counts]] = field(default_factory=dict)

    def add(self, minute: int, counts: Counts) -> None:
        # A clock set back must not lose a call: it counts as of the newest minute.
        if not self.kept or self.kept[-1][0] < minute:
            self.kept.append((minute, Counts()))
            self._sums.clear()
        self.kept[-1][1].add(counts)

    def last(self, minutes: int, now: int) -> Counts:
        """Return the sum of so many minutes up to and with `now`."""
        total = Counts()
        total.add(self._over(minutes, now))
        if self.kept and self.kept[-1][0] > now - minutes:
            total.add(self.kept[-1][1])
        return total

    def _over(self, minutes: int, now: int) -> Counts:
        """Return the sum without the newest minute, which still grows."""
        known = self._sums.get(minutes)
        if known is not None and known[0] == now:
            return known[1]
        total = Counts()
        for minute, counts in list(self.kept)[:-1]:
            if minute > now - minutes:
                total.add(counts)
        self._sums[minutes] = now, total
        return total


class Day:
    """One for a controller. Forgets yesterday when the first call of a day ends."""

    def __init__(self, tree: Tree, zone: str) -> None:
        self._tree = tree
        self._zone = ZoneInfo(zone)
        self._date: date | None = None
        self._above: dict[CentreCode | None, tuple[CentreCode, ...]] = {}
        self._today: dict[CentreCode, dict[CampaignId, Counts]] = {}
        self._minutes: dict[CentreCode, Minutes] = {}

    def restore(self, calls: Iterable[Ended], now: datetime) -> None:
        """Take what the store counted of today, in place of what was here."""
        self._today.clear()
        self._date = now.astimezone(self._zone).date()
        for one in calls:
            self._count(one, counts_of(one), one.count)

    def began(self, now: datetime) -> datetime:
        """Return when today began."""
        local = now.astimezone(self._zone)
        return local.replace(hour=0, minute=0, second=0, microsecond=0)

    def ended(self, one: Ended, now: datetime) -> None:
        """Count a call that is over."""
        self._turn_to(now)
        counts, minute = counts_of(one), minute_of(now)
        self._count(one, counts, 1)
        for code in self.above(one.centre):
            self._minutes.setdefault(code, Minutes()).add(minute, counts)

    def of_today(self, centre: CentreCode, now: datetime) -> dict[CampaignId, Counts]:
        """Return today's counts of the centre and all below it, by campaign."""
        self._turn_to(now)
        return self._today.get(centre, {})

    def last(self, centre: CentreCode, minutes: int, now: datetime) -> Counts:
        """Return the counts of the last minutes."""
        kept = self._minutes.get(centre)
        return kept.last(minutes, minute_of(now)) if kept else Counts()

    def last_of_all(self, minutes: int, now: datetime) -> Counts:
        """Return the counts of all centres together."""
        total = Counts()
        for root in roots(self._tree):
            total.add(self.last(root, minutes, now))
        return total

    def hour(self, centre: CentreCode, now: datetime) -> Iterator[tuple[int, Counts]]:
        """Yield the last hour's minutes that have calls: since 1970, and counts."""
        oldest = minute_of(now) - MINUTES_KEPT
        kept = self._minutes.get(centre)
        for minute, counts in kept.kept if kept else ():
            if minute > oldest:
                yield minute, counts

    def above(self, centre: CentreCode | None) -> tuple[CentreCode, ...]:
        """Return whose figures a call of that centre is in: those of no centre count
        for the whole."""
        known = self._above.get(centre)
        if known is None:
            known = belongs_to(centre, self._tree)
            self._above[centre] = known
        return known

    def _turn_to(self, now: datetime) -> None:
        today = now.astimezone(self._zone).date()
        if self._date is None or today > self._date:
            self._date = today
            self._today.clear()

    def _count(self, one: Ended, counts: Counts, times: int) -> None:
        for code in self.above(one.centre):
            by_campaign = self._today.setdefault(code, {})
            by_campaign.setdefault(one.campaign_id, Counts()).add(counts, times)


def minute_of(at: datetime) -> int:
    """Return the minute since 1970."""
    return int(at.timestamp()) // 60
