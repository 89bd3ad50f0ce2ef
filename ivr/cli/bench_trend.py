"""Does a figure grow? A robust slope with its interval. Pure.

Theil and Sen: the median of the slopes between all pairs of samples. A few samples
that stand out, a collection of memory or a busy moment, do not move it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

HOUR_S = 3600.0
Z_95 = 1.96


@dataclass(frozen=True, slots=True)
class Trend:
    """Growth in an hour; with 95 % of certainty between `low` and `high`."""

    per_hour: float
    low: float
    high: float


def trend(samples: Sequence[tuple[float, float]]) -> Trend:
    """Return the trend of (seconds, value), at least three, by rising seconds."""
    slopes = sorted(
        (value - before) / (at_s - before_s)
        for place, (at_s, value) in enumerate(samples)
        for before_s, before in samples[:place]
        if at_s > before_s
    )
    if len(samples) < 3 or not slopes:
        raise ValueError("a trend needs three samples")
    n = len(samples)
    # Sen's interval: how far Kendall's count strays when there is no trend.
    strays = Z_95 * math.sqrt(n * (n - 1) * (2 * n + 5) / 18)
    low = max(0, round((len(slopes) - strays) / 2))
    high = min(len(slopes) - 1, round((len(slopes) + strays) / 2))
    return Trend(HOUR_S * median(slopes), HOUR_S * slopes[low], HOUR_S * slopes[high])


@dataclass(frozen=True, slots=True)
class Allowed:
    """How much a figure may grow in an hour and still be called flat."""

    figure: str
    unit: str
    per_hour: float


@dataclass(frozen=True, slots=True)
class Judged:
    allowed: Allowed
    first: float  # the median of the first fifth, and of the last
    last: float
    most: float
    trend: Trend

    @property
    def is_flat(self) -> bool:
        """Whether it cannot be told that it grows by more than is allowed."""
        return self.trend.low <= self.allowed.per_hour


def judged(allowed: Allowed, samples: Sequence[tuple[float, float]]) -> Judged:
    """Judge one figure by its samples after the warm-up."""
    values = [value for _, value in samples]
    fifth = max(1, len(values) // 5)
    return Judged(
        allowed,
        median(values[:fifth]),
        median(values[-fifth:]),
        max(values),
        trend(samples),
    )
