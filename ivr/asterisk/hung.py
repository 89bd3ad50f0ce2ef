"""An Asterisk that runs and answers nobody: ended, so that its supervisor starts anew.

A deadlock leaves its process and its sockets there. Whoever is on a line then hears
nothing more, and nobody could dial until a person restarted the program.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import structlog

from ivr.asterisk.process import AsteriskProcess

log = structlog.get_logger(__name__)

SILENT_S = 30.0  # without the manager's connection, before its console is asked
LOOK_S = 1.0


async def end_when_hung(process: AsteriskProcess, is_up: Callable[[], bool]) -> None:
    """Watch one Asterisk for ever. `is_up`: its manager's connection answers.

    Only one whose console is silent too is ended: a fault of the connection alone
    must not cut those who talk.
    """
    loop = asyncio.get_running_loop()
    pid, since = process.pid, loop.time()
    while True:
        await asyncio.sleep(LOOK_S)
        if is_up() or process.pid is None or process.pid != pid:
            pid, since = process.pid, loop.time()
        elif loop.time() - since > SILENT_S:
            is_silent = await _is_silent(process)
            if is_silent and process.pid == pid and not is_up():
                log.error("Asterisk hangs: it is ended", pid=pid)
                process.kill()
            since = loop.time()


async def _is_silent(process: AsteriskProcess) -> bool:
    try:
        return not await process.answers()
    except OSError as exc:  # no memory for a console: that tells nothing
        log.warning("Asterisk's console cannot be asked", error=str(exc))
        return False
