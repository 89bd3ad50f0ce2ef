"""The virtual carrier's process: it does not outlive whoever started it."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import pytest

from ivr.settings.config import PROJECT
from tests.acceptance.ports import CARRIER

pytestmark = pytest.mark.acceptance


def test_it_stops_with_its_asterisk_when_its_parent_is_gone(tmp_path: Path) -> None:
    file = tmp_path / "simulation.json"  # which is YAML too
    file.write_text(json.dumps({"ports": asdict(CARRIER)}), "utf-8")
    words = [sys.executable, "-m", "ivr.simulation", "--home", str(tmp_path)]
    words += ["--simulation", str(file)]
    with subprocess.Popen(
        [*words, "--until-eof"],
        cwd=PROJECT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdin is not None and process.stdout is not None
        assert process.stdout.readline() == b"READY\n"
        process.stdin.close()  # as when whoever holds it is killed
        try:
            assert process.wait(20) == 0
        finally:
            process.kill()
    assert not list(_commands_about(tmp_path))


def _commands_about(folder: Path) -> Iterator[bytes]:
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):  # it has just ended
            if bytes(folder) in (command := file.read_bytes()):
                yield command
