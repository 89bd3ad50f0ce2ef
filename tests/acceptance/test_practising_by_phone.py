"""Practising on a real Asterisk: the virtual voter is heard, and hears."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from ivr.controller.practice import PracticeState
from ivr.core.model import TelecallerId
from ivr.core.practice import Practice, PracticeEnd, score
from tests.acceptance.sound_phone import SoundPhone
from tests.acceptance.telephone_room import TC1, VOTER, Room, room
from tests.acceptance.whole import eventually
from tests.polling import until

pytestmark = pytest.mark.acceptance

WHO = TelecallerId(TC1)
SCENARIO = "busy-farmer"  # four lines
VOICE = 0.6  # how much of some seconds is sound while the voter speaks
LISTEN_S = 1.0


class Practising:
    """One telecaller with a phone, and the practice."""

    def __init__(self, one: Room) -> None:
        self.room = one
        found = one.system.running.practices
        assert found is not None
        self.practices = found

    @property
    def phone(self) -> SoundPhone:
        return self.room.phones[TC1]

    def state(self) -> PracticeState | None:
        view = self.practices.view(WHO)
        return view.state if view else None

    async def kept(self) -> Practice:
        """Return the one practice, as soon as it is kept."""
        found: list[Practice] = []

        async def is_kept() -> bool:
            found[:] = await self.practices.of([WHO])
            return bool(found)

        await eventually(is_kept, within_s=5)
        [one] = found
        return one

    def loud(self) -> float:
        return self.phone.heard(time.monotonic() - LISTEN_S)[1]

    async def begin(self) -> None:
        self.phone.is_silent = True
        await self.practices.begin(WHO, SCENARIO)
        await until(lambda: self.state() is PracticeState.TALKING, within_s=10)

    async def speaks(self, seconds: float = 1.8) -> None:
        """Let the telecaller say something, then listen."""
        begun = time.monotonic()
        self.phone.is_silent = False
        await until(lambda: time.monotonic() - begun > seconds)
        self.phone.is_silent = True

    async def hears_a_line(self) -> None:
        await until(lambda: self.loud() > VOICE, within_s=12)
        await until(
            lambda: self.loud() < 0.05 or self.state() is not PracticeState.TALKING,
            within_s=12,
        )


async def test_a_scenario_is_heard_answered_and_scored(tmp_path: Path) -> None:
    async with room(tmp_path, (TC1,)) as one:
        await one.at_work(TC1)
        it = Practising(one)
        await it.begin()
        assert one.state(TC1) == "paused"
        for _ in range(4):
            await it.speaks()
            await it.hears_a_line()
        await it.speaks(0.5)  # good-bye
        await until(lambda: it.state() is PracticeState.NOTING, within_s=10)
        await it.practices.answer(WHO, "when_to_call", "evening")
        await it.practices.outcome(WHO, "callback", "कल शाम पाँच बजे")
        kept = await it.kept()
        assert kept.ended_by is PracticeEnd.VOTER
        assert (kept.lines_heard, kept.lines) == (4, 4)
        assert kept.first_word_s is not None and kept.first_word_s < 3
        assert 5 < kept.spoke_s < 11 and 8 < kept.heard_s < 20
        assert score(kept) == 100
        # It was no call, and the leg is as it was.
        assert one.system.running.router.outcomes == {}
        assert await one.system.store.open_attempts() == []
        assert it.phone.in_call and it.phone.calls == 1


async def test_silence_is_asked_about_once_and_then_the_voter_goes(
    tmp_path: Path,
) -> None:
    async with room(tmp_path, (TC1,)) as one:
        await one.at_work(TC1)
        it = Practising(one)
        await it.begin()
        await it.hears_a_line()
        await until(lambda: it.state() is PracticeState.NOTING, within_s=15)
        kept = await it.kept()
        assert kept.ended_by is PracticeEnd.LOST_PATIENCE
        assert kept.first_word_s is None and kept.lines_heard == 0


async def test_who_hung_up_on_the_virtual_voter_is_joined_to_real_ones_again(
    tmp_path: Path,
) -> None:
    async with room(tmp_path, (TC1,)) as one:
        await one.at_work(TC1)
        it = Practising(one)
        await it.begin()
        await it.practices.end(WHO)
        await until(lambda: it.state() is PracticeState.NOTING, within_s=10)
        kept = await it.kept()
        assert kept.ended_by is PracticeEnd.TELECALLER
        assert one.state(TC1) == "paused"
        await one.system.running.ready(WHO)
        it.phone.is_silent = False
        await one.call(TC1)
        await one.hears(VOTER, TC1)
        await one.hears(TC1, VOTER)
        one.phones[VOTER].hang_up()
        await one.call_is_over()
        assert await one.talks() == {TC1}
