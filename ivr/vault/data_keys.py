"""One key for each recording, wrapped by a master key, in a small file of its own.

Beside the recordings, not in them: what is to be erased loses this file, and every copy
of its sound, in whatever backup, is noise from then on. The files are small, so that
only their newest state needs to be kept anywhere. Nothing here reads sound.
"""

from __future__ import annotations

import base64
import contextlib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from nacl.exceptions import CryptoError
from nacl.secret import Aead
from nacl.utils import random

from ivr.errors import CannotOpen, OurBug
from ivr.files import keep_names, replacing
from ivr.vault.keyring import KEY_BYTES, OWN, KeyRing, Master, destroy

FOLDER = "keys/data"  # in the home folder
MARK = "samvad-key-1"  # then the master key's name, then the wrapped key
SUFFIX = ".key"


class DataKeys:
    """The wrapped keys of one home, each by the name of what it opens."""

    def __init__(self, home: Path, ring: KeyRing) -> None:
        self._folder = home / FOLDER
        self._ring = ring

    def make(self, names: Iterable[str]) -> dict[str, bytes]:
        """Return a new key for each name; they are on the disk when this returns.

        Raises OSError, SetupFailed.
        """
        made = {name: random(KEY_BYTES) for name in names}
        self.keep(made)
        return made

    def keep(self, keys: dict[str, bytes]) -> None:
        """Wrap keys by the newest master key and put them on the disk."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with self._ring.steady():
            master = self._ring.current()
            for name, key in keys.items():
                self._write(name, key, master)
            keep_names(self._folder)

    def get(self, name: str) -> bytes | None:
        """Return a key; None: there is none, or no more. Raises CannotOpen."""
        try:
            return self._read(name)
        except CannotOpen:
            return self._read(name)  # it was wrapped anew that moment

    def has(self, name: str) -> bool:
        with contextlib.suppress(FileNotFoundError):
            return not self._file(name).read_bytes().startswith(b"\0")
        return False

    def destroy(self, names: Iterable[str]) -> None:
        """Destroy keys for good: what they open stays closed. Raises OSError."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with self._ring.alone():  # else a rotation might write one back
            for name in names:
                with contextlib.suppress(FileNotFoundError):
                    destroy(self._file(name))
            keep_names(self._folder)

    def names(self) -> Iterator[tuple[str, str]]:
        """Yield each name with the name of the master key that wraps it."""
        with contextlib.suppress(FileNotFoundError):
            for entry in os.scandir(self._folder):
                if entry.name.endswith(SUFFIX):
                    by = _master_of(entry.path)
                    if by:
                        yield entry.name.removesuffix(SUFFIX), by

    def wrap_again(self, names: Iterable[str], master: Master) -> None:
        """Wrap keys by another master key; what they open is not touched.

        The caller holds the ring `alone`.
        """
        for name in names:
            key = self.get(name)
            if key is not None:
                self._write(name, key, master)
        if self._folder.exists():
            keep_names(self._folder)

    def _file(self, name: str) -> Path:
        if "/" in name or name.startswith("."):
            raise OurBug(f"{name!r} is no name of a key")
        return self._folder / f"{name}{SUFFIX}"

    def _write(self, name: str, key: bytes, master: Master) -> None:
        about = f"{MARK} {master.key_id}"
        sealed = bytes(Aead(master.key).encrypt(key, f"{about} {name}".encode()))
        text = base64.b64encode(sealed).decode()
        with replacing(self._file(name), mode=OWN) as file:
            file.write(f"{about} {text}\n".encode())

    def _read(self, name: str) -> bytes | None:
        try:
            text = self._file(name).read_text("ascii")
        except FileNotFoundError:
            return None
        if text.startswith("\0"):
            return None  # destroyed; a crash came before it was taken away
        try:
            mark, key_id, sealed = text.split()
            about = f"{mark} {key_id} {name}".encode()
            master = self._ring.master(key_id)
            return Aead(master.key).decrypt(base64.b64decode(sealed), about)
        except (CryptoError, ValueError) as exc:
            raise CannotOpen(f"the key of {name} was damaged") from exc


def _master_of(file: str) -> str:
    """Return who wraps it; "" for one that was destroyed."""
    try:
        with open(file, encoding="ascii", errors="replace") as text:
            words = text.read(100).split()
    except FileNotFoundError:
        return ""
    return words[1] if len(words) > 1 else ""
