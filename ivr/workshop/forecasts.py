"""Forecasts beside the server: each a process, ended when nobody looks any more."""

from __future__ import annotations

import asyncio
import contextlib
import json
import pickle
import sys
from collections.abc import Mapping
from dataclasses import replace
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

log = structlog.get_logger(__name__)

SEEDS = 4
AT_ONCE = 1  # a machine of two cores has calls to serve
FORGOTTEN_AFTER_S = 12.0  # nobody asked: the page is gone
LONGEST_S = 600.0
KEPT = 50
NONE = ForecastState("none")


class Forecasts:
    """All forecasts of this process, by the draft they are of."""

    def __init__(self) -> None:
        self._states: dict[str, ForecastState] = {}
        self._asked_at: dict[str, float] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._turn = asyncio.Semaphore(AT_ONCE)

    def state(self, draft_id: str) -> ForecastState:
        """Return how far it is; asking keeps it alive."""
        self._asked_at[draft_id] = asyncio.get_running_loop().time()
        return self._states.get(draft_id, NONE)

    async def begin(
        self, draft_id: str, scenario: Scenario, by: date | None, based_on: str
    ) -> ForecastState:
        """Play it; one that still plays for the draft is ended first."""
        await self.end(draft_id)
        while len(self._states) >= KEPT:
            oldest = next(iter(self._states))
            await self.end(oldest)
            del self._states[oldest]
        self._states[draft_id] = ForecastState("playing", 0, 2 * SEEDS)
        self._asked_at[draft_id] = asyncio.get_running_loop().time()
        given = pickle.dumps((scenario, by, SEEDS))
        self._tasks[draft_id] = asyncio.create_task(
            self._play(draft_id, given, scenario.people, based_on)
        )
        return self._states[draft_id]

    async def end(self, draft_id: str) -> None:
        task = self._tasks.pop(draft_id, None)
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def close(self) -> None:
        for draft_id in list(self._tasks):
            await self.end(draft_id)

    async def _play(
        self, draft_id: str, given: bytes, people: int, based_on: str
    ) -> None:
        loop = asyncio.get_running_loop()
        process: asyncio.subprocess.Process | None = None
        try:
            async with self._turn, asyncio.timeout(LONGEST_S):
                if self._is_forgotten(draft_id, loop.time()):
                    self._states[draft_id] = NONE
                    return
                process = await _started()
                await self._listen(process, draft_id, given, (people, based_on))
        except TimeoutError:
            self._states[draft_id] = ForecastState("failed", failed="took too long")
        except (OSError, ValueError) as exc:
            log.error("A forecast failed", error=str(exc))
            self._states[draft_id] = ForecastState("failed", failed=str(exc))
        finally:
            if process is not None and process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
                await process.wait()

    def _is_forgotten(self, draft_id: str, now: float) -> bool:
        return now - self._asked_at.get(draft_id, now) > FORGOTTEN_AFTER_S

    async def _listen(
        self,
        process: asyncio.subprocess.Process,
        draft_id: str,
        given: bytes,
        about: tuple[int, str],
    ) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(given)
        process.stdin.write_eof()
        loop = asyncio.get_running_loop()
        reading = asyncio.ensure_future(process.stdout.readline())
        try:
            while True:
                await asyncio.wait({reading}, timeout=1.0)
                if self._is_forgotten(draft_id, loop.time()):
                    self._states[draft_id] = NONE
                    return
                if not reading.done():
                    continue
                line = reading.result()
                if not line:
                    failed = "the forecast ended without an answer"
                    self._states[draft_id] = ForecastState("failed", failed=failed)
                    return
                state = _state(json.loads(line), about)
                self._states[draft_id] = state
                if state.state != "playing":
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
