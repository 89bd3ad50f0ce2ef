"""How likely a busy desk is to be free in time, by what a campaign learned. Pure."""

from __future__ import annotations

from collections.abc import Callable

from ivr.core.desk import Desk
from ivr.core.estimates import Estimates
from ivr.core.model import DeskState
from ivr.core.routing import ChanceFree


def desk_forecast(estimates: Estimates, age_s: Callable[[Desk], float]) -> ChanceFree:
    """Return what core.routing asks before it lets a voter wait for a nearer desk.

    `age_s`: for how long a desk has been in its state. Who is reserved has their
    talk before them.
    """

    def chance(desk: Desk, within_s: float) -> float:
        match desk.state:
            case DeskState.READY:
                return 1.0
            case DeskState.RESERVED:
                return estimates.p_free(0.0, within_s)
            case DeskState.TALKING | DeskState.HOLDING | DeskState.CONSULTING:
                return estimates.p_free(max(0.0, age_s(desk)), within_s)
            case DeskState.WRAP_UP:
                return estimates.p_wrap_free(max(0.0, age_s(desk)), within_s)
            case _:
                return 0.0

    return chance
