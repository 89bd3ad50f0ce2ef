"""Forecasts beside the server: one for each draft, and each comes to an end."""

from __future__ import annotations

import asyncio
import sys
from asyncio.subprocess import PIPE, Process

import pytest

from ivr.workshop import forecasts
from ivr.workshop.forecasts import NONE, Forecasts
from tests.polling import until
from tests.unit.simulation.forecast.scenes import scene


def program(patch: pytest.MonkeyPatch, text: str) -> list[Process]:
    """Let forecasts run `text` instead; return those that were started."""
    started: list[Process] = []

    async def start() -> Process:
        words = (sys.executable, "-c", text)
        one = await asyncio.create_subprocess_exec(*words, stdin=PIPE, stdout=PIPE)
        started.append(one)
        return one

    patch.setattr(forecasts, "_started", start)
    return started


async def test_a_forecast_whose_answer_nobody_foresaw_has_failed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    program(monkeypatch, """print('{"found": {}}')""")
    played = Forecasts()
    assert (await played.begin("d1", scene(), None, "")).state == "playing"
    await until(lambda: played.state("d1").state == "failed")
    await played.close()


async def test_two_that_begin_at_once_for_a_draft_leave_nothing_behind(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    started = program(monkeypatch, "import time; time.sleep(60)")
    played, before = Forecasts(), asyncio.all_tasks()
    await played.begin("d1", scene(), None, "")
    await until(lambda: started)
    begins = (played.begin("d1", scene(), None, "") for _ in range(2))
    await asyncio.gather(*begins)
    await until(lambda: len(started) >= 2)
    await played.close()
    assert asyncio.all_tasks() == before
    assert all(one.returncode is not None for one in started)


async def test_what_is_ended_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    program(monkeypatch, "import time; time.sleep(60)")
    played = Forecasts()
    await played.begin("d1", scene(), None, "")
    await played.end("d1")
    assert played.state("d1") == NONE


async def test_one_that_is_ended_while_its_process_ends_leaves_no_process(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    says = """print('{"failed": "too few"}', flush=True)"""
    started = program(monkeypatch, f"import time; {says}; time.sleep(60)")
    begin, learns = forecasts._started, asyncio.Event()

    async def begin_one_that_dies_slowly() -> Process:
        one = await begin()
        died = one.wait

        async def late() -> int:
            learns.set()
            await asyncio.sleep(0.1)
            return await died()

        monkeypatch.setattr(one, "wait", late)
        return one

    monkeypatch.setattr(forecasts, "_started", begin_one_that_dies_slowly)
    played = Forecasts()
    await played.begin("d1", scene(), None, "")
    await learns.wait()
    await played.close()
    assert [one.returncode is not None for one in started] == [True]


async def test_no_more_than_the_last_ones_are_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(forecasts, "KEPT", 2)
    program(monkeypatch, """print('{"failed": "too few"}')""")
    played = Forecasts()
    for draft in ("d1", "d2", "d3"):
        await played.begin(draft, scene(), None, "")
        await until(lambda: played.state(draft).failed == "too few")  # noqa: B023
    assert [played.state(f"d{n}").state for n in (1, 2, 3)] == [
        "none",
        "failed",
        "failed",
    ]
    await played.close()
