"""dialer.py up: the real system, until Ctrl-C."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from ivr.cli.guarded import GUARD_FD
from ivr.cli.guardian import Guardian
from ivr.cli.options import DEFAULT_CONFIG, ConfigOption, HomeOption, settings_of
from ivr.settings.config import Settings
from ivr.settings.home import HomeLock


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

    A small guardian keeps the controller running: if it dies or hangs, it is started
    again and goes on with the calls. `dialer.py restart` changes it for a new one, for
    example after an update, and drops no call.
    """
    settings = settings_of(config, home)
    if external:
        settings = settings.with_external_asterisk()
    if GUARD_FD in os.environ:
        _work(settings)
        return
    with HomeLock(settings.home, "guard"):
        guardian = Guardian([sys.executable, *sys.argv], Path.cwd())
        code = guardian.run()
    if code:
        raise typer.Exit(code)


def _work(settings: Settings) -> None:
    # Only here: the guardian itself stays small.
    import uvloop

    from ivr.cli import logs
    from ivr.cli.working import work_until_stopped

    logs.set_up(settings.log)
    uvloop.run(work_until_stopped(settings))
