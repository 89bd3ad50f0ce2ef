"""The controller itself, from its start to its end; `dialer.py up` guards it."""

from __future__ import annotations

import asyncio
import signal
from datetime import timedelta

from ivr.cli.guarded import LOADED, UP, Guarded
from ivr.cli.options import out
from ivr.cli.system import System, Wires, open_system
from ivr.controller.clock import SystemClock
from ivr.settings.config import Settings
from ivr.settings.home import HomeLock

FREE_S = 30.0  # the former controller lets go of the home within that


async def work_until_stopped(
    settings: Settings,
    clock: SystemClock | None = None,
    wires: Wires | None = None,
) -> None:
    """Run the whole system until the first SIGINT or SIGTERM, then drain it.

    After SIGUSR1 it lets go of calls and desks as they are, for the next one.
    """
    guarded = Guarded()
    guarded.say(LOADED)
    if guarded.stands_by:
        await HomeLock(settings.home).wait_until_free(FREE_S)
    first, second, hand_over = _signals()
    # Also while it closes: that may take longer than a controller may be silent.
    async with (
        guarded.beating(),
        open_system(settings, clock=clock, wires=wires) as system,
    ):
        guarded.say(UP)
        out.print(
            f"[green]✓[/] Samvad is up: http://{settings.web.host}:{settings.web.port}"
            f"/healthz · home {settings.home}"
        )
        if await _first_of(first, hand_over) is hand_over:
            system.hands_over = True
        else:
            await drain(system, second)


async def _first_of(*events: asyncio.Event) -> asyncio.Event:
    waits = [asyncio.ensure_future(event.wait()) for event in events]
    await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    for wait in waits:
        wait.cancel()
    return next(event for event in events if event.is_set())


async def drain(system: System, second: asyncio.Event) -> None:
    """Let live calls finish, until they have, the time is over, or `second`."""
    live = system.running.router.count()
    limit_s = system.settings.timeouts.drain_s
    if live:
        out.print(
            f"Stopping: no new calls, {live} live ones may finish ({limit_s:g} s). "
            "Ctrl-C again stops now."
        )
    draining = asyncio.ensure_future(system.running.drain(timedelta(seconds=limit_s)))
    stopping = asyncio.ensure_future(second.wait())
    await asyncio.wait({draining, stopping}, return_when=asyncio.FIRST_COMPLETED)
    for task in (draining, stopping):
        task.cancel()
    await asyncio.gather(draining, stopping, return_exceptions=True)


def _signals() -> tuple[asyncio.Event, asyncio.Event, asyncio.Event]:
    """Return events for the first and the second Ctrl-C or SIGTERM, and SIGUSR1."""
    first, second, hand_over = asyncio.Event(), asyncio.Event(), asyncio.Event()

    def stop() -> None:
        (second if first.is_set() else first).set()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop)
    loop.add_signal_handler(signal.SIGUSR1, hand_over.set)
    return first, second, hand_over
