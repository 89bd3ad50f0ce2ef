"""The floors of all centres, made once a second, and what in-charges do on them.

Brings facts to core.floor, core.alarms and core.why_not, and passes on what is asked.
Implements controller.floor_operations.FloorOperations.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Protocol

import structlog

from ivr.controller.call_router import CallRouter
from ivr.controller.desk_messages import DeskMessages
from ivr.controller.dial_loop import DialLoop
from ivr.controller.dial_stops import DialStops
from ivr.controller.floor_moment import FloorMoments
from ivr.controller.floor_operations import FloorView, MinuteView
from ivr.controller.floor_store import FloorStore
from ivr.controller.law_now import LawOf
from ivr.controller.live_call import LiveCall
from ivr.controller.ports import Clock, Store
from ivr.controller.telecaller_desk import Desks
from ivr.controller.trunk_meter import TrunkMeter
from ivr.core.access import centres_under
from ivr.core.alarms import (
    Machine,
    Watching,
    alarms,
    dials_by_itself,
    readings,
    step,
)
from ivr.core.call import UNANSWERED
from ivr.core.day_counts import Day, ended
from ivr.core.desk_messages import DeskMessage
from ivr.core.dial_stops import (
    DialStop,
    StopScope,
    stop_of_person,
    stops_seen,
)
from ivr.core.floor import Floor, floors
from ivr.core.hours import next_open
from ivr.core.law import NOBODY_ABANDONED
from ivr.core.lockout import Lockout, Stray, Trouble
from ivr.core.model import (
    Campaign,
    CampaignId,
    CampaignState,
    CentreCode,
    DeskState,
    Disposition,
    TelecallerId,
    Trunk,
    TrunkName,
)
from ivr.core.organisation import Tree, places_concerned
from ivr.core.routing import serves
from ivr.core.why_not import Asked, WhyNot, why_not
from ivr.errors import BadInput, StoreUnavailable

log = structlog.get_logger(__name__)

ZONE = "Asia/Kolkata"
EVERY_S = 1.0
STORE_S = 2.0  # real seconds that floors wait for the store
FAULT_MINUTES = 5  # the trunk's errors are of the last so many
WHY_KEPT_S = 15.0  # counting a queue of millions is no work for every click


class Door(Protocol):
    """Who tries to be a phone of ours."""

    def lately(self) -> Sequence[Lockout]:
        """Return addresses that were shut out within the last minutes."""

    def troubles(self) -> Sequence[Trouble]:
        """Return phones that are refused again and again."""

    def strays(self) -> Sequence[Stray]:
        """Return phones that try to call somebody."""


class FloorRoom:
    """One for a controller."""

    def __init__(
        self,
        *,
        store: Store,
        floor_store: FloorStore,
        clock: Clock,
        router: CallRouter,
        desks: Desks,
        dial_loop: DialLoop,
        stops: DialStops,
        law_of: LawOf,
        trunk_of: Callable[[TrunkName], Trunk],
        log_out: Callable[[TelecallerId], Awaitable[object]],
        backup_overdue_h: Callable[[], float],
        meter: TrunkMeter | None = None,
    ) -> None:
        """`log_out`: the telecaller's own, with all that follows from it."""
        self._backup_overdue_h = backup_overdue_h
        self._meter = meter
        self._log_out = log_out
        self._store = store
        self._floor_store = floor_store
        self._clock = clock
        self._router = router
        self._desks = desks
        self._dial_loop = dial_loop
        self._stops = stops
        self._law_of = law_of
        self._moments = FloorMoments(
            store=store,
            router=router,
            desks=desks,
            dial_loop=dial_loop,
            trunk_of=trunk_of,
        )
        self.desk_messages = DeskMessages(floor_store, clock, desks)
        self._day = Day(desks.tree, ZONE)
        self._floors: Mapping[CentreCode, Floor] = {}
        self._watching: dict[CentreCode, Watching] = {}
        self._dialled_at: dict[CentreCode, datetime] = {}
        self._number = 0
        self._came = asyncio.Event()
        self._whys: dict[tuple[CampaignId, CentreCode], tuple[float, WhyNot]] = {}
        stops.on_stop, stops.on_lift = self._stopped, self._lifted
        self.door: Door | None = None  # set by who wires it

    # Life

    async def restore(self) -> None:
        """Take up the stops, the messages and the day. Raises StoreUnavailable."""
        await self._stops.restore()
        await self.desk_messages.restore()
        now = self._clock.now()
        began = self._day.began(now).astimezone(UTC)
        self._day.restore(await self._floor_store.calls_since(began), now)
        await self.refresh()

    async def run(self) -> None:
        """Make all floors once a second, for ever."""
        while True:
            await self._clock.sleep(EVERY_S)
            try:
                await self.refresh()
            except StoreUnavailable as exc:
                log.error("Floors not made: the store is away", error=str(exc))
            except Exception:  # a floor that fails must not end all the others
                log.exception("Floors not made")

    async def refresh(self) -> None:
        """Make all floors and alarms anew."""
        # Without the store the list of campaigns stays as it was; calls go on.
        is_away = False
        try:
            async with asyncio.timeout(STORE_S):
                await self._stops.write_owed()
                await self._moments.read_campaigns(self._clock.steady_s())
        except (StoreUnavailable, TimeoutError):
            is_away = True
        now = self._clock.now()
        self._floors = floors(self._moments.moment(now), self._day, self.tree)
        self._watch(now, max(self._floor_store.writes_aside(), int(is_away)))
        self._number += 1
        self._came.set()
        self._came = asyncio.Event()

    def _watch(self, now: datetime, owed: int) -> None:
        machine = Machine(
            self._router.switch_is_up.is_set(),
            self._day.last_of_all(FAULT_MINUTES, now),
            self._backup_overdue_h(),
            owed,
            self.door.lately() if self.door else (),
            self.door.troubles() if self.door else (),
            self._meter.shares() if self._meter else (),
            self.door.strays() if self.door else (),
        )
        stops = self._stops.all()
        for code, floor in self._floors.items():
            # Campaigns that are stopped as a whole are held, and dial nowhere.
            is_stopped = bool(stops) and all(
                stop_of_person(stops, one.campaign_id, code, self.tree)
                for one in floor.campaigns
                if not one.held
            )
            if not _might_dial(floor) or is_stopped:
                self._dialled_at[code] = now
            dialled_at = self._dialled_at.setdefault(code, now)
            found = readings(floor, machine, dialled_at, is_stopped)
            self._watching[code] = step(self._watching.get(code, {}), found, now)

    def call_ended(self, live: LiveCall, disposition: Disposition) -> None:
        """Count a call that is over."""
        one = ended(live.call, live.due.contact.centre, disposition)
        self._day.ended(one, self._clock.now())

    # What may be asked

    @property
    def tree(self) -> Tree:
        return self._desks.tree

    def view(self, centre: CentreCode) -> FloorView:
        floor = self._floors.get(centre)
        if floor is None:
            raise BadInput(f"there is no centre {centre!r}", where="centre")
        running = [campaign for campaign, _ in self._moments.campaigns]
        return FloorView(
            floor,
            alarms(self._watching.get(centre, {})),
            stops_seen(self._stops.all(), centre, running, self.tree),
            self._number,
        )

    async def wait(self, seen: int, timeout_s: float) -> int:
        came = self._came
        if self._number == seen:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(timeout_s):
                    await came.wait()
        return self._number

    def last_hour(self, centre: CentreCode) -> list[MinuteView]:
        self._known(centre)
        return [
            MinuteView(
                datetime.fromtimestamp(minute * 60, UTC),
                counts.dialled,
                counts.answered,
                counts.person,
                counts.abandoned,
            )
            for minute, counts in self._day.hour(centre, self._clock.now())
        ]

    def campaigns(self) -> Sequence[tuple[Campaign, CampaignState]]:
        return self._moments.campaigns

    async def why_not(self, campaign_id: CampaignId, centre: CentreCode) -> WhyNot:
        self._known(centre)
        key, now_s = (campaign_id, centre), self._clock.steady_s()
        at_s, answer = self._whys.get(key, (None, None))
        if answer is None or at_s is None or now_s - at_s > WHY_KEPT_S:
            answer = await self._count_why(campaign_id, centre)
            self._whys[key] = now_s, answer
        return answer

    async def _count_why(self, campaign_id: CampaignId, centre: CentreCode) -> WhyNot:
        campaign = await self._store.campaign(campaign_id)
        if centre not in places_concerned(campaign.centres, self.tree):
            raise BadInput(f"there is no campaign {campaign_id!r}")
        now, run = self._clock.now(), self._dial_loop.run_of(campaign_id)
        centres = centres_under(centre, self.tree)
        stop = self._stops.of_campaign(campaign)
        stop = stop or self._stops.of_person(campaign_id, centre)
        asked = Asked(
            campaign,
            await self._store.campaign_state(campaign_id),
            await self._floor_store.next_due_of(campaign_id, now, centres),
            switch_is_up=self._router.switch_is_up.is_set(),
            telecallers_ready=self._ready(campaign),
            because=run.because if run else "",
            stop=stop,
        )
        counts = await self._floor_store.gates(campaign_id, now, centres)
        law = run.law if run and run.law else self._law_of(campaign, NOBODY_ABANDONED)
        return why_not(
            counts, asked, now, lambda at: next_open(campaign, ZONE, law, at)
        )

    def _ready(self, campaign: Campaign) -> int:
        return sum(
            desk.state is DeskState.READY and serves(desk, campaign, self.tree)
            for desk in self._desks.desks()
        )

    def stops(self) -> list[DialStop]:
        return self._stops.all()

    # What in-charges do

    async def stop_dialling(
        self, scope: StopScope, about: str, *, by: str, why: str
    ) -> DialStop:
        match scope:
            case StopScope.ALL:
                about = ""
            case StopScope.CENTRE:
                self._known(CentreCode(about))
            case StopScope.CAMPAIGN if not self._dial_loop.run_of(CampaignId(about)):
                # One that runs is known, and is stopped also without the store.
                await self._store.campaign_state(CampaignId(about))
            case StopScope.CAMPAIGN:
                pass
        return await self._stops.stop(scope, about, by=by, why=why)

    async def resume_dialling(self, stop_id: str, *, by: str) -> DialStop:
        return await self._stops.lift(stop_id, by=by)

    async def _stopped(self, stop: DialStop) -> None:
        self._whys.clear()
        await self._router.drop_unanswered(
            lambda live: bool(self._stops.of_call(live)), f"stopped: {stop.why}"
        )
        self._dial_loop.wake()

    def _lifted(self) -> None:
        self._whys.clear()
        self._dial_loop.look_again()

    async def send_message(
        self, telecaller_id: TelecallerId, text: str, *, by: str
    ) -> DeskMessage:
        return await self.desk_messages.send(telecaller_id, text, by=by)

    async def messages(self, telecaller_id: TelecallerId) -> list[DeskMessage]:
        return await self.desk_messages.all_of(telecaller_id)

    async def message_seen(self, telecaller_id: TelecallerId, message_id: str) -> None:
        await self.desk_messages.seen(telecaller_id, message_id)

    async def force_pause(
        self, telecaller_id: TelecallerId, reason: str, *, by: str
    ) -> None:
        await self._desks.pause(telecaller_id, reason)
        log.info("Desk paused by another", desk=telecaller_id, by=by)
        text = f"विराम: {reason.strip()}"
        await self.desk_messages.send(telecaller_id, text, by=by)

    async def force_log_out(
        self, telecaller_id: TelecallerId, reason: str, *, by: str
    ) -> None:
        if not reason.strip():
            raise BadInput("say why", where="reason")
        await self._log_out(telecaller_id)
        log.info("Desk logged out by another", desk=telecaller_id, by=by)
        await self.desk_messages.send(
            telecaller_id, f"लॉग-आउट: {reason.strip()}", by=by
        )

    def _known(self, centre: CentreCode) -> None:
        if centre not in self.tree:
            raise BadInput(f"there is no centre {centre!r}", where="centre")


def _might_dial(floor: Floor) -> bool:
    """Say whether desks wait for a dial, and no call of theirs is on its way."""
    is_dialling = any(floor.calls.get(state, 0) for state in UNANSWERED)
    is_waiting = bool(floor.by_desk_state.get(DeskState.READY, 0))
    return is_waiting and not is_dialling and any(map(dials_by_itself, floor.campaigns))
