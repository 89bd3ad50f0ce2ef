"""Looks at a run from outside: which attempts are open, and what strangers are shown.

Also asks for opt-outs, as a letter would be typed in, and notes which were taken.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from datetime import datetime
from itertools import cycle

from ivr.chaos.facts import Asked, OptedOut, Span
from ivr.cli.chaos_parts import now
from ivr.cli.chaos_strangers import Stranger
from ivr.cli.client import Client
from ivr.core.model import CallId, PhoneNumber
from ivr.errors import SamvadError, StoreUnavailable
from ivr.settings.config import Settings
from ivr.store.attempts import open_attempts
from ivr.store.store import SqlStore

LOOK_S, LETTER_S, STRANGER_S = 1.0, 2.0, 0.5


class Watch:
    """What was seen during a run."""

    def __init__(
        self,
        settings: Settings,
        store: SqlStore,
        whose: Iterator[PhoneNumber],
        strangers: Sequence[Stranger],
    ) -> None:
        self.settings = settings
        self._store = store
        self._letters = whose
        self._strangers = cycle(strangers)
        self._seen: dict[CallId, tuple[datetime, datetime]] = {}
        self.opt_outs: list[OptedOut] = []
        self.asked: list[Asked] = []

    @property
    def open_spans(self) -> dict[CallId, Span]:
        return {call: Span(*seen) for call, seen in self._seen.items()}

    async def run(self) -> None:
        """Look until cancelled."""
        ways: list[tuple[Callable[[], Awaitable[None]], float]] = [
            (self._look, LOOK_S),
            (self._letter, LETTER_S),
            (self._stranger, STRANGER_S),
        ]
        await asyncio.gather(*(self._again(way, wait_s) for way, wait_s in ways))

    async def _again(self, way: Callable[[], Awaitable[None]], wait_s: float) -> None:
        while True:
            await way()
            await asyncio.sleep(wait_s)

    async def _look(self) -> None:
        try:
            left = await self._store.read(open_attempts)
        except StoreUnavailable:
            return
        at = now()
        for call in left:
            began, _ = self._seen.get(call.call_id, (at, at))
            self._seen[call.call_id] = (began, at)

    async def how_many_open(self) -> int | None:
        """Return how many attempts are open; None when nobody can say."""
        try:
            return len(await self._store.read(open_attempts))
        except StoreUnavailable:
            return None

    async def _letter(self) -> None:
        one = next(self._letters)
        body = {"number": one[3:], "source": "letter"}
        client = Client(self.settings)
        try:
            await asyncio.to_thread(client.post, "/api/v1/opt-outs", body)
        except SamvadError:
            return  # not taken: it would be typed in again
        self.opt_outs.append(OptedOut(one, now()))

    async def _stranger(self) -> None:
        one = next(self._strangers)
        got = await asyncio.to_thread(one.ask, self.settings.web.port)
        if got is not None:
            self.asked.append(Asked(now(), one.what, one.allowed, got))
