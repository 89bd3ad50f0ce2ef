"""Master keys: made once, named, rotated, given by the environment."""

from __future__ import annotations

import base64
import threading
from pathlib import Path

import pytest

from ivr.errors import BadInput, CannotOpen, SetupFailed
from ivr.vault.keyring import KeyRing
from ivr.vault.rewrap import finish, rotate, wrapped_by
from ivr.vault.vault import vault_of
from tests.fakes.spoken_files import put_sealed, recordings_in, write_wav

NAME = "c1-1.wav"


def given(letter: bytes) -> str:
    return base64.b64encode(letter * 32).decode()


def test_the_first_key_is_made_once_by_however_many(tmp_path: Path):
    rings = [KeyRing(tmp_path) for _ in range(8)]
    found: set[str] = set()
    threads = [
        threading.Thread(target=lambda ring=ring: found.add(ring.current().key_id))
        for ring in rings
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 1 == len(rings[0].masters())


def test_a_key_says_nothing_of_itself(tmp_path: Path):
    master = KeyRing(tmp_path).current()
    assert repr(master.key) not in repr(master)
    assert not master.is_open_to_others


def test_a_key_that_others_may_read_is_told(tmp_path: Path):
    ring = KeyRing(tmp_path)
    file = tmp_path / "secrets" / "vault" / f"{ring.current().key_id}.key"
    file.chmod(0o644)
    assert ring.current().is_open_to_others


def test_a_rotation_rewrites_no_sound(tmp_path: Path):
    recordings = recordings_in(tmp_path)
    whole = put_sealed(recordings, NAME)
    sealed = recordings.folder / f"{NAME}.sealed"
    before = (sealed.read_bytes(), sealed.stat().st_mtime_ns)
    vault = vault_of(tmp_path)
    old = vault.ring.current()
    newest, count = rotate(vault.ring, vault.keys)
    assert (count, newest.key_id != old.key_id) == (1, True)
    assert (sealed.read_bytes(), sealed.stat().st_mtime_ns) == before
    assert recordings.read(NAME) == whole  # by who had opened it before, too
    assert wrapped_by(vault.keys) == {newest.key_id: 1}
    with pytest.raises(CannotOpen):
        vault.ring.master(old.key_id)


def test_old_wrapped_keys_open_nothing_after_a_rotation(tmp_path: Path):
    """So what a backup holds of a destroyed recording is lost with the old key."""
    recordings = recordings_in(tmp_path)
    put_sealed(recordings, NAME)
    wrapped = tmp_path / "keys" / "data" / f"{NAME}.key"
    copy, sound = wrapped.read_bytes(), recordings.folder / f"{NAME}.sealed"
    sealed = sound.read_bytes()
    recordings.destroy([NAME])
    vault = vault_of(tmp_path)
    rotate(vault.ring, vault.keys)
    wrapped.write_bytes(copy)
    sound.write_bytes(sealed)
    with pytest.raises(CannotOpen):
        recordings.read(NAME)


def test_sealing_goes_on_during_rotations(tmp_path: Path):
    recordings = recordings_in(tmp_path)
    wholes: dict[str, bytes] = {}

    def work() -> None:
        for number in range(60):
            file = recordings.new / f"c{number}-1.wav"
            wholes[file.name] = write_wav(file)
            recordings.seal([file])

    sealing = threading.Thread(target=work)
    sealing.start()
    vault = vault_of(tmp_path)
    while sealing.is_alive():
        rotate(vault.ring, vault.keys)
    sealing.join()
    assert {name: recordings.read(name) for name in wholes} == wholes
    assert len(wholes) == 60
    rotate(vault.ring, vault.keys)
    assert len(vault.ring.masters()) == 1


def test_keys_of_the_environment_come_first(tmp_path: Path):
    whole = put_sealed(recordings_in(tmp_path), NAME)
    moved = vault_of(tmp_path, from_env=given(b"a"))
    newest, count = rotate(moved.ring, moved.keys)
    assert (count, [m.key_id for m in moved.ring.masters()]) == (1, [newest.key_id])
    assert not list((tmp_path / "secrets" / "vault").glob("*.key"))
    assert moved.recordings.read(NAME) == whole
    both = vault_of(tmp_path, from_env=f"{given(b'b')} {given(b'a')}")
    assert both.recordings.read(NAME) == whole
    assert finish(both.ring, both.keys) == 1
    alone = vault_of(tmp_path, from_env=given(b"b"))
    assert alone.recordings.read(NAME) == whole
    with pytest.raises(BadInput, match="environment"):
        alone.ring.add()
    with pytest.raises(CannotOpen):
        vault_of(tmp_path, from_env=given(b"c")).recordings.read(NAME)


@pytest.mark.parametrize("text", ["short", "///", "a" * 44, given(b"aa")])
def test_a_key_of_the_environment_that_is_none_is_refused(tmp_path: Path, text: str):
    with pytest.raises(BadInput) as refused:
        vault_of(tmp_path, from_env=text)
    assert text not in str(refused.value)


def test_a_key_file_that_was_changed_is_refused(tmp_path: Path):
    ring = KeyRing(tmp_path)
    file = tmp_path / "secrets" / "vault" / f"{ring.current().key_id}.key"
    file.write_text(given(b"x"))
    with pytest.raises(SetupFailed):
        ring.current()
