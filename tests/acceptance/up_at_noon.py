"""`dialer.py up`, but for the clock: the law lets nobody be called at night.

python -m tests.acceptance.up_at_noon CONFIG SHIFT_SECONDS [--guarded]
"""

from __future__ import annotations

import os
import sys
from datetime import timedelta
from pathlib import Path

from ivr.cli.guarded import GUARD_FD
from ivr.cli.guardian import Guardian


def main(config: str, shift_s: str, *options: str) -> int:
    if "--guarded" in options and GUARD_FD not in os.environ:
        words = ["-m", "tests.acceptance.up_at_noon", *sys.argv[1:]]
        return Guardian([sys.executable, *words], Path.cwd()).run()
    return work(config, shift_s)


def work(config: str, shift_s: str) -> int:
    import uvloop

    from ivr.cli import logs
    from ivr.cli.working import work_until_stopped
    from ivr.controller.clock import SystemClock
    from ivr.errors import SamvadError
    from ivr.settings.config import load_settings

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
