"""The running Samvad, as trial calls need it (controller.trial_ports)."""

from __future__ import annotations

from collections.abc import Mapping

from ivr.controller.call_router import CallRouter
from ivr.controller.dial_stops import DialStops
from ivr.controller.law_now import LawOf
from ivr.controller.listening import Listening
from ivr.controller.ports import Clock, Store, WayOut
from ivr.controller.telecaller_desk import Desks
from ivr.core.compliance import never
from ivr.core.dial_stops import refusal
from ivr.core.law import NOBODY_ABANDONED
from ivr.core.model import (
    Campaign,
    DeskState,
    Due,
    PhoneNumber,
    Refused,
    Telecaller,
    TelecallerId,
    Trunk,
)
from ivr.errors import BadInput


class TrialsInSamvad:
    """Implements TrialSurroundings; passes on what it is asked."""

    def __init__(
        self,
        *,
        store: Store,
        clock: Clock,
        router: CallRouter,
        desks: Desks,
        listening: Listening,
        stops: DialStops,
        law_of: LawOf,
        way_out: WayOut | None,
    ) -> None:
        self.way_out = way_out
        self._store = store
        self._clock = clock
        self._router = router
        self._desks = desks
        self._listening = listening
        self._stops = stops
        self._law_of = law_of

    def person(self, telecaller_id: TelecallerId) -> Telecaller | None:
        people: Mapping[TelecallerId, Telecaller] = {
            one.telecaller_id: one for one in self._listening.in_charges()
        } | {
            one.telecaller.telecaller_id: one.telecaller
            for one in self._desks.sessions()
        }
        return people.get(telecaller_id)

    def is_on_the_phone(self, telecaller_id: TelecallerId) -> bool:
        listen = {one.in_charge_id for one in self._listening.sessions()}
        if telecaller_id in listen:
            return True
        try:
            desk = self._desks.session(telecaller_id).desk
        except BadInput:  # an in-charge has no desk
            return False
        return desk.state is not DeskState.OFFLINE

    def forbids(self, due: Due, campaign: Campaign, trunk: Trunk) -> Refused | None:
        now = self._clock.now()
        stop = self._stops.of_person(campaign.campaign_id, due.contact.centre)
        if stop is not None:
            return refusal(stop, now)
        law = self._law_of(campaign, NOBODY_ABANDONED)
        return never(due, campaign, trunk, law, now)

    async def is_do_not_call(self, number: PhoneNumber) -> bool:
        return await self._store.is_do_not_call(number)

    def free_channels(self, trunk: Trunk) -> int:
        calls = sum(one.trunk.name == trunk.name for one in self._router.live())
        return trunk.channels - calls - self._desks.legs_on(trunk.name)
