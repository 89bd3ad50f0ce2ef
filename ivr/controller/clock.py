"""The time, and waiting. The only place that asks the machine for either."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta


class SystemClock:
    """The machine's clock, moved by `shift` (the demo runs inside a window)."""

    def __init__(self, shift: timedelta = timedelta(0)) -> None:
        self.shift = shift
        self._begun = datetime.now(UTC).timestamp() - time.monotonic()

    def now(self) -> datetime:
        return datetime.now(UTC) + self.shift

    def steady_s(self) -> float:
        return self._begun + time.monotonic()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
