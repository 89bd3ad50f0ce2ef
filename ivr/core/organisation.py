"""The organisation's tree: who is above whom, and how far away a desk is. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
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


def roots(tree: Tree) -> tuple[CentreCode, ...]:
    """Return the places that have none above them."""
    return tuple(code for code, centre in tree.items() if centre.parent is None)


def belongs_to(centre: CentreCode | None, tree: Tree) -> tuple[CentreCode, ...]:
    """Return the places whose matter that centre's people are, nearest first.

    Who is of no centre, or of none that there is, belongs to the whole: every root.
    """
    return path(centre, tree) if centre in tree else roots(tree)


def places_concerned(
    served: Collection[CentreCode], tree: Tree
) -> frozenset[CentreCode]:
    """Return where a campaign is served, with all above and below; no centres: all."""
    if not served:
        return frozenset(tree)
    above = {code for one in served for code in path(one, tree)}
    below = {code for code in tree if not set(served).isdisjoint(path(code, tree))}
    return frozenset(above | below)


def places_of_all(served: Collection[CentreCode], tree: Tree) -> frozenset[CentreCode]:
    """Return the places that hold all of a campaign's people."""
    served = served or roots(tree)
    return frozenset.intersection(*(frozenset(path(one, tree)) for one in served))


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
