"""Forecasts beside the server: each a process, ended when nobody looks any more."""

from __future__ import annotations

import asyncio
import contextlib
import json
import pickle
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import structlog

from ivr.controller.campaign_workshop import (
    Figure,
    Forecast,
    ForecastCase,
    ForecastState,
)
from ivr.settings.config import PROJECT
from ivr.simulation.forecast.scenario import Scenario
from ivr.to_the_end import to_the_end

log = structlog.get_logger(__name__)

SEEDS = 4
AT_ONCE = 1  # a machine of two cores has calls to serve
FORGOTTEN_AFTER_S = 12.0  # nobody asked: the page is gone
LONGEST_S = 600.0
KEPT = 50
NONE = ForecastState("none")


@dataclass(slots=True)
class _Played:
    """One forecast: how far it is, and when somebody last asked."""

    state: ForecastState
    asked_at: float  # on the loop's clock
    task: asyncio.Task[None] | None = None

    def is_forgotten(self, now: float) -> bool:
        return now - self.asked_at > FORGOTTEN_AFTER_S


class Forecasts:
    """The last forecasts of this process, by the draft they are of."""

    def __init__(self) -> None:
        self._played: dict[str, _Played] = {}
        self._turn = asyncio.Semaphore(AT_ONCE)
        self._changing = asyncio.Lock()  # which forecasts there are

    def state(self, draft_id: str) -> ForecastState:
        """Return how far it is; asking keeps it alive."""
        one = self._played.get(draft_id)
        if one is None:
            return NONE
        one.asked_at = asyncio.get_running_loop().time()
        return one.state

    async def begin(
        self, draft_id: str, scenario: Scenario, by: date | None, based_on: str
    ) -> ForecastState:
        """Play it; one that still plays for the draft is ended first."""
        given = pickle.dumps((scenario, by, SEEDS))
        async with self._changing:
            await self._end(draft_id)
            while len(self._played) >= KEPT:
                await self._end(next(iter(self._played)))
            now = asyncio.get_running_loop().time()
            one = _Played(ForecastState("playing", 0, 2 * SEEDS), now)
            self._played[draft_id] = one
            about = (scenario.people, based_on)
            one.task = asyncio.create_task(self._play(one, given, about))
            return one.state

    async def end(self, draft_id: str) -> None:
        """Stop it if it plays, and forget it."""
        async with self._changing:
            await self._end(draft_id)

    async def _end(self, draft_id: str) -> None:
        one = self._played.pop(draft_id, None)
        if one is not None and one.task is not None:
            one.task.cancel()
            await asyncio.gather(one.task, return_exceptions=True)

    async def close(self) -> None:
        async with self._changing:
            for draft_id in list(self._played):
                await self._end(draft_id)

    async def _play(self, one: _Played, given: bytes, about: tuple[int, str]) -> None:
        process: asyncio.subprocess.Process | None = None
        try:
            async with self._turn, asyncio.timeout(LONGEST_S):
                if one.is_forgotten(asyncio.get_running_loop().time()):
                    one.state = NONE
                    return
                starting = asyncio.ensure_future(_started())
                try:
                    process = await asyncio.shield(starting)
                except asyncio.CancelledError:
                    # It is ended below: nobody else knows it.
                    process = await to_the_end(starting)
                    raise
                await _listen(process, one, given, about)
        except TimeoutError:
            one.state = ForecastState("failed", failed="took too long")
        except Exception as exc:  # whatever it is: a page waits for the end of it
            log.exception("A forecast failed")
            one.state = ForecastState("failed", failed=str(exc) or type(exc).__name__)
        finally:
            if process is not None and process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
                await to_the_end(process.wait())


async def _listen(
    process: asyncio.subprocess.Process,
    one: _Played,
    given: bytes,
    about: tuple[int, str],
) -> None:
    """Follow what the process tells, until it ends or nobody looks any more."""
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(given)
    process.stdin.write_eof()
    loop = asyncio.get_running_loop()
    reading = asyncio.ensure_future(process.stdout.readline())
    try:
        while True:
            await asyncio.wait({reading}, timeout=1.0)
            if one.is_forgotten(loop.time()):
                one.state = NONE
                return
            if not reading.done():
                continue
            line = reading.result()
            if not line:
                failed = "the forecast ended without an answer"
                one.state = ForecastState("failed", failed=failed)
                return
            one.state = _state(json.loads(line), about)
            if one.state.state != "playing":
                return
            reading = asyncio.ensure_future(process.stdout.readline())
    finally:
        reading.cancel()


async def _started() -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "ivr.simulation.forecast",
        cwd=PROJECT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=1 << 20,
    )


def _state(said: Mapping[str, Any], about: tuple[int, str]) -> ForecastState:
    if "failed" in said:
        return ForecastState("failed", failed=str(said["failed"]))
    if "found" in said:
        return ForecastState("done", forecast=_forecast(said["found"], about))
    return ForecastState("playing", int(said["done"]), int(said["of"]))


def _forecast(found: Mapping[str, Any], about: tuple[int, str]) -> Forecast:
    people, based_on = about
    cases = tuple(_case(case) for case in found["cases"])
    stopped = next((one["stopped"] for one in found["cases"] if one["stopped"]), "")
    return Forecast(
        people=people,
        cases=cases,
        needed=found["needed"],
        by=date.fromisoformat(found["by"]),
        based_on=based_on,
        stopped=stopped,
    )


def _case(case: Mapping[str, Any]) -> ForecastCase:
    dates = case["finish_on"]
    none = Figure(0.0, 0.0, 0.0)
    found = ForecastCase(
        telecallers=case["telecallers"],
        reached_per_day=_figure(case["reached_per_day"]) or none,
        working_days=_figure(case["working_days"]) or none,
        finish_on=None,
        abandonment=_figure(case["abandonment"]),
        utilisation=_figure(case["utilisation"]),
    )
    if dates is None:
        return found
    first, last = map(date.fromisoformat, dates)
    return replace(found, finish_on=(first, last))


def _figure(guess: Mapping[str, Any] | None) -> Figure | None:
    if guess is None or guess["value"] is None:
        return None
    between = guess["between"]
    low, high = between["low"], between["high"]
    value = guess["value"]
    return Figure(value, value if low is None else low, value if high is None else high)
