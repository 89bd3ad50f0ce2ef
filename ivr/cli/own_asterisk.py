"""The Asterisk of this installation: started, or taken over with its calls."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path

import structlog

from ivr.asterisk import voice_ports
from ivr.asterisk.process import (
    AsteriskProcess,
    Waits,
    channels_of,
    end_stale,
    stale_pid,
)
from ivr.asterisk.provision import Folders, find_asterisk
from ivr.settings.config import Settings

log = structlog.get_logger(__name__)

STARTED_WITH = "started-with"  # a digest of what Asterisk read, in its folder


async def own_asterisk(
    stack: AsyncExitStack,
    settings: Settings,
    folders: Folders,
    hands_over: Callable[[], bool],
) -> AsteriskProcess:
    """Start Asterisk, or go on with the one that a former run left.

    When the stack closes it is stopped, or left for the next run if `hands_over()`.
    """
    program = find_asterisk(settings.project).program
    await _end_outdated(program, folders, settings.timeouts.stop_s)
    process = AsteriskProcess(
        program,
        folders.conf_file,
        name="Asterisk",
        log_file=folders.log / "console.log",
        waits=Waits(settings.timeouts.ready_s, settings.timeouts.stop_s),
        takes_over=True,
        before_start=lambda: voice_ports.turn(
            folders.home, settings.asterisk.rtp_start, settings.asterisk.rtp_end
        ),
    )
    await process.start()
    started_with = folders.home / STARTED_WITH
    if not started_with.exists():
        started_with.write_text(folders.digest() + "\n", "ascii")

    async def part() -> None:
        if hands_over():
            await process.leave()
        else:
            await process.stop()
            started_with.unlink(missing_ok=True)

    stack.push_async_callback(part)
    return process


async def _end_outdated(program: Path, folders: Folders, stop_s: float) -> None:
    """End an Asterisk of a former run, unless it has calls, if its settings changed."""
    started_with = folders.home / STARTED_WITH
    if stale_pid(folders.conf_file) is None:
        started_with.unlink(missing_ok=True)
        return
    with contextlib.suppress(OSError):
        if started_with.read_text("ascii").strip() == folders.digest():
            return
    if await channels_of(program, folders.conf_file):
        log.warning("Asterisk keeps its former settings: there are calls on it")
        return
    await end_stale(folders.conf_file, stop_s)
    started_with.unlink(missing_ok=True)
