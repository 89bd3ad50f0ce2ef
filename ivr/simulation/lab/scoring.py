"""Figures of a policy in one cell of the comparison, with 95 % intervals. Seeded."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import mean

from ivr.simulation.lab.policy import Score

Z_95 = 1.959964  # the normal distribution's 97.5th percentile
RESAMPLES = 1000
FEW = 4  # seeds: with fewer than these there is nothing to resample


@dataclass(frozen=True, slots=True)
class Between:
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Figures:
    """Means over seeds, each weighing as much as it has hours or people."""

    seeds: int
    utilisation: float
    abandonment: float
    utilisation_95: Between
    abandonment_95: Between
    connects_per_hour: float  # of each telecaller
    dials_per_connect: float
    wait_p95_s: float  # the mean of the seeds' 95th percentiles


def figures(scores: Sequence[Score]) -> Figures:
    """Return what a policy reached in one cell. `scores`: one of each seed."""
    work_s = sum(one.work_s for one in scores)
    connected = sum(one.connected for one in scores)
    placed = sum(one.placed for one in scores)
    return Figures(
        seeds=len(scores),
        utilisation=_ratio([(one.busy_s, one.work_s) for one in scores]),
        abandonment=_ratio([(one.abandoned, one.wanted) for one in scores]),
        utilisation_95=bootstrap([(one.busy_s, one.work_s) for one in scores]),
        abandonment_95=_abandonment_95(scores),
        connects_per_hour=connected / (work_s / 3600) if work_s else 0.0,
        dials_per_connect=placed / connected if connected else 0.0,
        wait_p95_s=mean(one.wait_p95_s for one in scores),
    )


def _abandonment_95(scores: Sequence[Score]) -> Between:
    """Resample seeds, for abandonments come in clusters; Wilson's if they are few."""
    if len(scores) < FEW:
        abandoned = sum(one.abandoned for one in scores)
        return wilson(abandoned, sum(one.wanted for one in scores))
    return bootstrap([(one.abandoned, one.wanted) for one in scores])


def wilson(hits: int, of: int) -> Between:
    """Return Wilson's score interval of a share.

    Source: E. B. Wilson, Probable inference, the law of succession, and statistical
    inference, JASA 22 (1927).
    """
    if of == 0:
        return Between(0.0, 1.0)
    share, z2 = hits / of, Z_95 * Z_95
    middle = (share + z2 / (2 * of)) / (1 + z2 / of)
    spread = sqrt(share * (1 - share) / of + z2 / (4 * of * of))
    half = Z_95 * spread / (1 + z2 / of)
    return Between(max(0.0, middle - half), min(1.0, middle + half))


def bootstrap(parts: Sequence[tuple[float, float]]) -> Between:
    """Return the percentile bootstrap of sum / sum over seeds; the same every time.

    Source: B. Efron, Bootstrap methods: another look at the jackknife, Annals of
    Statistics 7 (1979).
    """
    rng = random.Random(len(parts))
    drawn = sorted(_ratio(rng.choices(parts, k=len(parts))) for _ in range(RESAMPLES))
    return Between(drawn[int(0.025 * RESAMPLES)], drawn[int(0.975 * RESAMPLES) - 1])


def _ratio(parts: Sequence[tuple[float, float]]) -> float:
    below = sum(part[1] for part in parts)
    return sum(part[0] for part in parts) / below if below else 0.0
