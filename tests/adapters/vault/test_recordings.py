"""Recordings at rest: sealed, heard, and gone, on a real disk."""

from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path

import pytest

from ivr.errors import CannotOpen
from ivr.vault.recordings import LOST_S, Recordings
from ivr.vault.sealed import PIECE
from ivr.vault.sealer import Sealer
from tests.fakes.spoken_files import put_sealed, recordings_in, write_wav
from tests.polling import until

NAME = "1764049.7-1.wav"
LONG = bytes(range(256)) * 1000  # several pieces


@pytest.fixture
def recordings(tmp_path: Path) -> Recordings:
    return recordings_in(tmp_path)


def heard(recordings: Recordings, first: int, count: int, name: str = NAME) -> bytes:
    found = recordings.open(name)
    assert found is not None
    with contextlib.closing(found):
        return b"".join(found.read(first, count))


def everything_in(home: Path) -> bytes:
    return b"".join(f.read_bytes() for f in home.rglob("*") if f.is_file())


def test_what_is_sealed_is_heard_and_lies_nowhere_in_the_clear(
    recordings: Recordings, tmp_path: Path
):
    whole = put_sealed(recordings, NAME, LONG)
    assert recordings.read(NAME) == whole
    assert recordings.is_there(NAME)
    assert not list(recordings.new.iterdir())
    assert LONG[:64] not in everything_in(tmp_path) and b"RIFF" not in everything_in(
        tmp_path
    )


def test_files_are_for_nobody_but_us(recordings: Recordings, tmp_path: Path):
    put_sealed(recordings, NAME)
    files = [f for f in tmp_path.rglob("*") if f.is_file()]
    assert len(files) >= 4
    assert all(file.stat().st_mode & 0o077 == 0 for file in files)


@pytest.mark.parametrize("first", [0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE + 7])
@pytest.mark.parametrize("count", [1, 100, 2 * PIECE, 10**9])
def test_any_part_can_be_heard_alone(recordings: Recordings, first: int, count: int):
    whole = put_sealed(recordings, NAME, LONG)
    assert heard(recordings, first, count) == whole[first : first + count]


@pytest.mark.parametrize("size", [0, 1, PIECE - 44, PIECE - 43, 2 * PIECE - 44])
def test_the_size_is_told_before_it_is_opened(recordings: Recordings, size: int):
    whole = put_sealed(recordings, NAME, bytes(size - size % 2))
    found = recordings.open(NAME)
    assert found is not None
    with contextlib.closing(found):
        assert found.size == len(whole)
        assert b"".join(found.read(0, found.size)) == whole


def test_until_it_is_sealed_it_is_heard_as_it_is(recordings: Recordings):
    whole = write_wav(recordings.new / NAME, LONG)
    assert recordings.is_there(NAME)
    assert recordings.read(NAME) == whole
    assert heard(recordings, 50, 100) == whole[50:150]


def test_what_an_older_version_left_in_the_clear_is_sealed_too(recordings: Recordings):
    whole = write_wav(recordings.folder / NAME)
    assert recordings.read(NAME) == whole
    assert recordings.seal(recordings.left()) == 1
    assert recordings.read(NAME) == whole
    assert not recordings.left()


@pytest.mark.parametrize("name", ["", "../x.wav", "/etc/passwd", "x.mp3", "nobody.wav"])
def test_another_name_opens_nothing(recordings: Recordings, name: str):
    assert recordings.open(name) is None
    assert not recordings.is_there(name)
    with pytest.raises(FileNotFoundError):
        recordings.read(name)


def _sealed(recordings: Recordings, name: str = NAME) -> Path:
    return recordings.folder / f"{name}.sealed"


@pytest.mark.parametrize("place", [3, 20, 60, PIECE + 100, -1])
def test_one_changed_byte_does_not_open(recordings: Recordings, place: int):
    put_sealed(recordings, NAME, LONG)
    file = _sealed(recordings)
    sealed = bytearray(file.read_bytes())
    sealed[place] ^= 1
    file.write_bytes(sealed)
    with pytest.raises(CannotOpen):
        recordings.read(NAME)


@pytest.mark.parametrize("left", [0, 10, 45, PIECE + 56, -1])
def test_what_was_cut_or_added_to_does_not_open(recordings: Recordings, left: int):
    put_sealed(recordings, NAME, LONG)
    file = _sealed(recordings)
    file.write_bytes(file.read_bytes()[:left])
    with pytest.raises(CannotOpen):
        recordings.read(NAME)


def test_one_file_in_anothers_place_does_not_open(recordings: Recordings):
    put_sealed(recordings, NAME)
    put_sealed(recordings, "c2-1.wav")
    os.replace(_sealed(recordings), _sealed(recordings, "c2-1.wav"))
    with pytest.raises(CannotOpen):
        recordings.read("c2-1.wav")


def test_a_wrapped_key_in_anothers_place_does_not_open(
    recordings: Recordings, tmp_path: Path
):
    put_sealed(recordings, NAME)
    put_sealed(recordings, "c2-1.wav")
    keys = tmp_path / "keys" / "data"
    os.replace(keys / f"{NAME}.key", keys / "c2-1.wav.key")
    with pytest.raises(CannotOpen):
        recordings.read("c2-1.wav")


def test_a_destroyed_recording_stays_closed_in_every_copy(
    recordings: Recordings, tmp_path: Path
):
    put_sealed(recordings, NAME)
    put_sealed(recordings, "c2-1.wav")
    copy = _sealed(recordings).read_bytes()  # as in a backup
    recordings.destroy([NAME])
    assert not recordings.is_there(NAME)
    assert recordings.open(NAME) is None
    _sealed(recordings).write_bytes(copy)
    assert recordings.open(NAME) is None
    assert recordings.is_there("c2-1.wav")
    recordings.destroy([NAME, "never.wav"])  # once more does no harm


# When Asterisk has finished


def test_a_file_that_is_being_written_is_left_alone(recordings: Recordings):
    file = recordings.new / NAME
    whole = write_wav(file, LONG)
    now = time.time()
    assert not recordings.waiting(now)  # its end may still be on the way
    assert recordings.waiting(now + 4) == [file]
    unfinished = bytearray(whole)
    unfinished[40:44] = bytes(4)  # Asterisk writes the length when it closes it
    file.write_bytes(unfinished)
    assert not recordings.waiting(now + 300)
    assert recordings.waiting(now + LOST_S + 10) == [file]


async def test_a_sealer_seals_what_was_left_and_what_comes(recordings: Recordings):
    write_wav(recordings.folder / "old-1.wav")
    (recordings.new / "notes.txt").write_text("x")
    sealer = Sealer(recordings, every_s=0.02)
    sealer.start()
    try:
        file = recordings.new / NAME
        write_wav(file)
        long_ago = time.time() - 60
        os.utime(file, (long_ago, long_ago))
        await until(lambda: not file.exists())
        write_wav(recordings.new / "c2-1.wav")
    finally:
        sealer.stop()
    assert [f.name for f in recordings.new.iterdir()] == ["notes.txt"]
    assert all(map(recordings.is_there, (NAME, "c2-1.wav", "old-1.wav")))


def test_one_file_that_cannot_be_sealed_keeps_no_other_waiting(recordings: Recordings):
    write_wav(recordings.new / "bad-1.wav")
    (recordings.folder / "bad-1.wav.sealed").mkdir()  # nothing takes its place
    write_wav(recordings.new / NAME)
    sealer = Sealer(recordings)
    sealer.start()
    sealer.stop()
    assert [f.name for f in recordings.new.iterdir()] == ["bad-1.wav"]
    assert recordings.is_there(NAME)
