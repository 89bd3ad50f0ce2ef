"""A running Samvad: the rooms of the controller together, as Operations.

Starts, reconciles, drains and stops. What is asked of it is passed on; it decides
nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Coroutine
from datetime import datetime, timedelta
from typing import Any

import structlog

from ivr.controller import happened
from ivr.controller.decisions import DecisionView
from ivr.controller.desk_session import DeskSession
from ivr.controller.desk_view import desk_view
from ivr.controller.flow_runner import DEFAULT_CALLBACK
from ivr.controller.listening import ListenView
from ivr.controller.live_call import LiveCall
from ivr.controller.operations import CampaignView, DeskView
from ivr.controller.rooms import Rooms, World
from ivr.core.call import Call
from ivr.core.callback_days import CallbackDay
from ivr.core.card import Card, OwnDay
from ivr.core.events import Joined, LegUp, SwitchEvent
from ivr.core.law import NOBODY_ABANDONED
from ivr.core.model import (
    Answer,
    CallId,
    Campaign,
    CampaignId,
    CentreCode,
    DeskPhone,
    DeskState,
    Disposition,
    ListenMode,
    PhoneNumber,
    Telecaller,
    TelecallerId,
    masked,
)
from ivr.core.numbers import NumberProblem, parse_number
from ivr.core.retry import Again, next_attempt
from ivr.core.transfer import Target, TargetKind
from ivr.errors import BadInput, SwitchGone

log = structlog.get_logger(__name__)

ZONE = "Asia/Kolkata"


class Running:
    """Implements controller.operations.Operations."""

    def __init__(self, world: World) -> None:
        self._store = world.store
        self._switch = world.switch
        self._clock = world.clock
        self._tell = world.tell
        self._law_of = world.law_of
        self.tree = world.tree
        self._tasks: set[asyncio.Task[Any]] = set()
        self._main: list[asyncio.Task[None]] = []
        self._rooms = rooms = Rooms(world, self)
        self.desks_room = rooms.desks
        self.outside = rooms.outside
        self.talks = rooms.talks
        self._wishes = rooms.wishes
        self.listening = rooms.listening
        self.practices = rooms.practices
        self.offers = rooms.offers
        self.router = rooms.router
        self.dial_loop = rooms.dial_loop
        self.floor = rooms.floor
        self.trial_calls = rooms.trial_calls
        self._previews = rooms.previews
        self.cards = rooms.cards
        self._campaigns = rooms.campaigns

    # Life

    async def start_up(self, ready_within: timedelta) -> None:
        """Reconcile with what a former run left, then begin. Raises SwitchGone."""
        self._main.append(asyncio.create_task(self.router.run()))
        try:
            async with asyncio.timeout(ready_within.total_seconds()):
                await self.router.switch_is_up.wait()
        except TimeoutError:
            raise SwitchGone("the telephone switch did not answer in time") from None
        await self._rooms.taking_over.run()
        self.router.is_ready.set()
        await self.floor.restore()
        self._main.append(asyncio.create_task(self.dial_loop.run()))
        self._main.append(asyncio.create_task(self.floor.run()))

    async def drain(self, at_most: timedelta) -> bool:
        """No new calls; unanswered ones are dropped; live ones finish in time."""
        self.dial_loop.is_draining = True
        await self.router.drop_unanswered(lambda _live: True, "shutting down")
        return await self.router.wait_idle(at_most)

    async def shut_down(self) -> None:
        """End now: what still lives is hung up and its attempt closed."""
        self.dial_loop.is_draining = True
        await self.router.end_all("shutting down")
        await self.router.wait_idle(timedelta(seconds=5))
        await self.desks_room.log_out_all()
        await self.let_go()

    async def stop_dialling(self, within_s: float) -> None:
        """Begin no more calls, and wait for those that are just placed."""
        self.dial_loop.is_draining = True
        await self.router.until_placed(within_s)

    async def let_go(self) -> None:
        """Stop, and leave calls and desks as they are: the next start goes on."""
        self.dial_loop.is_draining = True
        for task in [*self._main, *self._tasks]:
            task.cancel()
        await asyncio.gather(*self._main, *self._tasks, return_exceptions=True)
        await self.dial_loop.stop()
        await self.router.stop()
        await self.talks.stop()
        await self.listening.stop()
        await self.trial_calls.stop()
        if self.practices is not None:
            await self.practices.stop()
        await self.desks_room.stop()

    # Between the rooms

    async def on_leg_event(self, event: SwitchEvent) -> None:
        if isinstance(event, Joined):
            self.talks.joined(event.call_id, event.leg_id)
        self.listening.on_event(event)
        self.trial_calls.on_event(event)
        await self.outside.on_event(event)
        if not (isinstance(event, LegUp) and self._is_no_desk(event.leg_id)):
            await self.desks_room.on_leg_event(event)

    def _is_no_desk(self, leg_id: str) -> bool:
        rooms = (self.outside, self.listening, self.trial_calls)
        return any(room.has(leg_id) for room in rooms)

    def call_ended(self, live: LiveCall, disposition: Disposition) -> None:
        self._spawn(self.desks_room.call_ended(live.call.call_id))
        self.dial_loop.call_ended(live, disposition)
        self.floor.call_ended(live, disposition)
        self._tell(happened.call_ended(live, disposition, self._clock.now()))

    def answered(self, live: LiveCall, answer: Answer) -> None:
        self._tell(happened.answer_given(live, answer, self._clock.now()))

    def after_call(
        self, live: LiveCall, disposition: Disposition, now: datetime
    ) -> tuple[datetime | None, str]:
        return self._next(
            live.campaign,
            live.call,
            disposition,
            zone=live.due.contact.timezone,
            callback_at=live.callback_at,
            now=now,
        )

    def _next(
        self,
        campaign: Campaign,
        call: Call,
        disposition: Disposition,
        *,
        now: datetime,
        zone: str = ZONE,
        callback_at: datetime | None = None,
    ) -> tuple[datetime | None, str]:
        """When the contact is due again (None: done), and because of what."""
        verdict = next_attempt(
            disposition,
            call.attempt_no,
            campaign,
            now,
            zone,
            law=self._law_of(campaign, NOBODY_ABANDONED),
            callback_at=callback_at,
            was_answered=call.answered_at is not None,
        )
        at = verdict.at if isinstance(verdict, Again) else None
        return at, verdict.because

    async def opted_out(self, live: LiveCall) -> None:
        number, call_id = live.call.number, live.call.call_id
        await self._opt_out(number, "key 9", call_id, happened.centres_of(live))

    async def _opt_out(
        self,
        number: PhoneNumber,
        source: str,
        call_id: CallId | None,
        centres: tuple[CentreCode, ...] = (),
    ) -> None:
        now = self._clock.now()
        await self._store.keep_opt_out(number, now, source, call_id)
        self._tell(happened.opted_out(number, source, call_id, centres, now))
        dropped = await self.router.drop_unanswered(
            lambda live: number in (live.call.number, live.due.contact.alt_number),
            "opted out",
        )
        log.info("Opted out", number=masked(number), source=source, dropped=dropped)

    async def key_left(self, call_id: CallId, key: str, at: datetime) -> None:
        """Keep a key that the dialplan took while no controller was there."""
        call = await self._store.call(call_id)
        if call is None:
            log.error("A key was left for an unknown call", call_id=call_id)
        elif key == "9":
            await self._opt_out(call.number, "key 9", call_id)
        elif key == "1":
            due_at = self._clock.now() + DEFAULT_CALLBACK
            await self._store.keep_callback(call_id, due_at, at)

    def _spawn(self, work: Coroutine[Any, Any, Any]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    # Desks

    async def log_in(
        self, telecaller_id: TelecallerId, phone: DeskPhone = DeskPhone.SOFTPHONE
    ) -> DeskView:
        if self.dial_loop.is_draining:
            raise BadInput("Samvad is shutting down", remedy="log in after the restart")
        if self.practices is not None:
            await self.practices.left(telecaller_id)
        return self._view(await self.desks_room.log_in(telecaller_id, phone))

    async def log_out(self, telecaller_id: TelecallerId) -> DeskView:
        session = await self.desks_room.log_out(telecaller_id)
        if self.practices is not None:
            await self.practices.left(telecaller_id)
        await self._previews.left(telecaller_id)
        return self._view(session)

    async def ready(self, telecaller_id: TelecallerId) -> DeskView:
        if self.practices is not None:
            self.practices.may_leave(telecaller_id)
        return self._view(await self.desks_room.ready(telecaller_id))

    async def pause(self, telecaller_id: TelecallerId, reason: str) -> DeskView:
        return self._view(await self.desks_room.pause(telecaller_id, reason))

    async def end_talk(self, telecaller_id: TelecallerId) -> DeskView:
        if (session := await self._wishes.end(telecaller_id)) is not None:
            return self._view(session)
        return self._view(await self.desks_room.end_talk(telecaller_id))

    async def hold(self, telecaller_id: TelecallerId) -> DeskView:
        return self._view(await self._wishes.hold(telecaller_id))

    async def take_back(self, telecaller_id: TelecallerId) -> DeskView:
        return self._view(await self._wishes.take_back(telecaller_id))

    async def transfer(
        self, telecaller_id: TelecallerId, kind: TargetKind, key: str, *, is_cold: bool
    ) -> DeskView:
        asked = self._wishes.ask(telecaller_id, kind, key, is_cold=is_cold)
        return self._view(await asked)

    async def hand_over(self, telecaller_id: TelecallerId) -> DeskView:
        return self._view(await self._wishes.hand_over(telecaller_id))

    async def bring_together(self, telecaller_id: TelecallerId) -> DeskView:
        return self._view(await self._wishes.bring_together(telecaller_id))

    def transfer_targets(self, telecaller_id: TelecallerId) -> list[Target]:
        return self._wishes.targets(telecaller_id)

    async def outcome(
        self, telecaller_id: TelecallerId, call_id: CallId, outcome: str, notes: str
    ) -> DeskView:
        return self._view(
            await self.desks_room.outcome(telecaller_id, call_id, outcome, notes)
        )

    def desk(self, telecaller_id: TelecallerId) -> DeskView:
        return self._view(self.desks_room.session(telecaller_id))

    def desks(self) -> list[DeskView]:
        return [self._view(session) for session in self.desks_room.sessions()]

    async def desk_changed(self, telecaller_id: TelecallerId, timeout_s: float) -> None:
        session = self.desks_room.session(telecaller_id)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout_s), session.changed:
                await session.changed.wait()

    async def card(self, telecaller_id: TelecallerId) -> Card | None:
        session = self.desks_room.session(telecaller_id)
        return await self.cards.of(session, self._previews.shown(telecaller_id))

    async def form_answer(
        self, telecaller_id: TelecallerId, call_id: CallId, question: str, value: str
    ) -> None:
        await self.cards.keep_answer(telecaller_id, call_id, question, value)

    def callback_days(
        self, telecaller_id: TelecallerId, call_id: CallId
    ) -> tuple[CallbackDay, ...]:
        return self.cards.callback_days(telecaller_id, call_id)

    async def call_back(
        self, telecaller_id: TelecallerId, call_id: CallId, due_at: datetime
    ) -> None:
        await self.cards.call_back(telecaller_id, call_id, due_at)

    async def own_day(self, telecaller_id: TelecallerId) -> OwnDay:
        return await self.cards.own_day(telecaller_id, ZONE)

    async def wait_desk_change(
        self, telecaller_id: TelecallerId, seen: datetime, timeout_s: float
    ) -> DeskView:
        session = self.desks_room.session(telecaller_id)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout_s), session.changed:
                while session.desk.since <= seen:
                    await session.changed.wait()
        return self._view(session)

    def _view(self, session: DeskSession) -> DeskView:
        return desk_view(session, self._rooms)

    async def listen(
        self,
        in_charge_id: TelecallerId,
        telecaller_id: TelecallerId,
        mode: ListenMode,
        phone: DeskPhone = DeskPhone.SOFTPHONE,
    ) -> ListenView:
        return await self.listening.listen(in_charge_id, telecaller_id, mode, phone)

    def in_charges(self) -> list[Telecaller]:
        return self.listening.in_charges()

    def in_charge_centre(self, in_charge_id: TelecallerId) -> CentreCode | None:
        return self.listening.centre_of(in_charge_id)

    async def stop_listening(self, in_charge_id: TelecallerId) -> None:
        await self.listening.stop_listening(in_charge_id)

    def who_listens(self) -> list[ListenView]:
        return self.listening.sessions()

    async def preview_dial(self, telecaller_id: TelecallerId) -> DeskView:
        """Show a contact the first time; dial it when asked again."""
        session = self.desks_room.session(telecaller_id)
        if session.desk.state is not DeskState.READY:
            raise BadInput("the desk is not ready", remedy="end the pause or wrap-up")
        await self._previews.ask(telecaller_id)
        async with session.changed:
            session.changed.notify_all()  # no state moved, but there is a card now
        return self._view(session)

    # Campaigns

    async def start(self, campaign_id: CampaignId) -> CampaignView:
        return await self._campaigns.do("start", campaign_id)

    async def pause_campaign(self, campaign_id: CampaignId) -> CampaignView:
        return await self._campaigns.do("pause", campaign_id)

    async def resume(self, campaign_id: CampaignId) -> CampaignView:
        return await self._campaigns.do("resume", campaign_id)

    async def stop(self, campaign_id: CampaignId) -> CampaignView:
        return await self._campaigns.stop(campaign_id)

    async def campaign(self, campaign_id: CampaignId) -> CampaignView:
        return await self._campaigns.view(campaign_id)

    async def campaigns(self) -> list[CampaignView]:
        return await self._campaigns.running()

    async def decisions(self, seen: int, timeout_s: float) -> list[DecisionView]:
        return await self.dial_loop.decisions.wait(seen, timeout_s)

    async def opt_out(self, number: str, source: str) -> None:
        parsed = parse_number(number)
        if isinstance(parsed, NumberProblem):
            raise BadInput(f"{number!r} is no number", remedy=parsed.remedy.en)
        await self._opt_out(parsed, source, None)

    def health(self) -> dict[str, str]:
        tick = self.dial_loop.last_tick_at
        age_s = (self._clock.now() - tick).total_seconds() if tick else None
        return {
            "switch": "ok" if self.router.switch_is_up.is_set() else "not reached",
            "dial_loop": "ok" if age_s is not None and age_s < 30 else "not ticking",
            "events": "ok" if self.router.unexpected < 1000 else "many ignored",
        }
