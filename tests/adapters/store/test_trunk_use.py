"""What the database says of the trunks' day."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from ivr.controller.trunk_meter import OpenLeg
from ivr.core.model import Trunk, TrunkName
from ivr.core.trunk_day import DayUse
from ivr.store.engine import open_store
from ivr.store.trunk_use import SqlTrunkUse
from tests.adapters.store.scene import MINUTE, NOON, ended, opened, started

CARRIER = Trunk(TrunkName("carrier"), "127.0.0.1")
OTHER = replace(CARRIER, name=TrunkName("other"))


async def test_legs_count_from_midnight_on_by_their_begun_pulses(
    database_url: str,
) -> None:
    async with await open_store(database_url) as store:
        use = SqlTrunkUse(store)
        for leg, at in (("d-1", NOON), ("d-2", NOON), ("d-0", NOON - 24 * 60 * MINUTE)):
            await use.leg_opened(leg, CARRIER.name, at)
            await use.leg_opened(leg, CARRIER.name, at)  # said twice: once
        await use.leg_closed("d-1", NOON + MINUTE, NOON + 3.5 * MINUTE)
        await use.leg_closed("d-0", NOON, NOON + MINUTE)
        await use.leg_closed("d-2", None, NOON)
        found = await use.used_since(NOON - timedelta(hours=6), [CARRIER, OTHER])
        assert found == {CARRIER.name: DayUse(2, 150, 3)}
        assert await use.used_since(NOON, [OTHER]) == {}


async def test_attempts_count_by_the_trunk_that_dialled_them(
    database_url: str,
) -> None:
    trunk = replace(CARRIER, name=TrunkName("main"))
    async with await open_store(database_url) as store:
        await started(store, 3)
        first = await opened(store, "call-1")
        await ended(store, first, answered_at=NOON + MINUTE / 2)
        await ended(store, await opened(store, "call-2"))
        await opened(store, "call-3")
        found = await SqlTrunkUse(store).used_since(NOON, [trunk])
        assert found == {trunk.name: DayUse(3, 30, 1)}
        await SqlTrunkUse(store).leg_opened("d-9", trunk.name, NOON)
        assert await SqlTrunkUse(store).open_since(NOON) == [
            OpenLeg("call-3", trunk.name, True, None),
            OpenLeg("d-9", trunk.name, False, None),
        ]
        assert await SqlTrunkUse(store).open_since(NOON + MINUTE) == []
