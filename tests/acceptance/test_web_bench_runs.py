"""`dialer.py bench web`, small: its figures are of real calls and real pages."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from ivr.settings.config import PROJECT

pytestmark = [pytest.mark.acceptance, pytest.mark.long]

SMALL = "--desks 30 --floors 3 --calls-per-second 5 --seconds 5 --json".split()
WITHIN_S = 120


def test_open_pages_show_what_happens_at_the_desks() -> None:
    command = [sys.executable, "dialer.py", "bench", "web", *SMALL]
    ran = subprocess.run(
        command, cwd=PROJECT, capture_output=True, text=True, timeout=WITHIN_S
    )
    figures = json.loads(ran.stdout)
    # Whether it was quick enough is no matter of a busy machine's tests.
    assert ran.returncode == (0 if figures["aim met"] else 1), ran.stderr
    assert figures["calls/s"] > 0
    assert figures["desk changes seen/s"] > 0
    assert figures["desk delay max ms"] < 5_000  # not by the beat, by the change
    assert figures["floor delay p50 ms"] is not None
    assert figures["feeds that ended"] == 0
