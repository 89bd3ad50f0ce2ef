"""Lock-outs carried out, kept, noted, ended and released."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from ivr.controller.lockout_room import LockoutRoom
from ivr.core.lockout import Knock, Lockout, Lockouts, Sign, Source
from ivr.errors import SwitchGone
from tests.fakes.lockouts import MemoryLockouts
from tests.fakes.switch import FakeClock

STRANGER = Source("203.0.113.7")


class FakeGate:
    def __init__(self) -> None:
        self.is_away = False
        self.told: list[list[str]] = []

    async def shut_out(self, sources: Sequence[Source]) -> None:
        if self.is_away:
            raise SwitchGone
        self.told.append([str(one) for one in sources])


class Scene:
    def __init__(self) -> None:
        self.clock = FakeClock()
        self.gate, self.store = FakeGate(), MemoryLockouts()
        self.noted: list[Source] = []
        self.room = self.anew()

    def anew(self) -> LockoutRoom:
        """As after a restart."""

        async def note(one: Lockout) -> None:
            self.noted.append(one.source)

        return LockoutRoom(Lockouts([]), self.gate, self.store, self.clock, note=note)

    def attack(self) -> None:
        now = self.clock.now()
        for _ in range(8):
            self.room.knocked(Knock(STRANGER, "tc-101", Sign.WRONG_PASSWORD, now))


@pytest.fixture
def scene() -> Scene:
    return Scene()


async def test_who_guesses_is_shut_out_kept_and_noted(scene: Scene) -> None:
    await scene.room.carry_out()
    scene.attack()
    await scene.room.carry_out()
    assert scene.gate.told == [[], [STRANGER]]
    assert list(scene.store.kept) == scene.noted == [STRANGER]
    assert [one.source for one in scene.room.lately()] == [STRANGER]


async def test_the_gate_is_shut_also_while_the_store_is_away(scene: Scene) -> None:
    await scene.room.carry_out()
    scene.store.is_away = True
    scene.attack()
    await scene.room.carry_out()
    await scene.room.carry_out()
    assert scene.gate.told[-1] == [STRANGER] and not scene.noted
    scene.store.is_away = False
    await scene.room.carry_out()
    assert scene.gate.told == [[], [STRANGER]] and scene.noted == [STRANGER]


async def test_it_ends_by_itself(scene: Scene) -> None:
    scene.attack()
    await scene.room.carry_out()
    scene.clock.move(minutes=11)
    await scene.room.carry_out()
    assert scene.gate.told[-1] == []


async def test_one_that_was_released_is_let_in(scene: Scene) -> None:
    scene.attack()
    await scene.room.carry_out()
    await scene.room.carry_out()
    assert scene.gate.told[-1] == [STRANGER]
    now = scene.clock.now()
    scene.store.kept[STRANGER] = replace(scene.store.kept[STRANGER], until=now)
    await scene.room.carry_out()
    assert scene.gate.told[-1] == []


async def test_a_restart_takes_up_what_holds_and_what_comes_next_is_longer(
    scene: Scene,
) -> None:
    scene.attack()
    await scene.room.carry_out()
    scene.room = scene.anew()
    await scene.room.carry_out()
    assert scene.gate.told[-1] == [STRANGER]
    scene.clock.move(minutes=11)
    scene.attack()
    await scene.room.carry_out()
    assert scene.store.kept[STRANGER].times == 2


async def test_what_another_node_shut_out_is_shut_out_here(scene: Scene) -> None:
    await scene.room.carry_out()
    now = scene.clock.now()
    await scene.store.keep(
        Lockout(STRANGER, now, now + timedelta(minutes=10), 1, "8 failed tries")
    )
    await scene.room.carry_out()
    assert scene.gate.told[-1] == [STRANGER]


async def test_a_switch_that_was_away_is_told_again(scene: Scene) -> None:
    scene.gate.is_away = True
    scene.attack()
    await scene.room.carry_out()
    assert scene.gate.told == []
    scene.gate.is_away = False
    await scene.room.carry_out()
    scene.room.gate_forgot()
    await scene.room.carry_out()
    assert scene.gate.told == [[STRANGER], [STRANGER]]
