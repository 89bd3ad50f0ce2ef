"""Who says how many to dial: core's pacing, or in a bench another policy.

`Pacers` gives each running campaign its `Pacer`, which is asked with what can be
seen at a moment and told what became of calls and talks.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from ivr.controller.watching import Fact
from ivr.core.model import Campaign, Mode, PacingDecision


@dataclass(frozen=True, slots=True)
class PacingView:
    """What can be seen for one campaign at one moment. Ages in seconds.

    Calls of other campaigns that may end at the same telecallers are among these:
    they compete for the same desks.
    """

    mode: Mode  # as the ladder permits
    now_s: float = 0.0  # on the steady clock
    ready: int = 0
    talking_s: tuple[float, ...] = ()
    wrapping_s: tuple[float, ...] = ()
    ringing_s: tuple[float, ...] = ()
    in_flow: int = 0  # answered, and have not wanted a telecaller yet
    waiting: int = 0
    logged_in: int = 0  # telecallers at work: pauses are not
    abandonment: float = 0.0  # share, as the law counts it
    channels_free: int = 0
    campaign_channels_free: int | None = None
    tokens: int = 0


class Pacer(Protocol):
    """One campaign's."""

    def decide(self, view: PacingView) -> PacingDecision: ...

    def saw(self, fact: Fact) -> None: ...


class Pacers(Protocol):
    async def of(self, campaign: Campaign) -> Pacer:
        """Return the campaign's pacer, with what was learned before a restart."""

    async def save(self) -> None:
        """Keep what was learned. Never raises: pacing goes on without."""
