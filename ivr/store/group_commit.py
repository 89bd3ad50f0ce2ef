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


@dataclass(slots=True)
class _Waiting:
    write: Write
    done: asyncio.Future[None]
    deadline: float


class GroupCommit:
    """The queue in front of the writer. Belongs to one event loop."""

    def __init__(
        self,
        commits: Commits,
        *,
        timeout_s: float,
        most_waiting: int,
        most_at_once: int,
    ) -> None:
        self._commits = commits
        self._timeout_s = timeout_s
        self._most_waiting = most_waiting
        self._most_at_once = most_at_once
        self._waiting: deque[_Waiting] = deque()
        self._underway: list[_Waiting] = []
        self._draining: asyncio.Task[None] | None = None
        self._alarm: asyncio.TimerHandle | None = None
        self._is_closed = False

    @property
    def waiting(self) -> int:
        """Return how many writes are not committed yet."""
        return len(self._waiting) + len(self._underway)

    async def submit(self, write: Write) -> None:
        """Return when `write` is committed; raise if it was not.

        A caller that is cancelled while it waits does not take its write back.
        """
        if self._is_closed:
            raise StoreUnavailable("the store is closed")
        if len(self._waiting) >= self._most_waiting:
            raise StoreUnavailable(f"{self._most_waiting} writes wait already")
        loop = asyncio.get_running_loop()
        item = _Waiting(write, loop.create_future(), loop.time() + self._timeout_s)
        self._waiting.append(item)
        if self._draining is None:
            self._draining = loop.create_task(self._drain(), name="group commit")
        if self._alarm is None:
            self._alarm = loop.call_at(item.deadline, self._expire)
        await item.done

    async def close(self) -> None:
        """Refuse new writes; return when those that wait are settled."""
        self._is_closed = True
        while self._draining is not None:
            await asyncio.wait([self._draining])
        if self._alarm is not None:
            self._alarm.cancel()

    async def _drain(self) -> None:
        try:
            while self._waiting:
                size = min(len(self._waiting), self._most_at_once)
                self._underway = [self._waiting.popleft() for _ in range(size)]
                fates = await self._commits.commit([w.write for w in self._underway])
                for item, fate in zip(self._underway, fates, strict=True):
                    _settle(item, fate)
                self._underway = []
        finally:
            self._draining = None
            lost = StoreUnavailable("the writer was stopped")
            for item in (*self._underway, *self._waiting):
                _settle(item, lost)
            self._underway = []
            self._waiting.clear()

    def _expire(self) -> None:
        """Give up on what has waited too long; look again when the next one would."""
        now = asyncio.get_running_loop().time()
        late = StoreUnavailable(f"not written within {self._timeout_s:g} s")
        while self._waiting and self._waiting[0].deadline <= now:
            _settle(self._waiting.popleft(), late)
        for item in self._underway:  # its fate is not known; the caller waits no more
            if item.deadline <= now:
                _settle(item, late)
        pending = [i.deadline for i in self._underway if not i.done.done()]
        if self._waiting:
            pending.append(self._waiting[0].deadline)
        loop = asyncio.get_running_loop()
        self._alarm = loop.call_at(min(pending), self._expire) if pending else None


def _settle(item: _Waiting, fate: SamvadError | None) -> None:
    if item.done.done():
        return  # cancelled, or given up
    if fate is None:
        item.done.set_result(None)
    else:
        item.done.set_exception(fate)


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
