"""What the controller tells its guardian (ivr/cli/guardian.py), by a pipe.

Without a guardian there is no pipe, and nothing is told.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import os
import signal
from collections.abc import AsyncIterator

GUARD_FD, GUARD_PID = "SAMVAD_GUARD_FD", "SAMVAD_GUARD_PID"
STAND_BY = "SAMVAD_STAND_BY"  # wait until the present controller has let go
LOADED, UP, BEAT = b"L", b"U", b"."
BEAT_S = 0.2
PR_SET_PDEATHSIG = 1


class Guarded:
    """Our end of the pipe."""

    def __init__(self) -> None:
        given = os.environ.pop(GUARD_FD, "")
        self._pipe = int(given) if given else None
        self.stands_by = bool(os.environ.pop(STAND_BY, ""))
        if self._pipe is not None:
            os.set_blocking(self._pipe, False)
            os.set_inheritable(self._pipe, False)
            # Without its guardian nobody would see it hang: the next one goes on.
            ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
            if os.getppid() != int(os.environ.pop(GUARD_PID)):
                raise SystemExit("the guardian is gone already")

    def say(self, what: bytes) -> None:
        if self._pipe is not None:
            with contextlib.suppress(BlockingIOError, BrokenPipeError):
                os.write(self._pipe, what)

    @contextlib.asynccontextmanager
    async def beating(self) -> AsyncIterator[None]:
        """Say, for as long as the event loop runs, that it does."""
        task = asyncio.create_task(self._beat())
        try:
            yield
        finally:
            task.cancel()

    async def _beat(self) -> None:
        while self._pipe is not None:
            self.say(BEAT)
            await asyncio.sleep(BEAT_S)
