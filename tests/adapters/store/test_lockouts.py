"""What is kept of lock-outs, in both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from ivr.core.lockout import Lockout, Source
from ivr.store.engine import open_store
from ivr.store.lockouts import SqlLockouts
from tests.adapters.store.scene import NOON

TEN = timedelta(minutes=10)
ONE = Lockout(Source("203.0.113.7"), NOON, NOON + TEN, 1, "8 failed tries, 1 names")
NET = Lockout(Source("2001:db8:1:2::/64"), NOON, NOON + 2 * TEN, 2, "a flood")


async def test_the_last_lock_out_of_each_address_is_kept(database_url: str) -> None:
    async with await open_store(database_url) as store:
        lockouts = SqlLockouts(store)
        for one in (ONE, NET):
            await lockouts.keep(one)
        assert await lockouts.since(NOON) == [NET, ONE]
        assert await lockouts.since(NOON + TEN) == [NET]
        again = replace(ONE, since=NOON + TEN, until=NOON + 5 * TEN, times=2)
        await lockouts.keep(again)
        assert await lockouts.since(NOON) == [again, NET]


async def test_a_release_ends_it_once(database_url: str) -> None:
    async with await open_store(database_url) as store:
        lockouts = SqlLockouts(store)
        await lockouts.keep(ONE)
        assert not await lockouts.release(NET.source, NOON)
        assert await lockouts.release(ONE.source, NOON + TEN / 2)
        assert await lockouts.since(NOON + TEN / 2) == []
        assert not await lockouts.release(ONE.source, NOON + TEN / 2)
