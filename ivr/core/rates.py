"""How many calls a second: a token bucket as a frozen value. Pure.

Over any stretch of `s` seconds at most `rate_per_s * s + burst` are granted.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime


@dataclass(frozen=True, slots=True)
class TokenBucket:
    rate_per_s: float
    burst: float  # the most that may be granted at one moment
    at: datetime  # when `tokens` was right
    tokens: float

    @classmethod
    def full(
        cls, rate_per_s: float, at: datetime, *, burst: float | None = None
    ) -> TokenBucket:
        """Return a bucket with all its tokens; by default one second's worth."""
        size = max(1.0, rate_per_s) if burst is None else burst
        return cls(rate_per_s=rate_per_s, burst=size, at=at, tokens=size)

    def filled(self, now: datetime) -> TokenBucket:
        """Return the bucket as it is at `now`; a clock set back adds nothing."""
        elapsed = (now - self.at).total_seconds()
        if elapsed <= 0:
            return self
        tokens = min(self.burst, self.tokens + elapsed * self.rate_per_s)
        return replace(self, at=now, tokens=tokens)

    def available(self, now: datetime) -> int:
        """Return how many would be granted at `now`."""
        # A billionth short of a whole token is a rounding error, not a limit.
        return int(self.filled(now).tokens + 1e-9)

    def take(self, now: datetime, wanted: int = 1) -> tuple[TokenBucket, int]:
        """Return the bucket afterwards, and how many of `wanted` are granted."""
        filled = self.filled(now)
        granted = max(0, min(wanted, self.available(now)))
        return replace(filled, tokens=max(0.0, filled.tokens - granted)), granted
