"""The home folder's lock: one controller at a time works in it.

Two would dial the same people twice. The lock goes with the process that holds
it, however that ends.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
from pathlib import Path
from types import TracebackType

from ivr.errors import SetupFailed

LOOK_S = 0.02


class HomeLock:
    """`with HomeLock(home):` Raises SetupFailed when another process is in there."""

    def __init__(self, home: Path, name: str = "lock") -> None:
        """`name`: another lock in the same folder."""
        self._file = home / name
        self._descriptor: int | None = None

    def holder(self) -> int | None:
        """Return the process that holds it, or did last, while that one lives.

        Asking takes no lock, so nobody is kept out by it.
        """
        try:
            process = int(self._file.read_text("ascii"))
        except (OSError, ValueError):
            return None
        return process if Path(f"/proc/{process}").exists() else None

    def _is_free(self) -> bool:
        try:
            with self._file.open("rb") as file:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except FileNotFoundError:
            return True
        except BlockingIOError:
            return False
        return True

    async def wait_until_free(self, at_most_s: float) -> None:
        """Return when nobody holds it, or after that time."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(at_most_s):
                while not self._is_free():  # noqa: ASYNC110
                    await asyncio.sleep(LOOK_S)

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
