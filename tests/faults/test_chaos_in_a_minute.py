"""Samvad is broken on purpose for a minute, half of it on each database.

The same seeds break the same things at the same moments. `make test-faults` does it
for longer.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from ivr.chaos.postgres import binaries
from ivr.settings.config import PROJECT

# `make test` runs it alone: what takes the machine from it looks like silence.
pytestmark = pytest.mark.acceptance

MOST_S = 240.0


def broken(folder: Path, database: str, *words: str) -> Mapping[str, Any]:
    """Run `dialer.py chaos`; return what it found. Nothing may have been broken."""
    command = [sys.executable, "dialer.py", "chaos", "--json", "--home", str(folder)]
    ran = subprocess.run(
        [*command, "--database", database, *words],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=MOST_S,
    )
    assert ran.stdout, ran.stderr
    found: Mapping[str, Any] = json.loads(ran.stdout)
    assert found["violations"] == []
    assert found["rested_s"] is not None
    assert ran.returncode == 0, ran.stderr
    return found


@pytest.mark.parametrize(
    ("database", "seed"),
    [
        ("sqlite", 1),
        pytest.param(
            "postgresql",
            2,
            marks=[
                pytest.mark.postgres,
                pytest.mark.skipif(binaries() is None, reason="no PostgreSQL here"),
            ],
        ),
    ],
)
def test_every_promise_is_kept_while_it_is_broken_for_half_a_minute(
    tmp_path: Path, database: str, seed: int
) -> None:
    words = ["--minutes", "0.5", "--seed", str(seed), "--haste", "2"]
    found = broken(tmp_path / "chaos", database, *words)
    [*kinds, whole] = found["rows"]
    assert whole["faults"] >= 6 and len(kinds) >= 6
    looked_at = {n: cell["checked"] for n, cell in whole["promises"].items()}
    assert all(looked_at[number] > 20 for number in "12346"), looked_at
