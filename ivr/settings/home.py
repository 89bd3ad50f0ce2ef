"""The home folder's lock: one controller at a time works in it.

Two would dial the same people twice. The lock goes with the process that holds
it, however that ends.
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from types import TracebackType

from ivr.errors import SetupFailed


class HomeLock:
    """`with HomeLock(home):` Raises SetupFailed when another process is in there."""

    def __init__(self, home: Path) -> None:
        self._file = home / "lock"
        self._descriptor: int | None = None

    def __enter__(self) -> HomeLock:
        self._file.parent.mkdir(mode=0o750, parents=True, exist_ok=True)
        # Kept from children (O_CLOEXEC): an Asterisk left behind holds no lock.
        descriptor = os.open(self._file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as exc:
            holder = os.read(descriptor, 20).decode("ascii", "replace").strip()
            os.close(descriptor)
            raise SetupFailed(
                f"another Samvad (process {holder or 'unknown'}) is running in "
                f"{self._file.parent}: stop it first, or use another --home"
            ) from exc
        os.ftruncate(descriptor, 0)
        os.write(descriptor, f"{os.getpid()}\n".encode())
        self._descriptor = descriptor
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
