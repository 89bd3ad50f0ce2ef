"""Desks of many centres: levels that open, and desks kept for whom we owe a talk."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from ivr.controller.desk_session import DeskSession
from ivr.controller.live_call import LiveCall
from ivr.controller.telecaller_desk import Desks
from ivr.core.call import Call
from ivr.core.desk import Desk, DeskEvent
from ivr.core.events import LegDown, LegUp
from ivr.core.model import (
    CallId,
    Campaign,
    Centre,
    CentreCode,
    Contact,
    ContactId,
    Due,
    ListName,
    PhoneNumber,
    Routing,
    Telecaller,
    TelecallerId,
)
from ivr.core.routing import promise_lasts
from tests.fakes.memory_store import MemoryStore
from tests.fakes.switch import FakeClock, FakeSwitch
from tests.polling import until
from tests.unit.controller.conftest import CALLER_ID, CAMPAIGN, FLOW, TRUNK

CODES = ("MP", "MP.BPL", "MP.BPL.SEH", "MP.BPL.BHO", "MP.IND", "MP.IND.DHR")
TREE = {
    CentreCode(code): Centre(
        CentreCode(code), code, code, CentreCode(code.rpartition(".")[0]) or None
    )
    for code in CODES
}
OWN, NEAR, FAR = (TelecallerId(name) for name in ("own", "near", "far"))
SEATS = [
    Telecaller(OWN, "अपना", CentreCode("MP.BPL.SEH"), "own"),
    Telecaller(NEAR, "पड़ोसी", CentreCode("MP.BPL.BHO"), "near"),
    Telecaller(FAR, "दूर", CentreCode("MP.IND.DHR"), "far"),
]
PATIENT = replace(
    CAMPAIGN,
    connect_patience=timedelta(seconds=2),
    routing=Routing(division_after_s=0.02, state_after_s=0.04),
)
LONG = timedelta(seconds=10)  # a test ends sooner
AT_ONCE = timedelta(0)


class Scene:
    """Three desks, of which a test says who is there."""

    def __init__(self, chance: float | None = None) -> None:
        self.clock = FakeClock()
        self.freed = 0
        self.desks = Desks(
            store=MemoryStore(),
            switch=FakeSwitch(self.clock),
            clock=self.clock,
            telecallers=SEATS,
            tree=TREE,
            on_free=self._on_free,
            chance_free=None if chance is None else lambda desk, within_s: chance,
        )

    def _on_free(self) -> None:
        self.freed += 1

    async def there(self, *names: TelecallerId) -> None:
        for name in names:
            session = await self.desks.log_in(name)
            leg_id = session.desk.leg_id
            assert leg_id is not None
            await self.desks.on_leg_event(LegUp(leg_id, self.clock.now()))

    async def talking(self, name: TelecallerId) -> None:
        await self.there(name)
        session = self.desks.session(name)
        self.desks._states.reserve(session, CallId("another"))
        await self.desks._states.move(session, DeskEvent.JOINED)

    def desk(self, name: TelecallerId) -> Desk:
        return self.desks.session(name).desk

    async def serves(self, live: LiveCall, patience: timedelta = LONG) -> str | None:
        session = await self.desks.reserve(live, patience)
        return session.desk.telecaller_id if session else None


def due(**changes: object) -> Due:
    number = PhoneNumber("+919827123401")
    contact = Contact(
        ContactId(1), ListName("people"), number, centre=CentreCode("MP.BPL.SEH")
    )
    return replace(Due(contact, 0, 0, 0, False), **changes)  # type: ignore[arg-type]


def voter(
    name: str, campaign: Campaign = PATIENT, whose: Due | None = None
) -> LiveCall:
    whose = whose or due()
    call = Call(
        call_id=CallId(name),
        campaign_id=campaign.campaign_id,
        contact_id=whose.contact.contact_id,
        number=whose.contact.number,
        caller_id=CALLER_ID,
        trunk=TRUNK.name,
        flow_id=FLOW.flow_id,
        flow_version=FLOW.version,
        attempt_no=1,
        placed_at=FakeClock().now(),
    )
    return LiveCall(call, whose, campaign, FLOW, TRUNK)


async def test_a_voters_own_centre_serves_at_once() -> None:
    scene = Scene()
    await scene.there(FAR, NEAR, OWN)
    assert await scene.serves(voter("v"), AT_ONCE) == OWN


@pytest.mark.parametrize("farther", [NEAR, FAR])
async def test_a_farther_level_serves_after_its_delay_without_any_event(
    farther: TelecallerId,
) -> None:
    scene = Scene()
    await scene.talking(OWN)
    await scene.there(farther)
    assert await scene.serves(voter("v"), AT_ONCE) is None
    assert await scene.serves(voter("v")) == farther
    assert scene.desks.waiting() == 0


async def test_a_farther_level_serves_at_once_if_nobody_nearer_is_coming() -> None:
    scene = Scene(chance=0.0)
    await scene.talking(OWN)
    await scene.there(FAR)
    assert await scene.serves(voter("v"), AT_ONCE) == FAR


async def test_who_owes_nobody_waits_until_who_was_abandoned_is_served() -> None:
    scene = Scene()
    first = voter("first")
    owed = voter("owed", whose=due(last_abandoned_at=scene.clock.now()))
    waits = [asyncio.create_task(scene.serves(one)) for one in (first, owed)]
    await until(lambda: scene.desks.waiting() == 2)
    await scene.there(OWN)
    assert await waits[1] == OWN
    assert scene.desks.waiting() == 1
    waits[0].cancel()


async def test_a_voter_who_gives_up_leaves_no_timer_behind() -> None:
    scene = Scene()
    await scene.talking(OWN)
    assert await scene.serves(voter("v"), AT_ONCE) is None
    await scene.there(FAR)
    assert scene.desk(FAR).call_id is None


# Reserved before the call


def promised(scene: Scene, name: str) -> LiveCall:
    live = voter(name, whose=due(callback_at=scene.clock.now()))
    assert scene.desks.promise(live.due, PATIENT, live.call.call_id)
    scene.desks.is_called(live)
    return live


async def test_a_reserved_desk_serves_the_person_it_is_kept_for_and_nobody_else() -> (
    None
):
    scene = Scene()
    await scene.there(OWN)
    live = promised(scene, "owed")
    assert scene.desk(OWN).state == "reserved"
    assert scene.desks.session(OWN).talk_call is live
    assert await scene.serves(voter("other"), AT_ONCE) is None
    assert await scene.serves(live, AT_ONCE) == OWN


async def test_nothing_is_promised_when_nobody_is_free() -> None:
    scene = Scene()
    await scene.talking(OWN)
    assert not scene.desks.promise(due(), PATIENT, CallId("owed"))


async def test_a_reserved_desk_is_free_again_when_the_call_is_over() -> None:
    scene = Scene()
    await scene.there(OWN)
    live = promised(scene, "owed")
    await scene.desks.call_ended(live.call.call_id)
    assert scene.desk(OWN).state == "ready"
    assert scene.desks.session(OWN).talk_call is None


async def test_a_promise_expires_and_the_desk_serves_who_waits() -> None:
    scene = Scene()
    await scene.there(OWN)
    promised(scene, "owed")
    waits = asyncio.create_task(scene.serves(voter("other")))
    await until(lambda: bool(scene.clock._sleepers) and scene.desks.waiting() == 1)
    scene.clock.move(seconds=promise_lasts(PATIENT).total_seconds() + 1)
    assert await waits == OWN


async def test_a_promise_that_was_taken_up_expires_no_more() -> None:
    scene = Scene()
    await scene.there(OWN)
    live = promised(scene, "owed")
    await until(lambda: bool(scene.clock._sleepers))
    taken: DeskSession | None = await scene.desks.reserve(live, AT_ONCE)
    assert taken is not None
    assert taken.timer is None
    scene.clock.move(seconds=promise_lasts(PATIENT).total_seconds() + 1)
    await asyncio.sleep(0)
    assert scene.desk(OWN).state == "reserved"


async def test_a_reserved_desk_whose_leg_dies_is_promised_no_more() -> None:
    scene = Scene()
    await scene.there(OWN)
    live = promised(scene, "owed")
    leg_id = scene.desk(OWN).leg_id
    assert leg_id is not None
    await scene.desks.on_leg_event(LegDown(leg_id, scene.clock.now()))
    assert scene.desk(OWN).state == "reconnecting"
    assert await scene.serves(live, AT_ONCE) is None
