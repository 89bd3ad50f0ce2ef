"""Shares with their uncertainty, spans of time, and the formulas of abandonment. Pure.

Nothing here knows what is counted. A share of nobody has no value.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from ivr.errors import OurBug

Z_95 = 1.959963984540054  # the 97.5 % point of the normal distribution


@dataclass(frozen=True, slots=True)
class Share:
    """`count` of `of`, and where the true share lies in 95 of 100 such samples."""

    count: int
    of: int
    value: float | None
    low: float | None
    high: float | None


def share_of(count: int, of: int) -> Share:
    """Return `count` of `of` as a share with its 95 % interval."""
    if not 0 <= count <= of:
        raise OurBug(f"{count} of {of} is no share")
    if of == 0:
        return Share(0, 0, None, None, None)
    low, high = wilson(count, of)
    return Share(count, of, count / of, low, high)


def wilson(count: int, of: int) -> tuple[float, float]:
    """Return the 95 % score interval for `count` of `of`.

    E. B. Wilson, "Probable inference, the law of succession, and statistical
    inference", JASA 22 (1927), p. 209. It stays within 0 and 1, and holds for few
    people and for shares near the ends, where count/of ± 2 standard errors does not.
    """
    share, z2 = count / of, Z_95**2
    middle = share + z2 / (2 * of)
    half = Z_95 * math.sqrt(share * (1 - share) / of + z2 / (4 * of**2))
    scale = 1 + z2 / of
    low = 0.0 if count == 0 else (middle - half) / scale
    high = 1.0 if count == of else (middle + half) / scale
    return low, high


@dataclass(frozen=True, slots=True)
class Mean:
    """The mean of ratings, and its 95 % interval (±1.96 standard errors)."""

    of: int
    value: float | None
    low: float | None
    high: float | None


def mean_of(counts: Mapping[int, int]) -> Mean:
    """Return the mean of `counts`: rating -> how many gave it.

    The interval is cut off at the lowest and highest rating there is.
    """
    of = sum(counts.values())
    if of == 0:
        return Mean(0, None, None, None)
    mean = sum(rating * count for rating, count in counts.items()) / of
    if of == 1:
        return Mean(1, mean, None, None)
    squares = sum(count * (rating - mean) ** 2 for rating, count in counts.items())
    half = Z_95 * math.sqrt(squares / (of - 1) / of)
    return Mean(of, mean, max(min(counts), mean - half), min(max(counts), mean + half))


@dataclass(frozen=True, slots=True)
class Spans:
    """How long something lasted: `by_second` counts the started seconds."""

    count: int
    total_ms: int
    by_second: Mapping[int, int]

    @property
    def mean_s(self) -> float | None:
        return self.total_ms / 1000 / self.count if self.count else None

    def quantile_s(self, share: float) -> int | None:
        """Return the second within which `share` of them had ended.

        0.5 is the median; nearest-rank, so it is a second that was observed.
        """
        rank, seen = max(1, math.ceil(share * self.count)), 0
        for second in sorted(self.by_second):
            seen += self.by_second[second]
            if seen >= rank:
                return second
        return None

    def under(self, seconds: int) -> int:
        """Return how many lasted less than `seconds`."""
        return sum(n for second, n in self.by_second.items() if second < seconds)


FCC_CONNECT_S = 2.0
FCC_DAYS = 30
FCC_CAP = 0.03


def fcc_abandonment(not_connected_in_time: int, answered_by_person: int) -> Share:
    """Return the share of live answers that no telecaller took in time.

    47 CFR 64.1200(a)(7): no more than three per cent of all calls that a person
    answers, over 30 days, for each campaign; a call is abandoned if it is not
    connected to a live sales representative within two seconds of the called
    person's completed greeting. Here a person is promised a telecaller when they
    ask for one, so the two seconds run from then.
    """
    return share_of(not_connected_in_time, answered_by_person)


def ofcom_abandonment(
    abandoned: int, connected: int, amd_false_positives: int = 0
) -> Share:
    """Return the share of abandoned calls among abandoned and connected ones.

    Ofcom, "Revised statement of policy on the persistent misuse of an electronic
    communications network or service" (2010), annex: abandoned calls, with a
    reasoned estimate of the people whom an answering-machine detector took for a
    machine, over these and the calls passed to a live operator, per campaign and 24
    hours. Since 2017 Ofcom names no share that would be acceptable. The estimate is
    0 for Samvad: it detects no machines (AMD is off).
    """
    numerator = abandoned + amd_false_positives
    return share_of(numerator, numerator + connected)
