"""Runs one fuzzer for a time: makes cases, keeps what failed, tells what was found."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from tests.fuzz.cases import Case
from tests.fuzz.watching import Held, Watch, alike

AT_MOST_KEPT = 12  # cases of one finding, where it is not clear whose it is
GUILTY_FOUND_WITHIN_S = 60.0
PROBE_EVERY_S = 0.2
CASE_MAY_TAKE_S = 60.0
COUNTED_EVERY = 2000  # cases, between looks at what is held


class Target(Protocol):
    """What is fuzzed, and by what."""

    kind: str
    at_once: int  # cases that are run side by side
    may_grow_mb: float  # what leaks grows without end
    warm: int  # cases before what is held is counted: caches fill

    def make(self, seed: int, number: int) -> Case: ...

    async def run(self, case: Case) -> None:
        """Send the case. Raises AssertionError for what must not be."""

    async def probe(self) -> None:
        """Do something right. Raises AssertionError if it is not done."""

    async def settle(self) -> None:
        """End what is under way, so that what is held can be counted."""


@dataclass
class Report:
    kind: str
    seed: int
    cases: int = 0
    seconds: float = 0.0
    probes: int = 0
    slowest_probe_s: float = 0.0
    sent_bytes: int = 0
    findings: Counter[str] = field(default_factory=Counter)
    files: list[Path] = field(default_factory=list)
    before: Held | None = None
    after: Held | None = None

    def told(self) -> str:
        held = ""
        if self.before and self.after:
            held = (
                f"; memory {self.before.memory_mb:.0f} -> {self.after.memory_mb:.0f} MB"
                f", files {self.before.files} -> {self.after.files}"
                f", tasks {self.before.tasks} -> {self.after.tasks}"
            )
        lines = [
            f"{self.kind}: {self.cases:,} inputs ({self.sent_bytes / 1e6:.1f} MB) in "
            f"{self.seconds:.0f} s, seed {self.seed}; {self.probes} probes, the "
            f"slowest {self.slowest_probe_s * 1000:.0f} ms{held}; "
            f"{len(self.findings)} findings"
        ]
        lines += [f"  {count} x {what}" for what, count in self.findings.most_common()]
        lines += [f"  kept: {file}" for file in self.files]
        return "\n".join(lines)


class Run:
    """One run of one fuzzer."""

    def __init__(self, target: Target, watch: Watch, seed: int, keep: Path) -> None:
        self._target = target
        self._watch = watch
        self._keep = keep
        self.report = Report(target.kind, seed)
        self._under_way: list[Case] = []
        self._suspects: list[tuple[list[Case], str]] = []
        self._known: dict[str, str] = {}

    async def for_(self, seconds: float, *, at_most: int = 10**9) -> Report:
        report, begun = self.report, time.monotonic()
        await self._stretch(begun + seconds, min(self._target.warm, at_most))
        report.before = await self._held()
        while time.monotonic() < begun + seconds and report.cases < at_most:
            goal = min(report.cases + COUNTED_EVERY, at_most)
            await self._stretch(begun + seconds, goal)
            await self._count()
        report.seconds = time.monotonic() - begun
        await self._find_guilty()
        return report

    async def _stretch(self, until: float, goal: int) -> None:
        """Run cases until a time or a number, `at_once` of them side by side."""

        async def work() -> None:
            while time.monotonic() < until and self.report.cases < goal:
                case = self._target.make(self.report.seed, self.report.cases)
                self._under_way.append(case)
                await self.one(case)
                self._under_way.remove(case)

        probing = asyncio.create_task(self._keep_probing())
        await asyncio.gather(*(work() for _ in range(self._target.at_once)))
        probing.cancel()
        await asyncio.gather(probing, return_exceptions=True)
        await self._watch.probe(self._target.probe)

    async def _keep_probing(self) -> None:
        while self._target.at_once > 1:
            await self._watch.probe(self._target.probe)
            await asyncio.sleep(PROBE_EVERY_S)

    async def one(self, case: Case) -> None:
        report, watch = self.report, self._watch
        report.cases += 1
        report.sent_bytes += case.size
        await self._run(case)
        if self._target.at_once == 1 and (report.cases % 10 == 0 or watch.found):
            await watch.probe(self._target.probe)
        if new := self._noted():
            self._suspects.append((list(self._under_way) or [case], "; ".join(new)))

    async def _find_guilty(self) -> None:
        """Run those again that ran when something was found, each alone; keep them."""
        until = time.monotonic() + GUILTY_FOUND_WITHIN_S
        for cases, what in self._suspects:
            guilty = []
            for case in cases if len(cases) > 1 else ():
                if time.monotonic() > until:
                    break
                await self._run(case)
                await self._watch.probe(self._target.probe)
                if self._watch.taken():
                    guilty.append(case)
            for case in guilty or cases[:AT_MOST_KEPT]:
                self.report.files.append(case.kept_in(self._keep, what))

    async def _run(self, case: Case) -> None:
        try:
            async with asyncio.timeout(CASE_MAY_TAKE_S):
                await self._target.run(case)
        except TimeoutError:
            self._watch.find(f"hang: not over after {CASE_MAY_TAKE_S:.0f} s")
        except AssertionError as exc:
            self._watch.find(f"wrong: {exc}")
        except Exception as exc:  # noqa: BLE001 (whatever it is, it is a finding)
            self._watch.find(f"raised: {type(exc).__name__}: {exc}")

    async def _held(self) -> Held:
        try:
            await self._target.settle()
        except AssertionError as exc:
            self._watch.find(f"not settled: {exc}")
        return Held.now()

    async def _count(self) -> None:
        """Look at what is held, a moment later again if it seems too much."""
        report = self.report
        if report.before is None:
            return
        for _ in range(10):
            report.after = await self._held()
            if not report.after.grown(report.before, self._target.may_grow_mb):
                return
            await asyncio.sleep(0.5)
        for what in report.after.grown(report.before, self._target.may_grow_mb):
            self._watch.find(what)
        self._noted()

    def _noted(self) -> list[str]:
        """Count what was found; return what is new of it."""
        report, watch, new = self.report, self._watch, []
        report.probes, report.slowest_probe_s = watch.probes, watch.slowest_s
        for what in watch.taken():
            kind = alike(what)
            if kind not in self._known:
                new.append(what)
                self._known[kind] = what[:600]
            report.findings[self._known[kind]] += 1
        return new
