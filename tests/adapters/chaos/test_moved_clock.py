"""The clock of a controller under test, moved from outside."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from ivr.cli.chaos_controller import JumpingClock, set_jump


def test_the_clock_jumps_when_the_file_says_so(tmp_path: Path) -> None:
    file = tmp_path / "clock"
    set_jump(file, 0)
    clock = JumpingClock(timedelta(hours=1), file)
    for jump_s in (0, 900, -30.5, 0):
        set_jump(file, jump_s)
        ahead = clock.now() - datetime.now(UTC)
        assert abs(ahead.total_seconds() - 3600 - jump_s) < 1
