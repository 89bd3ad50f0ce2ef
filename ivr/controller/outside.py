"""Legs outside: listed numbers that the trunk rings for a telecaller's voter."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

import structlog

from ivr.controller.live_call import LiveCall
from ivr.controller.ports import Clock, OutsideDial, Switch
from ivr.core.events import LegDown, LegUp, SwitchBack, SwitchEvent
from ivr.core.model import TransferNumber, TrunkName
from ivr.core.talk import PartyId
from ivr.errors import SamvadError, SwitchGone

log = structlog.get_logger(__name__)

RING_OUTSIDE = timedelta(seconds=30)
PREFIX = "d-out-"


@dataclass(slots=True)
class _Outside:
    number: TransferNumber
    trunk: TrunkName
    is_rung: bool = False
    is_up: bool = False


class OutsideLegs:
    """Every leg to a listed number, from the dial to its end."""

    def __init__(
        self, switch: Switch, clock: Clock, numbers: Sequence[TransferNumber]
    ) -> None:
        self.numbers = tuple(numbers)
        self._switch = switch
        self._clock = clock
        self._legs: dict[str, _Outside] = {}
        self._count = 0
        # Set by who waits for them.
        self.on_up: Callable[[PartyId], None] = lambda party: None
        self.on_down: Callable[[PartyId], None] = lambda party: None
        self.has_talk: Callable[[PartyId], bool] = lambda party: False

    def has(self, leg_id: str) -> bool:
        """Say whether it is such a leg, up or gone."""
        return leg_id.startswith(PREFIX)

    def name(self, leg_id: str) -> str:
        one = self._legs.get(leg_id)
        return one.number.name if one else ""

    def count(self, trunk: TrunkName) -> int:
        """Return how many of them the trunk carries."""
        return sum(one.trunk == trunk for one in self._legs.values())

    def new(self, number: TransferNumber, trunk: TrunkName) -> PartyId:
        """Return the leg of a number that is about to be rung."""
        self._count += 1
        stamp = int(self._clock.now().timestamp() * 1000)
        leg_id = f"{PREFIX}{stamp:x}-{self._count}"
        self._legs[leg_id] = _Outside(number, trunk)
        return PartyId(leg_id)

    async def ring(self, leg_id: PartyId, live: LiveCall) -> None:
        """Dial it by the trunk of the voter's call. LegUp or LegDown follows."""
        number = self._legs[leg_id].number
        self._legs[leg_id].is_rung = True
        dial = OutsideDial(number.number, live.trunk, live.call.caller_id, RING_OUTSIDE)
        log.info("Partner outside rung", call_id=live.call.call_id, to=number.number_id)
        try:
            await self._switch.ring_outside(leg_id, dial)
        except SamvadError as exc:  # whatever it was, the leg is not there
            log.warning("Partner not rung", leg=leg_id, error=str(exc))
            await self.on_event(LegDown(leg_id, self._clock.now()))

    async def hang_up(self, leg_id: str) -> None:
        """End it. One that was not rung yet is forgotten: no LegDown tells of it."""
        one = self._legs.get(leg_id)
        if one is not None and not one.is_rung:
            del self._legs[leg_id]
            return
        try:
            await self._switch.hang_up(leg_id)
        except SwitchGone as exc:
            log.warning("Leg not hung up", leg=leg_id, error=str(exc))

    async def on_event(self, event: SwitchEvent) -> None:
        match event:
            case LegUp() if event.leg_id in self._legs:
                self._legs[event.leg_id].is_up = True
                self.on_up(PartyId(event.leg_id))
            case LegUp() if self.has(event.leg_id):
                # Its dial got no answer in time, and counted as none.
                await self.hang_up(event.leg_id)
            case LegDown():
                if self._legs.pop(event.leg_id, None) is not None:
                    self.on_down(PartyId(event.leg_id))
            case SwitchBack():
                up = [leg for leg, one in self._legs.items() if one.is_up]
                for leg_id in set(up) - event.legs:
                    await self.on_event(LegDown(leg_id, event.at))
                for leg_id in filter(self.has, event.legs):
                    # A hang-up may have met a switch that could not be reached.
                    if not self.has_talk(PartyId(leg_id)):
                        await self.hang_up(leg_id)
