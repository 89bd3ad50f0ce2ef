"""How likely more people want a telecaller than there are desks. Pure numbers.

X people want one and Y desks get free, each with a chance of its own: two
Poisson-binomial counts. `risks` returns P(X + d >= ready + Y) for d more calls.
"""

from __future__ import annotations

from math import erfc, pi

import numpy as np

from ivr.core.hazards import Array

EXACT_TERMS = 70  # calls and desks together; above, the normal approximation
LEAST_VARIANCE = 0.05


def risks(
    wanting: Array, freed: Array, one_more: Array, ready: int, most: int
) -> Array:
    """Return by row, for 0 to `most` more calls, the chance that X + d >= ready + Y.

    Rows are cases (a time ahead and an answer rate): `wanting` has by row the chance
    of each call, `freed` that of each desk, `one_more` that of each further call.
    """
    terms = wanting.shape[1] + freed.shape[1]
    rule = _exact if terms + most <= EXACT_TERMS else _normal
    return rule(wanting, freed, one_more, ready, most)


def _exact(
    wanting: Array, freed: Array, one_more: Array, ready: int, most: int
) -> Array:
    """Return them exactly, by the characteristic function of X + d - Y.

    A sum of n + 1 whole values is known from its characteristic function at n + 1
    even angles (Hong 2013); products replace the convolution term by term.
    """
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


def _normal(
    wanting: Array, freed: Array, one_more: Array, ready: int, most: int
) -> Array:
    """Return them by a normal of the same mean and variance, half a person wide."""
    more = np.arange(most + 1)
    mean = wanting.sum(axis=1) - freed.sum(axis=1)
    variance = (wanting * (1 - wanting)).sum(axis=1) + (freed * (1 - freed)).sum(axis=1)
    spread = variance[:, None] + more * (one_more * (1 - one_more))[:, None]
    above = ready - 0.5 - mean[:, None] - more * one_more[:, None]
    z = above / np.sqrt(2 * np.maximum(LEAST_VARIANCE, spread))
    return np.array([[0.5 * erfc(value) for value in row] for row in z.tolist()])
