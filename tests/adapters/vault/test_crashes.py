"""A crash, or a full disk, at any moment of sealing and of a rotation loses nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from ivr.vault.recordings import Recordings
from ivr.vault.rewrap import finish, rotate
from ivr.vault.vault import vault_of
from tests.fakes.spoken_files import put_sealed, recordings_in, write_wav

NAMES = ("c1-1.wav", "c2-1.wav")


class Crash(BaseException):
    """The power is gone: nobody's `except` or `finally` does anything any more."""


class Disk:
    """Counts what changes the disk. At one of them all is over."""

    def __init__(self, allowed: int) -> None:
        self.left = allowed

    def may(self, real: Callable[..., Any]) -> Callable[..., Any]:
        def step(*args: Any, **named: Any) -> Any:
            if self.left <= 0:
                raise Crash
            self.left -= 1
            return real(*args, **named)

        return step


@contextmanager
def crash_after(steps: int) -> Iterator[Disk]:
    disk = Disk(steps)
    with pytest.MonkeyPatch.context() as patch:
        for name in ("open", "fsync", "replace", "unlink", "mkdir"):
            patch.setattr(os, name, disk.may(getattr(os, name)))
        patch.setattr(Path, "unlink", disk.may(Path.unlink))
        yield disk


def crashes_at_every_step(make: Callable[[int], Callable[[], Any]]) -> Iterator[int]:
    """Run what `make` gives, broken off after 0, 1, 2 … steps, until it is whole."""
    for steps in range(500):
        act = make(steps)
        try:
            with crash_after(steps):
                act()
        except Crash:
            yield steps
        else:
            assert steps > 10  # else nothing was counted
            yield steps
            return
    raise AssertionError("it never came to its end")


def test_a_recording_survives_a_crash_at_any_step_of_sealing(tmp_path: Path):
    homes: list[tuple[Recordings, list[bytes]]] = []

    def make(steps: int) -> Callable[[], Any]:
        recordings = recordings_in(tmp_path / str(steps))
        wholes = [write_wav(recordings.new / name) for name in NAMES]
        homes.append((recordings, wholes))
        return lambda: recordings.seal([recordings.new / name for name in NAMES])

    for steps in crashes_at_every_step(make):
        recordings, wholes = homes[steps]
        assert [recordings.read(name) for name in NAMES] == wholes  # at once
        again = recordings_in(tmp_path / str(steps))  # the next start
        again.seal([file for file in again.new.iterdir() if file.suffix == ".wav"])
        assert [again.read(name) for name in NAMES] == wholes
        assert not list(again.new.iterdir())
        assert all(file.name.endswith((".sealed", "new")) for file in _in(again.folder))
    assert len(homes) > 20


def _in(folder: Path) -> list[Path]:
    return list(folder.iterdir())


def test_a_rotation_survives_a_crash_at_any_step(tmp_path: Path):
    wholes: dict[int, list[bytes]] = {}

    def make(steps: int) -> Callable[[], Any]:
        home = tmp_path / str(steps)
        recordings = recordings_in(home)
        wholes[steps] = [put_sealed(recordings, name) for name in NAMES]
        vault = vault_of(home)
        return lambda: rotate(vault.ring, vault.keys)

    for steps in crashes_at_every_step(make):
        vault = vault_of(tmp_path / str(steps))
        read = vault.recordings.read
        assert [read(name) for name in NAMES] == wholes[steps]
        finish(vault.ring, vault.keys)
        assert [read(name) for name in NAMES] == wholes[steps]
        assert len(vault.ring.masters()) == 1


def test_what_was_destroyed_before_a_crash_does_not_come_back(tmp_path: Path):
    homes: list[Recordings] = []

    def make(steps: int) -> Callable[[], Any]:
        recordings = recordings_in(tmp_path / str(steps))
        for name in NAMES:
            put_sealed(recordings, name)
        homes.append(recordings)
        return lambda: recordings.destroy(NAMES[:1])

    for steps in crashes_at_every_step(make):
        recordings = homes[steps]
        recordings.destroy(NAMES[:1])
        assert recordings.open(NAMES[0]) is None
        assert recordings.is_there(NAMES[1])


SEAL_ON = """
import sys
from pathlib import Path
from tests.fakes.spoken_files import recordings_in, write_wav
recordings = recordings_in(Path(sys.argv[1]))
for n in range(10_000):
    file = recordings.new / f"c{n}-1.wav"
    write_wav(file, bytes([n % 256, 1]) * 4000)
    print(n, flush=True)
    recordings.seal([file])
"""


def test_a_killed_process_leaves_every_recording_whole(tmp_path: Path):
    for kill_at in (3, 17):
        home = tmp_path / str(kill_at)
        words = [sys.executable, "-c", SEAL_ON, str(home)]
        with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as sealing:
            assert sealing.stdout is not None
            for line in sealing.stdout:
                if int(line) == kill_at:
                    break
            sealing.send_signal(signal.SIGKILL)
        again = recordings_in(home)
        again.seal(list(again.new.glob("*.wav")))
        for n in range(kill_at + 1):
            assert again.read(f"c{n}-1.wav").endswith(bytes([n % 256, 1]) * 4000)
        assert not list(again.new.iterdir())


def test_a_full_disk_leaves_the_clear_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    recordings = recordings_in(tmp_path)
    whole = write_wav(recordings.new / NAMES[0])

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises((OSError, Exception), match="No space"):
            recordings.seal([recordings.new / NAMES[0]])
    assert recordings.read(NAMES[0]) == whole
    assert not [f for f in tmp_path.rglob(".*.part")]
    assert recordings.seal([recordings.new / NAMES[0]]) == 1
    assert recordings.read(NAMES[0]) == whole
