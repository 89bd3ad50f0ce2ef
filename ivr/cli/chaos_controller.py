"""`dialer.py up` as `dialer.py chaos` runs it: by wires that break, with a clock that
jumps. Nothing else comes here.

python -m ivr.cli.chaos_controller CONFIG SHIFT_SECONDS CLOCK_FILE AMI_PORT AGI_PORT
"""

from __future__ import annotations

import mmap
import os
import struct
import sys
from datetime import datetime, timedelta
from pathlib import Path

import uvloop

from ivr.cli import logs
from ivr.cli.guarded import GUARD_FD
from ivr.cli.guardian import Guardian
from ivr.cli.system import Wires
from ivr.cli.working import work_until_stopped
from ivr.controller.clock import SystemClock
from ivr.errors import SamvadError
from ivr.settings.config import load_settings

JUMP = struct.Struct("<d")  # seconds that the clock has jumped, of all jumps together


class JumpingClock(SystemClock):
    """The machine's clock, moved by `shift` and by what stands in a file just now."""

    def __init__(self, shift: timedelta, file: Path) -> None:
        super().__init__(shift)
        with file.open("rb") as opened:
            self._jump = mmap.mmap(opened.fileno(), JUMP.size, prot=mmap.PROT_READ)

    def now(self) -> datetime:
        [jumped_s] = JUMP.unpack(self._jump[: JUMP.size])
        return super().now() + timedelta(seconds=jumped_s)


def set_jump(file: Path, seconds: float) -> None:
    """Let every clock that looks at `file` be `seconds` ahead, or behind."""
    if not file.exists():
        file.write_bytes(JUMP.pack(seconds))
        return
    with file.open("r+b") as opened:
        opened.write(JUMP.pack(seconds))


def main(*given: str) -> int:
    """Run until SIGTERM, guarded as `dialer.py up` is; return the exit code."""
    if GUARD_FD in os.environ:
        return work(*given)
    words = [sys.executable, "-m", "ivr.cli.chaos_controller", *given]
    return Guardian(words, Path.cwd()).run()


def work(config: str, shift_s: str, clock_file: str, ami: str, agi: str) -> int:
    """Be the controller."""
    settings = load_settings(Path(config))
    logs.set_up(settings.log)
    clock = JumpingClock(timedelta(seconds=float(shift_s)), Path(clock_file))
    try:
        wires = Wires(ami=int(ami), agi=int(agi))
        uvloop.run(work_until_stopped(settings, clock, wires))
    except SamvadError as exc:
        sys.stderr.write(f"{exc}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
