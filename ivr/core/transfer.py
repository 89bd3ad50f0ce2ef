"""To whom a telecaller may hand a voter. Pure.

Telecallers and centres of the campaign, and numbers that the settings list. A number
that is not listed is never dialled, whoever asks: a stolen session buys no calls.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from ivr.core.desk import Desk
from ivr.core.model import (
    Campaign,
    CentreCode,
    Contact,
    DeskState,
    TransferNumber,
)
from ivr.core.organisation import Tree, path
from ivr.core.routing import pick, serves


class TargetKind(StrEnum):
    TELECALLER = "telecaller"
    CENTRE = "centre"
    NUMBER = "number"


@dataclass(frozen=True, slots=True)
class Target:
    """One who may be asked to take a voter over."""

    kind: TargetKind
    key: str  # telecaller's id, centre's code, or the listed number's id
    name: str
    is_free: bool = True  # may be asked now


def may_dial(desk: Desk, number: TransferNumber, tree: Tree) -> bool:
    """Say whether this desk may hand voters to a listed number."""
    if not number.centres:
        return True
    return not set(number.centres).isdisjoint(path(desk.centre, tree))


def others(
    desk: Desk, desks: Iterable[Desk], campaign: Campaign, tree: Tree
) -> list[Desk]:
    """Return the desks at work that may serve this campaign, without `desk`."""
    return [
        one
        for one in desks
        if one.telecaller_id != desk.telecaller_id
        and one.state is not DeskState.OFFLINE
        and serves(one, campaign, tree)
    ]


def of_centre(desks: Iterable[Desk], centre: CentreCode, tree: Tree) -> list[Desk]:
    """Return the desks of a centre and of what lies below it."""
    return [one for one in desks if centre in path(one.centre, tree)]


def choose_of_centre(
    desks: Sequence[Desk],
    centre: CentreCode,
    contact: Contact,
    campaign: Campaign,
    tree: Tree,
) -> Desk | None:
    """Return the free desk of that centre that should have the voter, or None."""
    return pick(of_centre(desks, centre, tree), contact, campaign, tree)


def targets(
    desk: Desk,
    desks: Sequence[Desk],
    campaign: Campaign,
    tree: Tree,
    *,
    numbers: Iterable[TransferNumber],
    name_of: Callable[[Desk], str],
) -> list[Target]:
    """Return everybody to whom `desk` may hand a voter of `campaign`."""
    there = others(desk, desks, campaign, tree)
    people = [
        Target(
            TargetKind.TELECALLER,
            one.telecaller_id,
            name_of(one),
            one.state is DeskState.READY,
        )
        for one in there
    ]
    centres = _centres(there, tree)
    dials = [
        Target(TargetKind.NUMBER, one.number_id, one.name)
        for one in numbers
        if may_dial(desk, one, tree)
    ]
    return [*people, *centres, *dials]


def _centres(desks: Iterable[Desk], tree: Tree) -> list[Target]:
    """Return the centres that have a desk, each free as soon as one of them is.

    Asked every two seconds for each voter who is spoken to: once over all desks.
    """
    found: dict[CentreCode, bool] = {}
    for one in desks:
        for code in path(one.centre, tree):
            found[code] = found.get(code, False) or one.state is DeskState.READY
    return [
        Target(TargetKind.CENTRE, code, tree[code].name_hi, is_free)
        for code, is_free in sorted(found.items())
    ]
