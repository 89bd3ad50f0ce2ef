"""The master keys: they wrap the keys of recordings, and encrypt nothing else.

A key is 32 random bytes, named after its own hash. The newest wraps; older ones only
unwrap, until everything is wrapped anew and they are destroyed (`rewrap.py`). They lie
in HOME/secrets/vault, readable by nobody else, or come from the environment.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import fcntl
import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from nacl.utils import random

from ivr.errors import BadInput, CannotOpen, SetupFailed
from ivr.files import keep_names, replacing

KEY_BYTES = 32
FOLDER = "secrets/vault"  # in the home folder
OWN = 0o600
CURRENT = "current"  # the file that names the newest key
LOCK = "lock"


@dataclass(frozen=True, slots=True)
class Master:
    """One master key, and its name."""

    key_id: str
    key: bytes = field(repr=False)
    made_at: datetime | None = None  # None: it is the environment's
    is_open_to_others: bool = False  # its file may be read by other users


class KeyRing:
    """The master keys of one home. Every process that seals or opens has its own."""

    def __init__(self, home: Path, *, from_env: str = "") -> None:
        """`from_env`: keys in Base64, the newest first. They come before files."""
        self._folder = home / FOLDER
        self._given = tuple(_given(text) for text in from_env.split())

    @property
    def is_from_environment(self) -> bool:
        return bool(self._given)

    def current(self) -> Master:
        """Return the key that wraps; the first time, make it. Raises SetupFailed.

        Ask inside `steady`: else it may be the last but one when you use it.
        """
        if self._given:
            return self._given[0]
        try:
            name = (self._folder / CURRENT).read_text("ascii").strip()
        except FileNotFoundError:
            return self._first()
        return self.master(name)

    def master(self, key_id: str) -> Master:
        """Return one key. Raises CannotOpen: it was destroyed, or never ours."""
        for given in self._given:
            if given.key_id == key_id:
                return given
        file = self._folder / f"{key_id}.key"
        try:
            about, text = file.stat(), file.read_text("ascii")
        except FileNotFoundError:
            raise CannotOpen(
                f"the master key {key_id} is not in {self._folder}"
            ) from None
        key = _decoded(text)
        if key is None or _name_of(key) != key_id:
            raise SetupFailed(f"{file} is not the key that it is named after")
        made_at = datetime.fromtimestamp(about.st_mtime, UTC)
        return Master(key_id, key, made_at, bool(about.st_mode & 0o077))

    def masters(self) -> list[Master]:
        """Return all keys, the one that wraps first."""
        files = sorted(self._folder.glob("*.key"))
        there = [file for file in files if not _is_destroyed(file)]
        known = [*self._given, *(self.master(file.stem) for file in there)]
        if not known:
            return []
        first = self.current().key_id
        unique = {one.key_id: one for one in reversed(known)}
        return sorted(unique.values(), key=lambda one: one.key_id != first)

    def add(self) -> Master:
        """Make a new key and let it wrap from now on; the others still unwrap.

        Raises BadInput when keys come from the environment: it is changed there.
        """
        if self._given:
            raise BadInput(
                "the master key comes from the environment",
                remedy="put a new key there, before the others, and rotate again",
            )
        with self.alone():
            return self._make()

    def forget(self, key_id: str) -> None:
        """Destroy a key that wraps nothing any more."""
        file = self._folder / f"{key_id}.key"
        with contextlib.suppress(FileNotFoundError):
            destroy(file)
            keep_names(self._folder)

    @contextlib.contextmanager
    def steady(self) -> Iterator[None]:
        """Keep the newest key the newest while the block wraps something."""
        with self._locked(fcntl.LOCK_SH):
            yield

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        """Let nobody wrap or destroy anything while the block lasts."""
        with self._locked(fcntl.LOCK_EX):
            yield

    @contextlib.contextmanager
    def _locked(self, how: int) -> Iterator[None]:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = os.open(self._folder / LOCK, os.O_RDWR | os.O_CREAT, OWN)
        try:
            fcntl.flock(lock, how)
            yield
        finally:
            os.close(lock)

    def _first(self) -> Master:
        """Make the first key; of two who try, both return the same."""
        making = self._folder / "making"
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with os.fdopen(os.open(making, os.O_RDWR | os.O_CREAT, OWN)) as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if (self._folder / CURRENT).exists():
                return self.current()
            return self._make()

    def _make(self) -> Master:
        key = random(KEY_BYTES)
        name = _name_of(key)
        try:
            with replacing(self._folder / f"{name}.key", mode=OWN) as file:
                file.write(base64.b64encode(key) + b"\n")
            keep_names(self._folder)  # before it is named as the newest
            with replacing(self._folder / CURRENT, mode=OWN) as file:
                file.write(name.encode() + b"\n")
            keep_names(self._folder)
        except OSError as exc:
            raise SetupFailed(
                f"no key can be made in {self._folder}: {exc.strerror or exc}"
            ) from exc
        return self.master(name)


def destroy(file: Path) -> None:
    """Overwrite a small file, then take it away. Raises FileNotFoundError."""
    with file.open("r+b") as old:
        size = os.fstat(old.fileno()).st_size
        old.write(bytes(size))
        old.flush()
        os.fsync(old.fileno())
    file.unlink()


def _is_destroyed(file: Path) -> bool:
    """Say whether a crash came after it was overwritten; it is taken away now."""
    if not file.read_bytes().startswith(b"\0"):
        return False
    file.unlink(missing_ok=True)
    return True


def _name_of(key: bytes) -> str:
    return hashlib.blake2b(key, digest_size=4, person=b"samvad master").hexdigest()


def _given(text: str) -> Master:
    key = _decoded(text)
    if key is None:
        raise BadInput(
            "a master key of the environment is not 32 bytes in Base64",
            remedy="make one with: openssl rand -base64 32",
        )
    return Master(_name_of(key), key)


def _decoded(text: str) -> bytes | None:
    try:
        key = base64.b64decode(text.strip(), validate=True)
    except (binascii.Error, ValueError):
        return None
    return key if len(key) == KEY_BYTES else None
