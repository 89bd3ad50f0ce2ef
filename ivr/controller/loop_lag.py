"""How late the event loop is: it asks to be called, and looks how long it took.

What is late here is late for everybody: keys, prompts, events, pages.
"""

from __future__ import annotations

import asyncio
from collections import deque

EVERY_S = 0.05
LATELY_S = 1.0


class LoopLag:
    """Looks from `start` to `stop`; belongs to the loop that started it."""

    def __init__(self) -> None:
        self._lately: deque[tuple[float, float]] = deque()  # (when, how late), seconds
        self._handle: asyncio.TimerHandle | None = None
        self._due_s = 0.0
        self.seen: list[float] | None = None  # all of them, for a bench that asks

    def start(self) -> None:
        if self._handle is None:
            self._ask()

    def stop(self) -> None:
        if self._handle is not None:
            self._handle.cancel()
        self._handle = None

    @property
    def most_s(self) -> float:
        """Return the longest that it was late in the last second."""
        return max((late_s for _, late_s in self._lately), default=0.0)

    def _ask(self) -> None:
        loop = asyncio.get_running_loop()
        self._due_s = loop.time() + EVERY_S
        self._handle = loop.call_at(self._due_s, self._look)

    def _look(self) -> None:
        now_s = asyncio.get_running_loop().time()
        self.note(now_s, max(0.0, now_s - self._due_s))
        self._ask()

    def note(self, now_s: float, late_s: float) -> None:
        self._lately.append((now_s, late_s))
        while self._lately[0][0] < now_s - LATELY_S:
            self._lately.popleft()
        if self.seen is not None:
            self.seen.append(late_s)
