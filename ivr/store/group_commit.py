"""Many small writes, one transaction: what waits while a commit runs goes together.

A caller's `await` ends when its write is committed. Nothing is delayed on purpose:
an idle writer commits the next write at once. Knows no table and decides nothing.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy import Connection

from ivr.errors import SamvadError, StoreUnavailable
from ivr.store.upsert import Statement

Row = dict[str, object]

GRACE_S = 0.02


@dataclass(frozen=True, slots=True)
class Write:
    """One caller's statements, to be committed together or not at all.

    Writes that share a key stay in the order they were given. Statements are
    recognised by identity, so they must be module constants.
    `is_kept` is asked when the write meets a row that is already there: True says
    that it is this very write, done before (a caller may repeat one whose fate it
    did not learn).
    """

    keys: tuple[Hashable, ...]
    steps: tuple[tuple[Statement, Row], ...]
    is_kept: Callable[[Connection], bool] | None = None


class Commits(Protocol):
    async def commit(self, writes: Sequence[Write]) -> list[SamvadError | None]:
        """Commit `writes`; return each one's fate, in order. Never raises."""


class Spoolable(Protocol):
    """A write that need not be in the database at once (spool_calls.py)."""

    @property
    def name(self) -> str:
        """Return what kind of write it is, for ever."""

    def write(self, *, again: bool = False) -> Write:
        """Return it for the database. `again`: it may be there already."""


@dataclass(slots=True, eq=False)
class Waiting:
    """A write on its way. `kept`: as what it may be put aside; None: it may not."""

    write: Write
    kept: Spoolable | None
    done: asyncio.Future[None]
    deadline: float
    has_left: bool = False  # while its commit goes on: aside, or given up
    # For whom it was put aside:
    number: int = 0
    is_stored: bool = False  # by that commit, after all

    def settle(self, fate: SamvadError | None) -> None:
        """Let the caller go on, if they wait still."""
        if self.done.done():
            return  # cancelled, or given up
        if fate is None:
            self.done.set_result(None)
        else:
            self.done.set_exception(fate)


class Aside(Protocol):
    """Where writes go that the database does not take now (spool.py)."""

    @property
    def is_on(self) -> bool:
        """Say whether all writes go there now."""

    def refusal(self) -> StoreUnavailable:
        """Return what to tell those whose write cannot go there."""

    def take(self, items: Sequence[Waiting]) -> None:
        """Keep them in this order and settle each; from now on it `is_on`."""

    def stored(self, item: Waiting) -> None:
        """The database took, after all, what was put aside."""


class GroupCommit:
    """The queue in front of the writer. Belongs to one event loop.

    With an `aside`, a write that the database refuses for now, or that waits for
    `timeout_s`, is put there with all that came after it; without one it fails.
    """

    def __init__(
        self,
        commits: Commits,
        *,
        timeout_s: float,
        most_waiting: int,
        most_at_once: int,
        aside: Aside | None = None,
    ) -> None:
        self._commits = commits
        self._aside = aside
        self._timeout_s = timeout_s
        self._most_waiting = most_waiting
        self._most_at_once = most_at_once
        self._waiting: deque[Waiting] = deque()
        self._underway: list[Waiting] = []
        self._draining: asyncio.Task[None] | None = None
        self._alarm: asyncio.TimerHandle | None = None
        self._is_closed = False

    @property
    def waiting(self) -> int:
        """Return how many writes are not committed yet."""
        return len(self._waiting) + len(self._underway)

    async def submit(self, write: Write, kept: Spoolable | None = None) -> None:
        """Return when `write` is committed, or put aside as `kept`; raise if neither.

        A caller that is cancelled while it waits does not take its write back.
        """
        if self._is_closed:
            raise StoreUnavailable("the store is closed")
        if len(self._waiting) >= self._most_waiting:
            raise StoreUnavailable(f"{self._most_waiting} writes wait already")
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self._timeout_s
        item = Waiting(write, kept, loop.create_future(), deadline)
        if self._aside is not None and self._aside.is_on:
            self._put_aside([item])
        else:
            self.resume([item])
        await item.done

    def resume(self, items: Iterable[Waiting]) -> None:
        """Queue writes whose turn is now; they have not been tried."""
        loop = asyncio.get_running_loop()
        self._waiting.extend(items)
        if not self._waiting:
            return
        if self._draining is None:
            self._draining = loop.create_task(self._drain(), name="group commit")
        if self._alarm is None:
            self._alarm = loop.call_at(self._waiting[0].deadline, self._ring)

    async def idle(self, at_most_s: float) -> None:
        """Return when no commit is under way; after `at_most_s`, break it off.

        Only when all that is under way has been put aside.
        """
        if self._draining is not None:
            await asyncio.wait([self._draining], timeout=at_most_s)
        if self._draining is not None:
            self._draining.cancel()
            await asyncio.wait([self._draining])

    async def close(self) -> None:
        """Refuse new writes; return when those that wait are settled."""
        self._is_closed = True
        while self._draining is not None:
            await asyncio.wait([self._draining], timeout=self._timeout_s)
            if self._draining is not None and self._aside and self._aside.is_on:
                self._draining.cancel()  # all that it does is in the spool
        if self._alarm is not None:
            self._alarm.cancel()

    async def _drain(self) -> None:
        try:
            while self._waiting:
                size = min(len(self._waiting), self._most_at_once)
                self._underway = [self._waiting.popleft() for _ in range(size)]
                fates = await self._commits.commit([w.write for w in self._underway])
                self._settle(fates)
        finally:
            self._draining = None
            lost = StoreUnavailable("the writer was stopped")
            for item in (*self._underway, *self._waiting):
                if not item.has_left:
                    item.settle(lost)
            self._underway = []
            self._waiting.clear()

    def _settle(self, fates: Sequence[SamvadError | None]) -> None:
        """Tell each its fate; or put it aside, with all that came after it."""
        refused: list[Waiting] = []
        for item, fate in zip(self._underway, fates, strict=True):
            if fate is None and not item.has_left:
                item.settle(None)
            elif item.has_left:
                if fate is None and item.kept is not None and self._aside:
                    self._aside.stored(item)  # after all
            elif self._aside is not None and isinstance(fate, StoreUnavailable):
                if item.kept is None:
                    item.settle(fate)
                else:
                    refused.append(item)
            else:
                item.settle(fate)
        self._underway = []
        if refused or (self._aside is not None and self._aside.is_on):
            refused += self._waiting
            self._waiting.clear()
            self._put_aside(refused)

    def _put_aside(self, items: Sequence[Waiting]) -> None:
        assert self._aside is not None
        some = [item for item in items if item.kept is not None]
        self._aside.take(some)
        for item in items:
            item.has_left = True
            if item.kept is None:
                item.settle(self._aside.refusal())

    def _ring(self) -> None:
        """Time is over; but what a busy loop has not looked at yet may be done."""
        loop = asyncio.get_running_loop()
        self._alarm = loop.call_later(GRACE_S, self._expire)

    def _expire(self) -> None:
        """Give up on what has waited too long; look again when the next one would."""
        loop = asyncio.get_running_loop()
        now = loop.time()
        late = [item for item in self._underway if not item.has_left]
        if self._aside is not None:
            waiting = [*late, *self._waiting]
            if waiting and min(item.deadline for item in waiting) <= now:
                self._waiting.clear()
                self._put_aside(waiting)
            pending = [item.deadline for item in self._waiting]
            pending += [i.deadline for i in self._underway if not i.has_left]
        else:
            pending = self._give_up(now)
        self._alarm = loop.call_at(min(pending), self._ring) if pending else None

    def _give_up(self, now: float) -> list[float]:
        late = StoreUnavailable(f"not written within {self._timeout_s:g} s")
        while self._waiting and self._waiting[0].deadline <= now:
            self._waiting.popleft().settle(late)
        for item in self._underway:  # its fate is not known; the caller waits no more
            if item.deadline <= now:
                item.settle(late)
        pending = [i.deadline for i in self._underway if not i.done.done()]
        if self._waiting:
            pending.append(self._waiting[0].deadline)
        return pending


def grouped(writes: Iterable[Write]) -> list[tuple[Statement, list[Row]]]:
    """Return the statements with all their rows, in an order that keeps each key's.

    A step joins the first group of its statement that does not come before the
    last group that touched one of its keys.
    """
    groups: list[tuple[Statement, list[Row]]] = []
    of_statement: dict[int, list[int]] = {}
    last_of_key: dict[Hashable, int] = {}
    for write in writes:
        earliest = max((last_of_key.get(key, 0) for key in write.keys), default=0)
        for statement, row in write.steps:
            places = of_statement.setdefault(id(statement), [])
            place = next((p for p in places if p >= earliest), None)
            if place is None:
                place = len(groups)
                groups.append((statement, []))
                places.append(place)
            groups[place][1].append(row)
            earliest = place
        for key in write.keys:
            last_of_key[key] = earliest
    return groups
