"""The controller's rooms, made and put together: who is handed what. Decides nothing.

Rooms that know of each other are made in turn; what is made later is reached by a
function that looks it up when it is called.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from ivr.controller.call_router import CallRouter
from ivr.controller.campaign_acts import CampaignActs
from ivr.controller.connect import Connector
from ivr.controller.core_pacers import CorePacers
from ivr.controller.desk_cards import DeskCards
from ivr.controller.dial_loop import DialLoop
from ivr.controller.dial_stops import DialStops
from ivr.controller.floor_room import FloorRoom
from ivr.controller.floor_store import FloorStore
from ivr.controller.flow_runner import FlowRunner
from ivr.controller.happened import Tell, to_nobody
from ivr.controller.law_now import LawOf
from ivr.controller.listening import KeepNote, Listening, log_note
from ivr.controller.live_call import LiveCall
from ivr.controller.offers import Offers
from ivr.controller.outside import OutsideLegs
from ivr.controller.ports import Clock, Pacers, Store, Switch, WayOut
from ivr.controller.practice import Practices
from ivr.controller.practice_desks import DesksForPractice
from ivr.controller.practice_ports import PracticeStore
from ivr.controller.preview import Previews
from ivr.controller.taking_over import TakingOver
from ivr.controller.talk_control import TalkControl
from ivr.controller.talk_wishes import TalkWishes
from ivr.controller.talks import Talks
from ivr.controller.telecaller_desk import Desks
from ivr.controller.trial_calls import TrialCalls
from ivr.controller.trial_surroundings import TrialsInSamvad
from ivr.controller.trunk_meter import TrunkMeter
from ivr.core.events import SwitchEvent
from ivr.core.law import NOBODY_ABANDONED
from ivr.core.model import (
    Answer,
    Centre,
    CentreCode,
    Disposition,
    Telecaller,
    TelecallerId,
    TransferNumber,
    Trunk,
    TrunkName,
)
from ivr.core.practice import Scenario


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What a controller is given.

    `pacers`: another way to decide how many to dial, for a bench. `keep_note`: keeps
    who listened to whom, in the audit log. `tell`: takes what other software is told
    of; it never waits. Without a `practice_store` nobody can practise.
    """

    store: Store
    floor_store: FloorStore
    switch: Switch
    clock: Clock
    telecallers: Sequence[Telecaller]
    tree: Mapping[CentreCode, Centre]
    law_of: LawOf
    trunk_of: Callable[[TrunkName], Trunk]
    district_names: Mapping[str, str]
    pacers: Pacers | None = None
    transfer_numbers: Sequence[TransferNumber] = ()
    in_charges: Sequence[Telecaller] = ()
    way_out: WayOut | None = None
    keep_note: KeepNote = log_note
    tell: Tell = to_nobody
    practice_store: PracticeStore | None = None
    scenarios: Sequence[Scenario] = ()
    backup_overdue_h: Callable[[], float] = lambda: 0.0  # 0: it is recent, or no matter
    meter: TrunkMeter | None = None  # of what `switch` dials


class Between(Protocol):
    """What happens between the rooms, and is no single room's affair."""

    async def on_leg_event(self, event: SwitchEvent) -> None: ...

    def after_call(
        self, live: LiveCall, disposition: Disposition, now: datetime
    ) -> tuple[datetime | None, str]:
        """Return when the contact is due again (None: done), and because of what."""

    def call_ended(self, live: LiveCall, disposition: Disposition) -> None: ...

    def answered(self, live: LiveCall, answer: Answer) -> None: ...

    async def opted_out(self, live: LiveCall) -> None: ...

    async def log_out(self, telecaller_id: TelecallerId) -> object: ...


class Rooms:
    """All rooms of one controller."""

    def __init__(self, world: World, between: Between) -> None:
        self._world = world
        self._between = between
        self.stops = DialStops(world.floor_store, world.clock, world.tree)
        self.desks = self._made_desks()
        self.outside = OutsideLegs(world.switch, world.clock, world.transfer_numbers)
        self.talks = TalkControl(self.desks, self.outside, world.switch, world.clock)
        self.wishes = TalkWishes(self.talks, self.desks, self.outside, world.tree)
        self.listening = self._made_listening()
        self.practices = self._made_practices(world.practice_store)
        self.offers = self._made_offers()
        self.flow_runner = self._made_flow_runner()
        self.router = self._made_router()
        self.taking_over = TakingOver(
            store=world.store,
            switch=world.switch,
            clock=world.clock,
            router=self.router,
            desks=self.desks,
            trunk_of=world.trunk_of,
        )
        self.dial_loop = self._made_dial_loop()
        self.floor = self._made_floor()
        self.trial_calls = self._made_trial_calls()
        self.desks.partners_on = lambda trunk: (
            self.outside.count(trunk) + self.trial_calls.on_trunk(trunk)
        )
        self.campaigns = CampaignActs(
            world.store, world.clock, self.router, self.dial_loop
        )
        self.previews = Previews(world.store, self.dial_loop)
        self.cards = DeskCards(
            world.store,
            world.clock,
            lambda campaign: world.law_of(campaign, NOBODY_ABANDONED),
            world.district_names,
        )

    # The dial loop is made below, and the router and the previews too: those above it
    # look at them only once calls are made.

    def _made_desks(self) -> Desks:
        return Desks(
            store=self._world.store,
            switch=self._world.switch,
            clock=self._world.clock,
            telecallers=self._world.telecallers,
            tree=self._world.tree,
            on_free=lambda: self.dial_loop.wake(),
            chance_free=lambda desk, within_s: self.dial_loop.chance_free(
                desk, within_s
            ),
            way_out=self._world.way_out,
        )

    def _made_listening(self) -> Listening:
        return Listening(
            desks=self.desks,
            switch=self._world.switch,
            clock=self._world.clock,
            in_charges=self._world.in_charges,
            tree=self._world.tree,
            keep_note=self._world.keep_note,
        )

    def _made_practices(self, store: PracticeStore | None) -> Practices | None:
        if store is None:
            return None
        return Practices(
            scenarios=self._world.scenarios,
            desks=DesksForPractice(
                self.desks,
                is_expected=self._is_dialled_for,
                gives_back=lambda who: self.previews.left(who),
            ),
            switch=self._world.switch,
            store=store,
            clock=self._world.clock,
        )

    def _is_dialled_for(self, telecaller_id: TelecallerId) -> bool:
        """Say whether a person whom they asked to be dialled is on the line."""
        return any(live.asked_by == telecaller_id for live in self.router.live())

    def _made_offers(self) -> Offers:
        return Offers(
            self._world.clock,
            view_of=lambda campaign: self.dial_loop.pool_view(campaign),
            learned_of=lambda campaign: self.dial_loop.learned_of(campaign),
            tell=lambda fact: self.dial_loop.learn(fact),
            has_desk=self.desks.has_promised,
        )

    def _made_flow_runner(self) -> FlowRunner:
        world = self._world
        talks = Talks(self.talks, world.clock)
        return FlowRunner(
            world.store,
            world.clock,
            connect=Connector(self.desks, talks, world.clock).connect,
            offers=self.offers,
            on_opt_out=self._between.opted_out,
            district_names=world.district_names,
            on_answer=self._between.answered,
        )

    def _made_router(self) -> CallRouter:
        world = self._world
        return CallRouter(
            store=world.store,
            switch=world.switch,
            clock=world.clock,
            flow_runner=self.flow_runner,
            after=self._between.after_call,
            on_leg_event=self._between.on_leg_event,
            on_ended=self._between.call_ended,
            stopped=self.stops.of_call,
        )

    def _made_dial_loop(self) -> DialLoop:
        world = self._world
        return DialLoop(
            store=world.store,
            router=self.router,
            desks=self.desks,
            clock=world.clock,
            law_of=world.law_of,
            trunk_of=world.trunk_of,
            pacers=world.pacers or CorePacers(world.store, world.clock),
            offers=self.offers,
            stops=self.stops,
            tell=world.tell,
            meter=world.meter,
        )

    def _made_floor(self) -> FloorRoom:
        world = self._world
        return FloorRoom(
            store=world.store,
            floor_store=world.floor_store,
            clock=world.clock,
            router=self.router,
            desks=self.desks,
            dial_loop=self.dial_loop,
            stops=self.stops,
            law_of=world.law_of,
            trunk_of=world.trunk_of,
            log_out=self._between.log_out,
            backup_overdue_h=world.backup_overdue_h,
            meter=world.meter,
        )

    def _made_trial_calls(self) -> TrialCalls:
        world = self._world
        surroundings = TrialsInSamvad(
            store=world.store,
            clock=world.clock,
            router=self.router,
            desks=self.desks,
            listening=self.listening,
            stops=self.stops,
            law_of=world.law_of,
            way_out=world.way_out,
        )
        return TrialCalls(world.switch, world.clock, surroundings)
