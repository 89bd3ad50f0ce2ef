"""What becomes of each call of a scenario, whoever places it. Seeded.

Call n has the same luck under every policy: only the answer rate of the moment in
which it is placed decides with that luck whether a person answers.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from math import exp, log

NO_ANSWER_S = 25.0  # the ring timeout
# Of calls that no person answers: machines 30, failures 20 and no answer 15 of 65.
MACHINES = 30 / 65
FAILURES = 20 / 65
# A person takes 3-24 s to answer: lognormal, typically 8 s. Call logs of telephone
# surveys have most answers at 6 to 10 s, and again at 18 to 22 s, where mailboxes are
# (UNICOM Intelligence 7.5.1, Interview Server architecture: ring time distribution).
ANSWER_TYPICAL_S, ANSWER_SIGMA, ANSWER_S = 8.0, 0.4, (3.0, 24.0)
# A mailbox answers late, and detecting that it is one takes 2-3 s more.
MACHINE_S = (18.0, 26.0)
FAILURE_S = (1.0, 9.0)  # busy, switched off, unallocated
# Steps of the answer rate, a quarter of the run each.
STEADY = (1.0,)
CHANGING = (1.0, 0.6, 1.4, 1.0)
# A telecaller pauses for 3-7 min after 30-60 min.
BREAK_EVERY_S = (1800.0, 3600.0)
BREAK_S = (180.0, 420.0)


class Talk(StrEnum):
    """How long talks are, and what makes them so."""

    SHORT = "short"  # lognormal, mean 25 s, sigma 0.6; 5 s wrap-up
    HEAVY = "heavy"  # lognormal, mean 90 s, sigma 1.2; 10 s wrap-up
    EXPONENTIAL = "exponential"  # mean 60 s; 10 s wrap-up


class Change(StrEnum):
    STEADY = "steady"
    CHANGING = "changing"


class End(StrEnum):
    """How a placed call ends its ringing."""

    ANSWERED = "answered"
    MACHINE = "machine"
    BUSY = "busy"
    FAILED = "failed"
    NO_ANSWER = "no_answer"


@dataclass(frozen=True, slots=True)
class Scenario:
    """One world's hidden parameters: no policy is told them."""

    telecallers: int
    rate: float = 0.35  # of placed calls that a person answers
    talk: Talk = Talk.SHORT
    change: Change = Change.STEADY
    hours: float = 1.0
    seed: int = 1
    patience_s: float = 2.0
    breaks: bool = True

    def rate_at(self, now_s: float) -> float:
        """Return the answer rate at that second of the run."""
        steps = CHANGING if self.change is Change.CHANGING else STEADY
        step = int(now_s / (self.hours * 3600) * len(steps))
        return min(1.0, self.rate * steps[min(max(step, 0), len(steps) - 1)])


@dataclass(frozen=True, slots=True)
class Luck:
    """One call's draws, before the answer rate of the moment is known."""

    person: float  # 0..1: a person answers if it is under the rate
    answer_s: float
    other: float  # 0..1: how late, if no person answers
    talk_s: float
    wrap_s: float

    def ends(self, rate: float) -> tuple[End, float]:
        """Return how the ringing ends, and at what age in seconds."""
        if self.person < rate:
            return End.ANSWERED, self.answer_s
        # What is left of the first draw is as even as it was.
        left = (self.person - rate) / (1 - rate)
        if left < MACHINES:
            return End.MACHINE, _between(MACHINE_S, self.other)
        if left < MACHINES + FAILURES:
            end = End.BUSY if left < MACHINES + FAILURES / 2 else End.FAILED
            return end, _between(FAILURE_S, self.other)
        return End.NO_ANSWER, NO_ANSWER_S


class Calls:
    """The calls of a scenario in the order in which any policy places them."""

    __slots__ = ("_drawn", "_rng", "_talk", "_wrap_s")

    def __init__(self, scenario: Scenario) -> None:
        self._rng = random.Random(f"{scenario.seed}:calls")
        self._talk = _TALKS[scenario.talk]
        self._wrap_s = _WRAP_S[scenario.talk]
        self._drawn: list[Luck] = []

    def __getitem__(self, number: int) -> Luck:
        while len(self._drawn) <= number:
            self._drawn.append(self._draw())
        return self._drawn[number]

    def _draw(self) -> Luck:
        rng = self._rng
        answer_s = ANSWER_TYPICAL_S * exp(ANSWER_SIGMA * rng.gauss(0, 1))
        return Luck(
            person=rng.random(),
            answer_s=min(max(answer_s, ANSWER_S[0]), ANSWER_S[1]),
            other=rng.random(),
            talk_s=self._talk(rng),
            wrap_s=self._wrap_s * (0.5 + rng.random()),
        )


def breaks(scenario: Scenario, desk: int) -> Callable[[], tuple[float, float]]:
    """Return what draws a desk's next break: seconds until it, and its length."""
    rng = random.Random(f"{scenario.seed}:breaks:{desk}")

    def draw() -> tuple[float, float]:
        return rng.uniform(*BREAK_EVERY_S), rng.uniform(*BREAK_S)

    return draw


def _between(range_s: tuple[float, float], draw: float) -> float:
    return range_s[0] + (range_s[1] - range_s[0]) * draw


def _lognormal(mean_s: float, sigma: float) -> Callable[[random.Random], float]:
    """Draw with the mean given: exp(mu + sigma^2 / 2) is a lognormal's mean."""
    mu = log(mean_s) - sigma * sigma / 2
    return lambda rng: exp(mu + sigma * rng.gauss(0, 1))


_TALKS: dict[Talk, Callable[[random.Random], float]] = {
    Talk.SHORT: _lognormal(25.0, 0.6),
    Talk.HEAVY: _lognormal(90.0, 1.2),
    Talk.EXPONENTIAL: lambda rng: rng.expovariate(1 / 60),
}
_WRAP_S = {Talk.SHORT: 5.0, Talk.HEAVY: 10.0, Talk.EXPONENTIAL: 10.0}
