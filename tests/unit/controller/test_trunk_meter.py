"""What is counted of each trunk, and that nothing goes out past a limit."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from ivr.controller.ports import DeskDial, Dial, OutsideDial, Switch
from ivr.controller.trunk_meter import MeteredSwitch, OpenLeg, TrunkMeter
from ivr.core.events import (
    CallAnswered,
    CallEnded,
    LegDown,
    LegUp,
    SwitchBack,
    SwitchEvent,
)
from ivr.core.model import CallId, PhoneNumber, Trunk, TrunkName
from ivr.core.trunk_day import DayUse
from ivr.errors import SwitchRefused
from tests.fakes.switch import FakeClock, FakeSwitch
from tests.fakes.trunk_use import MemoryUse

NUMBER, OURS = PhoneNumber("+919827000001"), PhoneNumber("+917552550100")
RING = timedelta(seconds=30)
TRUNK = Trunk(
    TrunkName("carrier"),
    "127.0.0.1",
    calls_per_day=4,
    spend_per_day_inr=2.0,
    paise_per_pulse=50.0,
)


class Scene:
    def __init__(self, trunk: Trunk = TRUNK) -> None:
        self.trunk = trunk
        self.clock, self.use = FakeClock(), MemoryUse()
        self.inner = FakeSwitch(self.clock)
        self.meter = TrunkMeter([trunk], self.use, self.clock)
        self.switch: Switch = MeteredSwitch(self.inner, self.meter)
        self.count = 0

    async def dial(self) -> CallId:
        self.count += 1
        call_id = CallId(f"c-{self.count}")
        await self.switch.dial(Dial(call_id, NUMBER, self.trunk, OURS, RING))
        return call_id

    def happened(self, event: SwitchEvent) -> None:
        self.meter.on_event(event)

    def talk(self, call_id: CallId, seconds: float) -> None:
        self.happened(CallAnswered(call_id, self.clock.now()))
        self.clock.move(seconds=seconds)
        self.happened(CallEnded(call_id, self.clock.now(), 16))


async def test_calls_are_counted_and_the_next_is_refused() -> None:
    scene = Scene()
    for left in (4, 3, 2, 1):
        assert scene.meter.calls_left(TRUNK) == left
        await scene.dial()
    with pytest.raises(SwitchRefused, match="trunk_day_spent"):
        await scene.dial()
    assert len(scene.inner.dials) == 4


async def test_money_is_counted_while_a_call_lasts() -> None:
    scene = Scene()
    call_id = await scene.dial()
    scene.happened(CallAnswered(call_id, scene.clock.now()))
    scene.clock.move(seconds=150)  # three pulses, ₹1.50
    assert scene.meter.refusal(TRUNK) == ""
    assert scene.meter.shares()[0].share == 0.75
    scene.clock.move(seconds=60)
    assert "₹2/2" in scene.meter.refusal(TRUNK)
    scene.happened(CallEnded(call_id, scene.clock.now(), 16))
    assert scene.meter.shares()[0].share == 1.0


async def test_mobiles_partners_and_trial_calls_count_and_are_refused_too() -> None:
    scene = Scene()
    outside = OutsideDial(NUMBER, TRUNK, OURS, RING)
    await scene.switch.ring_outside("d-1", outside)
    await scene.switch.ring_trial("t-1", outside)
    await scene.switch.ring_trial("t-2", DeskDial("tc-1", RING))  # no trunk's
    assert scene.meter.calls_left(TRUNK) == 2
    scene.happened(LegUp("d-1", scene.clock.now()))
    scene.clock.move(seconds=240)
    scene.happened(LegDown("d-1", scene.clock.now()))
    await scene.meter.stop()
    assert scene.use.legs == {"d-1": True, "t-1": False}
    for ring in (scene.switch.ring_outside, scene.switch.ring_trial):
        with pytest.raises(SwitchRefused, match="₹2/2"):
            await ring("d-9", outside)


async def test_a_store_that_says_nothing_holds_no_stop(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def hangs(*_: object) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr("ivr.controller.trunk_meter.LAST_WRITES_S", 0.01)
    scene = Scene()
    await scene.switch.ring_outside("d-1", OutsideDial(NUMBER, TRUNK, OURS, RING))
    monkeypatch.setattr(scene.use, "leg_closed", hangs)
    scene.happened(LegDown("d-1", scene.clock.now()))
    async with asyncio.timeout(20):
        await scene.meter.stop()


async def test_a_leg_that_cannot_be_written_is_counted_all_the_same() -> None:
    scene = Scene()
    scene.use.is_away = True
    outside = OutsideDial(NUMBER, TRUNK, OURS, RING)
    await scene.switch.ring_outside("d-1", outside)
    scene.happened(LegDown("d-1", scene.clock.now()))
    await scene.meter.stop()
    assert scene.meter.calls_left(TRUNK) == 3


async def test_a_restart_takes_up_the_day() -> None:
    scene = Scene()
    scene.use.used = {TRUNK.name: DayUse(3, 100, 2)}
    await scene.meter.restore()
    assert scene.meter.calls_left(TRUNK) == 1


async def test_a_call_that_outlived_a_controller_is_counted_to_its_end() -> None:
    scene = Scene()
    scene.use.used = {TRUNK.name: DayUse(1)}
    answered_at = scene.clock.now() - timedelta(seconds=100)
    scene.use.open = [OpenLeg("c-1", TRUNK.name, True, answered_at)]
    await scene.meter.restore()
    now = scene.clock.now()
    scene.happened(SwitchBack(now, frozenset({"c-1"}), frozenset()))
    scene.clock.move(seconds=130)
    scene.happened(CallEnded(CallId("c-1"), scene.clock.now(), 16))
    assert "₹2/2" in scene.meter.refusal(TRUNK)


async def test_the_next_day_begins_at_nothing() -> None:
    scene = Scene()
    for _ in range(4):
        await scene.dial()
    scene.clock.move(hours=24)
    assert scene.meter.calls_left(TRUNK) == 4


async def test_what_the_switch_no_longer_has_has_ended() -> None:
    scene = Scene()
    call_id = await scene.dial()
    scene.happened(CallAnswered(call_id, scene.clock.now()))
    now = scene.clock.now()
    scene.happened(SwitchBack(now, frozenset(), frozenset()))
    scene.clock.move(hours=1)
    assert scene.meter.shares()[0].share == 0.25


async def test_another_trunks_calls_are_its_own() -> None:
    scene = Scene()
    await scene.dial()
    other = replace(TRUNK, name=TrunkName("other"))
    assert scene.meter.calls_left(other) == 4


async def test_a_talk_that_is_over_is_counted_once() -> None:
    scene = Scene()
    scene.talk(await scene.dial(), 61)
    scene.clock.move(hours=1)
    assert scene.meter.shares()[0].share == 0.5
