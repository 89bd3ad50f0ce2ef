"""Which telecaller serves this voter. Pure.

The voter's own centre first, then its division, then the state: people are best
served by those who know their place, but nobody waits while a desk is free.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ivr.core.desk import Desk
from ivr.core.model import Campaign, Centre, CentreCode, Contact, DeskState

Tree = Mapping[CentreCode, Centre]


def pick(
    desks: Sequence[Desk], contact: Contact, campaign: Campaign, tree: Tree
) -> Desk | None:
    """Return the free desk that should serve `contact`, or None.

    Somebody who speaks the voter's language comes before somebody near; among
    equals the one who has been free the longest, so that work is shared fairly.
    """
    free = (
        desk
        for desk in desks
        if desk.state is DeskState.READY and serves(desk, campaign, tree)
    )
    chain = path(contact.centre, tree)

    def order(desk: Desk) -> tuple[bool, int, float, str]:
        return (
            contact.language not in desk.languages,
            _rings_away(chain, path(desk.centre, tree)),
            desk.since.timestamp(),
            desk.telecaller_id,
        )

    return min(free, key=order, default=None)


def serves(desk: Desk, campaign: Campaign, tree: Tree) -> bool:
    """Say whether the desk's centre, or one above it, takes part in the campaign."""
    if not campaign.centres:
        return True
    return not set(campaign.centres).isdisjoint(path(desk.centre, tree))


def path(code: CentreCode | None, tree: Tree) -> tuple[CentreCode, ...]:
    """Return the centre and all above it, nearest first."""
    found: list[CentreCode] = []
    while code is not None and code not in found:
        found.append(code)
        centre = tree.get(code)
        code = centre.parent if centre else None
    return tuple(found)


def _rings_away(chain: Sequence[CentreCode], desk: Sequence[CentreCode]) -> int:
    """How far up from the voter's centre one must go to have the desk below."""
    for rings, code in enumerate(chain):
        if code in desk:
            return rings
    return len(chain)
