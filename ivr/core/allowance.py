"""How much somebody may ask for at once, and how it grows back. Pure.

A token bucket: `MOST` at once, then one each `EACH`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

MOST = 20.0
EACH = timedelta(seconds=2)


@dataclass(frozen=True, slots=True)
class Allowance:
    left: float
    at: datetime | None = None  # None: nothing was asked for yet


FULL = Allowance(MOST)


def spent(allowance: Allowance, now: datetime) -> Allowance | None:
    """Return what is left after one more; None: there was none left."""
    grown = (now - allowance.at) / EACH if allowance.at else 0.0
    left = min(MOST, allowance.left + max(grown, 0.0))
    return Allowance(left - 1, now) if left >= 1 else None
