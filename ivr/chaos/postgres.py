"""A PostgreSQL server of a run's own: a temporary folder, a Unix socket, no password.

It can be killed as a power cut would, with all of its processes, and stopped where it
stands.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ivr.errors import SetupFailed

DEADLINE_S = 30.0
USER = "samvad"
INITDB = ["-U", USER, "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"]
# fsync=off: what is killed here are processes. The machine's memory stays.
SERVER = ["-c", "listen_addresses=", "-c", "fsync=off", "-c", "max_connections=60"]


def binaries() -> Path | None:
    """Return the folder of the newest PostgreSQL installed, or None."""
    found = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/initdb"),
        key=lambda path: int(path.parts[-3]),
    )
    on_path = shutil.which("initdb")
    if found:
        return found[-1].parent
    return Path(on_path).parent if on_path else None


class Postgres:
    """One server. It refuses to run as root, so as root it runs as another user."""

    def __init__(self) -> None:
        """Make its folder. Raises SetupFailed."""
        bin_folder = binaries()
        if bin_folder is None:
            raise SetupFailed(
                "PostgreSQL is not installed here: apt-get install postgresql"
            )
        self._bin = bin_folder
        # Under /tmp: a socket's path may have 107 letters at most.
        self._folder = Path(tempfile.mkdtemp(prefix="samvad-pg-", dir="/tmp"))
        self._as = _other_user() if os.geteuid() == 0 else {}
        self._process: subprocess.Popen[bytes] | None = None
        if self._as:
            shutil.chown(self._folder, self._as["user"], self._as["group"])
        self._run("initdb", "-D", str(self._folder / "data"), *INITDB)

    def start(self) -> None:
        """Return when it takes connections. Raises SetupFailed."""
        command = [str(self._bin / "postgres"), "-D", str(self._folder / "data")]
        command += ["-k", str(self._folder), *SERVER]
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self._folder,
                start_new_session=True,
                **self._as,
            )
        ready = [str(self._bin / "pg_isready"), "-h", str(self._folder), "-t", "1"]
        for _ in range(int(DEADLINE_S * 20)):
            if subprocess.run(ready, capture_output=True, check=False).returncode == 0:
                return
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(0.05)
                break
        raise SetupFailed((self._folder / "log").read_text())

    def kill(self) -> None:
        """End every process of it at once."""
        if self._process is None:
            return
        for pid in [*self._children(), self._process.pid]:
            _signal(pid, signal.SIGKILL)
        self._process.wait()
        self._process = None

    def pause(self) -> None:
        self._tell(signal.SIGSTOP)

    def go_on(self) -> None:
        self._tell(signal.SIGCONT)

    def remove(self) -> None:
        """Stop it, and take its folder away."""
        self.go_on()
        self.kill()
        shutil.rmtree(self._folder, ignore_errors=True)

    def new_database(self, name: str) -> str:
        """Create an empty database; return its URL."""
        self._run("createdb", "-h", str(self._folder), "-U", USER, name)
        return self.url(name)

    def url(self, database: str) -> str:
        return f"postgresql://{USER}@/{database}?host={self._folder}"

    def _tell(self, number: signal.Signals) -> None:
        if self._process is not None:
            for pid in [self._process.pid, *self._children()]:
                _signal(pid, number)

    def _children(self) -> Iterator[int]:
        assert self._process is not None
        parent = self._process.pid
        tasks = Path(f"/proc/{parent}/task/{parent}/children")
        with contextlib.suppress(OSError):
            yield from [int(pid) for pid in tasks.read_text().split()]

    def _run(self, program: str, *args: str) -> None:
        subprocess.run(
            [str(self._bin / program), *args],
            check=True,
            capture_output=True,
            cwd=self._folder,
            timeout=DEADLINE_S,
            **self._as,
        )


def _signal(pid: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


def _other_user() -> dict[str, Any]:
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            entry = pwd.getpwnam(name)
            return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
    raise SetupFailed("PostgreSQL will not run as root, and there is nobody else")
