"""Whose turn it is: the list of one centre, by core's law and core's retries.

People who were never called are a number only; who was, is kept until they are done.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from heapq import heappop, heappush

from ivr.core.compliance import Allowed, judge
from ivr.core.hours import zone_of
from ivr.core.law import LawFacts
from ivr.core.model import (
    ANSWERED,
    Campaign,
    CentreCode,
    Contact,
    ContactId,
    Disposition,
    Due,
    ListName,
    PhoneNumber,
    Trunk,
)
from ivr.core.retry import Again, counts_as_attempt, next_attempt

# Invented, and all the same: the law asks what a number looks like, not whose it is.
NUMBER = PhoneNumber("+919827100000")


@dataclass(slots=True)
class Person:
    number: int
    dials: int = 0
    attempts: int = 0
    attempts_today: int = 0
    day: date = date.min  # of the last attempt
    conversations: int = 0
    last_abandoned_at: datetime | None = None


class People:
    """One list. `take` the next who may be called; `ended` when the call is over."""

    def __init__(
        self,
        count: int,
        centre: CentreCode,
        campaign: Campaign,
        trunk: Trunk,
        law: LawFacts,
        begins: datetime,
        zone: str,
    ) -> None:
        self.centre = centre
        self.contact = Contact(
            ContactId(0), ListName("forecast"), NUMBER, centre=centre, timezone=zone
        )
        self.fresh = count
        self.out = 0  # in a call
        self.done: Counter[str] = Counter()  # by how the last attempt ended
        self._campaign = campaign
        self._trunk = trunk
        self._law = law  # its calendar
        self._begins = begins
        self._zone = zone_of(zone)
        self._next = 0
        self._later: list[tuple[float, int, Person]] = []

    @property
    def waiting(self) -> int:
        """Return how many wait for another attempt."""
        return len(self._later)

    @property
    def left(self) -> int:
        """Return how many are not done."""
        return self.fresh + self.waiting + self.out

    def due_at_s(self) -> float | None:
        """Return when somebody may be due next; None: nobody is left to call."""
        if self.fresh:
            return 0.0
        return self._later[0][0] if self._later else None

    def has_due(self, now_s: float) -> bool:
        due_s = self.due_at_s()
        return due_s is not None and due_s <= now_s

    def take(self, now_s: float, law: LawFacts) -> Person | None:
        """Return the next whom the law lets be called now.

        Who was due longest comes first, as in the queue of the store: those never
        called were due when the campaign began.
        """
        now = self._begins + timedelta(seconds=now_s)
        while self.has_due(now_s):
            if self.fresh:
                self.fresh -= 1
                self._next += 1
                person = Person(self._next)
            else:
                _, _, person = heappop(self._later)
            found = judge(self._due(person, now), self._campaign, self._trunk, law, now)
            if isinstance(found, Allowed):
                self.out += 1
                return person
            if found.retry_at is None:
                self.done[found.reason] += 1
            else:
                later_s = (found.retry_at - self._begins).total_seconds()
                self._push(max(later_s, now_s + 1.0), person)
        return None

    def ended(self, person: Person, how: Disposition, now_s: float) -> None:
        """Keep what came of the call, and when this person's turn is next."""
        self.out -= 1
        now = self._begins + timedelta(seconds=now_s)
        self._count(person, how, now)
        following = next_attempt(
            how,
            person.dials,
            self._campaign,
            now,
            self.contact.timezone,
            law=self._law,
            was_answered=how in ANSWERED,
        )
        if isinstance(following, Again):
            later_s = (following.at - self._begins).total_seconds()
            self._push(later_s, person)
        else:
            self.done[how.value] += 1

    def _count(self, person: Person, how: Disposition, now: datetime) -> None:
        person.dials += 1
        if counts_as_attempt(how):
            today = now.astimezone(self._zone).date()
            same_day = person.day == today
            person.attempts += 1
            person.attempts_today = person.attempts_today + 1 if same_day else 1
            person.day = today
        if how in ANSWERED and how is not Disposition.SILENT:
            person.conversations += 1
        if how is Disposition.ABANDONED:
            person.last_abandoned_at = now

    def _push(self, at_s: float, person: Person) -> None:
        heappush(self._later, (at_s, person.number, person))

    def _due(self, person: Person, now: datetime) -> Due:
        today = now.astimezone(self._zone).date()
        return Due(
            contact=self.contact,
            attempts_in_campaign=person.attempts,
            attempts_today=person.attempts_today if person.day == today else 0,
            conversations_30d=person.conversations,
            on_do_not_call=False,
            last_abandoned_at=person.last_abandoned_at,
            dials=person.dials,
        )
