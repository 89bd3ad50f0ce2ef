"""`dialer.py up`, but for the clock: the law lets nobody be called at night.

python -m tests.acceptance.up_at_noon CONFIG SHIFT_SECONDS
"""

from __future__ import annotations

import sys
from datetime import timedelta
from pathlib import Path

import uvloop

from ivr.cli import logs
from ivr.cli.up import work_until_stopped
from ivr.controller.clock import SystemClock
from ivr.errors import SamvadError
from ivr.settings.config import load_settings


def main(config: str, shift_s: str) -> int:
    settings = load_settings(Path(config))
    logs.set_up(settings.log)
    clock = SystemClock(timedelta(seconds=float(shift_s)))
    try:
        uvloop.run(work_until_stopped(settings, clock))
    except SamvadError as exc:
        sys.stderr.write(f"{exc}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
