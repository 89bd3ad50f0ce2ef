"""Whether a voter in the flow may be offered a telecaller now; how many to call. Pure.

A voter who hears a survey is not lost while nobody is free: they can be given the next
question. So the offer is gated, not the dial. It is made when, should they accept, a
desk is very likely free for them within KEEP_S. Who else was promised one counts as a
distribution, not as a mean: two of two who were offered a desk may both accept.
docs/offer.md has the mathematics and its sources.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from math import exp, isfinite, log

import numpy as np

from ivr.core.estimates import Estimates
from ivr.core.model import PacingDecision
from ivr.core.pacing import MAX_RINGING_PER_DESK
from ivr.core.sane import refuse_ages, refuse_chances
from ivr.core.spans import Array

# Who accepted hears a message for so long, and then the next question; or AGAIN_S of
# the message once more, if a desk is more likely than not free for them in that time.
KEEP_S = 8.0
AGAIN_S = 4.0
MOST_MESSAGES_S = 16.0
# Of those who accept, the share that may come to wait longer than LATE_S. Aimed a
# little under the twentieth that a 95th percentile leaves.
LATE_S = KEEP_S
LATE_SHARE = 0.042
FIRST, LOWEST, HIGHEST = 0.06, 0.003, 0.3  # of the threshold
GAIN = 0.003  # of its logarithm, for each who was connected in time
# Of each desk's round of talk and wrap-up, the share that may pass while the flow has
# nobody at a point where a telecaller can be offered: it sets how many are in the flow.
IDLE_SHARE = 0.013
OFFER_S = 3.0  # until who is offered a telecaller has decided, where nobody knows
RINGS_S = 60.0  # longer than any call rings
LEAST = 0.02  # of a share that is divided by: an accept rate, an answer rate


@dataclass(frozen=True, slots=True)
class Promised:
    """A voter who was offered a telecaller, or who accepted one and has none yet."""

    chance: float  # that they take one: 1 for who accepted
    needed_in_s: float = 0.0  # until they can take one; 0 for who waits


@dataclass(frozen=True, slots=True)
class Desks:
    """The telecallers of the pool that routing would really offer to this voter."""

    free: int = 0
    talking_s: tuple[float, ...] = ()  # age of each talk that will end in this pool
    wrapping_s: tuple[float, ...] = ()  # age of each wrap-up

    def __post_init__(self) -> None:
        refuse_ages(*self.talking_s, *self.wrapping_s)
        if self.free < 0:
            raise ValueError("a count of desks is negative: nothing is decided")

    def __len__(self) -> int:
        return self.free + len(self.talking_s) + len(self.wrapping_s)


@dataclass(frozen=True, slots=True)
class OfferAccount:
    """Steers the threshold, so that LATE_SHARE of those who accept wait too long.

    Each who is served in time raises it a little, each who is not lowers it by so much
    that the two balance at that share: H. Robbins and S. Monro, A stochastic
    approximation method, Annals of Mathematical Statistics 22 (1951).
    """

    level: float = log(FIRST)

    def threshold(self) -> float:
        """Return the risk that one offer may be."""
        return exp(self.level)

    def saw(self, waited_s: float, connected: bool) -> OfferAccount:
        """Return the account after one more who accepted was connected, or lost."""
        refuse_ages(waited_s)
        late = not connected or waited_s > LATE_S
        return OfferAccount(_within(self.level + GAIN * (1 - late / LATE_SHARE)))

    @classmethod
    def from_json(cls, state: object) -> tuple[OfferAccount, str]:
        """Return the account whose level was kept and "", or a new one and why."""
        if isinstance(state, int | float) and isfinite(state):
            return cls(_within(state)), ""
        return cls(), "the kept account of offers is damaged: a new one"


@dataclass(frozen=True, slots=True)
class OfferSnapshot:
    """All that counts for one voter at one moment. Chances from 0 to 1.

    Raises ValueError for ages or chances that cannot be: nothing is decided on them.
    """

    estimates: Estimates
    desks: Desks
    chance: float  # that this voter accepts
    threshold: float  # the risk that the account allows
    needed_in_s: float = 0.0  # until they have decided
    keep_s: float = KEEP_S  # how long a message may keep them after that
    promised: tuple[Promised, ...] = ()

    def __post_init__(self) -> None:
        ages = (self.needed_in_s, self.keep_s, *(p.needed_in_s for p in self.promised))
        refuse_ages(*ages)
        refuse_chances(self.chance, self.threshold, *(p.chance for p in self.promised))


@dataclass(frozen=True, slots=True)
class OfferDecision:
    """Whether to offer, and because of what."""

    yes: bool
    because: str
    risk: float = 0.0  # that they accept and have nobody in time
    threshold: float = 0.0


def decide(snapshot: OfferSnapshot) -> OfferDecision:
    """Return whether this voter may be offered a telecaller now."""
    desks, threshold = snapshot.desks, snapshot.threshold
    if not len(desks):
        return OfferDecision(False, "no telecaller is at work", 1.0, threshold)
    if threshold <= 0:
        promised = len(snapshot.promised)
        words = f"{desks.free} telecallers free, {promised} promised: no risk is taken"
        return OfferDecision(desks.free > promised, words, 0.0, threshold)
    within_s = snapshot.needed_in_s + snapshot.keep_s
    wanting = [promised.chance for promised in snapshot.promised]
    # Rounded, so that the last bit of a sum decides nothing.
    risk = round(snapshot.chance * shortage(snapshot, wanting, within_s), 9)
    expected = sum(wanting)
    because = (
        f"{desks.free} of {len(desks)} telecallers free, {expected:.1f} promised; "
        f"who accepts has nobody within {within_s:.0f} s with {risk:.1%} "
        f"of {threshold:.1%}"
    )
    return OfferDecision(risk <= threshold, because, risk, threshold)


def message_again(
    estimates: Estimates, desks: Desks, ahead: int, heard_s: float
) -> OfferDecision:
    """Return whether who waits should hear the message again, not the next question.

    `ahead` others wait as well; this one has heard messages for `heard_s`.
    """
    refuse_ages(heard_s)
    if ahead < 0:
        raise ValueError("a count of voters is negative: nothing is decided")
    if heard_s + AGAIN_S > MOST_MESSAGES_S:
        return OfferDecision(False, f"messages for {heard_s:.0f} s are enough")
    fewer = _counts(_freed(estimates, desks, AGAIN_S), max(0, ahead - desks.free) + 1)
    risk = 0.0 if ahead < desks.free else round(float(fewer[:-1].sum()), 9)
    because = f"nobody is free for them within {AGAIN_S:.0f} s with {risk:.0%}"
    return OfferDecision(risk < 0.5, because, risk, 0.5)


def shortage(snapshot: OfferSnapshot, wanting: list[float], within_s: float) -> float:
    """Return P(X >= free + Y): the others take every desk there is by then.

    X of those promised want one, Y of the busy desks are free within `within_s`: two
    Poisson-binomial counts, each exact.
    """
    free = snapshot.desks.free
    most = len(wanting) - free  # so many more desks are surely enough for all
    if most < 0:
        return 0.0
    want = _counts(wanting, len(wanting))
    freed = _counts(_freed(snapshot.estimates, snapshot.desks, within_s), most + 1)
    at_least = np.cumsum(want[::-1])[::-1]  # by n: P(X >= n)
    return min(1.0, float(freed[: most + 1] @ at_least[free : free + most + 1]))


@dataclass(frozen=True, slots=True)
class LaunchSnapshot:
    """All that decides how many calls to place for a flow that offers telecallers."""

    estimates: Estimates
    desks: Desks
    chance: float  # that a voter who is offered a telecaller accepts
    promised: tuple[Promised, ...] = ()
    in_flow: int = 0  # answered, and not offered one yet
    ringing_s: tuple[float, ...] = ()  # age of each call placed, not answered or over
    between_s: float = 8.0  # from one point where one may be offered to the next
    decides_s: float = 0.0  # who is offered one takes so long, after they answered
    channels_free: int = 0  # of the trunk
    tokens: int = 0  # calls that the trunk's and campaign's rates allow now

    def __post_init__(self) -> None:
        refuse_ages(self.between_s, self.decides_s, *self.ringing_s)
        refuse_ages(*(p.needed_in_s for p in self.promised))
        refuse_chances(self.chance, *(p.chance for p in self.promised))
        if self.in_flow < 0:
            raise ValueError("a count of voters is negative: nothing is decided")


def launch(snapshot: LaunchSnapshot) -> PacingDecision:
    """Return how many calls to place, so that enough willing voters are in the flow.

    Wanted in the flow by the time a new call's voter could take a desk: a voter for
    each desk that is free by then, by the share that accepts; and so many more that one
    of them comes to a point of offer within IDLE_SHARE of a desk's round.
    """
    estimates, desks = snapshot.estimates, snapshot.desks
    if not len(desks):
        return PacingDecision(0, "no telecaller is at work", 1.0)
    ahead_s = float(np.median(estimates.answer_ages_s())) + snapshot.decides_s
    freed = desks.free + sum(_freed(estimates, desks, ahead_s))
    owed = sum(promised.chance for promised in snapshot.promised)
    needed = max(0.0, freed - owed) / max(LEAST, snapshot.chance)
    spare = snapshot.between_s / (IDLE_SHARE * estimates.round_s())
    # To the whole second: hundreds ring, and few ages differ.
    ringing = Counter(float(round(age_s)) for age_s in snapshot.ringing_s)
    coming = sum(n * estimates.p_answer(age_s, RINGS_S) for age_s, n in ringing.items())
    short = needed + spare - snapshot.in_flow - coming
    rate = estimates.answer_rate()
    room = MAX_RINGING_PER_DESK * len(desks) - len(snapshot.ringing_s)
    room = min(room, snapshot.channels_free, snapshot.tokens)
    calls = max(0, min(room, int(short / max(LEAST, rate))))
    because = (
        f"{freed:.1f} desks free within {ahead_s:.0f} s, {owed:.1f} promised; "
        f"{snapshot.in_flow} in the flow and {coming:.1f} coming of "
        f"{needed + spare:.1f} wanted; answer rate {rate:.2f}, of whom "
        f"{snapshot.chance:.2f} accept"
    )
    return PacingDecision(calls, because)


def _freed(estimates: Estimates, desks: Desks, within_s: float) -> list[float]:
    """Return of each busy desk the chance that it is free by then."""
    by = np.array([within_s])
    talks = estimates.free(np.array(desks.talking_s), by)[0].tolist()
    wraps = estimates.wrap_free(np.array(desks.wrapping_s), by)[0].tolist()
    return [*talks, *wraps]


def _counts(chances: list[float], most: int) -> Array:
    """Return by count how likely it is; `most` and more are one, the last."""
    counts = np.zeros(most + 1)
    counts[0] = 1.0
    for chance in chances:
        moved = counts * chance
        counts -= moved
        counts[1:] += moved[:-1]
        counts[-1] += moved[-1]
    return counts


def _within(level: float) -> float:
    return min(log(HIGHEST), max(log(LOWEST), level))
