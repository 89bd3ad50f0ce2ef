"""Practising without a telephone: a memory, desks, and a voter's line."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence

from ivr.controller.practice_ports import Spoken
from ivr.core.model import DeskOption, DeskQuestion, TelecallerId
from ivr.core.practice import Practice, PracticePerson, Scenario
from ivr.core.results import Words
from ivr.errors import BadInput, CallerHungUp
from tests.fakes.switch import FakeClock

SCENARIO = Scenario(
    scenario_id="pension",
    title=Words("पेंशन रुकी है", "A late pension"),
    about=Words("धीरे बोलती हैं", "She speaks slowly"),
    person=PracticePerson("शांति बाई", "बिलकिसगंज", "सीहोर"),
    lines=("हाँ बोलिए", "चार महीने से नहीं आई"),
    silence="हैलो?",
    patience_s=8.0,
    script="नमस्ते {name} जी",
    questions=(
        DeskQuestion(
            "since",
            "कब से?",
            "Since when?",
            (DeskOption("months", "महीनों से", "Months"), DeskOption("no", "नहीं", "No")),
        ),
    ),
    expected={"since": "months"},
    outcome="needs_help",
)


class MemoryPractices:
    """controller.practice_ports.PracticeStore."""

    def __init__(self) -> None:
        self.kept: dict[str, Practice] = {}

    async def keep(self, practice: Practice) -> None:
        self.kept[practice.practice_id] = practice

    async def of(
        self, telecallers: Collection[TelecallerId], limit: int
    ) -> list[Practice]:
        over = [one for one in self.kept.values() if one.ended_at is not None]
        over.sort(key=lambda one: (one.began_at, one.practice_id), reverse=True)
        found: list[Practice] = []
        for one in over:
            before = sum(each.telecaller_id == one.telecaller_id for each in found)
            if one.telecaller_id in telecallers and before < limit:
                found.append(one)
        return found


class FakePracticeDesks:
    """Every desk is free, until a test says otherwise."""

    def __init__(self) -> None:
        self.busy = False
        self.away: set[TelecallerId] = set()

    async def take(self, telecaller_id: TelecallerId) -> str:
        if self.busy:
            raise BadInput("the desk is not free to practise")
        self.away.add(telecaller_id)
        return f"d-{telecaller_id}"

    def is_away(self, telecaller_id: TelecallerId) -> bool:
        return telecaller_id in self.away

    def name(self, telecaller_id: TelecallerId) -> str:
        return f"टेलीकॉलर {telecaller_id}"

    async def tell(self, telecaller_id: TelecallerId) -> None:
        return


class FakePracticeSwitch:
    """Keeps who was joined to which leg, and who was hung up."""

    def __init__(self) -> None:
        self.legs: list[tuple[str, str]] = []
        self.hung_up: list[str] = []
        self.is_there = True

    async def practise(self, practice_id: str, leg_id: str) -> bool:
        if self.is_there:
            self.legs.append((practice_id, leg_id))
        return self.is_there

    async def hang_up(self, call_or_leg_id: str) -> bool:
        self.hung_up.append(call_or_leg_id)
        return True


class FakeVoterLine:
    """Hears the next of `turns`: (waited, spoke) in seconds; then the line breaks."""

    def __init__(
        self,
        practice_id: str,
        clock: FakeClock,
        turns: Sequence[tuple[float, float]],
        *,
        waits: asyncio.Event | None = None,
    ) -> None:
        self.practice_id = practice_id
        self._clock = clock
        self._turns = list(turns)
        self._waits = waits
        self.said: list[str] = []
        self.is_hung_up = False

    async def say(self, name: str) -> None:
        self.said.append(name)
        self._clock.move(seconds=4)

    async def hear(self, patience_s: float) -> Spoken:
        if not self._turns:
            if self._waits is not None:
                await self._waits.wait()
            raise CallerHungUp
        waited_s, spoke_s = self._turns.pop(0)
        self._clock.move(seconds=waited_s + spoke_s)
        return Spoken(waited_s, spoke_s)

    async def hang_up(self) -> None:
        self.is_hung_up = True
