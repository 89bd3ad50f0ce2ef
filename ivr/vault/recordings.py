"""The one door to what people said: recordings are sealed, opened and lost here.

Asterisk writes into `new`. What is finished there is sealed into the folder above and
deleted; until then it can be heard as it is. A crash leaves the clear file, the sealed
one, or both; sealing again finishes it. Who may hear what is not asked here.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

import structlog

from ivr.core.spoken import is_recording
from ivr.errors import CannotOpen
from ivr.files import PART, keep_names, replacing
from ivr.vault.data_keys import DataKeys
from ivr.vault.keyring import OWN
from ivr.vault.sealed import PIECE, pieces_of, seal, size_of

log = structlog.get_logger(__name__)

FOLDER = "answers"  # in the home folder
NEW = "answers/new"  # where Asterisk writes: in the clear, for seconds
SUFFIX = ".sealed"
WAV_HEADER = 44
SETTLED_S = 3.0  # a finished file is not written any more
LOST_S = 600.0  # and one that was never finished, not after so long


class Recording:
    """An open recording. Close it."""

    def __init__(self, file: BinaryIO, key: bytes | None) -> None:
        """`key`: None for one that is not sealed yet."""
        self._file = file
        self._key = key
        whole = os.fstat(file.fileno()).st_size
        self.size = whole if key is None else size_of(file)

    def read(self, first: int, count: int) -> Iterator[bytes]:
        """Yield `count` bytes from byte `first` on, in pieces. Raises CannotOpen."""
        left, passed = count, 0
        for piece in self._pieces():
            wanted = piece[max(0, first - passed) :][:left]
            passed += len(piece)
            left -= len(wanted)
            if wanted:
                yield wanted
            if left <= 0 and passed < self.size:
                return  # else the last piece says that nothing was cut off

    def _pieces(self) -> Iterator[bytes]:
        if self._key is not None:
            yield from pieces_of(self._file, self._key)
            return
        self._file.seek(0)
        while piece := self._file.read(PIECE):
            yield piece

    def close(self) -> None:
        self._file.close()


class Recordings:
    """The recordings of one home."""

    def __init__(self, home: Path, keys: DataKeys) -> None:
        self.folder = home / FOLDER
        self.new = home / NEW
        self._keys = keys

    def make_folders(self) -> None:
        """Make both folders, for nobody but us, and clear away what a crash left."""
        self.new.mkdir(mode=0o700, parents=True, exist_ok=True)
        for entry in os.scandir(self.folder):
            if entry.name.startswith(".") and entry.name.endswith(PART):
                Path(entry.path).unlink(missing_ok=True)

    # Out

    def is_there(self, file: str) -> bool:
        """Say whether it can be heard: it is there, and so is its key."""
        if not is_recording(file):
            return False
        sealed = self._sealed(file).exists() and self._keys.has(file)
        return sealed or any(place.is_file() for place in self._clear(file))

    def open(self, file: str) -> Recording | None:
        """Return a recording to read; None: there is none. Raises CannotOpen."""
        if not is_recording(file):
            return None
        # Sealed, in the clear, or sealed that moment.
        return self._opened(file) or self._opened_clear(file) or self._opened(file)

    def read(self, file: str) -> bytes:
        """Return the whole sound. Raises FileNotFoundError, CannotOpen."""
        recording = self.open(file)
        if recording is None:
            raise FileNotFoundError(file)
        with contextlib.closing(recording):
            return b"".join(recording.read(0, recording.size))

    def read_by(self, file: str, key: bytes) -> bytes:
        """Return a sealed recording whose key is kept elsewhere.

        Raises FileNotFoundError, CannotOpen.
        """
        if not is_recording(file):
            raise FileNotFoundError(file)
        with self._sealed(file).open("rb") as sealed:
            return b"".join(pieces_of(sealed, key))

    def _opened(self, file: str) -> Recording | None:
        key = self._keys.get(file)
        if key is None:
            return None
        try:
            sealed = self._sealed(file).open("rb")
        except FileNotFoundError:
            return None
        try:
            return Recording(sealed, key)
        except CannotOpen:
            sealed.close()
            raise

    def _opened_clear(self, file: str) -> Recording | None:
        for place in self._clear(file):
            with contextlib.suppress(FileNotFoundError):
                return Recording(place.open("rb"), None)
        return None

    # In

    def waiting(self, now_s: float) -> list[Path]:
        """Return the clear files that nobody writes any more. `now_s`: Unix time."""
        return [file for file in _wavs(self.new) if _is_over(file, now_s)]

    def left(self) -> list[Path]:
        """Return the clear files beside sealed ones: an older version's."""
        return _wavs(self.folder)

    def seal(self, clear: Sequence[Path]) -> int:
        """Seal clear files and delete them; return how many. Raises OSError.

        Call it for few at a time, and from one task only. What has no right name is
        left as it is.
        """
        ours = [file for file in clear if is_recording(file.name)]
        self._make([file for file in ours if not self._is_sealed(file)])
        if ours:
            keep_names(self.folder)  # the sealed ones stay, before the clear ones go
        for file in ours:
            file.unlink(missing_ok=True)
        return len(ours)

    def _make(self, files: Sequence[Path]) -> None:
        if not files:
            return
        keys = self._keys.make(file.name for file in files)
        for file in files:
            place = self._sealed(file.name)
            with file.open("rb") as clear, replacing(place, mode=OWN) as out:
                seal(clear, out, keys[file.name])

    def _is_sealed(self, clear: Path) -> bool:
        """Say whether a crash came after sealing, and before deleting."""
        try:
            sealed = self._opened(clear.name)
            if sealed is None:
                return False
            with contextlib.closing(sealed), clear.open("rb") as file:
                pieces = sealed.read(0, sealed.size)
                return all(file.read(len(p)) == p for p in pieces) and not file.read(1)
        except CannotOpen:
            return False

    # Gone

    def destroy(self, files: Iterable[str]) -> None:
        """Destroy recordings: their keys, and then what is left. Raises OSError."""
        ours = [file for file in files if is_recording(file)]
        self._keys.destroy(ours)
        for file in ours:
            for place in (*self._clear(file), self._sealed(file)):
                place.unlink(missing_ok=True)

    def _sealed(self, file: str) -> Path:
        return self.folder / f"{file}{SUFFIX}"

    def _clear(self, file: str) -> tuple[Path, Path]:
        return self.new / file, self.folder / file


def _wavs(folder: Path) -> list[Path]:
    with contextlib.suppress(FileNotFoundError):
        return [
            Path(entry.path)
            for entry in os.scandir(folder)
            if entry.name.endswith(".wav") and entry.is_file(follow_symlinks=False)
        ]
    return []


def _is_over(file: Path, now_s: float) -> bool:
    """Say whether a file is written no more.

    Asterisk writes the true length into a WAV file's head when it closes it.
    """
    try:
        about = file.stat()
        with file.open("rb") as sound:
            head = sound.read(WAV_HEADER)
    except FileNotFoundError:
        return False
    except OSError:
        return True  # sealing will tell what is wrong with it
    quiet_s = now_s - about.st_mtime
    told = int.from_bytes(head[40:44], "little")
    is_closed = told > 0 and about.st_size - WAV_HEADER - told in (0, 1)  # made even
    return quiet_s >= (SETTLED_S if is_closed else LOST_S)
