"""Samvad as nobody, without any right of root's, in a tree that it cannot write.

And that no secret is where it should not be: in a log, a command line, a backup.
"""

from __future__ import annotations

import asyncio
import gzip
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from ivr.settings.config import PROJECT, Settings
from tests.acceptance.whole import Up, _end_leftover, write_settings
from tests.polling import until

pytestmark = [pytest.mark.acceptance, pytest.mark.long]

CONFINED = PROJECT / "tests/acceptance/confined.sh"
NOBODY = "65534"
DENY_EXECUTE = (  # systemd's MemoryDenyWriteExecute: memory is written or executed
    "import ctypes, os, sys;"
    "ctypes.CDLL(None, use_errno=True).prctl(65, 1, 0, 0, 0);"
    "os.environ['POLARS_SKIP_CPU_CHECK'] = '1';"  # as in the unit
    "os.execv(sys.argv[1], sys.argv[1:])"
)


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that others may enter: pytest's own are closed to them."""
    with tempfile.TemporaryDirectory(prefix="samvad-nobody-", dir="/tmp") as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.fixture
def settings(folder: Path) -> Settings:
    if os.geteuid() != 0 or not shutil.which("unshare") or not shutil.which("setpriv"):
        pytest.skip("needs root, unshare and setpriv")
    settings = write_settings(folder, folder / "home")
    os.chown(settings.home, int(NOBODY), int(NOBODY))
    settings.home.chmod(0o700)
    return settings


def confined(*words: str) -> list[str]:
    prefix = str(Path(sys.base_prefix).resolve())
    begin = ["unshare", "--mount", "--propagation", "private", str(CONFINED)]
    deny = [sys.executable, "-c", DENY_EXECUTE]
    return [*begin, str(PROJECT), prefix, *deny, sys.executable, *words]


async def test_samvad_runs_as_nobody_in_a_tree_that_cannot_be_written(
    settings: Settings, folder: Path
) -> None:
    log = folder / "up.log"
    words = confined("dialer.py", "up", "--config", str(settings.file))
    with log.open("wb") as out:
        process = await asyncio.create_subprocess_exec(*words, stdout=out, stderr=out)
    up = Up(process, log)
    try:
        await until(lambda: up.is_up or up.has_ended, within_s=40)
        assert up.is_up, up.said()
        ours = [process.pid, *_children(process.pid)]
        assert len(ours) >= 2  # the controller and Asterisk
        for pid in ours:
            _has_no_rights(pid)
        lines = b"".join(_command_lines())
        backup = await _backup(settings, folder)
        up.interrupt()
        assert await up.ended(within_s=20) == 0, up.said()
    finally:
        await up.kill()
        await _end_leftover(settings)
    _is_nowhere(settings, {"a command line": lines, "a backup": backup})


def _children(pid: int) -> Iterator[int]:
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            yield int(child)
            yield from _children(int(child))


def _has_no_rights(pid: int) -> None:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    status = {line.partition(":")[0]: line.partition(":")[2].split() for line in lines}
    assert set(status["Uid"]) == {NOBODY}
    assert set(status["Gid"]) == {NOBODY}
    assert status["NoNewPrivs"] == ["1"]
    for kind in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
        assert int(status[kind][0], 16) == 0, kind
    mounts = Path(f"/proc/{pid}/mounts").read_text().splitlines()
    [tree] = [line for line in mounts if line.split()[1] == str(PROJECT)][-1:]
    assert "ro" in tree.split()[3].split(",")


def _command_lines() -> Iterator[bytes]:
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            yield file.read_bytes()


async def _backup(settings: Settings, folder: Path) -> bytes:
    """Make one beside the running Samvad; return all that is in it."""
    file = folder / "a.backup"
    words = ["dialer.py", "backup", str(file), "--config", str(settings.file)]
    done = await asyncio.create_subprocess_exec(sys.executable, *words, cwd=PROJECT)
    assert await done.wait() == 0
    return gzip.decompress(file.read_bytes())


def _is_nowhere(settings: Settings, places: dict[str, bytes]) -> None:
    """Look for each secret that was made, in the logs and in `places`."""
    secrets = {
        file.name: file.read_bytes().strip()
        for file in (settings.home / "secrets").rglob("*")
        if file.is_file()
    }
    keys = {file.name: file.read_bytes() for file in settings.home.glob("keys/*.key")}
    assert {"ami", "api"} <= secrets.keys()
    assert keys
    logs = [settings.file.parent / "up.log"]
    logs += [file for file in settings.home.rglob("*log*") if file.is_file()]
    assert len(logs) > 1
    places |= {str(log): log.read_bytes() for log in logs}
    found = [
        f"{name} is in {place}"
        for name, secret in (secrets | keys).items()
        for place, text in places.items()
        if len(secret) >= 16 and secret in text
    ]
    assert not found
    for file in [
        *settings.home.glob("secrets/**/*"),
        *settings.home.glob("keys/*.key"),
    ]:
        assert not file.stat().st_mode & 0o077, file
