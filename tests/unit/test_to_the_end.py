"""What must end is waited for, whoever is cancelled meanwhile."""

from __future__ import annotations

import asyncio

import pytest

from ivr.to_the_end import to_the_end


async def test_its_result_is_returned() -> None:
    assert await to_the_end(asyncio.sleep(0, "done")) == "done"


async def test_its_error_is_raised() -> None:
    async def fails() -> None:
        raise OSError("it failed")

    with pytest.raises(OSError, match="it failed"):
        await to_the_end(fails())


async def test_two_cancellations_do_not_cut_it_short_and_are_not_forgotten() -> None:
    may_end, ended = asyncio.Event(), False

    async def work() -> None:
        nonlocal ended
        await may_end.wait()
        ended = True

    waiting = asyncio.create_task(to_the_end(work()))
    for _ in range(2):
        await asyncio.sleep(0)
        waiting.cancel()
    await asyncio.sleep(0)
    assert not waiting.done()
    may_end.set()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert ended
