"""Telecallers who practise with a virtual voter: from the click to the score.

The desk is paused all the while, so no real voter can come to it. Nothing here is a
call: no attempt, no law, no figure of a campaign. core.practice scores.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

import structlog

from ivr.controller.ports import Clock
from ivr.controller.practice_ports import (
    PracticeDesks,
    PracticeStore,
    PracticeSwitch,
    Spoken,
    VoterLine,
)
from ivr.core.card import Card
from ivr.core.model import TelecallerId
from ivr.core.practice import Practice, PracticeEnd, Scenario
from ivr.core.practice_card import practice_card
from ivr.core.results import Words
from ivr.core.talk_outcomes import OUTCOMES
from ivr.errors import BadInput, CallerHungUp, StoreUnavailable, SwitchGone

log = structlog.get_logger(__name__)

PREFIX = "p-"  # of a practice's id: no call's, no leg's
COMES_WITHIN_S = 10.0  # the virtual voter, after the click
MAX_NOTES = 2000


class PracticeState(StrEnum):
    CALLING = "calling"  # the virtual voter is on their way
    TALKING = "talking"
    NOTING = "noting"  # the call is over; what came of it is to be noted


@dataclass(frozen=True, slots=True)
class PracticeView:
    """A practice under way, as the desk shows it."""

    practice_id: str
    state: PracticeState
    title: Words
    about: Words
    since: datetime


@dataclass(slots=True)
class _Live:
    practice: Practice
    scenario: Scenario
    state: PracticeState
    since: datetime
    joined_s: float = 0.0  # the clock's steady_s
    is_hung_up: bool = False  # by the telecaller
    # One write after the other: what is known last is what stays.
    keeping: asyncio.Lock = field(default_factory=asyncio.Lock)


class Practices:
    """All practices of this controller, one at a time for each desk."""

    def __init__(
        self,
        *,
        scenarios: Sequence[Scenario],
        desks: PracticeDesks,
        switch: PracticeSwitch,
        store: PracticeStore,
        clock: Clock,
    ) -> None:
        self.scenarios = tuple(scenarios)
        self._desks = desks
        self._switch = switch
        self._store = store
        self._clock = clock
        self._live: dict[TelecallerId, _Live] = {}
        self._count = 0
        self._tasks: set[asyncio.Task[None]] = set()

    # Seen by the pages

    def view(self, telecaller_id: TelecallerId) -> PracticeView | None:
        """Return what the desk practises; None: nothing."""
        live = self._at(telecaller_id)
        if live is None:
            return None
        it = live.scenario
        practice_id = live.practice.practice_id
        return PracticeView(practice_id, live.state, it.title, it.about, live.since)

    def card(self, telecaller_id: TelecallerId) -> Card | None:
        """Return the virtual voter's card, once they are there."""
        live = self._at(telecaller_id)
        if live is None or live.state is PracticeState.CALLING:
            return None
        name = self._desks.name(telecaller_id)
        return practice_card(live.scenario, live.practice.practice_id, name)

    def has(self, telecaller_id: TelecallerId, practice_id: str) -> bool:
        """Say whether that is what the desk practises now."""
        live = self._at(telecaller_id)
        return live is not None and live.practice.practice_id == practice_id

    async def of(
        self, telecallers: Collection[TelecallerId], limit: int = 50
    ) -> list[Practice]:
        """Return their last practices, each one's latest first."""
        return await self._store.of(telecallers, limit)

    def _at(self, telecaller_id: TelecallerId) -> _Live | None:
        live = self._live.get(telecaller_id)
        if live is None:
            return None
        is_noting = live.state is PracticeState.NOTING
        if is_noting and not self._desks.is_away(telecaller_id):
            del self._live[telecaller_id]  # logged out: it stays as it was kept
            return None
        return live

    def _is_on_the_line(self, telecaller_id: TelecallerId) -> bool:
        live = self._live.get(telecaller_id)
        return live is not None and live.state is not PracticeState.NOTING

    # What the telecaller does

    async def begin(self, telecaller_id: TelecallerId, scenario_id: str) -> None:
        """Take the desk out of the pool and let the virtual voter come.

        Raises BadInput.
        """
        scenario = next(
            (one for one in self.scenarios if one.scenario_id == scenario_id), None
        )
        if scenario is None:
            raise BadInput("choose whom to practise with", where="scenario")
        if self._is_on_the_line(telecaller_id):
            raise BadInput("a practice call is under way", remedy="end it first")
        live = self._new(telecaller_id, scenario)
        before = self._live.get(telecaller_id)
        self._live[telecaller_id] = live
        try:
            leg_id = await self._desks.take(telecaller_id)
            if not await self._switch.practise(live.practice.practice_id, leg_id):
                raise BadInput("your phone is not there", remedy="try again")
        except BaseException:
            self._drop(telecaller_id, live, before)
            raise
        log.info("Practice begins", telecaller=telecaller_id, scenario=scenario_id)
        self._spawn(self._is_to_come(telecaller_id, live))
        await self._desks.tell(telecaller_id)

    def _new(self, telecaller_id: TelecallerId, scenario: Scenario) -> _Live:
        now = self._clock.now()
        self._count += 1
        stamp = int(now.timestamp() * 1000)
        practice = Practice(
            practice_id=f"{PREFIX}{telecaller_id}-{stamp:x}-{self._count}",
            telecaller_id=telecaller_id,
            scenario_id=scenario.scenario_id,
            title=scenario.title,
            began_at=now,
            lines=len(scenario.lines),
            expected=scenario.expected,
            expected_outcome=scenario.outcome,
        )
        return _Live(practice, scenario, PracticeState.CALLING, now)

    def _drop(
        self, telecaller_id: TelecallerId, live: _Live, before: _Live | None = None
    ) -> None:
        if self._live.get(telecaller_id) is live:
            del self._live[telecaller_id]
            if before is not None:
                self._live[telecaller_id] = before

    async def _is_to_come(self, telecaller_id: TelecallerId, live: _Live) -> None:
        await self._clock.sleep(COMES_WITHIN_S)
        if live.state is PracticeState.CALLING:
            log.warning("The virtual voter did not come", telecaller=telecaller_id)
            self._drop(telecaller_id, live)
            await self._hang_up(live)
            await self._desks.tell(telecaller_id)

    async def end(self, telecaller_id: TelecallerId) -> None:
        """The telecaller hangs up. Raises BadInput when nobody is there."""
        live = self._live.get(telecaller_id)
        if live is None or not self._is_on_the_line(telecaller_id):
            raise BadInput("no practice call is under way")
        live.is_hung_up = True
        await self._hang_up(live)

    async def _hang_up(self, live: _Live) -> None:
        try:
            await self._switch.hang_up(live.practice.practice_id)
        except SwitchGone as exc:
            log.warning("The virtual voter was not hung up", error=str(exc))

    async def answer(
        self, telecaller_id: TelecallerId, question: str, value: str
    ) -> None:
        """Note what the virtual voter answered. Raises BadInput."""
        live = self._there(telecaller_id)
        asked = {one.question_id: one for one in live.scenario.questions}.get(question)
        if asked is None or value not in {one.value for one in asked.options}:
            raise BadInput("the form has no such answer", where=question)
        given = {**live.practice.answers, question: value}
        live.practice = replace(live.practice, answers=given)
        if live.state is PracticeState.NOTING:
            await self._keep(live)

    async def outcome(
        self, telecaller_id: TelecallerId, outcome: str, notes: str
    ) -> None:
        """Note what came of it; once the call is over, that ends the practice.

        Raises BadInput, StoreUnavailable.
        """
        live = self._there(telecaller_id)
        if outcome not in OUTCOMES:
            raise BadInput("choose what came of the talk", where="outcome")
        live.practice = replace(
            live.practice,
            outcome=outcome,
            notes=notes[:MAX_NOTES],
            noted_at=self._clock.now(),
        )
        if live.state is PracticeState.NOTING:
            await self._write(live)
            self._drop(telecaller_id, live)
        await self._desks.tell(telecaller_id)

    def _there(self, telecaller_id: TelecallerId) -> _Live:
        live = self._at(telecaller_id)
        if live is None or live.state is PracticeState.CALLING:
            raise BadInput("this practice is over")
        return live

    def may_leave(self, telecaller_id: TelecallerId) -> None:
        """Go on only if the desk may be in the pool again. Raises BadInput."""
        if self._is_on_the_line(telecaller_id):
            raise BadInput("a practice call is under way", remedy="end it first")
        self._live.pop(telecaller_id, None)

    async def left(self, telecaller_id: TelecallerId) -> None:
        """The telecaller has gone home: so does the virtual voter."""
        live = self._live.get(telecaller_id)
        if live is not None and self._is_on_the_line(telecaller_id):
            await self._hang_up(live)
        else:
            self._live.pop(telecaller_id, None)

    # The virtual voter

    async def serve(self, line: VoterLine) -> None:
        """Play the scenario on the voter's line until one of them hangs up."""
        found = [
            (who, live)
            for who, live in self._live.items()
            if live.practice.practice_id == line.practice_id
        ]
        if not found:
            await line.hang_up()
            return
        [(telecaller_id, live)] = found
        self._moves(live, PracticeState.TALKING)
        live.joined_s = self._clock.steady_s()
        await self._desks.tell(telecaller_id)
        ended_by = PracticeEnd.LINE
        try:
            ended_by = await self._talk(live, line)
            await line.hang_up()
        except (CallerHungUp, SwitchGone):
            if live.is_hung_up:
                ended_by = PracticeEnd.TELECALLER
        finally:
            await self._is_over(telecaller_id, live, ended_by)

    async def _talk(self, live: _Live, line: VoterLine) -> PracticeEnd:
        for name in live.scenario.line_names:
            if not await self._spoken_to(live, line):
                return PracticeEnd.LOST_PATIENCE
            await self._say(live, line, name)
            heard = live.practice.lines_heard + 1
            live.practice = replace(live.practice, lines_heard=heard)
        await self._hear(live, line)  # their good-bye
        return PracticeEnd.VOTER

    async def _spoken_to(self, live: _Live, line: VoterLine) -> bool:
        """Return when the telecaller has spoken; asked once more, then False."""
        if (await self._hear(live, line)).spoke_s:
            return True
        await self._say(live, line, live.scenario.silence_name)
        return bool((await self._hear(live, line)).spoke_s)

    async def _hear(self, live: _Live, line: VoterLine) -> Spoken:
        passed_s = self._clock.steady_s() - live.joined_s
        heard = await line.hear(live.scenario.patience_s)
        if heard.spoke_s:
            first_s = live.practice.first_word_s
            live.practice = replace(
                live.practice,
                spoke_s=live.practice.spoke_s + heard.spoke_s,
                first_word_s=(
                    passed_s + heard.waited_s if first_s is None else first_s
                ),
            )
        return heard

    async def _say(self, live: _Live, line: VoterLine, name: str) -> None:
        began_s = self._clock.steady_s()
        try:
            await line.say(name)
        finally:
            said_s = live.practice.heard_s + self._clock.steady_s() - began_s
            live.practice = replace(live.practice, heard_s=said_s)

    async def _is_over(
        self, telecaller_id: TelecallerId, live: _Live, ended_by: PracticeEnd
    ) -> None:
        now = self._clock.now()
        live.practice = replace(live.practice, ended_at=now, ended_by=ended_by)
        self._moves(live, PracticeState.NOTING)
        log.info("Practice ends", telecaller=telecaller_id, by=str(ended_by))
        await self._keep(live)
        if live.practice.outcome:  # noted while they talked
            self._drop(telecaller_id, live)
        await self._desks.tell(telecaller_id)

    async def _keep(self, live: _Live) -> None:
        try:
            await self._write(live)
        except StoreUnavailable as exc:
            log.error("Practice not kept", error=str(exc))

    async def _write(self, live: _Live) -> None:
        async with live.keeping:
            await self._store.keep(live.practice)

    def _moves(self, live: _Live, state: PracticeState) -> None:
        live.state, live.since = state, self._clock.now()

    def _spawn(self, work: object) -> None:
        task: asyncio.Task[None] = asyncio.ensure_future(work)  # type: ignore[call-overload]
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def stop(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
