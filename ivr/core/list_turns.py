"""From which centre's list the next call is placed. Pure.

In a pool of many centres any desk may serve any voter, but most are best served by
their own. So calls are placed for the centre whose own desks will wait for them: its
desks that will be free when the call is answered, less its people who will want one
by then. Only what chance adds or takes away is left to the neighbours.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from ivr.core.desk import Desk
from ivr.core.model import CentreCode
from ivr.core.routing import ChanceFree


@dataclass(frozen=True, slots=True)
class OwnBalance:
    """What a centre expects by the time a call placed now is answered."""

    centre: CentreCode
    free: float = 0.0  # of its own desks, those that are or will be free
    wanting: float = 0.0  # of its own voters, those who will want one
    has_due: bool = True  # somebody of its lists may be called now

    @property
    def spare(self) -> float:
        return self.free - self.wanting


def balances(
    desks: Iterable[Desk],
    chance_free: ChanceFree,
    wanting: Mapping[CentreCode, float],
    within_s: float,
) -> list[OwnBalance]:
    """Return what each centre that has desks expects in that time.

    `wanting`: by centre, how many of its people who are on the line will want one.
    """
    free: dict[CentreCode, float] = {}
    for desk in desks:
        before = free.get(desk.centre, 0.0)
        free[desk.centre] = before + chance_free(desk, within_s)
    return [
        OwnBalance(centre, count, wanting.get(centre, 0.0))
        for centre, count in free.items()
    ]


def turns(centres: Iterable[OwnBalance], calls: int, each: float) -> list[CentreCode]:
    """Return for each of so many calls the centre whose list it is placed from.

    Each call takes `each` (the chance that its person wants a telecaller) off what its
    centre has to spare, so a wave of calls is spread. Centres without people to call
    are passed by; if there are none left, the list is shorter.
    """
    left = {one.centre: one for one in centres if one.has_due}
    found: list[CentreCode] = []
    while left and len(found) < calls:
        best = min(left.values(), key=lambda one: (-one.spare, one.centre))
        found.append(best.centre)
        left[best.centre] = replace(best, wanting=best.wanting + each)
    return found
