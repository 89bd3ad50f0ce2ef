"""The processes of a run of `dialer.py chaos`: started, killed, stopped, started again.

The controller is started again as systemd would: after RESTART_S, whenever it ended
without being asked to. Its Asterisk is its own to start.
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

__all__ = ["Controller", "Postgres", "carrier_process", "signal_to"]

RESTART_S = 1.0  # RestartSec of the unit
LOOK_S = 0.05
STOP_S = 40.0
UP = "Samvad is up"


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
    """`dialer.py up` under supervision."""

    def __init__(self, settings: Settings, folders: scene.Folders, shift_s: float):
        words = [str(settings.file), str(shift_s), str(folders.clock)]
        words += [str(scene.AMI_HERE), str(scene.AGI_HERE)]
        self._words = [sys.executable, "-m", "ivr.cli.chaos_controller", *words]
        self.log = folders.run / "controller.log"
        self._process: asyncio.subprocess.Process | None = None
        self._task: asyncio.Task[None] | None = None
        self._down_since: datetime | None = None
        self._is_stopping = False
        self.is_up = asyncio.Event()
        self.starts = 0
        self.outages: list[Span] = []

    @property
    def pid(self) -> int | None:
        process = self._process
        return process.pid if process and process.returncode is None else None

    async def start(self, within_s: float) -> None:
        """Return when it is up. Raises SetupFailed."""
        self._task = asyncio.create_task(self._supervise())
        up = asyncio.create_task(self.is_up.wait())
        await asyncio.wait(
            {up, self._task}, timeout=within_s, return_when=asyncio.FIRST_COMPLETED
        )
        up.cancel()
        if not self.is_up.is_set():
            await self.stop()
            raise SetupFailed(f"the controller did not start: see {self.log}")

    async def stop(self) -> int | None:
        """End it as an operator would; return its exit code, None if it had none."""
        self._is_stopping = True
        signal_to(self.pid, signal.SIGCONT)
        signal_to(self.pid, signal.SIGTERM)
        if self._task is not None:
            await asyncio.wait({self._task}, timeout=STOP_S)
            signal_to(self.pid, signal.SIGKILL)
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        return self._process.returncode if self._process else None

    async def _supervise(self) -> None:
        while not self._is_stopping:
            self._down_since = now()
            await self._live()
            self.is_up.clear()
            if not self._is_stopping:
                await asyncio.sleep(RESTART_S)

    async def _live(self) -> None:
        """Run it once, to its end."""
        since, begun = self._down_since, self._size()
        with self.log.open("ab") as out:
            self._process = await asyncio.create_subprocess_exec(
                *self._words,
                cwd=PROJECT,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=out,
                stderr=asyncio.subprocess.STDOUT,
                start_new_session=True,
            )
        self.starts += 1
        ended = asyncio.create_task(self._process.wait())
        try:
            while not ended.done():
                if not self.is_up.is_set() and self._says_up(begun):
                    self.is_up.set()
                    if since is not None and self.starts > 1:
                        self.outages.append(Span(since, now()))
                await asyncio.wait({ended}, timeout=LOOK_S)
        finally:
            if not ended.done():
                signal_to(self.pid, signal.SIGKILL)
                await ended
        if not self.is_up.is_set() and since is not None:
            self.outages.append(Span(since, now()))

    def _size(self) -> int:
        with contextlib.suppress(OSError):
            return self.log.stat().st_size
        return 0

    def _says_up(self, since: int) -> bool:
        with self.log.open("rb") as said:
            said.seek(since)
            return UP.encode() in said.read()


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
