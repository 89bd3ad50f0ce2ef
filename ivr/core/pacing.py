"""How many calls to place now, and because of what. Pure.

Progressive places one call for each free telecaller. Predictive places more, as
long as the people expected to want a telecaller fit the free desks with a margin
for chance. Broadcast is limited by the trunk alone. The trunk's channels and
calls per second bound every mode.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import floor, inf, sqrt

from ivr.core.model import Mode, PacingDecision

# What is believed before anything happened: worth this many calls of experience.
PRIOR_ANSWER_RATE = 0.5  # high: a first over-dial would be somebody's silent call
PRIOR_WANT_RATE = 0.5
PRIOR_WEIGHT = 10.0
# How far above the mean the number of people who want a telecaller may be taken
# to lie: 1.3 standard deviations hold nine times of ten.
MARGIN_SD = 1.3
# Even by the odds, never more calls ringing for one free desk than this.
MAX_RINGING_PER_DESK = 8


@dataclass(frozen=True, slots=True)
class PacingSnapshot:
    """All that is counted at one moment, for one campaign on one trunk."""

    mode: Mode  # as core.abandonment.allowed_mode permits it
    ready: int = 0  # desks free for this campaign
    soon_ready: float = 0.0  # desks expected free within a ring's time
    dialling: int = 0  # placed, ringing or not, and not answered
    in_flow: int = 0  # answered, and may still want a telecaller
    waiting: int = 0  # want one now
    placed: int = 0  # calls that ended or were answered, recently
    answered: int = 0  # of these
    left_flow: int = 0  # answered people whose flow is over, recently
    wanted: int = 0  # of these, who wanted a telecaller
    abandonment: float = 0.0  # share, now
    abandonment_target: float = 0.01
    channels_free: int = 0  # of the trunk
    campaign_channels_free: int | None = None  # None: no limit of its own
    tokens: int = 0  # calls the trunk's and campaign's rates allow now
    asked_for: int = 0  # preview: dials that telecallers asked for


def decide(snapshot: PacingSnapshot) -> PacingDecision:
    """Return how many calls to place now; never more than the trunk allows."""
    wanted, because = _BY_MODE[snapshot.mode](snapshot)
    if wanted <= 0:
        return PacingDecision(0, because)
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
        return PacingDecision(room, f"{because}: {tightest}")
    if wanted <= room:
        return PacingDecision(int(wanted), because)
    return PacingDecision(room, f"{because}, but {tightest}")


def answer_rate(snapshot: PacingSnapshot) -> float:
    """Return the chance that a placed call is answered, prior included."""
    answered = snapshot.answered + PRIOR_ANSWER_RATE * PRIOR_WEIGHT
    return min(1.0, answered / (snapshot.placed + PRIOR_WEIGHT))


def want_rate(snapshot: PacingSnapshot) -> float:
    """Return the chance that one who answered comes to want a telecaller."""
    wanted = snapshot.wanted + PRIOR_WANT_RATE * PRIOR_WEIGHT
    return min(1.0, wanted / (snapshot.left_flow + PRIOR_WEIGHT))


def _preview(snapshot: PacingSnapshot) -> tuple[float, str]:
    if snapshot.asked_for <= 0:
        return 0, "preview: no telecaller has asked for a dial"
    return snapshot.asked_for, f"preview: {snapshot.asked_for} dials asked for"


def _broadcast(snapshot: PacingSnapshot) -> tuple[float, str]:
    return inf, "broadcast: as many as the trunk takes"


def _progressive(snapshot: PacingSnapshot) -> tuple[float, str]:
    coming = snapshot.dialling + snapshot.in_flow + snapshot.waiting
    words = f"{snapshot.ready} telecallers free, {coming} calls may want one"
    return max(0, snapshot.ready - coming), f"progressive: {words}"


def _predictive(snapshot: PacingSnapshot) -> tuple[float, str]:
    one_to_one, words = _progressive(snapshot)
    if snapshot.abandonment >= snapshot.abandonment_target:
        share, target = snapshot.abandonment, snapshot.abandonment_target
        because = f"abandoned {share:.1%}, target {target:.1%}: one to one"
        return one_to_one, f"{because}; {words}"
    p = answer_rate(snapshot) * want_rate(snapshot)
    more = max(one_to_one, _by_the_odds(snapshot, p))
    return more, (
        f"predictive: {snapshot.ready} telecallers free, {snapshot.dialling} calls "
        f"out, {snapshot.in_flow} in the flow; answer rate "
        f"{answer_rate(snapshot):.2f}, of whom {want_rate(snapshot):.2f} want one"
    )


def _by_the_odds(snapshot: PacingSnapshot, p: float) -> int:
    """Return how many more calls still fit: mean + margin <= desks.

    With n calls out, mean m = m0 + n p and variance v = v0 + n p (1 - p) (each
    wants a desk or not, by itself). The largest n is looked for by halving.
    """
    desks = snapshot.ready + snapshot.soon_ready - snapshot.waiting
    if desks <= 0 or snapshot.ready <= 0:
        return 0
    want = want_rate(snapshot)
    mean = snapshot.dialling * p + snapshot.in_flow * want
    variance = snapshot.dialling * p * (1 - p) + snapshot.in_flow * want * (1 - want)

    def fits(calls: int) -> bool:
        spread = sqrt(variance + calls * p * (1 - p))
        return mean + calls * p + MARGIN_SD * spread <= desks

    low = 0
    high = max(0, floor(MAX_RINGING_PER_DESK * desks) - snapshot.dialling)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if fits(middle) else (low, middle - 1)
    return low


_BY_MODE = {
    Mode.PREVIEW: _preview,
    Mode.PROGRESSIVE: _progressive,
    Mode.PREDICTIVE: _predictive,
    Mode.BROADCAST: _broadcast,
}
