"""Keeps the journal's head beside the database each minute, tells its root each day.

Both so that another place knows how far the record went. Decides nothing; a store that
does not answer is asked again in the next minute.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Protocol

import structlog

from ivr.controller.ports import Clock
from ivr.core.happenings import Happening, HappeningKind
from ivr.core.journal import INDIA, Head, Root, end_of
from ivr.errors import SamvadError

log = structlog.get_logger(__name__)

LOOK_EVERY_S = 60.0
MOST_DAYS = 31  # that are made up for after a long rest

Tell = Callable[[Happening], None]


class Journal(Protocol):
    """Raises StoreUnavailable."""

    async def head(self) -> Head | None:
        """Return the last entry."""

    async def before(self, moment: str) -> Head | None:
        """Return the last entry before a moment (core.journal.written)."""


class Heads(Protocol):
    """What is kept beside the database."""

    def last_day(self) -> date | None:
        """Return the last day whose root is kept."""

    def keep(self, head: Head, roots: list[Root]) -> None:
        """Keep them; on the disk when it returns. Raises SetupFailed."""


class JournalWatch:
    """Runs beside the controller."""

    def __init__(
        self, journal: Journal, heads: Heads, clock: Clock, tell: Tell
    ) -> None:
        self._journal = journal
        self._heads = heads
        self._clock = clock
        self._tell = tell

    async def run(self) -> None:
        """Look, for ever."""
        while True:
            await self.look()
            await self._clock.sleep(LOOK_EVERY_S)

    async def look(self) -> None:
        """Keep the head, and tell the roots of days that are over."""
        try:
            head = await self._journal.head()
            if head is None:
                return
            roots = [root for day in self._days() if (root := await self._root(day))]
            for root in roots:
                self._tell(self._happening(root))
            self._heads.keep(head, roots)
        except SamvadError as exc:
            log.error("The journal's head is not kept", error=str(exc))

    def _days(self) -> list[date]:
        """Return the days that are over and whose root is not kept."""
        yesterday = self._clock.now().astimezone(INDIA).date() - timedelta(days=1)
        last = self._heads.last_day() or yesterday - timedelta(days=1)
        first = max(last, yesterday - timedelta(days=MOST_DAYS)) + timedelta(days=1)
        return [first + timedelta(days=n) for n in range((yesterday - first).days + 1)]

    async def _root(self, day: date) -> Root | None:
        last = await self._journal.before(end_of(day))
        return None if last is None else Root(day, last.seq, last.hash)

    def _happening(self, root: Root) -> Happening:
        facts: dict[str, str | int | None] = {
            "day": root.day.isoformat(),
            "root": root.hash.hex(),
            "entries": root.seq,
        }
        now = self._clock.now()
        return Happening(HappeningKind.JOURNAL_ROOT, now, facts=facts)
