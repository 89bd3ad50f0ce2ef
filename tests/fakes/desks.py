"""Telecallers' desks and their talks, over no telephone: a part of FakeOperations.

What may be done in which state is asked of core.desk and core.talk, as the real desks
ask it. What takes a telephone a moment has happened at once: a phone is answered, a
partner is there.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from ivr.controller.operations import DeskView
from ivr.core import desk as desk_states
from ivr.core import talk as talk_states
from ivr.core.desk import IN_TALK, Desk, DeskEvent
from ivr.core.model import (
    CallId,
    CentreCode,
    ContactId,
    DeskPhone,
    DeskState,
    TelecallerId,
    masked,
)
from ivr.core.talk import PartyId, Talk, TalkEvent, TalkState
from ivr.core.transfer import Target, TargetKind, of_centre, others, targets
from ivr.errors import BadInput, UnexpectedEvent
from tests.fakes.floor import FakeFloor, campaign_of
from tests.fakes.places import TREE
from tests.fakes.switch import BEGIN

TALKED_TO = "+919827112345"
CAMPAIGN = campaign_of("demo", "डेमो", ())
NO_VOTER: dict[str, object] = {
    "talk": None,
    "contact_name": "",
    "contact_number": "",
    "schemes": (),
    "answers": (),
    "with_whom": "",
    "is_partner": False,
}


class FakeDesks:
    """`fail_with` is raised by the next question about a desk."""

    floor: FakeFloor

    def __init__(self, telecallers: Sequence[str]) -> None:
        self.now = BEGIN
        self.fail_with: Exception | None = None
        self.outcomes: list[tuple[CallId, str, str]] = []
        self.desk_views = {
            TelecallerId(one): DeskView(
                TelecallerId(one), f"टेलीकॉलर {one}", "MP", DeskState.OFFLINE, self.now
            )
            for one in telecallers
        }
        self._cores: dict[TelecallerId, Desk] = {}
        self._talks: dict[TelecallerId, Talk] = {}  # by who leads it
        self._last_calls: dict[TelecallerId, CallId] = {}
        self._changed = asyncio.Condition()

    # As a test says

    def set_desk(self, telecaller: str, state: DeskState, reason: str = "") -> None:
        one = TelecallerId(telecaller)
        self.desk_views[one] = replace(
            self.desk_views[one], state=state, reason=reason, since=self.now
        )

    def set_centre(self, telecaller: str, centre: str) -> None:
        one = TelecallerId(telecaller)
        self.desk_views[one] = replace(self.desk_views[one], centre=centre)

    def set_last_call(self, telecaller: str, call_id: str) -> None:
        self._last_calls[TelecallerId(telecaller)] = CallId(call_id)

    async def talk(self, telecaller: str, call_id: str) -> None:
        """The desk is joined to a voter."""
        one, call = TelecallerId(telecaller), CallId(call_id)
        self._talks[one] = Talk(PartyId(one))
        await self._has_voter(one, call)

    async def voter_leaves(self, telecaller: str) -> None:
        """The voter of that desk hangs up."""
        one = TelecallerId(telecaller)
        talk = self._talks.pop(one)
        await self._move(one, DeskEvent.PARTED, **NO_VOTER)
        if talk.partner is not None:
            await self._partner_goes(TelecallerId(talk.partner))

    async def _has_voter(self, one: TelecallerId, call_id: CallId) -> None:
        self._last_calls[one] = call_id
        self.set_desk(one, DeskState.RESERVED, self.desk_views[one].reason)
        await self._move(
            one,
            DeskEvent.JOINED,
            call_id=call_id,
            talk=TalkState.JOINED,
            contact_name="सीता बाई",
            contact_number=masked(TALKED_TO),
            schemes=("ujjwala",),
            answers=(("ration", "yes"),),
            with_whom="",
            is_partner=False,
        )

    # How a desk moves

    def _core(self, view: DeskView) -> Desk:
        """Return the desk as the core knows it; anew when a test has set another."""
        kept = self._cores.get(view.telecaller_id)
        if kept is not None and kept.state is view.state:
            return replace(kept, centre=CentreCode(view.centre))
        return Desk(
            view.telecaller_id,
            CentreCode(view.centre),
            view.since,
            view.state,
            reason=view.reason,
            call_id=view.call_id,
        )

    async def _move(
        self,
        telecaller_id: TelecallerId,
        event: DeskEvent,
        *,
        call_id: CallId | None = None,
        reason: str = "",
        **facts: object,
    ) -> DeskView:
        before = self._core(self.desk(telecaller_id))
        self.now += timedelta(seconds=1)
        try:
            after = desk_states.advance(
                before, event, self.now, call_id=call_id, reason=reason
            )
        except UnexpectedEvent as exc:
            raise BadInput(str(exc)) from None
        self._cores[telecaller_id] = after
        return await self._set(
            telecaller_id,
            state=after.state,
            since=after.since,
            reason=after.reason,
            call_id=after.call_id,
            **facts,
        )

    async def _set(self, telecaller_id: TelecallerId, **facts: object) -> DeskView:
        self.desk_views[telecaller_id] = replace(
            self.desk_views[telecaller_id], **facts
        )  # type: ignore[arg-type]
        async with self._changed:
            self._changed.notify_all()
        return self.desk(telecaller_id)

    def desk(self, telecaller_id: TelecallerId) -> DeskView:
        self._fail()
        try:
            unseen = self.floor.unseen(telecaller_id)
            return replace(self.desk_views[telecaller_id], messages=unseen)
        except KeyError:
            known = ", ".join(self.desk_views)
            raise BadInput(
                f"no telecaller {telecaller_id!r}", remedy=f"known: {known}"
            ) from None

    def desks(self) -> list[DeskView]:
        self._fail()
        return list(self.desk_views.values())

    def _fail(self) -> None:
        failure, self.fail_with = self.fail_with, None
        if failure is not None:
            raise failure

    # What telecallers do

    async def log_in(
        self, telecaller_id: TelecallerId, phone: DeskPhone = DeskPhone.SOFTPHONE
    ) -> DeskView:
        if self.desk(telecaller_id).state is not DeskState.OFFLINE:
            raise BadInput(f"{telecaller_id} is logged in already")
        await self._move(telecaller_id, DeskEvent.LOGGED_IN, phone=phone)
        return await self._move(telecaller_id, DeskEvent.LEG_UP)

    async def log_out(self, telecaller_id: TelecallerId) -> DeskView:
        view = await self._move(telecaller_id, DeskEvent.LOGGED_OUT)
        if view.state is not DeskState.OFFLINE:
            return view  # once they have noted what came of it
        return await self._set(telecaller_id, preview_contact_id=None)

    async def ready(self, telecaller_id: TelecallerId) -> DeskView:
        is_noting = self.desk(telecaller_id).state is DeskState.WRAP_UP
        event = DeskEvent.WRAPPED_UP if is_noting else DeskEvent.RESUMED
        return await self._move(telecaller_id, event)

    async def pause(self, telecaller_id: TelecallerId, reason: str) -> DeskView:
        self.desk(telecaller_id)
        if not reason.strip():
            raise BadInput("a pause needs a reason")
        reason = reason.strip()[:80]
        return await self._move(telecaller_id, DeskEvent.PAUSED, reason=reason)

    async def preview_dial(self, telecaller_id: TelecallerId) -> DeskView:
        view = self.desk(telecaller_id)
        if view.state is not DeskState.READY:
            raise BadInput("the desk is not ready")
        shown = None if view.preview_contact_id else ContactId(1)
        self.now += timedelta(seconds=1)
        return await self._set(telecaller_id, preview_contact_id=shown, since=self.now)

    async def outcome(
        self, telecaller_id: TelecallerId, call_id: CallId, outcome: str, notes: str
    ) -> DeskView:
        view = self.desk(telecaller_id)
        if call_id not in (view.call_id, self._last_calls.get(telecaller_id)):
            raise BadInput("this call was not at your desk")
        self.outcomes.append((call_id, outcome, notes))
        return view

    # Talks

    def _talk_of(self, telecaller_id: TelecallerId) -> Talk:
        """Return the talk that they lead. Raises BadInput."""
        self.desk(telecaller_id)
        if telecaller_id not in self._talks:
            raise BadInput(f"{telecaller_id} has no voter")
        return self._talks[telecaller_id]

    def _apply(
        self,
        telecaller_id: TelecallerId,
        event: TalkEvent,
        partner: TelecallerId | None = None,
    ) -> Talk:
        """Move their talk; return it as it was before. Raises BadInput."""
        before = self._talk_of(telecaller_id)
        who = PartyId(partner) if partner else None
        try:
            after = talk_states.advance(before, event, who=who)
        except UnexpectedEvent as exc:
            raise BadInput(str(exc)) from None
        del self._talks[telecaller_id]
        if after.party is not None:
            self._talks[TelecallerId(after.party)] = after
        return before

    async def hold(self, telecaller_id: TelecallerId) -> DeskView:
        self._apply(telecaller_id, TalkEvent.HELD)
        return await self._move(telecaller_id, DeskEvent.HELD, talk=TalkState.ON_HOLD)

    async def take_back(self, telecaller_id: TelecallerId) -> DeskView:
        before = self._apply(telecaller_id, TalkEvent.TAKEN_BACK)
        if before.partner is not None:
            await self._partner_goes(TelecallerId(before.partner))
        return await self._move(
            telecaller_id, DeskEvent.JOINED, talk=TalkState.JOINED, with_whom=""
        )

    async def _partner_goes(self, partner: TelecallerId) -> None:
        """Whoever was in the talk notes what was said; who was only asked is free."""
        in_it = self.desk(partner).state in IN_TALK
        event = DeskEvent.PARTED if in_it else DeskEvent.RELEASED
        await self._move(partner, event, **NO_VOTER)

    async def end_talk(self, telecaller_id: TelecallerId) -> DeskView:
        for leads, talk in list(self._talks.items()):
            if talk.partner == telecaller_id:  # a partner leaves the others
                self._apply(leads, TalkEvent.PARTNER_LEFT)
                await self._move(
                    leads, DeskEvent.JOINED, talk=TalkState.JOINED, with_whom=""
                )
                await self._partner_goes(telecaller_id)
                return self.desk(telecaller_id)
        if self.desk(telecaller_id).state not in IN_TALK:
            raise BadInput(f"{telecaller_id} is not talking")
        led = self._talks.get(telecaller_id)
        if led is not None and led.partner is not None:
            return await self.hand_over(telecaller_id)
        self._talks.pop(telecaller_id, None)
        return await self._move(telecaller_id, DeskEvent.PARTED, **NO_VOTER)

    async def transfer(
        self, telecaller_id: TelecallerId, kind: TargetKind, key: str, *, is_cold: bool
    ) -> DeskView:
        state = self._talk_of(telecaller_id).state
        if state not in (TalkState.JOINED, TalkState.ON_HOLD):
            raise BadInput(f"the talk is {state}")
        call_id = self.desk(telecaller_id).call_id
        partner = self._partner(telecaller_id, kind, key)
        self._apply(telecaller_id, TalkEvent.PARTNER_ASKED, partner)
        self._apply(telecaller_id, TalkEvent.PARTNER_CAME)
        await self._move(
            partner,
            DeskEvent.RESERVED,
            call_id=call_id,
            talk=TalkState.CONSULTING,
            with_whom=self.desk(telecaller_id).name,
            is_partner=True,
        )
        view = await self._move(
            telecaller_id,
            DeskEvent.CONSULTED,
            talk=TalkState.CONSULTING,
            with_whom=self.desk(partner).name,
        )
        return await self.hand_over(telecaller_id) if is_cold else view

    def _partner(
        self, telecaller_id: TelecallerId, kind: TargetKind, key: str
    ) -> TelecallerId:
        own = self._core(self.desk(telecaller_id))
        free = [
            one
            for one in others(own, self._all(), CAMPAIGN, TREE)
            if one.state is DeskState.READY
        ]
        if kind is TargetKind.CENTRE:
            free = of_centre(free, CentreCode(key), TREE)
        else:
            free = [one for one in free if one.telecaller_id == key]
        if not free or kind is TargetKind.NUMBER:
            raise BadInput(f"nobody is free at {key}")
        return free[0].telecaller_id

    async def hand_over(self, telecaller_id: TelecallerId) -> DeskView:
        call_id = self.desk(telecaller_id).call_id
        partner = self._apply(telecaller_id, TalkEvent.HANDED).partner
        if partner is not None and call_id is not None:
            await self._has_voter(TelecallerId(partner), call_id)
        return await self._move(telecaller_id, DeskEvent.PARTED, **NO_VOTER)

    async def bring_together(self, telecaller_id: TelecallerId) -> DeskView:
        partner = self._apply(telecaller_id, TalkEvent.BROUGHT_TOGETHER).partner
        call_id = self.desk(telecaller_id).call_id
        if partner is not None and call_id is not None:
            self._last_calls[TelecallerId(partner)] = call_id
            await self._move(
                TelecallerId(partner), DeskEvent.JOINED, talk=TalkState.TOGETHER
            )
        return await self._move(
            telecaller_id, DeskEvent.JOINED, talk=TalkState.TOGETHER
        )

    def transfer_targets(self, telecaller_id: TelecallerId) -> list[Target]:
        self._talk_of(telecaller_id)
        return targets(
            self._core(self.desk(telecaller_id)),
            self._all(),
            CAMPAIGN,
            TREE,
            numbers=(),
            name_of=lambda one: self.desk_views[one.telecaller_id].name,
        )

    def _all(self) -> list[Desk]:
        return [self._core(view) for view in self.desk_views.values()]

    # Waiting for a change

    async def wait_desk_change(
        self, telecaller_id: TelecallerId, seen: datetime, timeout_s: float
    ) -> DeskView:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout_s), self._changed:
                while self.desk(telecaller_id).since <= seen:
                    await self._changed.wait()
        return self.desk(telecaller_id)

    async def desk_changed(self, telecaller_id: TelecallerId, timeout_s: float) -> None:
        self.desk(telecaller_id)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout_s), self._changed:
                await self._changed.wait()
