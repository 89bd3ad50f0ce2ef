"""The small program that keeps the controller running: starts it, watches it, starts
it again, and changes it for a new one without dropping a call.

Asterisk and its calls outlive a controller, so ending one that hangs is cheap: voters
hear "one moment" and go on with the next. The controller tells by a pipe that it lives
(ivr/cli/guarded.py). Standard library only: it must not fail itself.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ivr.cli.guarded import GUARD_FD, GUARD_PID, LOADED, STAND_BY, UP

HUNG_S = 1.5  # no beat for so long: voters would hear silence
HUNG_AT_MOST_S = 12.0  # on a machine that is over its limit, ending it helps nobody
SETTLED_S = 20.0  # up for so long: patience and delay are the first ones again
LOOK_S = 0.1
# States of a process: it runs or waits for the disk, and may be late without hanging.
AT_WORK, STOPPED = ("R", "D"), "T"
OWN_PAUSE_S = 0.5  # we ourselves were not run for so long: so was everybody
FIRST_DELAY_S, LONGEST_DELAY_S = 0.1, 5.0
LOAD_S = 60.0  # a next one that has not loaded by then is given up
PART_S = 10.0  # the former one has let go by then, or is ended


@dataclass(slots=True)
class _Worker:
    """One controller, and the pipe from it."""

    process: subprocess.Popen[bytes]
    pipe: int
    heard_at: float
    is_loaded: bool = False
    up_at: float | None = None

    @property
    def is_up(self) -> bool:
        return self.up_at is not None

    def listen(self, now: float) -> None:
        """Take what it said since the last look."""
        with contextlib.suppress(BlockingIOError):
            while said := os.read(self.pipe, 4096):
                self.heard_at = now
                self.is_loaded = self.is_loaded or LOADED in said
                if self.up_at is None and UP in said:
                    self.up_at = now

    def is_settled(self, now: float) -> bool:
        return self.up_at is not None and now - self.up_at > SETTLED_S

    def state(self) -> str:
        """Return what the system says that it does: proc(5), "" when it is gone."""
        try:
            stat = Path(f"/proc/{self.process.pid}/stat").read_text("ascii", "replace")
        except OSError:
            return ""
        return stat.rpartition(")")[2].split()[0]

    def hangs(self, now: float, patience_s: float) -> bool:
        """Whether it is silent for too long; until it is up only when stopped."""
        if now - self.heard_at <= patience_s:
            return False
        return self.is_up or self.state() == STOPPED

    def send(self, number: int) -> None:
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(number)

    def close(self) -> None:
        os.close(self.pipe)


@dataclass(slots=True)
class Guardian:
    """Runs `words` as the controller until it ends by itself, or is told to.

    SIGINT and SIGTERM go on to it; SIGHUP changes it for a new one.
    """

    words: Sequence[str]
    folder: Path  # to run it in
    hung_s: float = HUNG_S
    restarts: int = 0
    _wishes: list[int] = field(default_factory=list)
    _is_stopping: bool = False
    _delay_s: float = FIRST_DELAY_S
    _patience_s: float = 0.0

    def run(self) -> int:
        """Return the controller's exit code, when it has ended for good."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, lambda got, _frame: self._wishes.append(got))
        self._patience_s = self.hung_s
        worker, was_up = self._start(), False
        looked_at = time.monotonic()
        while True:
            select.select([worker.pipe], [], [], LOOK_S)
            now = time.monotonic()
            if now - looked_at > OWN_PAUSE_S:
                worker.heard_at = now
            looked_at = now
            worker.listen(now)
            was_up = was_up or worker.is_up
            if worker.is_settled(now):
                self._patience_s = self.hung_s
            code = worker.process.poll()
            if code is not None:
                worker.close()
                if self._is_stopping or code == 0 or not was_up:
                    return code if code >= 0 else 128 - code
                self._say(f"the controller ended (code {code}): it is started again")
                worker = self._again(worker, now)
                looked_at = time.monotonic()
            elif worker.hangs(now, self._patience_s):
                self._say("the controller hangs: it is ended and started again")
                self._be_patient(worker)
                worker.send(signal.SIGKILL)
                worker.process.wait()
            worker = self._obey(worker)

    def _start(self, *, stands_by: bool = False) -> _Worker:
        pipe, its_end = os.pipe()
        os.set_blocking(pipe, False)
        ours = {GUARD_FD: str(its_end), GUARD_PID: str(os.getpid())}
        environment = {**os.environ, **ours}
        if stands_by:
            environment[STAND_BY] = "1"
        process = subprocess.Popen(
            list(self.words),
            cwd=self.folder,
            env=environment,
            pass_fds=(its_end,),
            # Ctrl-C on the terminal is for us: we pass it on, once.
            start_new_session=True,
        )
        os.close(its_end)
        return _Worker(process, pipe, time.monotonic())

    def _again(self, worker: _Worker, now: float) -> _Worker:
        """Start it after a moment, a longer one each time it fails soon again."""
        if worker.is_settled(now):
            self._delay_s = FIRST_DELAY_S
        time.sleep(self._delay_s)
        self._delay_s = min(self._delay_s * 2, LONGEST_DELAY_S)
        self.restarts += 1
        return self._start()

    def _be_patient(self, worker: _Worker) -> None:
        """One that is late soon again, and at work, has too little of the machine."""
        if worker.state() in AT_WORK:
            self._patience_s = min(self._patience_s * 2, HUNG_AT_MOST_S)

    def _obey(self, worker: _Worker) -> _Worker:
        while self._wishes:
            number = self._wishes.pop(0)
            if number == signal.SIGHUP:
                worker = self._change(worker)
            else:
                self._is_stopping = True
                worker.send(number)
        return worker

    def _change(self, worker: _Worker) -> _Worker:
        """Let a new controller go on with the calls of this one."""
        if self._is_stopping or not worker.is_up:
            return worker
        following = self._start(stands_by=True)
        if not self._wait(following, worker):
            self._say("the new controller did not load: the old one goes on")
            following.send(signal.SIGKILL)
            following.process.wait()
            following.close()
            return worker
        worker.send(signal.SIGUSR1)
        try:
            worker.process.wait(PART_S)
        except subprocess.TimeoutExpired:
            worker.send(signal.SIGKILL)
            worker.process.wait()
        worker.close()
        following.heard_at = time.monotonic()
        return following

    def _wait(self, following: _Worker, worker: _Worker) -> bool:
        """Wait until the next one is loaded; watch the present one meanwhile."""
        until = time.monotonic() + LOAD_S
        while time.monotonic() < until and following.process.poll() is None:
            select.select([following.pipe], [], [], LOOK_S)
            now = time.monotonic()
            worker.listen(now)
            following.listen(now)
            if following.is_loaded:
                return True
            if worker.process.poll() is not None:
                return True  # it died meanwhile: all the better that one is there
        return False

    def _say(self, what: str) -> None:
        sys.stderr.write(f"Samvad: {what}\n")
        sys.stderr.flush()
