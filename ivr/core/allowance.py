"""How often somebody may ask: a bucket that fills steadily. Pure: `now` is given."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Rate:
    """`per_s` requests a second for long, `at_once` in one go."""

    per_s: float
    at_once: int


@dataclass(frozen=True, slots=True)
class Allowance:
    """What is left, as it was at a time."""

    left: float
    at: datetime


def take(
    allowance: Allowance | None, rate: Rate, now: datetime
) -> tuple[Allowance, int]:
    """Take one request. Return what is left, and for how many seconds to wait.

    0: go on. A clock that was set back neither gives nor takes.
    """
    if allowance is None:
        allowance = Allowance(rate.at_once, now)
    passed_s = max((now - allowance.at).total_seconds(), 0.0)
    left = min(allowance.left + passed_s * rate.per_s, rate.at_once)
    if left >= 1:
        return Allowance(left - 1, now), 0
    return Allowance(left, now), max(math.ceil((1 - left) / rate.per_s), 1)
