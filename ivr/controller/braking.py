"""Places fewer calls when the system is behind: gathers what shows it, asks core.brake.

One for a controller: all campaigns share the machine. Decides nothing.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import structlog

from ivr.controller.call_router import CallRouter
from ivr.controller.loop_lag import LoopLag
from ivr.controller.ports import Clock
from ivr.core.brake import Brake, Strain, braked
from ivr.core.call import CallState
from ivr.core.rates import TokenBucket

log = structlog.get_logger(__name__)

LOOK_EVERY_S = 0.2
PLACED_IN_S = 2.0  # over which the rate of placing is counted
BURST_S = 1.0  # of calls at one moment; each trunk spreads them


@dataclass(frozen=True, slots=True)
class Outside:
    """What the switch and the store tell of themselves."""

    answer_s: float = 0.0  # from an action to its answer, of late
    undialled_s: float = 0.0  # how long a call that the switch took waits for a line
    events: int = 0  # that wait to be looked at
    writes: int = 0  # that wait to be committed


class Braking:
    """Grants calls to the campaigns in their turn."""

    def __init__(self, *, router: CallRouter, clock: Clock) -> None:
        self._router = router
        self._clock = clock
        self.lag = LoopLag()
        self.outside: Callable[[], Outside] = Outside
        self.strain = Strain()
        self._looked_s: float | None = None
        self._placed: deque[tuple[float, int]] = deque()
        self.brake = Brake()
        self._bucket = _full(self.brake.per_s, self._at())

    @property
    def because(self) -> str:
        """Return why fewer are placed than campaigns ask for, or ""."""
        return self.brake.because

    def look(self) -> None:
        """Set the brake by how things stand; some times a second is enough."""
        now_s = self._clock.steady_s()
        if self._looked_s is None:
            self._looked_s = now_s
            return
        passed_s = min(1.0, now_s - self._looked_s)
        if passed_s < LOOK_EVERY_S:
            return
        self._looked_s = now_s
        self.strain = self._strain()
        before, placed = self.brake, self._placed_per_s(now_s)
        self.brake = braked(before, self.strain, placed, passed_s)
        if bool(before.because) is not bool(self.brake.because):
            log.warning("Placing fewer calls", because=self.because or "no longer")
        self._set_rate(self.brake.per_s)

    def begin_with(self, per_s: float) -> None:
        """Take it as known that the machine does so many calls a second: a bench."""
        self.brake = Brake(per_s)
        self._bucket = _full(per_s, self._at())

    def _set_rate(self, per_s: float) -> None:
        filled = self._bucket.filled(self._at())
        burst = max(1.0, per_s * BURST_S) if per_s > 0 else 0.0
        tokens = min(filled.tokens, burst)
        self._bucket = replace(filled, rate_per_s=per_s, burst=burst, tokens=tokens)

    def available(self) -> int:
        """Return how many calls may be placed at this moment."""
        return self._bucket.available(self._at())

    def take(self, count: int) -> None:
        """Count calls that are placed now."""
        self._bucket, _ = self._bucket.take(self._at(), count)
        if count:
            self._placed.append((self._clock.steady_s(), count))

    def _placed_per_s(self, now_s: float) -> float:
        while self._placed and self._placed[0][0] < now_s - PLACED_IN_S:
            self._placed.popleft()
        return sum(count for _, count in self._placed) / PLACED_IN_S

    def _strain(self) -> Strain:
        outside = self.outside()
        return Strain(
            lag_s=self.lag.most_s,
            answer_s=outside.answer_s,
            undialled_s=outside.undialled_s,
            unheard_s=self._unheard_s(),
            events=outside.events,
            writes=outside.writes,
        )

    def _unheard_s(self) -> float:
        """Return how long the first of those whose flow has not begun waits for it."""
        answered = [
            live.call.answered_at
            for live in self._router.live()
            if live.line is None
            and not live.is_adopted  # it waited for a controller, not for this one
            and live.state is CallState.IN_FLOW
            and live.call.answered_at is not None
        ]
        if not answered:
            return 0.0
        return max(0.0, (self._clock.now() - min(answered)).total_seconds())

    def _at(self) -> datetime:
        return datetime.fromtimestamp(self._clock.steady_s(), UTC)


def _full(per_s: float, at: datetime) -> TokenBucket:
    return TokenBucket.full(per_s, at, burst=per_s * BURST_S)
