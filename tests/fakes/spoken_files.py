"""Recordings as they lie on the disk, for tests: sealed, or still in the clear."""

from __future__ import annotations

import wave
from pathlib import Path

from ivr.vault.recordings import Recordings
from ivr.vault.vault import vault_of

SOUND = b"\1\2" * 8000


def recordings_in(home: Path) -> Recordings:
    """Return the recordings of a home, with folders to put them into."""
    recordings = vault_of(home).recordings
    recordings.make_folders()
    return recordings


def write_wav(file: Path, sound: bytes = SOUND) -> bytes:
    """Write a finished recording, as Asterisk leaves it; return the whole file."""
    with wave.open(str(file), "wb") as out:
        out.setparams((1, 2, 8000, 0, "NONE", ""))
        out.writeframes(sound)
    return file.read_bytes()


def put_sealed(recordings: Recordings, name: str, sound: bytes = SOUND) -> bytes:
    """Put a sealed recording there; return what is in it."""
    clear = recordings.new / name
    whole = write_wav(clear, sound)
    recordings.seal([clear])
    return whole
