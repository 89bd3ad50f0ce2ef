"""Asterisk as a process: started, or found running, watched, started again, stopped.

Knows how Asterisk starts and stops, and nothing of what it is used for. It outlives
us: its output goes straight into a log file, and who starts next finds it and its
calls. What it complains of before it is ready is a failed start.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import resource
import shutil
import signal
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import structlog

from ivr.errors import SetupFailed

log = structlog.get_logger(__name__)

READY = "Asterisk Ready."
COMPLAINT = re.compile(
    r"\bERROR\[|declined to load|failed to load|Failed to resolve dependencies"
    r"|Unable to (?:load|open) .*(?:config|asterisk\.conf|directory)",
    re.IGNORECASE,
)
FIRST_DELAY_S, LONGEST_DELAY_S = 0.5, 30.0
SETTLED_S = 60.0  # up this long: the next failure starts with the first delay again
LOOK_EVERY_S = 0.05  # at its output, until it is ready
SIZE_EVERY_S = 10.0  # at the log's size, from then on
CONSOLE_TIMEOUT_S = 5.0
MAX_FILES = 65_536
MAX_LOG = 20 * 1024 * 1024  # bytes; then one older file is kept

# Let go of while they ran: Python warns of a child that it collects before its end.
_left: list[asyncio.subprocess.Process] = []


@dataclass(frozen=True, slots=True)
class Waits:
    ready_s: float = 20.0
    stop_s: float = 5.0


@dataclass(slots=True)
class _Life:
    """One run of the program, from start to exit."""

    pid: int
    started_at: float
    process: asyncio.subprocess.Process | None  # None: another's child, found running
    log_from: int = 0  # where its output begins in the log, in bytes
    ready: asyncio.Event = field(default_factory=asyncio.Event)
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    complaints: list[str] = field(default_factory=list)

    @property
    def code(self) -> int | None:
        return None if self.process is None else self.process.returncode


class AsteriskProcess:
    """One Asterisk in the foreground, under supervision.

    `on_exit(returncode)` is called at each exit nobody asked for, `on_ready()`
    after each start, also the first; both must not wait.
    """

    def __init__(
        self,
        program: Path,
        conf_file: Path,
        *,
        name: str,
        log_file: Path,
        waits: Waits | None = None,
        on_ready: Callable[[], None] = lambda: None,
        on_exit: Callable[[int], None] = lambda _: None,
        takes_over: bool = False,
        before_start: Callable[[], None] = lambda: None,
    ) -> None:
        """`takes_over`: one that runs already, with its calls, is taken as it is.

        `before_start` is called before each start; a SetupFailed of it is logged.
        """
        self._program = program
        self._conf_file = conf_file
        self.name = name
        self._log_file = log_file
        self._waits = waits or Waits()
        self._on_ready = on_ready
        self._on_exit = on_exit
        self._takes_over = takes_over
        self._before_start = before_start
        self._life: _Life | None = None
        self._supervisor: asyncio.Task[None] | None = None
        self._stopping = False
        self.restarts = 0

    @property
    def pid(self) -> int | None:
        """The process that runs now, if one does."""
        life = self._life
        return None if life is None or life.ended.is_set() else life.pid

    async def start(self) -> None:
        """Start and wait until really ready. Raises SetupFailed, leaving nothing."""
        self._stopping = False
        found = stale_pid(self._conf_file) if self._takes_over else None
        if found is None:
            await end_stale(self._conf_file, self._waits.stop_s)
            self._life = await self._spawn()
        else:
            log.warning("Asterisk goes on from a former run", pid=found)
            self._life = _Life(found, asyncio.get_running_loop().time(), None)
            self._life.ready.set()
            self._on_ready()
        self._supervisor = asyncio.create_task(self._supervise(self._life))
        try:
            await self.wait_ready()
        except BaseException:
            await self.stop()
            raise

    async def wait_ready(self, timeout_s: float | None = None) -> None:
        """Return when the present run is fully booted. Raises SetupFailed."""
        life = self._life
        if life is None:
            raise SetupFailed(f"{self.name} is not running")
        limit_s = timeout_s or self._waits.ready_s
        ready = asyncio.create_task(life.ready.wait())
        ended = asyncio.create_task(life.ended.wait())
        try:
            await asyncio.wait(
                (ready, ended), timeout=limit_s, return_when="FIRST_COMPLETED"
            )
        finally:
            ready.cancel()
            ended.cancel()
        if life.complaints or not life.ready.is_set():
            raise SetupFailed(self._why(life, limit_s))

    async def stop(self) -> None:
        """Stop it now: live calls are cut. Killed when it takes too long."""
        self._stopping = True
        supervisor, self._supervisor = self._supervisor, None
        life = self._life
        if life is not None and not life.ended.is_set():
            await self._end(life)
        if supervisor is not None:
            supervisor.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await supervisor
        self._life = None

    async def answers(self) -> bool:
        """Say whether its console answers. Raises OSError: it could not be asked."""
        return await channels_of(self._program, self._conf_file) is not None

    def kill(self) -> None:
        """End it at once, as a crash does; the supervisor starts the next."""
        if self.pid is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)

    async def leave(self) -> None:
        """Let go of it: it and its calls go on, for who starts next."""
        if self._life is not None and self._life.process is not None:
            _left.append(self._life.process)
        self._stopping = True
        supervisor, self._supervisor = self._supervisor, None
        if supervisor is not None:
            supervisor.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await supervisor
        self._life = None

    async def _end(self, life: _Life) -> None:
        for number in (signal.SIGTERM, signal.SIGKILL):
            with contextlib.suppress(ProcessLookupError):
                os.kill(life.pid, number)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._waits.stop_s):
                    await life.ended.wait()
                return
            log.warning("Asterisk did not stop in time", name=self.name)

    async def _spawn(self) -> _Life:
        raise_file_limit()
        try:
            self._before_start()
        except SetupFailed as exc:  # a full disk: the start is worth more
            log.warning("Not prepared for the start", name=self.name, error=str(exc))
        words = [str(self._program), "-C", str(self._conf_file), "-f", "-n"]
        self._log_file.parent.mkdir(parents=True, exist_ok=True)
        with self._log_file.open("ab") as log_file:
            began = log_file.tell()
            try:
                process = await asyncio.create_subprocess_exec(
                    *words,
                    stdin=asyncio.subprocess.DEVNULL,
                    stdout=log_file,
                    stderr=asyncio.subprocess.STDOUT,
                    # Ctrl-C on the terminal is for the controller: calls go on.
                    start_new_session=True,
                )
            except OSError as exc:
                raise SetupFailed(f"{self._program} cannot be run: {exc}") from exc
        now = asyncio.get_running_loop().time()
        return _Life(process.pid, now, process, began)

    async def _supervise(self, life: _Life) -> None:
        """Watch each run to its end, then start the next."""
        delay_s = FIRST_DELAY_S
        while True:
            code = await self._follow(life)
            if self._stopping:
                return
            log.warning("Asterisk ended by itself", name=self.name, code=code)
            self._on_exit(code)
            if not life.ready.is_set() and self.restarts == 0:
                return  # the first start failed: `start` says why
            up_s = asyncio.get_running_loop().time() - life.started_at
            delay_s = FIRST_DELAY_S if up_s > SETTLED_S else delay_s
            next_life = None
            while next_life is None:
                await asyncio.sleep(delay_s)
                delay_s = min(2 * delay_s, LONGEST_DELAY_S)
                try:
                    next_life = await self._spawn()
                except (SetupFailed, OSError) as exc:  # no memory, no files: it passes
                    log.error("Not started again yet", name=self.name, error=str(exc))
            life = self._life = next_life
            self.restarts += 1

    async def _follow(self, life: _Life) -> int:
        output = asyncio.create_task(self._watch_output(life))
        try:
            if life.process is not None:
                return await life.process.wait()
            await _exit_of(life.pid)
            return 0
        finally:
            output.cancel()
            if not life.ready.is_set():
                self._read_output(life)  # its last words
            life.ended.set()

    async def _watch_output(self, life: _Life) -> None:
        while not life.ready.is_set():
            self._read_output(life)
            await asyncio.sleep(LOOK_EVERY_S)
        while True:
            _keep_small(self._log_file)
            await asyncio.sleep(SIZE_EVERY_S)

    def _read_output(self, life: _Life) -> None:
        """Note the whole lines that came since the last look."""
        with contextlib.suppress(OSError), self._log_file.open("rb") as file:
            file.seek(life.log_from)
            whole, end, _ = file.read().rpartition(b"\n")
            life.log_from += len(whole) + len(end)
            for line in whole.decode("utf-8", "replace").splitlines():
                self._note(life, line)

    def _note(self, life: _Life, line: str) -> None:
        if life.ready.is_set():
            return
        if line.strip() == READY:
            life.ready.set()
            self._on_ready()
        elif COMPLAINT.search(line):
            life.complaints.append(line)

    def _why(self, life: _Life, limit_s: float) -> str:
        if life.complaints:
            lines = "\n  ".join(life.complaints[:8])
            return f"{self.name} did not start cleanly:\n  {lines}\n{_remedy(lines)}"
        if life.ended.is_set():
            code = life.code
            return f"{self.name} ended at once (code {code}): see {self._log_file}"
        return f"{self.name} was not ready after {limit_s:g} s: see {self._log_file}"


def raise_file_limit() -> None:
    """Let this process, and what it starts, open as many files as it may.

    A call takes about five; the usual 1,024 would end at 200 calls.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MAX_FILES if hard == resource.RLIM_INFINITY else min(hard, MAX_FILES)
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _remedy(lines: str) -> str:
    if "Address already in use" in lines or "bind" in lines:
        return (
            "Another program has the port: stop it, or change the port in the settings."
        )
    if "to load" in lines or "resolve dependencies" in lines:
        return "A module is missing: install all of Asterisk's modules, 20 or newer."
    return "The lines name the file; `dialer.py check` tells more."


def _keep_small(file: Path) -> None:
    """Begin a log that has grown too long anew; the old one is kept beside it.

    Its writer has it open to append, so it goes on at the new beginning.
    """
    with contextlib.suppress(OSError):
        if file.stat().st_size > MAX_LOG:
            shutil.copyfile(file, file.with_suffix(".old"))
            os.truncate(file, 0)


async def _exit_of(pid: int) -> None:
    """Return when a process that is not our child has ended."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    loop, ended = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(descriptor, ended.set)
    try:
        await ended.wait()
    finally:
        loop.remove_reader(descriptor)
        os.close(descriptor)


async def channels_of(program: Path, conf_file: Path) -> int | None:
    """Return how many channels the Asterisk of `conf_file` has; None: no answer."""
    console = await asyncio.create_subprocess_exec(
        str(program),
        "-C",
        str(conf_file),
        "-rx",
        "core show channels count",
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        async with asyncio.timeout(CONSOLE_TIMEOUT_S):
            said, _ = await console.communicate()
    except TimeoutError:
        console.kill()
        await console.wait()
        return None
    count = re.search(rb"^(\d+) active channel", said, re.MULTILINE)
    return None if count is None else int(count[1])


async def end_stale(conf_file: Path, stop_s: float = 5.0) -> bool:
    """End an Asterisk that a crash left behind on this configuration, if there is one.

    Only a process that was started with this very file is touched.
    """
    pid = stale_pid(conf_file)
    if pid is None:
        return False
    log.warning("Ending an Asterisk left from a crash", pid=pid)
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
        deadline = asyncio.get_running_loop().time() + stop_s
        while asyncio.get_running_loop().time() < deadline:
            if not _runs_with(pid, conf_file):
                return True
            await asyncio.sleep(0.05)
    raise SetupFailed(f"process {pid}, an older Asterisk, cannot be ended")


def stale_pid(conf_file: Path) -> int | None:
    """Return the process that Asterisk's pid file names, if it is still it."""
    file = conf_file.parent.parent / "run" / "asterisk.pid"
    try:
        pid = int(file.read_text("ascii"))
    except (OSError, ValueError):
        return None
    return pid if _runs_with(pid, conf_file) else None


def _runs_with(pid: int, conf_file: Path) -> bool:
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return False
    return os.fsencode(conf_file) in words
