"""What must not happen while we are fuzzed: the oracle of every fuzzer.

An exception in the log that is no error of ours, anything that asyncio calls
unhandled, a warning of Python's about what was left open, more files or tasks than
before, memory that keeps growing, a probe without an answer in time.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import re
import time
import traceback
import warnings
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import structlog

from ivr.errors import OurBug, SamvadError

ANSWERED_WITHIN_S = 1.0
GIVEN_UP_AFTER_S = 30.0  # of the clock: a busy machine may run others for seconds
MAY_GROW_FILES = 3
PAGE_MB = os.sysconf("SC_PAGE_SIZE") / 2**20


@dataclass
class Watch:
    """Collects what was found. `quiet` texts are known and no finding."""

    found: list[str] = field(default_factory=list)
    slowest_s: float = 0.0
    probes: int = 0

    def find(self, what: str) -> None:
        self.found.append(what)

    def taken(self) -> list[str]:
        found, self.found = self.found, []
        return found

    # structlog

    def __call__(
        self, _logger: object, method: str, event: MutableMapping[str, Any]
    ) -> MutableMapping[str, Any]:
        exc = event.get("exc_info")
        if method in ("error", "critical", "exception") and exc:
            error = exc if isinstance(exc, BaseException) else _current(exc)
            if not _is_expected(error):
                self.find(f"log: {event.get('event')}: {_told(error)}")
        raise structlog.DropEvent

    # logging

    def record(self, record: logging.LogRecord) -> None:
        if record.levelno >= logging.ERROR or record.name == "asyncio":
            if record.levelno < logging.WARNING:
                return
            error = record.exc_info[1] if record.exc_info else None
            self.find(f"{record.name}: {record.getMessage()}: {_told(error)}")

    # asyncio

    def unhandled(
        self, _loop: asyncio.AbstractEventLoop, context: dict[str, Any]
    ) -> None:
        self.find(
            f"asyncio: {context.get('message')}: {_told(context.get('exception'))}"
        )

    async def probe(self, ask: Callable[[], Awaitable[None]]) -> None:
        """Ask something right, which must be answered in time."""
        begun = given_s()
        self.probes += 1
        try:
            async with asyncio.timeout(GIVEN_UP_AFTER_S):
                await ask()
        except (TimeoutError, OSError, AssertionError, SamvadError) as exc:
            self.find(f"probe: not answered: {type(exc).__name__}: {exc}")
            return
        took_s = given_s() - begun
        self.slowest_s = max(self.slowest_s, took_s)
        if took_s > ANSWERED_WITHIN_S:
            self.find(f"probe: answered after {took_s:.1f} s")


def given_s() -> float:
    """Return seconds that pass, but for those in which the machine ran others.

    Of threads that were ready to run and had no processor, the kernel keeps count.
    """
    waited_ns = 0
    for one in Path("/proc/self/task").iterdir():
        try:
            waited_ns += int((one / "schedstat").read_text().split()[1])
        except OSError:
            continue  # a thread that ended meanwhile
    return time.perf_counter() - waited_ns / 1e9


def _current(exc: object) -> BaseException | None:
    import sys

    if isinstance(exc, tuple):
        return exc[1]  # type: ignore[no-any-return]
    return sys.exception()


def _is_expected(error: BaseException | None) -> bool:
    return isinstance(error, SamvadError) and not isinstance(error, OurBug)


def _told(error: BaseException | None) -> str:
    if error is None:
        return ""
    frames = traceback.extract_tb(error.__traceback__)[-4:]
    where = " < ".join(f"{Path(f.filename).name}:{f.lineno}" for f in reversed(frames))
    return f"{type(error).__name__}: {str(error)[:200]!r} at {where}"


def alike(found: str) -> str:
    """Return what two findings of one cause have in common."""
    return re.sub(r"0x[0-9a-f]+|\d+|'[^']*'|\"[^\"]*\"", "_", found)[:300]


@dataclass(frozen=True, slots=True)
class Held:
    """What a process holds, once what can be freed is."""

    files: int
    tasks: int
    memory_mb: float

    @classmethod
    def now(cls) -> Held:
        gc.collect()
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        files = len(os.listdir("/proc/self/fd"))
        return cls(files, len(asyncio.all_tasks()), pages * PAGE_MB)

    def grown(self, before: Held, may_grow_mb: float) -> list[str]:
        wrong = []
        if self.files > before.files + MAY_GROW_FILES:
            wrong.append(f"held: {self.files} files, {before.files} before")
        if self.tasks > before.tasks + MAY_GROW_FILES:
            wrong.append(f"held: {self.tasks} tasks, {before.tasks} before")
        if self.memory_mb > before.memory_mb + may_grow_mb:
            wrong.append(
                f"held: {self.memory_mb:.0f} MB, {before.memory_mb:.0f} MB before"
            )
        return wrong


class _Handler(logging.Handler):
    def __init__(self, watch: Watch) -> None:
        super().__init__(logging.WARNING)
        self._watch = watch

    def emit(self, record: logging.LogRecord) -> None:
        self._watch.record(record)


@contextmanager
def watching() -> Iterator[Watch]:
    """Collect everything that this process and its loop complain of."""
    watch = Watch()
    before = structlog.get_config()
    structlog.configure(
        processors=[watch],
        wrapper_class=structlog.make_filtering_bound_logger(logging.DEBUG),
        cache_logger_on_first_use=False,
    )
    handler = _Handler(watch)
    root = logging.getLogger()
    root.addHandler(handler)
    loop = asyncio.get_running_loop()
    former = loop.get_exception_handler()
    loop.set_exception_handler(watch.unhandled)
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        try:
            yield watch
        finally:
            gc.collect()
            loop.set_exception_handler(former)
            root.removeHandler(handler)
            structlog.configure(**before)
            for one in warned:
                if issubclass(one.category, ResourceWarning | RuntimeWarning):
                    watch.find(f"warning: {one.category.__name__}: {one.message}")
