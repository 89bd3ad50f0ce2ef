"""How many calls a second the system may place while it can keep up. Pure.

Whoever answers is to be spoken to at once, and every event of theirs kept. When
either falls behind, the remedy is to place fewer calls: ones that are answered cannot
be put off. As a phone rings for seconds, what is placed now is felt late; so the rate
is let up in small steps above what is known to go well, and let down at once.
"""

from __future__ import annotations

from dataclasses import dataclass

STEADY_PER_S = 20.0  # any machine is let to try so much at once
GROWTH_PER_S = 0.10  # above it, so much more each second, while all goes well
LEAST_STEP = 5.0  # calls a second more, each second: up again from nothing
FORGOTTEN_PER_S = 0.02  # of a rate that is no longer tried
UNTRIED = 2.0  # times what was placed: more is not known to go well


@dataclass(frozen=True, slots=True)
class Strain:
    """What shows that the system is behind; all 0 when it is not."""

    lag_s: float = 0.0  # of the event loop, the most of late
    answer_s: float = 0.0  # from an action of ours to the switch's answer, of late
    undialled_s: float = 0.0  # how long a call that the switch took waits for a line
    unheard_s: float = 0.0  # how long somebody who answered waits for their flow
    events: int = 0  # of the switch, that wait to be looked at
    writes: int = 0  # that wait to be committed


@dataclass(frozen=True, slots=True)
class Limit:
    """Up to `eases` a figure is well; at `stops` nothing more is dialled."""

    figure: str
    eases: float
    stops: float


LIMITS = (
    Limit("lag_s", 0.15, 1.0),
    Limit("answer_s", 0.5, 3.0),
    Limit("undialled_s", 0.3, 1.5),
    Limit("unheard_s", 0.3, 1.0),
    Limit("events", 300, 3000),
    Limit("writes", 500, 5000),
)


def words(strain: Strain) -> dict[str, str]:
    """Return what each figure means, by its name."""
    return {
        "lag_s": f"the controller is {strain.lag_s:.1f} s late",
        "answer_s": f"the switch answers after {strain.answer_s:.1f} s",
        "undialled_s": f"the switch dials a call after {strain.undialled_s:.1f} s",
        "unheard_s": f"a voter waits {strain.unheard_s:.1f} s for the flow to begin",
        "events": f"{strain.events} events of the switch wait",
        "writes": f"{strain.writes} writes wait",
    }


@dataclass(frozen=True, slots=True)
class Worst:
    """The figure that is nearest to its stop: 0 well, 1 stop."""

    share: float = 0.0
    because: str = ""


@dataclass(frozen=True, slots=True)
class Brake:
    """How many calls a second all campaigns together may place now, and why."""

    per_s: float = STEADY_PER_S
    because: str = ""  # "" while nothing is behind


def worst(strain: Strain) -> Worst:
    """Return what is nearest to its stop."""
    found = Worst()
    for limit in LIMITS:
        value = getattr(strain, limit.figure)
        share = (value - limit.eases) / (limit.stops - limit.eases)
        if share > found.share:
            found = Worst(min(1.0, share), words(strain)[limit.figure])
    return found


def _nothing(because: str) -> str:
    return f"nothing more is dialled, the system is behind: {because}"


def _slower(per_s: float, because: str) -> str:
    return f"at most {per_s:.1f} calls/s, the system is behind: {because}"


def braked(
    before: Brake, strain: Strain, placed_per_s: float, passed_s: float
) -> Brake:
    """Return the brake after `passed_s` seconds in which calls were placed so fast."""
    bad = worst(strain)
    if bad.share >= 1:
        return Brake(0.0, _nothing(bad.because))
    if bad.share > 0:
        # From what was placed, not from what was allowed and not used.
        per_s = min(before.per_s, max(placed_per_s, LEAST_STEP))
        per_s *= (1 - bad.share) ** passed_s
        return Brake(per_s, _slower(per_s, bad.because))
    step = max(LEAST_STEP, GROWTH_PER_S * before.per_s) * passed_s
    most = max(STEADY_PER_S, UNTRIED * placed_per_s)
    if before.per_s > most:  # what went well a while ago is forgotten bit by bit
        return Brake(max(most, before.per_s * (1 - FORGOTTEN_PER_S * passed_s)))
    return Brake(min(before.per_s + step, most))
