"""dialer.py up: the real system, until Ctrl-C."""

from __future__ import annotations

import asyncio
import signal
from datetime import timedelta
from typing import Annotated

import typer
import uvloop

from ivr.cli import logs
from ivr.cli.options import DEFAULT_CONFIG, ConfigOption, HomeOption, out, settings_of
from ivr.cli.system import System, Wires, open_system
from ivr.controller.clock import SystemClock
from ivr.settings.config import Settings


def up(
    config: ConfigOption = DEFAULT_CONFIG,
    home: HomeOption = None,
    external: Annotated[
        bool,
        typer.Option(
            "--external-asterisk", help="Asterisk is started elsewhere (a container)."
        ),
    ] = False,
) -> None:
    """Start Asterisk and the dialler, and work until Ctrl-C.

    Ctrl-C once: no new calls, people on the line are served to the end. Twice: stop
    now. The campaigns that are running go on at the next start.
    """
    settings = settings_of(config, home)
    if external:
        settings = settings.with_external_asterisk()
    logs.set_up(settings.log)
    uvloop.run(work_until_stopped(settings))


async def work_until_stopped(
    settings: Settings,
    clock: SystemClock | None = None,
    wires: Wires | None = None,
) -> None:
    """Run the whole system until the first SIGINT or SIGTERM, then drain it."""
    first, second = _signals()
    async with open_system(settings, clock=clock, wires=wires) as system:
        out.print(
            f"[green]✓[/] Samvad is up: http://{settings.web.host}:{settings.web.port}"
            f"/healthz · home {settings.home}"
        )
        await first.wait()
        await drain(system, second)


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


def _signals() -> tuple[asyncio.Event, asyncio.Event]:
    """Return events for the first and the second Ctrl-C or SIGTERM."""
    first, second = asyncio.Event(), asyncio.Event()

    def stop() -> None:
        (second if first.is_set() else first).set()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop)
    return first, second
