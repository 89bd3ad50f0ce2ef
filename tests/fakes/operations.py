"""A running Samvad for the tests of its HTTP side: controller.operations.Operations.

Desks and campaigns are values that a test sets; nothing is dialled. It keeps the
contract of tests/adapters/web/test_operations_contract.py, as the real one does.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, time, timedelta

from ivr.controller.decisions import Decisions, DecisionView
from ivr.controller.listening import ListenView
from ivr.controller.operations import CampaignView, DeskView
from ivr.core.callback_days import CallbackDay
from ivr.core.card import Card, OwnDay
from ivr.core.desk import IN_TALK
from ivr.core.model import (
    CallId,
    Campaign,
    CampaignId,
    CampaignState,
    CentreCode,
    ContactId,
    DeskPhone,
    DeskState,
    ListenMode,
    Telecaller,
    TelecallerId,
    masked,
)
from ivr.core.numbers import NumberProblem, parse_number
from ivr.core.organisation import path
from ivr.core.talk import TalkState
from ivr.core.transfer import Target, TargetKind
from ivr.errors import BadInput
from tests.fakes.floor import FakeFloor, campaign_of
from tests.fakes.places import MP, SEHORE, TREE
from tests.fakes.switch import BEGIN

TALKED_TO = "+919827112345"
S = CampaignState
FROM: dict[str, set[CampaignState]] = {
    "start": {S.DRAFT, S.STOPPED, S.FINISHED, S.RUNNING},
    "pause": {S.RUNNING, S.PAUSED},
    "resume": {S.PAUSED, S.RUNNING},
    "stop": {S.RUNNING, S.PAUSED, S.STOPPED},
}


IN_CHARGES = {
    one.telecaller_id: one
    for one in (
        Telecaller(TelecallerId("ic-1"), "देवेंद्र सिंह", MP, "ic-1"),
        Telecaller(TelecallerId("ic-2"), "अनिल दुबे", SEHORE, "ic-2"),
    )
}


def _is_free(view: DeskView) -> bool:
    return view.state is DeskState.READY


class FakeOperations:
    """Every method may be made to fail: `fail_with` is raised by the next one."""

    def __init__(self, telecallers: Sequence[str] = ("tc-1", "tc-2")) -> None:
        self.now = BEGIN
        self._desks = {
            TelecallerId(one): DeskView(
                TelecallerId(one), f"टेलीकॉलर {one}", "MP", DeskState.OFFLINE, self.now
            )
            for one in telecallers
        }
        demo = CampaignId("demo")
        self.campaign_views = {demo: CampaignView(demo, "डेमो", S.DRAFT, undone=3)}
        self.parts = {"switch": "ok", "dial_loop": "ok"}
        self.cards: dict[TelecallerId, Card] = {}
        self.callback_times = (time(15), time(15, 30))
        self._last_calls: dict[TelecallerId, CallId] = {}
        self.form_answers: list[tuple[CallId, str, str]] = []
        self.callbacks: list[tuple[CallId, datetime]] = []
        self.opted_out: list[tuple[str, str]] = []
        self.outcomes: list[tuple[CallId, str, str]] = []
        self.fail_with: Exception | None = None
        self.decided = Decisions()
        self._listening: dict[TelecallerId, ListenView] = {}
        self._changed = asyncio.Condition()
        self.floor = FakeFloor(
            TREE,
            lambda: list(self._desks.values()),
            self._on_the_floor,
            lambda: self.now,
            self.set_desk,
        )

    # As a test says

    def _on_the_floor(self) -> list[tuple[Campaign, CampaignState]]:
        return [
            (campaign_of(one.campaign_id, one.title_hi, one.centres), one.state)
            for one in self.campaign_views.values()
            if one.state in (S.RUNNING, S.PAUSED)
        ]

    def set_desk(self, telecaller: str, state: DeskState, reason: str = "") -> None:
        one = TelecallerId(telecaller)
        self._desks[one] = replace(
            self._desks[one], state=state, reason=reason, since=self.now
        )

    def set_centre(self, telecaller: str, centre: str) -> None:
        one = TelecallerId(telecaller)
        self._desks[one] = replace(self._desks[one], centre=centre)

    def set_campaign_centres(self, campaign: str, centres: tuple[str, ...]) -> None:
        one = CampaignId(campaign)
        codes = tuple(CentreCode(code) for code in centres)
        self.campaign_views[one] = replace(self.campaign_views[one], centres=codes)

    def set_last_call(self, telecaller: str, call_id: str) -> None:
        self._last_calls[TelecallerId(telecaller)] = CallId(call_id)

    async def talk(self, telecaller: str, call_id: str) -> None:
        """The desk is joined to a voter."""
        self.set_last_call(telecaller, call_id)
        await self._set(
            TelecallerId(telecaller),
            state=DeskState.TALKING,
            talk=TalkState.JOINED,
            call_id=CallId(call_id),
            contact_name="सीता बाई",
            contact_number=masked(TALKED_TO),
            schemes=("ujjwala",),
            answers=(("ration", "yes"),),
        )

    async def _set(self, telecaller_id: TelecallerId, **facts: object) -> DeskView:
        self.now += timedelta(seconds=1)
        view = replace(self.desk(telecaller_id), since=self.now, **facts)  # type: ignore[arg-type]
        self._desks[telecaller_id] = view
        async with self._changed:
            self._changed.notify_all()
        return view

    # What may be asked

    async def log_in(
        self, telecaller_id: TelecallerId, phone: DeskPhone = DeskPhone.SOFTPHONE
    ) -> DeskView:
        if self.desk(telecaller_id).state is not DeskState.OFFLINE:
            raise BadInput(f"{telecaller_id} is logged in already")
        return await self._set(telecaller_id, state=DeskState.READY, phone=phone)

    async def log_out(self, telecaller_id: TelecallerId) -> DeskView:
        if self.desk(telecaller_id).state is DeskState.OFFLINE:
            raise BadInput("logged_out while the desk is offline")
        return await self._set(telecaller_id, state=DeskState.OFFLINE)

    async def ready(self, telecaller_id: TelecallerId) -> DeskView:
        if self.desk(telecaller_id).state not in (DeskState.PAUSED, DeskState.WRAP_UP):
            raise BadInput("resumed while the desk is something else")
        return await self._set(telecaller_id, state=DeskState.READY, reason="")

    async def pause(self, telecaller_id: TelecallerId, reason: str) -> DeskView:
        if not reason.strip():
            raise BadInput("a pause needs a reason")
        if self.desk(telecaller_id).state is DeskState.OFFLINE:
            raise BadInput("paused while the desk is offline")
        return await self._set(telecaller_id, state=DeskState.PAUSED, reason=reason)

    async def end_talk(self, telecaller_id: TelecallerId) -> DeskView:
        if self.desk(telecaller_id).state is not DeskState.TALKING:
            raise BadInput(f"{telecaller_id} is not talking")
        return await self._set(telecaller_id, state=DeskState.WRAP_UP)

    async def hold(self, telecaller_id: TelecallerId) -> DeskView:
        self._with_voter(telecaller_id, DeskState.TALKING)
        return await self._set(
            telecaller_id, state=DeskState.HOLDING, talk=TalkState.ON_HOLD
        )

    async def take_back(self, telecaller_id: TelecallerId) -> DeskView:
        self._with_voter(telecaller_id, DeskState.HOLDING, DeskState.CONSULTING)
        return await self._set(
            telecaller_id, state=DeskState.TALKING, talk=TalkState.JOINED, with_whom=""
        )

    async def transfer(
        self, telecaller_id: TelecallerId, kind: TargetKind, key: str, *, is_cold: bool
    ) -> DeskView:
        self._with_voter(telecaller_id, DeskState.TALKING, DeskState.HOLDING)
        known = {
            (one.kind, one.key): one for one in self.transfer_targets(telecaller_id)
        }
        target = known.get((kind, key))
        if target is None or not target.is_free:
            raise BadInput(f"nobody is free at {key}")
        if is_cold:
            return await self._set(telecaller_id, state=DeskState.WRAP_UP, talk=None)
        return await self._set(
            telecaller_id,
            state=DeskState.CONSULTING,
            talk=TalkState.CONSULTING,
            with_whom=target.name,
        )

    async def hand_over(self, telecaller_id: TelecallerId) -> DeskView:
        self._with_voter(telecaller_id, DeskState.CONSULTING)
        return await self._set(telecaller_id, state=DeskState.WRAP_UP, talk=None)

    async def bring_together(self, telecaller_id: TelecallerId) -> DeskView:
        self._with_voter(telecaller_id, DeskState.CONSULTING)
        return await self._set(
            telecaller_id, state=DeskState.TALKING, talk=TalkState.TOGETHER
        )

    def transfer_targets(self, telecaller_id: TelecallerId) -> list[Target]:
        self._with_voter(telecaller_id, *IN_TALK)
        return [
            Target(TargetKind.TELECALLER, one.telecaller_id, one.name, _is_free(one))
            for one in self._desks.values()
            if one.telecaller_id != telecaller_id
        ]

    async def listen(
        self,
        in_charge_id: TelecallerId,
        telecaller_id: TelecallerId,
        mode: ListenMode,
        phone: DeskPhone = DeskPhone.SOFTPHONE,
    ) -> ListenView:
        in_charge = IN_CHARGES.get(in_charge_id)
        if in_charge is None:
            raise BadInput(f"no in-charge {in_charge_id!r}")
        centre = CentreCode(self.desk(telecaller_id).centre)
        if in_charge.centre not in path(centre, TREE):
            raise BadInput(f"{telecaller_id} is not of {in_charge.centre}")
        view = ListenView(
            in_charge_id,
            in_charge.name,
            in_charge.centre,
            telecaller_id,
            mode,
            self.now,
            is_connected=False,
            call_id=None,
        )
        self._listening[in_charge_id] = view
        return view

    async def stop_listening(self, in_charge_id: TelecallerId) -> None:
        if self._listening.pop(in_charge_id, None) is None:
            raise BadInput(f"{in_charge_id} does not listen")

    def in_charges(self) -> list[Telecaller]:
        return list(IN_CHARGES.values())

    def in_charge_centre(self, in_charge_id: TelecallerId) -> CentreCode | None:
        found = IN_CHARGES.get(in_charge_id)
        return found.centre if found else None

    def who_listens(self) -> list[ListenView]:
        return list(self._listening.values())

    def _with_voter(self, telecaller_id: TelecallerId, *states: DeskState) -> None:
        if self.desk(telecaller_id).state not in states:
            raise BadInput(f"{telecaller_id} has no such voter")

    async def outcome(
        self, telecaller_id: TelecallerId, call_id: CallId, outcome: str, notes: str
    ) -> DeskView:
        view = self.desk(telecaller_id)
        if call_id not in (view.call_id, self._last_calls.get(telecaller_id)):
            raise BadInput("this call was not at your desk")
        self.outcomes.append((call_id, outcome, notes))
        return view

    async def preview_dial(self, telecaller_id: TelecallerId) -> DeskView:
        if self.desk(telecaller_id).state is not DeskState.READY:
            raise BadInput("the desk is not ready")
        return await self._set(telecaller_id, preview_contact_id=ContactId(1))

    def desk(self, telecaller_id: TelecallerId) -> DeskView:
        self._fail()
        try:
            unseen = self.floor.unseen(telecaller_id)
            return replace(self._desks[telecaller_id], messages=unseen)
        except KeyError:
            known = ", ".join(self._desks)
            raise BadInput(
                f"no telecaller {telecaller_id!r}", remedy=f"known: {known}"
            ) from None

    def desks(self) -> list[DeskView]:
        self._fail()
        return list(self._desks.values())

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

    async def card(self, telecaller_id: TelecallerId) -> Card | None:
        self.desk(telecaller_id)
        return self.cards.get(telecaller_id)

    async def form_answer(
        self, telecaller_id: TelecallerId, call_id: CallId, question: str, value: str
    ) -> None:
        self._at_desk(telecaller_id, call_id)
        self.form_answers.append((call_id, question, value))

    def callback_days(
        self, telecaller_id: TelecallerId, call_id: CallId
    ) -> tuple[CallbackDay, ...]:
        self._at_desk(telecaller_id, call_id)
        return (CallbackDay(self.now.date(), self.callback_times),)

    async def call_back(
        self, telecaller_id: TelecallerId, call_id: CallId, due_at: datetime
    ) -> None:
        self._at_desk(telecaller_id, call_id)
        if due_at <= self.now:
            raise BadInput("that time is over", where="due_at")
        self.callbacks.append((call_id, due_at))

    def _at_desk(self, telecaller_id: TelecallerId, call_id: CallId) -> None:
        if call_id != self.desk(telecaller_id).call_id:
            raise BadInput("this call is not at your desk any more")

    async def own_day(self, telecaller_id: TelecallerId) -> OwnDay:
        self.desk(telecaller_id)
        return OwnDay(0, 0.0, {})

    async def start(self, campaign_id: CampaignId) -> CampaignView:
        return self._move(campaign_id, "start", S.RUNNING)

    async def pause_campaign(self, campaign_id: CampaignId) -> CampaignView:
        return self._move(campaign_id, "pause", S.PAUSED)

    async def resume(self, campaign_id: CampaignId) -> CampaignView:
        return self._move(campaign_id, "resume", S.RUNNING)

    async def stop(self, campaign_id: CampaignId) -> CampaignView:
        return self._move(campaign_id, "stop", S.STOPPED)

    def _move(
        self, campaign_id: CampaignId, verb: str, state: CampaignState
    ) -> CampaignView:
        self._fail()
        view = self.campaign_views.get(campaign_id)
        if view is None:
            raise BadInput(f'there is no campaign "{campaign_id}"')
        if view.state not in FROM[verb]:
            raise BadInput(f"{campaign_id} is {view.state}: it cannot become {state}")
        self.campaign_views[campaign_id] = replace(view, state=state)
        return self.campaign_views[campaign_id]

    async def campaigns(self) -> list[CampaignView]:
        self._fail()
        return [v for v in self.campaign_views.values() if v.state is S.RUNNING]

    async def campaign(self, campaign_id: CampaignId) -> CampaignView:
        self._fail()
        try:
            return self.campaign_views[campaign_id]
        except KeyError:
            raise BadInput(f"no campaign {campaign_id!r}") from None

    async def decisions(self, seen: int, timeout_s: float) -> list[DecisionView]:
        self._fail()
        return await self.decided.wait(seen, timeout_s)

    async def opt_out(self, number: str, source: str) -> None:
        parsed = parse_number(number)
        if isinstance(parsed, NumberProblem):
            raise BadInput(f"{number!r} is no number", remedy=parsed.remedy.en)
        self.opted_out.append((parsed, source))

    def health(self) -> dict[str, str]:
        return dict(self.parts)

    def _fail(self) -> None:
        failure, self.fail_with = self.fail_with, None
        if failure is not None:
            raise failure
