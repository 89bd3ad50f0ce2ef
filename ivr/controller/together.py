"""One question for all who ask in the same moment.

Hundreds of open pages ask every few seconds whether their session still stands: one
by one, each would take a turn of the database's few readers, and a call that comes
would wait behind them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import Generic, TypeVar

T = TypeVar("T")

MOMENT_S = 0.1  # that the first who asks waits for others


class Together(Generic[T]):
    """Asks `ask` of all keys that are wanted in one moment. Its errors are theirs."""

    def __init__(
        self, ask: Callable[[Collection[str]], Awaitable[Mapping[str, T]]]
    ) -> None:
        self._ask = ask
        self._wanted: set[str] = set()
        self._answer: asyncio.Task[Mapping[str, T]] | None = None

    async def of(self, key: str) -> T | None:
        """Return what is known of the key by a question asked from now on."""
        self._wanted.add(key)
        if self._answer is None:
            self._answer = asyncio.create_task(self._answered())
        # Who stops waiting takes the answer from nobody else.
        found = await asyncio.shield(self._answer)
        return found.get(key)

    async def _answered(self) -> Mapping[str, T]:
        await asyncio.sleep(MOMENT_S)
        wanted, self._wanted, self._answer = self._wanted, set(), None
        return await self._ask(wanted)
