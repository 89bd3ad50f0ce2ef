"""The processes of a run of `dialer.py chaos`: started, killed, stopped, started again.

The guardian is started again as systemd would: after RESTART_S, whenever it ended
without being asked to. The controller is the guardian's to start, and its Asterisk is
its own.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

from ivr.chaos.facts import Span
from ivr.chaos.postgres import Postgres
from ivr.cli import chaos_scene as scene
from ivr.cli.carrier_process import carrier_process
from ivr.errors import SetupFailed
from ivr.settings.config import PROJECT, Settings
from ivr.settings.home import HomeLock

__all__ = ["Controller", "Postgres", "carrier_process", "signal_to"]

RESTART_S = 1.0  # RestartSec of the unit
LOOK_S = 0.05
STOP_S = 40.0
UP = b"Samvad is up"


def now() -> datetime:
    return datetime.now(UTC)


def signal_to(pid: int | None, number: signal.Signals) -> bool:
    """Send a signal; False when there is no such process."""
    if pid is None:
        return False
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return False
    return True


class Controller:
    """`dialer.py up`: the guardian and what it guards, under supervision."""

    def __init__(self, settings: Settings, folders: scene.Folders, shift_s: float):
        words = [str(settings.file), str(shift_s), str(folders.clock)]
        words += [str(scene.AMI_HERE), str(scene.AGI_HERE)]
        self._words = [sys.executable, "-m", "ivr.cli.chaos_controller", *words]
        self.log = folders.run / "controller.log"
        self._lock = HomeLock(folders.home)
        self._guardian: asyncio.subprocess.Process | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._is_stopping = False
        self.is_up = asyncio.Event()
        self.outages: list[Span] = []

    @property
    def pid(self) -> int | None:
        """The controller that works now."""
        return self._lock.holder()

    @property
    def guardian_pid(self) -> int | None:
        process = self._guardian
        return process.pid if process and process.returncode is None else None

    async def start(self, within_s: float) -> None:
        """Return when it is up. Raises SetupFailed."""
        self._tasks = [
            asyncio.create_task(self._supervise()),
            asyncio.create_task(self._look()),
        ]
        try:
            async with asyncio.timeout(within_s):
                await self.is_up.wait()
        except TimeoutError:
            await self.stop()
            raise SetupFailed(f"the controller did not start: see {self.log}") from None

    async def stop(self) -> int | None:
        """End it as an operator would; return its exit code, None if it had none."""
        if self._is_stopping:
            return None
        self._is_stopping = True
        signal_to(self.pid, signal.SIGCONT)
        signal_to(self.guardian_pid, signal.SIGTERM)
        if self._tasks:
            await asyncio.wait(self._tasks[:1], timeout=STOP_S)
        code = self._guardian.returncode if self._guardian else None
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        return code

    async def _supervise(self) -> None:
        """Start the guardian again whenever it ended without being asked to."""
        while not self._is_stopping:
            await self._live()
            if not self._is_stopping:
                await asyncio.sleep(RESTART_S)

    async def _live(self) -> None:
        with self.log.open("ab") as out:
            self._guardian = await asyncio.create_subprocess_exec(
                *self._words,
                cwd=PROJECT,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=out,
                stderr=asyncio.subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            await self._guardian.wait()
        except asyncio.CancelledError:
            # With it goes what it guards.
            signal_to(self.guardian_pid, signal.SIGKILL)
            await self._guardian.wait()
            raise

    async def _look(self) -> None:
        """Note since when nobody was up, each time somebody is again."""
        down_since: datetime | None = now()
        ups, worked = 0, None
        while True:
            pid = self.pid
            if down_since is None and pid != worked:
                down_since = now()
                self.is_up.clear()
            if down_since is not None and self._ups() > ups and pid is not None:
                if ups:
                    self.outages.append(Span(down_since, now()))
                ups, worked, down_since = self._ups(), pid, None
                self.is_up.set()
            await asyncio.sleep(LOOK_S)

    def _ups(self) -> int:
        """Return how many controllers said that they are up."""
        with contextlib.suppress(OSError):
            return self.log.read_bytes().count(UP)
        return 0


def exceptions_in(log: Path) -> Counter[str]:
    """Return what went wrong unforeseen, by its last line, and how often."""
    found: Counter[str] = Counter()
    with (
        contextlib.suppress(OSError),
        log.open(encoding="utf-8", errors="replace") as f,
    ):
        for line in f:
            if '"exception": ' in line:
                with contextlib.suppress(ValueError):
                    told = str(json.loads(line)["exception"])
                    found[told.strip().rsplit("\n", 1)[-1]] += 1
            elif line.startswith("Traceback"):
                found["a traceback"] += 1
    return found


def fill(disk: Path) -> Path:
    """Fill `disk` to the last byte; return what takes the room."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as out:
        for size in (1 << 20, 4096, 1):
            with contextlib.suppress(OSError):
                while True:
                    out.write(bytes(size))
    return ballast
