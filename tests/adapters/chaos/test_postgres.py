"""The server of a run's own: killed with all its processes, it comes back with all."""

from __future__ import annotations

import asyncio

import pytest

from ivr.chaos.postgres import Postgres, binaries
from ivr.core.model import PhoneNumber
from ivr.store.engine import open_store
from ivr.store.standing import every_opt_out
from tests.adapters.store.scene import NOON

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.skipif(binaries() is None, reason="PostgreSQL is not installed here"),
]
NUMBER = PhoneNumber("+919820000101")


async def test_what_was_committed_is_there_after_it_was_killed_and_paused() -> None:
    server = await asyncio.to_thread(Postgres)
    try:
        await asyncio.to_thread(server.start)
        url = server.new_database("chaos")
        async with await open_store(url) as store:
            await store.keep_opt_out(NUMBER, NOON, "letter", None)
            server.kill()
            await asyncio.to_thread(server.start)
            server.pause()
            reading = asyncio.create_task(store.read(every_opt_out))
            done, _ = await asyncio.wait({reading}, timeout=0.1)
            assert not done
            server.go_on()
            assert await reading == {NUMBER}
    finally:
        server.remove()
