"""A trunk that carries less than the campaign would dial."""

from __future__ import annotations

from dataclasses import replace

from ivr.core.model import DeskPhone, TelecallerId
from tests.polling import until
from tests.unit.controller.conftest import MP, TRUNK, call_centre


async def test_the_next_is_dialled_when_a_channel_is_free_again() -> None:
    async with call_centre(replace(TRUNK, channels=3)) as centre:
        await centre.people(10)
        first, *_ = await centre.dialled(3)
        for _ in range(3):  # it looks again, and again
            ticked = centre.running.dial_loop.last_tick_at
            centre.clock.move(seconds=1)
            centre.running.dial_loop.wake()
            await until(lambda: centre.running.dial_loop.last_tick_at != ticked)  # noqa: B023
        assert len(centre.switch.dials) == 3
        centre.switch.end(first.call.call_id, cause=17, sip=486)
        await centre.dialled(4)
        assert centre.running.router.count() == 3


async def test_a_slow_trunk_gets_a_call_each_second() -> None:
    async with call_centre(replace(TRUNK, calls_per_s=1)) as centre:
        await centre.people(10)
        for calls in (1, 2, 3):
            await centre.dialled(calls)
            await until(lambda: centre.running.router.count() == calls)  # noqa: B023
            centre.running.dial_loop.wake()
            assert len(centre.switch.dials) == calls
            centre.clock.move(seconds=1)


async def test_a_trunk_that_has_had_its_day_dials_no_more_and_says_why() -> None:
    trunk = replace(TRUNK, calls_per_day=3)
    async with call_centre(trunk, is_metered=True) as centre:
        await centre.people(10)
        calls = await centre.dialled(3)
        loop = centre.running.dial_loop
        for live in calls:
            centre.switch.end(live.call.call_id, cause=17, sip=486)
        await centre.over()
        loop.wake()
        await until(lambda: "trunk_day_spent" in loop.runs()[0].held)
        assert len(centre.switch.dials) == 3
        await centre.running.floor.refresh()
        [alarm] = [one for one in centre.running.floor.view(MP).alarms if one.is_urgent]
        assert alarm.name == "trunk_day_spent"
        assert alarm.says_en.startswith("Trunk carrier (3/3 calls of the day)")


async def test_a_mobile_is_not_rung_by_a_trunk_that_has_had_its_day() -> None:
    trunk = replace(TRUNK, calls_per_day=1)
    async with call_centre(trunk, is_metered=True) as centre:
        await centre.people(1)
        await centre.dialled(1)
        await centre.running.log_in(TelecallerId("tc-2"), DeskPhone.MOBILE)
        await until(lambda: centre.state("tc-2") != "calling")
        assert centre.switch.rung == []
