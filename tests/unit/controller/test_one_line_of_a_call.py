"""A voter whose line broke comes on another: one line at a time is walked."""

from __future__ import annotations

import asyncio

from ivr.controller.ports import Heard
from tests.fakes.switch import FakeLine
from tests.polling import until
from tests.unit.controller.conftest import CallCentre


class OpenLine(FakeLine):
    """A voter who thinks about it, for ever."""

    is_asked = False

    async def ask(self, *_clips: object, **_rest: object) -> Heard:  # type: ignore[override]
        self.is_asked = True
        try:
            return await asyncio.get_running_loop().create_future()
        finally:
            self.is_asked = False


async def test_of_lines_that_come_together_the_last_is_walked(
    centre: CallCentre,
) -> None:
    await centre.people(1)
    [live] = await centre.dialled(1)
    lines = [OpenLine(live.call.call_id, centre.switch) for _ in range(4)]
    router = centre.running.router
    first = asyncio.create_task(router.serve(lines[0]))
    await until(lambda: lines[0].is_asked)
    others = [asyncio.create_task(router.serve(line)) for line in lines[1:]]
    await until(lambda: lines[-1].is_asked)
    await asyncio.wait([first, *others[:-1]], timeout=5)
    assert [line.is_asked for line in lines] == [False, False, False, True]
    others[-1].cancel()
    await asyncio.gather(first, *others, return_exceptions=True)
    centre.switch.end(live.call.call_id)
    await centre.over()
