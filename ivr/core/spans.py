"""How soon a desk gets free: the lengths of talks and wrap-ups, learned as they happen.

Pure, but kept in arrays that `look` and `ended` change in place. Starts from a careful
prior and forgets little by little. docs/pacing.md has the formulae.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def lasted(ages_s: Sequence[float], since_s: float) -> tuple[Array, Array]:
    """Return each age now and at the look before, that long ago."""
    now = np.asarray(ages_s, dtype=np.float64)
    return now, np.maximum(0.0, now - since_s)


class Spans:
    """How long something lasts (a talk, a wrap-up): a hazard on bins of age.

    The bins widen, for a long talk is long to the minute; past the last edge the
    last hazard goes on. Where little was seen the hazard of all ages stands in.
    """

    __slots__ = ("_keep", "_lasts", "_prior", "ended_by", "exposed_s", "seen")

    def __init__(self, prior_mean_s: float, prior_weight: float, keep: float) -> None:
        self._prior = (prior_mean_s, prior_weight)
        self._keep = keep
        self.ended_by: Array = np.zeros(len(EDGES_S) - 1)
        self.exposed_s: Array = np.zeros(len(EDGES_S) - 1)
        self.seen = 0  # ends; only for what is made anew when enough is new
        self._lasts: Array | None = None

    def look(self, ages_s: Sequence[float], since_s: float) -> None:
        """Learn from those that still last, `since_s` after the look before."""
        if ages_s and since_s > 0:
            self._expose(*lasted(ages_s, since_s))

    def ended(self, seconds: float, since_s: float) -> None:
        self.ended_by *= self._keep
        self.exposed_s *= self._keep
        self._expose(np.array([seconds]), np.array([max(0.0, seconds - since_s)]))
        at = int(np.searchsorted(EDGES_S, seconds, side="right")) - 1
        self.ended_by[min(at, len(self.ended_by) - 1)] += 1.0
        self.seen += 1
        self._lasts = None

    def cumulated(self, ages_s: Array) -> Array:
        """Return the hazard up to each age: -log of the chance to last so long."""
        if self._lasts is None:
            self._lasts = np.concatenate(([0.0], np.cumsum(self._hazard() * _WIDTHS)))
        known = self._lasts
        over = np.maximum(0.0, ages_s - EDGES_S[-1])
        last = (known[-1] - known[-2]) / _WIDTHS[-1]
        return np.asarray(np.interp(ages_s, EDGES_S, known) + over * last)

    def mean_s(self) -> float:
        """Return the overall mean: time spent for each end."""
        mean_s, weight = self._prior
        ends = float(self.ended_by.sum()) + weight
        return (float(self.exposed_s.sum()) + weight * mean_s) / ends

    def _expose(self, now_s: Array, before_s: Array) -> None:
        def up_to(ages_s: Array) -> Array:
            lasted_s = np.maximum(0.0, ages_s[:, None] - EDGES_S[:-1])
            np.minimum(lasted_s, _WIDTHS, out=lasted_s)  # np.clip is twice as slow
            return np.asarray(lasted_s.sum(axis=0))

        self.exposed_s += up_to(now_s) - up_to(before_s)

    def _hazard(self) -> Array:
        overall = 1 / self.mean_s()
        weight = self._prior[1]
        # A bin weighs its own experience against `weight` ends at the overall hazard.
        return (self.ended_by + weight) / (self.exposed_s + weight / overall)


# fmt: off
EDGES_S: Array = np.array(
    (
        0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 15, 20, 25, 30, 40, 50, 60, 80, 100, 130,
        160, 200, 250, 320, 400, 500, 640, 800, 1000, 1300, 1800, 2400, 3600,
    ),
    dtype=np.float64,
)
# fmt: on
_WIDTHS: Array = np.diff(EDGES_S)
