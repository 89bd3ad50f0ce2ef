"""`bench soak` and `bench burst` run to their end and lose nothing, small."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from ivr.settings.config import PROJECT

pytestmark = [pytest.mark.acceptance, pytest.mark.long]


def bench(*words: str) -> dict[str, Any]:
    ran = subprocess.run(
        [sys.executable, "dialer.py", "bench", *words, "--json"],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert ran.stdout, ran.stderr
    found: dict[str, Any] = json.loads(ran.stdout)
    return found


def test_a_soak_of_half_a_minute_has_every_figure_and_loses_no_call() -> None:
    words = ("--minutes", "0.5", "--rate", "5", "--telecallers", "2", "--every", "1")
    found = bench("soak", *words)
    assert found["calls"] >= 100
    assert (found["lost"], found["interrupted"]) == (0, 0)
    assert found["talked"] > 0
    figures = found["figures"]
    assert figures["controller_threads"]["flat"]
    assert figures["asterisk_mb"]["most"] > 10
    assert (PROJECT / "run" / "bench-soak" / "soak.csv").exists()


def test_a_burst_is_braked_and_every_key_is_kept() -> None:
    found = bench("burst", "--rate", "300", "--seconds", "2")
    assert found["keys stored"] == found["keys sent (carrier)"] == found["calls"] == 600
    assert found["stored and wrong"] == 0
    assert found["allowed calls/s, most"] < 150
