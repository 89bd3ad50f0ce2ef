"""controller.list_imports.ImportWorker: each piece of work in a process of its own.

Cleaning takes all of a core for as long as it lasts, and people's keys must not wait
for it. A process is also what can be cancelled, and what gives its memory back.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import pickle
import signal
import sys
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from ivr.cli.import_work import PROJECT, Job
from ivr.controller.list_imports import Progress, Work
from ivr.core.list_import import Guess, Look, Reason, Tally
from ivr.errors import BadInput, SetupFailed
from ivr.settings.config import Settings
from ivr.to_the_end import to_the_end

PROGRAM = "from ivr.cli.import_work import main; main()"
LONGEST_LINE = 4 * 1024**2  # bytes
STOP_S = 20.0  # to take a half stored list back, before it is killed


class ProcessWorker:
    """Works with the settings of the running system."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.stop_s = STOP_S  # less, when somebody waits for our end

    async def look(self, work: Work) -> Look:
        told = await self._run(replace(work, act="look"), _silent)
        columns = tuple(
            Guess(**one | {"first": tuple(one["first"])}) for one in told["columns"]
        )
        names = ("sheets", "fields")
        return Look(
            **told | {name: tuple(told[name]) for name in names} | {"columns": columns}
        )

    async def count(self, work: Work, on_progress: Progress) -> Tally:
        return _tally(await self._run(work, on_progress))

    async def numbers(self, work: Work) -> tuple[Tally, Sequence[str]]:
        numbers: list[str] = []
        told = await self._run(replace(work, act="numbers"), _silent, numbers)
        return Tally(**told), numbers

    async def sweep(self, work: Work) -> bool:
        return bool(await self._run(replace(work, act="sweep"), _silent))

    async def _run(
        self, work: Work, on_progress: Progress, numbers: list[str] | None = None
    ) -> Any:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", PROGRAM),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env=os.environ | {"PYTHONPATH": str(PROJECT)},
            limit=LONGEST_LINE,
            start_new_session=True,
        )
        try:
            await _given(process, Job(self._settings, work))
            return await _told(process, on_progress, [] if numbers is None else numbers)
        finally:
            await to_the_end(_ended(process, self.stop_s))


async def _given(process: asyncio.subprocess.Process, job: Job) -> None:
    assert process.stdin is not None
    with contextlib.suppress(ConnectionError):  # it says why, or its end does
        process.stdin.write(pickle.dumps(job))
        await process.stdin.drain()
        process.stdin.close()


async def _told(
    process: asyncio.subprocess.Process, on_progress: Progress, numbers: list[str]
) -> Any:
    assert process.stdout is not None
    while line := await process.stdout.readline():
        said = json.loads(line)
        if "progress" in said:
            on_progress(*said["progress"])
        elif "numbers" in said:
            numbers.extend(said["numbers"])
        elif "error" in said:
            what, remedy = said["error"]
            raise BadInput(what, remedy=remedy or None)
        else:
            return said["result"]
    raise SetupFailed(f"the import's process ended with {await process.wait()}")


async def _ended(process: asyncio.subprocess.Process, stop_s: float) -> None:
    """Return when the process is no more."""
    with contextlib.suppress(ProcessLookupError):
        process.terminate()
    try:
        async with asyncio.timeout(stop_s):
            await _gone(process)
    except TimeoutError:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)  # and who cleans for it
        await _gone(process)


async def _gone(process: asyncio.subprocess.Process) -> None:
    """Wait for its end; what it still says is let by, for a full pipe hides the end."""
    assert process.stdout is not None
    while await process.stdout.read(LONGEST_LINE):
        pass
    await process.wait()


def _tally(told: dict[str, Any]) -> Tally:
    for name in ("reasons", "notes"):
        told[name] = tuple(
            Reason(**one | {"examples": tuple(one["examples"])}) for one in told[name]
        )
    return Tally(**told)


def _silent(_share: float, _rows: int) -> None:
    pass
