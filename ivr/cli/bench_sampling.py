"""What a bench looks at again and again: memory, files, threads, queues, the loop.

Linux's /proc tells of a process; of what is inside ours, the system itself.
"""

from __future__ import annotations

import asyncio
import os
import time
from dataclasses import dataclass
from pathlib import Path

from ivr.cli.bench_system import quantile
from ivr.cli.system import System
from ivr.simulation.carrier import Carrier

MB = 1e6


@dataclass(frozen=True, slots=True)
class Held:
    """What a process holds now; all 0 when it is not there."""

    rss_mb: float = 0.0
    files: int = 0
    threads: int = 0


def held(pid: int | None) -> Held:
    """Return what the process holds. It may end at any moment."""
    if pid is None:
        return Held()
    folder = Path("/proc") / str(pid)
    try:
        pages = int((folder / "statm").read_text().split()[1])
        threads = len(os.listdir(folder / "task"))
        return Held(
            round(pages * os.sysconf("SC_PAGE_SIZE") / MB, 2),
            len(os.listdir(folder / "fd")),
            threads,
        )
    except OSError:
        return Held()


@dataclass(frozen=True, slots=True)
class Sample:
    """One look. Times in seconds or milliseconds, as the names say."""

    at_s: float  # since the first call was let go
    controller_mb: float
    controller_files: int
    controller_threads: int
    tasks: int
    lag_p99_ms: float  # of the event loop, since the last look
    lag_max_ms: float
    switch_events: int
    store_writes: int
    asterisk_mb: float
    asterisk_files: int
    asterisk_threads: int
    carrier_mb: float
    carrier_files: int
    carrier_threads: int
    live: int  # calls
    ended: int
    allowed_per_s: float  # by the brake
    unheard_ms: float  # the longest that somebody who answered waits for the flow


class Sampler:
    """Looks at a system and its carrier, which are this process's own."""

    def __init__(self, system: System, carrier: Carrier) -> None:
        self._system = system
        self._carrier = carrier
        self._lags: list[float] = []
        system.running.dial_loop.braking.lag.seen = self._lags
        self._begun = time.monotonic()
        self.samples: list[Sample] = []

    @property
    def passed_s(self) -> float:
        return time.monotonic() - self._begun

    def look(self) -> Sample:
        """Take one sample, and keep it."""
        running, braking = self._system.running, self._system.running.dial_loop.braking
        process = self._system.process
        ours = held(os.getpid())
        theirs = held(process.pid if process else None)
        far = held(self._carrier.asterisk_pid)
        lags, self._lags[:] = self._lags[:], []
        sample = Sample(
            at_s=round(self.passed_s, 1),
            controller_mb=ours.rss_mb,
            controller_files=ours.files,
            controller_threads=ours.threads,
            tasks=len(asyncio.all_tasks()),
            lag_p99_ms=round(1000 * quantile(lags, 0.99), 2) if lags else 0.0,
            lag_max_ms=round(1000 * max(lags, default=0.0), 2),
            switch_events=self._system.switch.waiting_events,
            store_writes=self._system.store.writes_waiting,
            asterisk_mb=theirs.rss_mb,
            asterisk_files=theirs.files,
            asterisk_threads=theirs.threads,
            carrier_mb=far.rss_mb,
            carrier_files=far.files,
            carrier_threads=far.threads,
            live=running.router.count(),
            ended=sum(running.router.outcomes.values()),
            allowed_per_s=round(braking.brake.per_s, 1),
            unheard_ms=round(1000 * braking.strain.unheard_s, 1),
        )
        self.samples.append(sample)
        return sample

    async def run(self, every_s: float) -> None:
        """Look each `every_s` seconds until cancelled."""
        while True:
            await asyncio.sleep(every_s)
            self.look()
