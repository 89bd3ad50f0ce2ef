"""A floor that a test scripts: controller.floor_operations over FakeOperations.

Its floors are made by core.floor from the fake's desks, so what a page shows of a
centre is what the real one would show.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Protocol

from ivr.controller.floor_operations import FloorView, MinuteView
from ivr.controller.operations import DeskView
from ivr.core.alarms import Machine, Watching, alarms, readings, step
from ivr.core.day_counts import Counts, Day
from ivr.core.desk_messages import LONGEST, DeskMessage
from ivr.core.dial_stops import DialStop, StopScope, as_kept, stops_seen
from ivr.core.floor import (
    FloorCall,
    FloorCampaign,
    FloorDesk,
    Moment,
    TrunkNow,
    floors,
)
from ivr.core.model import (
    CallClass,
    Campaign,
    CampaignId,
    CampaignState,
    CentreCode,
    DeskState,
    FlowId,
    ListName,
    Mode,
    PhoneNumber,
    TelecallerId,
    TrunkName,
)
from ivr.core.organisation import Tree, places_concerned
from ivr.core.why_not import Asked, WhyNot, why_not
from ivr.errors import BadInput

CARRIER = TrunkName("carrier")


def campaign_of(campaign_id: str, title_hi: str, centres: tuple[str, ...]) -> Campaign:
    return Campaign(
        campaign_id=CampaignId(campaign_id),
        title_hi=title_hi,
        title_en=campaign_id.title(),
        organisation="संवाद परीक्षण",
        call_class=CallClass.NGO_SURVEY,
        mode=Mode.PREDICTIVE,
        flow_id=FlowId("survey"),
        lists=(ListName("people"),),
        trunk=CARRIER,
        caller_id=PhoneNumber("+917552550100"),
        centres=tuple(CentreCode(one) for one in centres),
    )


class Host(Protocol):
    """FakeOperations, as far as its floor needs them."""

    now: datetime

    @property
    def desk_views(self) -> Mapping[TelecallerId, DeskView]: ...

    def on_the_floor(self) -> Sequence[tuple[Campaign, CampaignState]]: ...

    async def campaign(self, campaign_id: CampaignId) -> object: ...

    async def pause(self, telecaller_id: TelecallerId, reason: str) -> object: ...

    async def log_out(self, telecaller_id: TelecallerId) -> object: ...


class FakeFloor:
    """What a test sets: `calls`, `day`, `campaign_facts`, `switch_is_up`, `gates`."""

    def __init__(self, tree: Tree, host: Host) -> None:
        self._tree = tree
        self._host = host
        self.calls: list[FloorCall] = []
        self.day = Day(tree, "Asia/Kolkata")
        self.campaign_facts: dict[str, dict[str, object]] = {}
        self.switch_is_up = True
        self.gate_counts: dict[str, int] = {"due": 2, "in_lists": 3, "done:talked": 1}
        self.open_stops: dict[str, DialStop] = {}
        self.kept_messages: list[DeskMessage] = []
        self.number = 1
        self.last_5 = Counts()
        self._came = asyncio.Event()
        self._watching: dict[CentreCode, Watching] = {}

    def snapshot(self) -> None:
        """Something changed: a new snapshot."""
        self.number += 1
        self._came.set()
        self._came = asyncio.Event()

    @property
    def tree(self) -> Tree:
        return self._tree

    def view(self, centre: CentreCode) -> FloorView:
        self._known(centre)
        now = self._host.now
        floor = floors(self._moment(now), self.day, self._tree)[centre]
        found = readings(floor, Machine(self.switch_is_up, self.last_5), now, False)
        watching: Watching = {}
        for seconds in (0, 600):
            watching = step(watching, found, now - timedelta(seconds=600 - seconds))
        running = [campaign for campaign, _ in self._host.on_the_floor()]
        seen = stops_seen(self.stops(), centre, running, self._tree)
        return FloorView(floor, alarms(watching), seen, self.number)

    def _moment(self, now: datetime) -> Moment:
        return Moment(
            at=now,
            calls=self.calls,
            desks=[
                FloorDesk(
                    one.telecaller_id,
                    one.name,
                    CentreCode(one.centre),
                    one.state,
                    one.since,
                    one.reason,
                    one.call_id,
                )
                for one in self._host.desk_views.values()
            ],
            campaigns=[
                replace(
                    FloorCampaign(campaign, state, "2 telecallers free", 2),
                    **self.campaign_facts.get(campaign.campaign_id, {}),  # type: ignore[arg-type]
                )
                for campaign, state in self._host.on_the_floor()
            ],
            trunks=[TrunkNow(CARRIER, 30, 5.0, len(self.calls), 1.0)],
            accounts={},
        )

    async def wait(self, seen: int, timeout_s: float) -> int:
        came = self._came
        if self.number == seen:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(timeout_s):
                    await came.wait()
        return self.number

    def last_hour(self, centre: CentreCode) -> list[MinuteView]:
        self._known(centre)
        now = self._host.now
        return [
            MinuteView(
                now - timedelta(minutes=int(now.timestamp()) // 60 - minute),
                one.dialled,
                one.answered,
                one.person,
                one.abandoned,
            )
            for minute, one in self.day.hour(centre, now)
        ]

    def campaigns(self) -> Sequence[tuple[Campaign, CampaignState]]:
        return self._host.on_the_floor()

    async def why_not(self, campaign_id: CampaignId, centre: CentreCode) -> WhyNot:
        self._known(centre)
        for campaign, state in self._host.on_the_floor():
            concerned = places_concerned(campaign.centres, self._tree)
            if campaign.campaign_id == campaign_id and centre in concerned:
                ready = sum(
                    one.state is DeskState.READY
                    for one in self._host.desk_views.values()
                )
                asked = Asked(campaign, state, None, self.switch_is_up, ready)
                return why_not(self.gate_counts, asked, self._host.now, lambda at: at)
        raise BadInput(f"there is no campaign {campaign_id!r}")

    def stops(self) -> list[DialStop]:
        return list(self.open_stops.values())

    async def stop_dialling(
        self, scope: StopScope, about: str, *, by: str, why: str
    ) -> DialStop:
        if scope is StopScope.CENTRE:
            self._known(CentreCode(about))
        elif scope is StopScope.CAMPAIGN:
            await self._host.campaign(CampaignId(about))
        else:
            about = ""
        stop_id = f"s-{len(self.open_stops) + 1}"
        stop = as_kept(DialStop(stop_id, scope, about, by, why, self._host.now))
        self.open_stops[stop_id] = stop
        self.snapshot()
        return stop

    async def resume_dialling(self, stop_id: str, *, by: str) -> DialStop:
        if stop_id not in self.open_stops:
            raise BadInput("this stop was lifted already")
        self.snapshot()
        return self.open_stops.pop(stop_id)

    async def send_message(
        self, telecaller_id: TelecallerId, text: str, *, by: str
    ) -> DeskMessage:
        self._desk(telecaller_id)
        if not 1 <= len(text.strip()) <= LONGEST:
            raise BadInput(f"a message has 1 to {LONGEST} letters")
        message_id = f"m-{len(self.kept_messages) + 1}"
        message = DeskMessage(
            message_id, telecaller_id, by, text.strip(), self._host.now
        )
        self.kept_messages.append(message)
        return message

    def unseen(self, telecaller_id: TelecallerId) -> tuple[DeskMessage, ...]:
        theirs = (m for m in self.kept_messages if m.telecaller_id == telecaller_id)
        return tuple(one for one in theirs if one.seen_at is None)

    async def messages(self, telecaller_id: TelecallerId) -> list[DeskMessage]:
        self._desk(telecaller_id)
        return [m for m in self.kept_messages if m.telecaller_id == telecaller_id]

    async def message_seen(self, telecaller_id: TelecallerId, message_id: str) -> None:
        for index, one in enumerate(self.kept_messages):
            if one in self.unseen(telecaller_id) and one.message_id == message_id:
                self.kept_messages[index] = replace(one, seen_at=self._host.now)
                return
        raise BadInput("there is no such message to read")

    async def force_pause(
        self, telecaller_id: TelecallerId, reason: str, *, by: str
    ) -> None:
        await self._host.pause(telecaller_id, reason)
        reason = reason.strip()
        await self.send_message(telecaller_id, f"विराम: {reason}", by=by)
        self.snapshot()

    async def force_log_out(
        self, telecaller_id: TelecallerId, reason: str, *, by: str
    ) -> None:
        if not reason.strip():
            raise BadInput("say why", where="reason")
        await self._host.log_out(telecaller_id)
        reason = reason.strip()
        await self.send_message(telecaller_id, f"लॉग-आउट: {reason}", by=by)
        self.snapshot()

    def _desk(self, telecaller_id: TelecallerId) -> DeskView:
        for one in self._host.desk_views.values():
            if one.telecaller_id == telecaller_id:
                return one
        raise BadInput(f"no telecaller {telecaller_id!r}")

    def _known(self, centre: CentreCode) -> None:
        if centre not in self._tree:
            raise BadInput(f"there is no centre {centre!r}", where="centre")
