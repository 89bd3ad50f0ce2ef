"""How likely more people want a telecaller than there are desks. Pure numbers.

X people want one and Y desks get free, each with a chance of its own: two
Poisson-binomial counts. The risk of one call more, when d others are placed with it,
is P(X + d >= ready + Y): nobody is free for the person who answers it.
"""

from __future__ import annotations

from math import erfc, pi, sqrt
from typing import NamedTuple

import numpy as np

from ivr.core.spans import Array

EXACT_TERMS = 70  # calls and desks together; above, the normal approximation
LEAST_VARIANCE = 0.05
# So many more calls are looked at first; if all may be placed, many more are.
FIRST_LOOK, LOOK_ON = 3, 8


class Counts(NamedTuple):
    """Rows are cases, evenly likely: a time ahead and an answer rate.

    `wanting` has by row the chance of each call, `freed` that of each desk, `one_more`
    that of each further call.
    """

    wanting: Array
    freed: Array
    one_more: Array
    ready: int  # less those who wait; may be negative


def most_under(counts: Counts, threshold: float, room: int) -> tuple[int, float]:
    """Return how many calls may be placed, up to `room`, and the next one's risk.

    Each has a risk under the threshold; more calls are never less risk.
    """
    room = max(0, room)
    terms = counts.wanting.shape[1] + counts.freed.shape[1]
    if terms + FIRST_LOOK > EXACT_TERMS:
        return _bisected(counts, threshold, room)
    most = FIRST_LOOK
    while True:
        risk = exact(counts, most).mean(axis=0)
        refused = np.flatnonzero(risk >= threshold)
        fits = min(room, int(refused[0]) if len(refused) else most + 1)
        if fits <= most:
            return fits, float(risk[fits])
        most *= LOOK_ON
        if terms + most > EXACT_TERMS:
            return _bisected(counts, threshold, room)


def exact(counts: Counts, most: int) -> Array:
    """Return by row the risk of one call more beside 0 to `most` others, exactly.

    By the characteristic function of X + d - Y: a sum of n + 1 whole values is known
    from it at n + 1 even angles (Y. Hong, On computing the distribution function for
    the Poisson binomial distribution, CSDA 59, 2013).
    """
    wanting, freed, one_more, ready = counts
    calls, desks = wanting.shape[1], freed.shape[1]
    points = calls + desks + most + 1
    half = points // 2 + 1  # the other angles mirror these
    turn = np.exp(2j * pi / points * np.arange(half))
    rises = turn - 1
    phi = np.prod(1 + wanting[:, :, None] * rises, axis=1)
    phi *= np.prod(1 + freed[:, :, None] * rises.conj(), axis=1)
    each = 1 + one_more[:, None] * rises
    grown = np.empty((most + 1, *phi.shape), dtype=complex)
    grown[0] = phi
    for d in range(most):
        grown[d + 1] = grown[d] * each
    # Of all sums from -desks to calls + most, those of at least `ready`.
    least = max(ready, -desks)
    count = calls + most - least + 1
    if count <= 0:
        return np.zeros((len(wanting), most + 1))
    weights = turn.conj() ** least
    weights[1:] *= (1 - turn[1:].conj() ** count) / (1 - turn[1:].conj())
    weights[0] = count
    weights[1 : (points + 1) // 2] *= 2
    tails = np.real(grown @ weights) / points
    return np.asarray(np.clip(tails, 0.0, 1.0).T)


class Normal:
    """The same by a normal of equal mean and variance, half a person wide."""

    __slots__ = ("_above", "_more", "_spread", "_varies")

    def __init__(self, counts: Counts) -> None:
        wanting, freed, one_more, ready = counts
        mean = wanting.sum(axis=1) - freed.sum(axis=1)
        spread = (wanting * (1 - wanting)).sum(axis=1)
        spread += (freed * (1 - freed)).sum(axis=1)
        self._above: list[float] = (ready - 0.5 - mean).tolist()
        self._spread: list[float] = spread.tolist()
        self._more: list[float] = one_more.tolist()
        self._varies: list[float] = (one_more * (1 - one_more)).tolist()

    def risk(self, others: int) -> float:
        """Return that of one call more, when so many others are placed with it."""
        total = 0.0
        for above, spread, more, varies in zip(
            self._above, self._spread, self._more, self._varies, strict=True
        ):
            variance = max(LEAST_VARIANCE, spread + others * varies)
            total += erfc((above - others * more) / sqrt(2 * variance))
        return total / 2 / len(self._above)


def _bisected(counts: Counts, threshold: float, room: int) -> tuple[int, float]:
    normal = Normal(counts)
    fits, too_many = 0, room + 1
    if normal.risk(0) >= threshold:
        too_many = 0
    while too_many - fits > 1:
        middle = (fits + too_many) // 2
        if normal.risk(middle - 1) < threshold:
            fits = middle
        else:
            too_many = middle
    return fits, normal.risk(fits)
