"""How many calls to place now, and because of what. Pure.

Progressive places one call for each free telecaller. Predictive places one more for
as long as the chance that a person answers it and finds nobody free within PATIENCE_S
stays under what the abandonment budget allows. Broadcast is limited by the trunk
alone. The trunk's channels and calls per second bound every mode.
docs/pacing.md has the mathematics and its sources.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

import numpy as np

from ivr.core.budget import AbandonmentBudget
from ivr.core.estimates import Estimates
from ivr.core.hazards import LEAST_LEFT, STEP_S
from ivr.core.model import Mode, PacingDecision
from ivr.core.pacing_counts import Counts, most_under
from ivr.core.sane import refuse_ages, refuse_chances

# The law's: who waits longer for a telecaller was abandoned (47 CFR 64.1200(a)(7)).
PATIENCE_S = 2.0
# Even by the odds, never more calls ringing for each desk of the pool than this.
MAX_RINGING_PER_DESK = 8


# Beyond one to one, so many calls are out for each whose end is known.
OUT_FOR_KNOWN = 0.5


@dataclass(frozen=True, slots=True)
class PacingSnapshot:
    """All that is counted at one moment, for one campaign on one trunk.

    Raises ValueError for ages, chances or counts that cannot be: nothing is decided
    on them.
    """

    mode: Mode  # as core.abandonment.allowed_mode permits it
    estimates: Estimates  # what was learned
    budget: AbandonmentBudget
    now_s: float = 0.0  # on the steady clock
    ready: int = 0  # free desks that this campaign's calls could get now
    talking_s: tuple[float, ...] = ()  # age of each talk that will end in this pool
    wrapping_s: tuple[float, ...] = ()  # age of each wrap-up
    ringing_s: tuple[float, ...] = ()  # age of each call placed, not answered or over
    # Of each answered person in the flow, the chance that they come to want one.
    flow: tuple[float, ...] = ()
    waiting: int = 0  # people who want a telecaller now
    channels_free: int = 0  # of the trunk
    campaign_channels_free: int | None = None  # None: no limit of its own
    tokens: int = 0  # calls the trunk's and campaign's rates allow now
    asked_for: int = 0  # preview: dials that telecallers asked for

    def __post_init__(self) -> None:
        refuse_ages(self.now_s, *self.talking_s, *self.wrapping_s, *self.ringing_s)
        refuse_chances(*self.flow)
        if self.ready < 0 or self.waiting < 0:
            raise ValueError("a count is negative: nothing is decided")

    @property
    def desks(self) -> int:
        """Return how many telecallers are at work in the pool."""
        return self.ready + len(self.talking_s) + len(self.wrapping_s)


def decide(snapshot: PacingSnapshot) -> PacingDecision:
    """Return how many calls to place now; never more than the trunk allows."""
    wanted, because, risk, threshold = _BY_MODE[snapshot.mode](snapshot)
    if wanted <= 0:
        return PacingDecision(0, because, risk, threshold)
    limits = {
        f"{snapshot.channels_free} trunk channels are free": snapshot.channels_free,
        f"the calls per second allow {snapshot.tokens} now": snapshot.tokens,
    }
    if snapshot.campaign_channels_free is not None:
        free = snapshot.campaign_channels_free
        limits[f"{free} of the campaign's channels are free"] = free
    tightest = min(limits, key=lambda words: limits[words])
    room = max(0, limits[tightest])
    if wanted == inf:
        return PacingDecision(room, f"{because}: {tightest}", risk, threshold)
    if wanted > room:
        because = f"{because}, but {tightest}"
    return PacingDecision(min(room, int(wanted)), because, risk, threshold)


_Wanted = tuple[float, str, float, float]  # how many, because, risk, threshold


def _preview(snapshot: PacingSnapshot) -> _Wanted:
    if snapshot.asked_for <= 0:
        return 0, "preview: no telecaller has asked for a dial", 0.0, 0.0
    return snapshot.asked_for, f"preview: {snapshot.asked_for} dials asked for", 0, 0


def _broadcast(snapshot: PacingSnapshot) -> _Wanted:
    return inf, "broadcast: as many as the trunk takes", 0.0, 0.0


def _progressive(snapshot: PacingSnapshot) -> _Wanted:
    coming = len(snapshot.ringing_s) + len(snapshot.flow) + snapshot.waiting
    words = f"{snapshot.ready} telecallers free, {coming} calls may want one"
    return max(0, snapshot.ready - coming), f"progressive: {words}", 0.0, 0.0


def _predictive(snapshot: PacingSnapshot) -> _Wanted:
    """Place by the odds, but beyond one to one no more than is known.

    A large team's first hundreds of calls would otherwise all rest on a guess.
    """
    one_to_one, words, _, _ = _progressive(snapshot)
    threshold = snapshot.budget.threshold()
    if threshold <= 0:
        cap = snapshot.budget.cap
        because = f"the budget of {cap:.1%} abandoned is spent: one to one"
        return one_to_one, f"{because}; {words}", 0.0, 0.0
    if snapshot.desks == 0:
        return 0, "predictive: no telecaller is at work", 1.0, threshold
    estimates = snapshot.estimates
    wanted: float
    wanted, risk = _by_the_odds(snapshot, threshold)
    because = (
        f"predictive: {snapshot.ready} of {snapshot.desks} telecallers free, "
        f"{len(snapshot.ringing_s)} calls out, {len(snapshot.flow)} in the flow; "
        f"answer rate {estimates.answer_rate():.2f}, of whom "
        f"{estimates.p_want():.2f} want one; the next call's risk {risk:.1%} "
        f"of {threshold:.1%}"
    )
    known = max(
        one_to_one, int(estimates.ends() * OUT_FOR_KNOWN) - len(snapshot.ringing_s)
    )
    if wanted > known:
        wanted = known
        because += f", but only {estimates.ends():.0f} calls' ends are known"
    return max(one_to_one, wanted), because, risk, threshold


def _by_the_odds(snapshot: PacingSnapshot, threshold: float) -> tuple[int, float]:
    """Return how many more calls may be placed, and the next one's risk."""
    room = MAX_RINGING_PER_DESK * snapshot.desks - len(snapshot.ringing_s)
    return most_under(_counts(snapshot), threshold, room)


def _counts(snapshot: PacingSnapshot) -> Counts:
    """Return the chances of calls, desks and a new call, by rate and time ahead.

    Times ahead are those at which a new call would be answered, evenly likely; the
    rates are two, a deviation to each side of the mean.
    """
    estimates = snapshot.estimates
    now_rings = estimates.rings.moment()
    times_s = now_rings.answer_ages_s
    most = len(now_rings.mean.answered) - 1
    ages = np.array(snapshot.ringing_s)
    now = np.minimum(ages / STEP_S + 0.5, most).astype(np.intp)
    steps = np.round(times_s / STEP_S).astype(np.intp)
    then = np.minimum(now + steps[:, None], most)
    want = estimates.p_want()
    calls, new = [], []
    for answered, left in now_rings.sides:
        gained = answered[then] - answered[now]
        calls.append(
            np.minimum(0.99, gained / np.maximum(LEAST_LEFT, left[now])) * want
        )
        new.append(answered[np.minimum(steps, most)] * want)
    wanting = np.concatenate(calls)
    if snapshot.flow:
        flow = np.broadcast_to(snapshot.flow, (len(wanting), len(snapshot.flow)))
        wanting = np.concatenate((wanting, flow), axis=1)
    until = times_s + PATIENCE_S
    talking, wrapping = np.array(snapshot.talking_s), np.array(snapshot.wrapping_s)
    free = (estimates.free(talking, until), estimates.wrap_free(wrapping, until))
    return Counts(
        wanting,
        np.tile(np.concatenate(free, axis=1), (2, 1)),
        np.concatenate(new),
        snapshot.ready - snapshot.waiting,
    )


_BY_MODE = {
    Mode.PREVIEW: _preview,
    Mode.PROGRESSIVE: _progressive,
    Mode.PREDICTIVE: _predictive,
    Mode.BROADCAST: _broadcast,
}
