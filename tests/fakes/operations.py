"""A running Samvad for the tests of its HTTP side: controller.operations.Operations.

Desks and campaigns are values that a test sets; nothing is dialled. It keeps the
contract of tests/adapters/web/test_operations_contract.py, as the real one does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, time

from ivr.controller.decisions import Decisions, DecisionView
from ivr.controller.listening import ListenView
from ivr.controller.operations import CampaignView
from ivr.core.callback_days import CallbackDay
from ivr.core.campaign_states import after
from ivr.core.card import Card, OwnDay
from ivr.core.model import (
    CallId,
    Campaign,
    CampaignId,
    CampaignState,
    CentreCode,
    DeskPhone,
    ListenMode,
    Telecaller,
    TelecallerId,
)
from ivr.core.numbers import NumberProblem, parse_number
from ivr.core.organisation import path
from ivr.errors import BadInput
from tests.fakes.desks import FakeDesks
from tests.fakes.floor import FakeFloor, campaign_of
from tests.fakes.places import MP, SEHORE, TREE

S = CampaignState
IN_CHARGES = {
    one.telecaller_id: one
    for one in (
        Telecaller(TelecallerId("ic-1"), "देवेंद्र सिंह", MP, "ic-1"),
        Telecaller(TelecallerId("ic-2"), "अनिल दुबे", SEHORE, "ic-2"),
    )
}


class FakeOperations(FakeDesks):
    """Every method may be made to fail: `fail_with` is raised by the next one."""

    def __init__(self, telecallers: Sequence[str] = ("tc-1", "tc-2")) -> None:
        super().__init__(telecallers)
        demo = CampaignId("demo")
        self.campaign_views = {demo: CampaignView(demo, "डेमो", S.DRAFT, undone=3)}
        self.parts = {"switch": "ok", "dial_loop": "ok"}
        self.cards: dict[TelecallerId, Card] = {}
        self.callback_times = (time(15), time(15, 30))
        self.form_answers: list[tuple[CallId, str, str]] = []
        self.callbacks: list[tuple[CallId, datetime]] = []
        self.opted_out: list[tuple[str, str]] = []
        self.decided = Decisions()
        self._in_charges = dict(IN_CHARGES)
        self._listening: dict[TelecallerId, ListenView] = {}
        self.floor = FakeFloor(TREE, self)

    # As a test says

    def on_the_floor(self) -> list[tuple[Campaign, CampaignState]]:
        return [
            (campaign_of(one.campaign_id, one.title_hi, one.centres), one.state)
            for one in self.campaign_views.values()
            if one.state in (S.RUNNING, S.PAUSED)
        ]

    def set_in_charge(self, in_charge: str, centre: str) -> None:
        one, of = TelecallerId(in_charge), CentreCode(centre)
        self._in_charges[one] = Telecaller(one, f"प्रभारी {one}", of, one)

    def set_campaign_centres(self, campaign: str, centres: tuple[str, ...]) -> None:
        one = CampaignId(campaign)
        codes = tuple(CentreCode(code) for code in centres)
        self.campaign_views[one] = replace(self.campaign_views[one], centres=codes)

    # What may be asked

    async def listen(
        self,
        in_charge_id: TelecallerId,
        telecaller_id: TelecallerId,
        mode: ListenMode,
        phone: DeskPhone = DeskPhone.SOFTPHONE,
    ) -> ListenView:
        in_charge = self._in_charges.get(in_charge_id)
        if in_charge is None:
            raise BadInput(f"no in-charge {in_charge_id!r}")
        centre = CentreCode(self.desk(telecaller_id).centre)
        if in_charge.centre not in path(centre, TREE):
            raise BadInput(f"{telecaller_id} is not of {in_charge.centre}")
        before = self._listening.get(in_charge_id)
        view = ListenView(
            in_charge_id,
            in_charge.name,
            in_charge.centre,
            telecaller_id,
            mode,
            before.since if before else self.now,
            is_connected=False,
            call_id=None,
        )
        self._listening[in_charge_id] = view
        return view

    async def stop_listening(self, in_charge_id: TelecallerId) -> None:
        if self._listening.pop(in_charge_id, None) is None:
            raise BadInput(f"{in_charge_id} does not listen")

    def in_charges(self) -> list[Telecaller]:
        return list(self._in_charges.values())

    def in_charge_centre(self, in_charge_id: TelecallerId) -> CentreCode | None:
        found = self._in_charges.get(in_charge_id)
        return found.centre if found else None

    def who_listens(self) -> list[ListenView]:
        return list(self._listening.values())

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
        return self._led(campaign_id, "start")

    async def pause_campaign(self, campaign_id: CampaignId) -> CampaignView:
        return self._led(campaign_id, "pause")

    async def resume(self, campaign_id: CampaignId) -> CampaignView:
        return self._led(campaign_id, "resume")

    async def stop(self, campaign_id: CampaignId) -> CampaignView:
        return self._led(campaign_id, "stop")

    def _led(self, campaign_id: CampaignId, verb: str) -> CampaignView:
        self._fail()
        view = self.campaign_views.get(campaign_id)
        if view is None:
            raise BadInput(f'there is no campaign "{campaign_id}"')
        state = after(verb, view.state, campaign_id)
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
