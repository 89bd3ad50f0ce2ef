"""A database that fails, hangs and lies by chance: what was acknowledged is stored, in
each caller's order, whatever the moment at which it went away or came back."""

from __future__ import annotations

import asyncio
import random
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import pytest

from ivr.errors import SamvadError, StoreUnavailable
from ivr.store import spool as spool_module
from ivr.store.group_commit import GroupCommit, Write
from ivr.store.spool import Spool, open_spool
from ivr.store.spool_calls import KeepLearned
from tests.adapters.store.scene import NOON
from tests.polling import until

CALLERS, WRITES = 40, 60
PATIENCE_S = 0.02


class ChanceDatabase:
    """Keeps how far each caller has come; complains when one comes out of turn."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.is_away = False
        self.stored: defaultdict[str, int] = defaultdict(int)
        self.at_last: dict[str, int] = {}  # what an older write after it would undo
        self.out_of_turn: list[tuple[str, int]] = []
        self.lies = 0  # stored, and said that it was not

    async def commit(self, writes: Sequence[Write]) -> list[SamvadError | None]:
        away = StoreUnavailable("away")
        if self.chance.random() < 0.1:
            self.is_away = not self.is_away
        if self.chance.random() < 0.05:
            await asyncio.sleep(self.chance.uniform(0, 3 * PATIENCE_S))
        await asyncio.sleep(0)
        is_lost = self.chance.random() < 0.03
        if self.is_away and not is_lost:
            return [away] * len(writes)
        for write in writes:
            self._store(write)
        self.lies += is_lost
        return [away if is_lost else None] * len(writes)

    def _store(self, write: Write) -> None:
        row = write.steps[0][1]
        caller, number = str(row["about"]), int(str(row["state"]))
        if number > self.stored[caller] + 1:
            self.out_of_turn.append((caller, number))
        self.stored[caller] = max(self.stored[caller], number)
        self.at_last[caller] = number


async def all_say_all(group: GroupCommit, chance: random.Random) -> None:
    async def say(caller: int) -> None:
        for number in range(1, WRITES + 1):
            call = KeepLearned(f"caller {caller}", str(number), NOON)
            await group.submit(call.write(), call)
            if chance.random() < 0.3:
                await asyncio.sleep(chance.uniform(0, 0.005))

    await asyncio.gather(*(say(caller) for caller in range(CALLERS)))


def group_of(spool: Spool, database: ChanceDatabase) -> GroupCommit:
    group = GroupCommit(
        database, timeout_s=PATIENCE_S, most_waiting=500, most_at_once=20, aside=spool
    )
    spool.before(group)
    return group


MANY = [pytest.param(seed, marks=pytest.mark.long) for seed in range(2, 20)]


@pytest.mark.parametrize("seed", [0, 1, *MANY])
async def test_by_chance(seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(spool_module, "PATIENCE_S", PATIENCE_S)
    monkeypatch.setattr(spool_module, "GIVEN_UP_S", 2 * PATIENCE_S)
    monkeypatch.setattr(spool_module, "RETRY_S", (0.001, 0.005))
    monkeypatch.setattr(spool_module, "BROUGHT_AT_ONCE", 25)
    monkeypatch.setattr(spool_module, "ADDED_MEANWHILE", 10)
    database = ChanceDatabase(seed)
    spool = await open_spool(tmp_path / "spool", database)
    group = group_of(spool, database)
    await all_say_all(group, database.chance)
    await until(lambda: not spool.is_on, within_s=10)
    assert database.out_of_turn == []
    assert set(database.stored.values()) == {WRITES}
    assert set(database.at_last.values()) == {WRITES}
    assert len(database.stored) == CALLERS
    await group.close()
    await spool.close()


async def test_a_program_that_stops_leaves_the_rest_to_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(spool_module, "RETRY_S", (0.001,))
    database = ChanceDatabase(1)
    spool = await open_spool(tmp_path / "spool", database)
    group = group_of(spool, database)
    monkeypatch.setattr(database.chance, "random", lambda: 1.0)
    database.is_away = True
    await all_say_all(group, random.Random(1))
    await group.close()
    await spool.close()
    assert not database.stored
    with pytest.raises(StoreUnavailable):
        await open_spool(tmp_path / "spool", database)
    database.is_away = False
    spool = await open_spool(tmp_path / "spool", database)
    assert set(database.stored.values()) == {WRITES}
    assert set(database.at_last.values()) == {WRITES}
    assert database.out_of_turn == []
    assert spool.waiting == 0
    await spool.close()
