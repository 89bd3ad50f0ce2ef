"""The organisation's tree: how far a desk is from the voter's own centre. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum

from ivr.core.model import Centre, CentreCode

Tree = Mapping[CentreCode, Centre]


class Level(StrEnum):
    """How far up from the voter's centre one goes to have the desk below."""

    CENTRE = "centre"
    DIVISION = "division"  # the node above the centre
    STATE = "state"  # all that is farther, whatever the tree's depth


def path(code: CentreCode | None, tree: Tree) -> tuple[CentreCode, ...]:
    """Return the centre and all above it, nearest first."""
    found: list[CentreCode] = []
    while code is not None and code not in found:
        found.append(code)
        centre = tree.get(code)
        code = centre.parent if centre else None
    return tuple(found)


def rings_away(chain: Sequence[CentreCode], desk: Sequence[CentreCode]) -> int:
    """Return how far up `chain` one must go to have the desk below.

    Both are paths, nearest first. A voter without a centre is near everybody.
    """
    for rings, code in enumerate(chain):
        if code in desk:
            return rings
    return len(chain)


def level_of(rings: int) -> Level:
    """Return the level of a desk so many rings away."""
    return (Level.CENTRE, Level.DIVISION, Level.STATE)[min(rings, 2)]
