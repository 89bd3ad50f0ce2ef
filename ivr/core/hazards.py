"""How soon a ringing call is answered, and how many are, learned as it happens.

Pure, but kept in arrays that `look` and `ended` change in place. Each
estimator starts from a careful prior, so it is sane on the first call, and forgets
little by little. docs/pacing.md has the formulae and where they come from.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import exp, inf, log, sqrt
from typing import NamedTuple

import numpy as np

from ivr.core.spans import Array, lasted

STEP_S = 0.5  # of ages of calls, and of the times until something is needed
RING_STEPS = 140  # ages up to 70 s: longer than any ring timeout
# The prior: calls last as 12 calls did that ended evenly over half a minute.
PRIOR_CALLS = 12.0
PRIOR_HAZARD_PER_S = 0.04  # of an answer, and of any other end
RING_MEMORY_S = 3600.0  # while calls ring
# A hazard half known, in calls that passed that age. What is guessed of an age must
# not speak of the moment: many calls of one age would shout it.
HALF_KNOWN = 40.0

# By how much the odds of an answer differ from the usual: factors told apart.
LEAST_FACTOR, MOST_FACTOR, FACTORS = 0.002, 200.0, 161
LEAST_USUAL = 0.02  # of the usual rate, so that nearly everybody can answer again
PRIOR_SPREAD = 0.5  # of the factor's log, at the start and after a jump
JUMP_PER_S = 1 / 3600  # how often it is taken to jump anywhere
DRIFT_PER_S = 1 / 1200  # how often it is taken to move one step up or down
NEAR = 0.02  # a rate so little off needs no new curves
LEAST_LEFT = 1e-3  # of calls that ring on: fewer say nothing
LEAST_HIT = 1e-6  # of a chance, for the logarithm's sake
LEAST_SIDE = 0.4  # of the mean: the lower side of what is hardly known
# The shares of a new call's answers at whose ages its risk is looked at.
ANSWER_POINTS = (0.1, 0.3, 0.5, 0.7, 0.9)
NEVER_LESS = 1e-250  # of a factor's chance, for the logarithm's sake


class Curves(NamedTuple):
    """By age in steps, of calls just placed: answered by then, and still ringing."""

    answered: Array
    ringing: Array


class Now(NamedTuple):
    """The curves of one moment, and of which answer rate they are."""

    known: tuple[int, int]  # the rate and its spread, in steps
    mean: Curves
    sides: tuple[Curves, Curves]  # a deviation less, and one more
    answer_ages_s: Array  # of a new call, evenly likely


class _Usual(NamedTuple):
    """What the counts say, and what it means at each answer rate told apart."""

    rate: float
    by_answer: Array  # by age in steps, the share of all answers that came by then
    by_other: Array  # the same of all other ends
    rates: Array  # told apart
    # By step and rate, the logarithms of the chances of an answer within it and of
    # none, weighed by how far they are known.
    log_hits: Array
    log_misses: Array


class Rings:
    """When calls are answered, or end otherwise, and how the moment differs.

    Slow: two hazards by age, of an answer and of any other end; they give the usual
    answer rate, and when those come who answer and those who do not. Quick: by which
    factor the odds of an answer differ just now, as the chances of each factor, weighed
    by the answers that came and by those that were expected (a filter with jumps).
    """

    __slots__ = (
        "_now",
        "_said",
        "_stale",
        "_usual",
        "answered",
        "exposed_s",
        "other",
        "weights",
    )

    def __init__(self) -> None:
        self.exposed_s: Array = _PRIOR_S.copy()
        self.answered: Array = self.exposed_s * PRIOR_HAZARD_PER_S
        self.other: Array = self.exposed_s * PRIOR_HAZARD_PER_S
        self.weights: Array = _PRIOR.copy()
        self._said: Array = np.zeros(FACTORS)  # of each factor, since the last weighing
        self._usual = self._learned()
        self._now: Now | None = None
        self._stale = 0.0

    def look(self, ages_s: Sequence[float], since_s: float) -> None:
        """Learn from calls that still ring, `since_s` after the look before."""
        if since_s <= 0:
            return
        if ages_s:
            keep = exp(-since_s / RING_MEMORY_S)
            # What is forgotten leaves the prior: a month on, not nothing.
            for counts, prior in (
                (self.answered, _PRIOR_S * PRIOR_HAZARD_PER_S),
                (self.other, _PRIOR_S * PRIOR_HAZARD_PER_S),
                (self.exposed_s, _PRIOR_S),
            ):
                counts *= keep
                counts += (1 - keep) * prior
            self._expose(*lasted(ages_s, since_s))
        self._weigh(since_s)

    def _pass(self, seconds: float) -> None:
        """Let the rate drift and jump, as it may have in that time."""
        move = min(1.0, seconds * JUMP_PER_S)
        drift = min(0.5, seconds * DRIFT_PER_S)
        w = self.weights
        near = np.concatenate((w[1:], w[-1:]))  # one step up, and one down
        near[1:] += w[:-1]
        near[0] += w[0]
        w = w * (1 - drift) + drift * 0.5 * near
        self.weights = w * (1 - move) + move * _PRIOR

    def ended(self, is_answered: bool, age_s: float, since_s: float) -> None:
        """Learn from a call's end, `since_s` after the look before.

        What it says of the moment waits for the look: answers alone, without those who
        did not answer in that time, would speak for a higher rate. Without looks
        (`since_s` is infinite) a second passes with each end.
        """
        before_s = max(0.0, age_s - since_s)
        at = min(int(age_s / STEP_S), RING_STEPS - 1)
        # Of steps, as in a life table: who ends within one was at risk for all of it.
        self._expose(np.array([(at + 1) * STEP_S]), np.array([before_s]))
        if is_answered:
            self._said += self._usual.log_hits[at] - self._usual.log_misses[at]
        if since_s == inf:
            self._weigh(1.0)
        (self.answered if is_answered else self.other)[at] += 1.0
        self._stale += 1.0
        if self._stale >= self._patience():
            self._renew()

    def rate(self) -> float:
        """Return the share of calls that a person answers, as of now."""
        return float(self.weights @ self._usual.rates)

    def moment(self) -> Now:
        """Return the curves as of now: at the rate's mean and to each side of it.

        Rounded to steps of NEAR, so that what hardly moves needs no new curves.
        """
        rates = self._usual.rates
        mean = float(self.weights @ rates)
        spread = sqrt(max(0.0, float(self.weights @ rates**2) - mean * mean))
        known = round(log(mean) / NEAR), round(spread / mean / NEAR)
        if self._now is None or self._now.known != known:
            mean = min(0.99, exp(known[0] * NEAR))
            spread = known[1] * NEAR * mean
            low, high = max(LEAST_SIDE * mean, mean - spread), min(0.99, mean + spread)
            by_answer = self._usual.by_answer
            ages_s = np.interp(_POINTS, by_answer, _AGES_S)
            sides = self._curves(low), self._curves(high)
            self._now = Now(known, self._curves(mean), sides, ages_s)
        return self._now

    def _curves(self, rate: float) -> Curves:
        answered = rate * self._usual.by_answer
        return Curves(answered, 1 - answered - (1 - rate) * self._usual.by_other)

    def ends(self) -> float:
        """Return how many calls' ends are known, as far as they are remembered."""
        return max(0.0, float(self.answered.sum() + self.other.sum()) - _PRIOR_ENDS)

    def recall(self) -> None:
        """Go by what the counts say now: they are new, or were read from a store."""
        self.weights = np.maximum(NEVER_LESS, self.weights)
        self._usual, self._now, self._stale = self._learned(), None, 0.0

    def _learned(self) -> _Usual:
        """Return what the counts say.

        By age the share of answers, and of other ends, that came by then is Aalen and
        Johansen's estimator of competing risks: calls that still ring are counted for
        as long as they rang. At another rate r the hazard of an answer is
        r f / (r S_f + (1 - r) S_g): who answers is early gone from those who ring.
        """
        each_s = STEP_S / self.exposed_s
        hit, out = self.answered * each_s, self.other * each_s
        fits = np.minimum(1.0, 0.99 / np.maximum(1e-9, hit + out))
        left = np.concatenate(([1.0], np.cumprod(1 - (hit + out) * fits)))[:-1]
        answers, others = left * hit * fits, left * out * fits
        by_answer = np.concatenate(([0.0], np.cumsum(answers)))
        by_other = np.concatenate(([0.0], np.cumsum(others)))
        rate = min(
            0.99, max(0.001, float(by_answer[-1] / (by_answer[-1] + by_other[-1])))
        )
        by_answer, by_other = by_answer / by_answer[-1], by_other / by_other[-1]
        odds = rate / (1 - rate) * np.exp(_LOGS)
        rates = odds / (1 + odds)
        # How far a step is known: 0 is the prior's alone, 1 is sure.
        known_s = np.maximum(0.0, self.exposed_s - _PRIOR_S)
        trust = known_s / (known_s + HALF_KNOWN * STEP_S)
        comes = np.outer(np.diff(by_answer), rates)
        rings = np.outer(1 - by_answer[:-1], rates)
        rings += np.outer(1 - by_other[:-1], 1 - rates)
        hits = np.minimum(0.99, comes / np.maximum(LEAST_LEFT, rings))
        weight = trust[:, None]
        log_hits = np.log(np.maximum(LEAST_HIT, hits)) * weight
        log_misses = np.log1p(-hits) * weight
        return _Usual(rate, by_answer, by_other, rates, log_hits, log_misses)

    def _renew(self) -> None:
        """Take newer hazards, and let each factor mean the same rate as before."""
        before = self._usual.rate
        self.recall()
        after = self._usual.rate
        moved = log(after / (1 - after)) - log(before / (1 - before))
        w: Array = np.interp(_LOGS + moved, _LOGS, self.weights).astype(np.float64)
        self.weights = np.maximum(NEVER_LESS, w / w.sum())

    def _expose(self, now_s: Array, before_s: Array) -> None:
        top = RING_STEPS - 1e-9
        # Seconds up to an age, by bins, is a ramp: all full bins and a part of one.
        gained = _ramp(np.minimum(now_s / STEP_S, top))
        gained -= _ramp(np.minimum(before_s / STEP_S, top))
        self.exposed_s += gained * STEP_S
        self._said += gained @ self._usual.log_misses

    def _weigh(self, seconds: float) -> None:
        """Let that time pass, and weigh each factor by all that was said in it.

        Together: a rate that jumps in between would else be held to a part of it only,
        and in a large team one second's part says more than the jump is unlikely.
        """
        self._pass(seconds)
        # In logs: a second of a large team says more than a double can hold.
        logs = np.log(self.weights) + self._said
        weights = np.exp(logs - logs.max())
        self.weights = np.maximum(NEVER_LESS, weights / weights.sum())
        self._said = np.zeros(FACTORS)

    def _patience(self) -> float:
        """Ends until the curves are made anew: one in a hundred of those known."""
        return max(1.0, 0.01 * float(self.answered.sum() + self.other.sum()))


_STEPS: Array = np.arange(RING_STEPS, dtype=np.float64)
_AGES_S: Array = np.arange(RING_STEPS + 1, dtype=np.float64) * STEP_S
_POINTS: Array = np.array(ANSWER_POINTS)
# Seconds of the prior's calls, by step.
_PRIOR_S: Array = (
    PRIOR_CALLS * STEP_S * np.exp(-2 * PRIOR_HAZARD_PER_S * STEP_S * _STEPS)
)
_PRIOR_ENDS = 2 * PRIOR_HAZARD_PER_S * float(_PRIOR_S.sum())


def _ramp(ages: Array) -> Array:
    """Return by bin how much of it was passed, all ages added up. In bins."""
    if len(ages) == 1:
        return np.asarray(np.minimum(1.0, np.maximum(0.0, ages[0] - _STEPS)))
    whole = ages.astype(np.intp)
    # How many are past each bin, and the part of the bin in which each is.
    in_bin = np.bincount(whole, minlength=RING_STEPS)
    part = np.bincount(whole, weights=ages - whole, minlength=RING_STEPS)
    past = len(ages) - np.cumsum(in_bin)
    return np.asarray(past + part, dtype=np.float64)


def _factors() -> tuple[Array, Array]:
    """Return the factors' logs told apart, and how likely each is at the start."""
    logs = np.linspace(log(LEAST_FACTOR), log(MOST_FACTOR), FACTORS)
    density = np.exp(-0.5 * (logs / PRIOR_SPREAD) ** 2)
    return logs, density / density.sum()


_LOGS, _PRIOR = _factors()
