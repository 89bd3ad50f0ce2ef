"""The pacing decisions lately made, each with its because: for the live feed."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from dataclasses import dataclass
from datetime import datetime

from ivr.core.model import CampaignId, PacingDecision

KEPT = 1000


@dataclass(frozen=True, slots=True)
class DecisionView:
    """One decision. The same one made again, to dial nobody, is told once."""

    number: int  # counts up; a reader asks for what follows the last it saw
    at: datetime
    campaign_id: CampaignId
    dial: int
    because: str
    risk: float  # that one more call finds nobody free
    threshold: float  # what the budget allows


class Decisions:
    """Keeps the last KEPT; readers wait for what follows."""

    def __init__(self) -> None:
        self._kept: deque[DecisionView] = deque(maxlen=KEPT)
        self._last: dict[CampaignId, tuple[int, str]] = {}
        self._count = 0
        self._came = asyncio.Event()

    def add(
        self, campaign_id: CampaignId, decision: PacingDecision, at: datetime
    ) -> None:
        said = (decision.dial, decision.because)
        if decision.dial == 0 and self._last.get(campaign_id) == said:
            return
        self._last[campaign_id] = said
        self._count += 1
        self._kept.append(
            DecisionView(
                number=self._count,
                at=at,
                campaign_id=campaign_id,
                dial=decision.dial,
                because=decision.because,
                risk=decision.risk,
                threshold=decision.threshold,
            )
        )
        self._came.set()
        self._came = asyncio.Event()

    def after(self, seen: int) -> list[DecisionView]:
        """Return those that follow number `seen`, oldest first."""
        return [one for one in self._kept if one.number > seen]

    async def wait(self, seen: int, timeout_s: float) -> list[DecisionView]:
        """Return what follows `seen` as soon as there is any, or [] at the timeout."""
        came = self._came
        if not (found := self.after(seen)):
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(timeout_s):
                    await came.wait()
            found = self.after(seen)
        return found
