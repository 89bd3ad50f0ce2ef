"""Waiting until a leg is out of its bridge."""

from __future__ import annotations

import asyncio
import gc
from datetime import UTC, datetime

from ivr.asterisk.bridges import Bridges
from ivr.core.events import SwitchEvent


def bridges() -> Bridges:
    events: list[SwitchEvent] = []
    made = Bridges(events.append, lambda: datetime.now(UTC))
    made.entered("b-1", "d-tc1-1")
    return made


async def test_who_waits_for_a_leg_is_told_when_it_left() -> None:
    some = bridges()
    waiting = [asyncio.create_task(some.wait_until_out("d-tc1-1", 60)) for _ in "ab"]
    await asyncio.sleep(0)
    some.left("b-1", "d-tc1-1")
    async with asyncio.timeout(5):
        await asyncio.gather(*waiting)
    await some.wait_until_out("d-tc1-1", 60)  # it is out


async def test_who_waited_in_vain_leaves_nothing_behind() -> None:
    some = bridges()

    def futures() -> int:
        return sum(isinstance(found, asyncio.Future) for found in gc.get_objects())

    before = futures()
    for _ in range(20):
        await some.wait_until_out("d-tc1-1", 0.001)
    assert futures() - before < 5
