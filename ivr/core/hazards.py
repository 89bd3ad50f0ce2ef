"""How soon a ringing call is answered and a desk gets free, learned as it happens.

Pure, but kept in arrays that `look` and the `ended` methods change in place. Each
estimator starts from a careful prior, so it is sane on the first call, and forgets
little by little. docs/pacing.md has the formulae and where they come from.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite, log, sqrt

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

STEP_S = 0.5  # of ages of calls, and of the times until something is needed
RING_STEPS = 140  # ages up to 70 s: longer than any ring timeout
# The prior: calls last as 12 calls did that ended evenly over half a minute.
PRIOR_CALLS = 12.0
PRIOR_HAZARD_PER_S = 0.04  # of an answer, and of any other end
RING_KEEP = 0.9985  # of the shape, after one more call: a memory of some 700 calls

# Answer rates that are told apart: even steps of the odds between these.
LEAST_RATE, MOST_RATE, RATES = 0.004, 0.97, 61
PRIOR_RATE, PRIOR_WEIGHT = 0.5, 3.0  # high: an over-dial would be a silent call
JUMP_PER_S = 1 / 600  # how often the answer rate is taken to jump anywhere
DRIFT_PER_S = 1 / 60  # how often it is taken to move one step up or down
FLOOR = 1e-3  # nothing is ever sure
NEVER_LESS = 1e-9  # of a rate's chance: what is ruled out can come back


def lasted(ages_s: Sequence[float], since_s: float) -> tuple[Array, Array]:
    """Return each age now and at the look before, that long ago."""
    now = np.asarray(ages_s, dtype=np.float64)
    return now, np.maximum(0.0, now - since_s)


class Rings:
    """When calls are answered, or end otherwise, and which share is answered.

    The shapes are slow: two hazards by age. The rate is quick: the chances of each
    answer rate, weighed by every second that calls ring and every end (a filter with
    jumps), so a rate that falls to nothing or leaps is noticed within some calls.
    """

    __slots__ = ("_shapes", "_stale", "answered", "exposed_s", "other", "weights")

    def __init__(self) -> None:
        prior_s = PRIOR_CALLS * np.exp(-2 * PRIOR_HAZARD_PER_S * STEP_S * _STEPS)
        self.exposed_s: Array = prior_s * STEP_S
        self.answered: Array = self.exposed_s * PRIOR_HAZARD_PER_S
        self.other: Array = self.exposed_s * PRIOR_HAZARD_PER_S
        self.weights: Array = _PRIOR.copy()
        self._shapes: tuple[Array, Array, Array] | None = None
        self._stale = 0.0

    def look(self, ages_s: Sequence[float], since_s: float) -> None:
        """Learn from calls that still ring, `since_s` after the look before."""
        if since_s <= 0:
            return
        move = min(1.0, since_s * JUMP_PER_S)
        drift = min(0.5, since_s * DRIFT_PER_S)
        w = self.weights
        w = w * (1 - drift) + drift * 0.5 * (
            np.append(w[1:], w[-1]) + np.append(w[0], w[:-1])
        )
        self.weights = w * (1 - move) + move * _PRIOR
        if ages_s:
            self._expose(*lasted(ages_s, since_s))

    def ended(self, is_answered: bool, age_s: float, since_s: float) -> None:
        """Learn from a call's end, `since_s` after the look before."""
        before_s = max(0.0, age_s - since_s)
        at = min(int(age_s / STEP_S), RING_STEPS - 1)
        self._expose(np.array([age_s]), np.array([before_s]))
        alive = self.alive()[:, min(int(age_s / STEP_S + 0.5), RING_STEPS)]
        self._weigh((_RATE if is_answered else 1 - _RATE) / alive)
        for counts in (self.answered, self.other, self.exposed_s):
            counts *= RING_KEEP
        (self.answered if is_answered else self.other)[at] += 1.0
        self._stale += 1.0

    def rate(self) -> tuple[float, float]:
        """Return the answer rate's mean and standard deviation."""
        weights = self.weights / self.weights.sum()
        mean = float(weights @ _RATE)
        return mean, sqrt(max(0.0, float(weights @ _RATE**2) - mean * mean))

    def shapes(self) -> tuple[Array, Array]:
        """Return by age the share of answers, and of other ends, that came by then.

        Both by Aalen and Johansen's estimator of competing risks, so that calls which
        still ring are counted for as long as they rang.
        """
        return self._tables()[:2]

    def alive(self) -> Array:
        """Return by rate and age the chance that a call still rings."""
        return self._tables()[2]

    def answer_ages_s(self, at: Sequence[float]) -> Array:
        """Return the ages by which these shares of the answers have come."""
        by_age, _ = self.shapes()
        ages_s = np.arange(RING_STEPS + 1) * STEP_S
        return np.asarray(np.interp(np.asarray(at), by_age, ages_s))

    def _expose(self, now_s: Array, before_s: Array) -> None:
        top = RING_STEPS - 1e-9
        here = np.minimum(now_s / STEP_S, top)
        there = np.minimum(before_s / STEP_S, top)
        # Seconds up to an age, by bins, is a ramp: all full bins and a part of one.
        gained = _ramp(here) - _ramp(there)
        self.exposed_s += gained * STEP_S
        moved = np.bincount(
            (here + 0.5).astype(np.intp), minlength=RING_STEPS + 1
        ) - np.bincount((there + 0.5).astype(np.intp), minlength=RING_STEPS + 1)
        if moved.any():
            self._weigh(np.exp(np.log(self.alive()) @ moved.astype(np.float64)))

    def _weigh(self, likelihood: Array) -> None:
        weights = self.weights * likelihood
        total = float(weights.sum())
        if isfinite(total) and total > 0:
            self.weights = np.maximum(NEVER_LESS, weights / total)

    def _tables(self) -> tuple[Array, Array, Array]:
        if self._shapes is None or self._stale >= self._patience():
            hit = np.minimum(0.9, self.answered / self.exposed_s * STEP_S)
            out = np.minimum(0.9, self.other / self.exposed_s * STEP_S)
            both = np.minimum(0.99, hit + out)
            left = np.concatenate(([1.0], np.cumprod(1 - both)[:-1]))
            by_answer = np.concatenate(([0.0], np.cumsum(left * hit)))
            by_other = np.concatenate(([0.0], np.cumsum(left * out)))
            by_answer = by_answer / max(1e-9, by_answer[-1])
            by_other = by_other / max(1e-9, by_other[-1])
            rate = _RATE[:, None]
            alive = 1 - rate * by_answer - (1 - rate) * by_other
            self._shapes = by_answer, by_other, np.maximum(FLOOR, alive)
            self._stale = 0.0
        return self._shapes

    def _patience(self) -> float:
        """Ends until the tables are made anew: one in a hundred of those known."""
        return max(1.0, 0.01 * float(self.answered.sum() + self.other.sum()))


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
            lasted_s = np.clip(ages_s[:, None] - EDGES_S[:-1], 0.0, _WIDTHS)
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
_STEPS: Array = np.arange(RING_STEPS, dtype=np.float64)


def _ramp(ages: Array) -> Array:
    """Return by bin how much of it was passed, all ages added up. In bins."""
    if len(ages) == 1:
        return np.asarray(np.clip(ages[0] - _STEPS, 0.0, 1.0))
    whole = ages.astype(np.intp)
    # How many are past each bin, and the part of the bin in which each is.
    in_bin = np.bincount(whole, minlength=RING_STEPS)
    part = np.bincount(whole, weights=ages - whole, minlength=RING_STEPS)
    past = len(ages) - np.cumsum(in_bin)
    return np.asarray(past + part, dtype=np.float64)


def _rates() -> tuple[Array, Array]:
    """Return the rates told apart, and how likely each is at the start."""
    low, high = log(LEAST_RATE / (1 - LEAST_RATE)), log(MOST_RATE / (1 - MOST_RATE))
    odds = np.exp(np.linspace(low, high, RATES))
    rate = odds / (1 + odds)
    a, b = PRIOR_RATE * PRIOR_WEIGHT, (1 - PRIOR_RATE) * PRIOR_WEIGHT
    # A beta density; even steps of the log odds turn the exponents' -1 into 0.
    density = rate**a * (1 - rate) ** b
    return rate, density / density.sum()


_RATE, _PRIOR = _rates()
