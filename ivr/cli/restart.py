"""dialer.py restart: a new controller for the running one, and no call is dropped."""

from __future__ import annotations

import os
import signal
import time

from ivr.cli.client import Client
from ivr.cli.options import DEFAULT_CONFIG, ConfigOption, HomeOption, out, settings_of
from ivr.errors import SamvadError, SetupFailed
from ivr.settings.home import HomeLock

AT_MOST_S = 90.0
LOOK_S = 0.1


def restart(config: ConfigOption = DEFAULT_CONFIG, home: HomeOption = None) -> None:
    """Let a new controller take over calls and desks from the running one.

    For a new version of Samvad, or changed settings. People on the line hear "one
    moment" and go on where they were. What only Asterisk reads (telecallers, trunks,
    ports) changes when Samvad is stopped and started.
    """
    settings = settings_of(config, home)
    guard, lock = HomeLock(settings.home, "guard"), HomeLock(settings.home)
    guardian, former = guard.holder(), lock.holder()
    if guardian is None or former is None:
        raise SetupFailed(
            f"no Samvad is running in {settings.home}: start it with dialer.py up"
        )
    begun = time.monotonic()
    os.kill(guardian, signal.SIGHUP)
    while time.monotonic() - begun < AT_MOST_S:
        if lock.holder() not in (None, former) and _answers(Client(settings)):
            took_s = time.monotonic() - begun
            out.print(f"[green]✓[/] A new controller goes on, after {took_s:.1f} s")
            return
        time.sleep(LOOK_S)
    raise SetupFailed("the new controller did not come up: see what `up` has printed")


def _answers(client: Client) -> bool:
    try:
        client.get("/healthz")
    except SamvadError:
        return False
    return True
