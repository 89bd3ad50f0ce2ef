"""A PostgreSQL server of the tests' own: a temporary folder, a Unix socket."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

DEADLINE_S = 30


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


class PostgresServer:
    """PostgreSQL refuses to run as root, so as root it runs as another user."""

    def __init__(self, bin_folder: Path, folder: Path) -> None:
        self._bin = bin_folder
        self._folder = folder
        self._data = folder / "data"
        self._as: dict[str, Any] = _other_user() if os.geteuid() == 0 else {}
        self._process: subprocess.Popen[bytes] | None = None
        if self._as:
            shutil.chown(folder, self._as["user"], self._as["group"])
        self._run("initdb", "-D", str(self._data), *INITDB)

    def url(self, database: str) -> str:
        return f"postgresql://samvad@/{database}?host={self._folder}"

    def start(self) -> None:
        command = [str(self._bin / "postgres"), "-D", str(self._data), *SERVER]
        command += ["-k", str(self._folder)]
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                command, stdout=log, stderr=log, cwd=self._folder, **self._as
            )
        ready = [str(self._bin / "pg_isready"), "-h", str(self._folder), "-t", "1"]
        for _ in range(DEADLINE_S * 100):
            if subprocess.run(ready, capture_output=True).returncode == 0:
                return
            if self._process.poll() is not None:
                break
            try:
                self._process.wait(0.05)
            except subprocess.TimeoutExpired:
                continue
        raise RuntimeError((self._folder / "log").read_text())

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """Stop it: SIGINT cuts every connection, SIGQUIT is as good as a crash."""
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(DEADLINE_S)
            self._process = None

    def pause(self) -> None:
        """Let it hang, with every connection it has: SIGSTOP to all its processes."""
        for process in self._processes():
            os.kill(process, signal.SIGSTOP)

    def go_on(self) -> None:
        for process in self._processes():
            os.kill(process, signal.SIGCONT)

    def _processes(self) -> list[int]:
        assert self._process is not None
        first = self._process.pid
        children = Path(f"/proc/{first}/task/{first}/children").read_text().split()
        return [first, *map(int, children)]

    def new_database(self, name: str) -> str:
        """Create an empty database; return its URL."""
        host = ["-h", str(self._folder), "-U", "samvad"]
        self._run("createdb", *host, name)
        return self.url(name)

    def execute(self, database: str, sql: str) -> None:
        host = ["-h", str(self._folder), "-U", "samvad"]
        self._run("psql", *host, "-d", database, "-v", "ON_ERROR_STOP=1", "-c", sql)

    def _run(self, program: str, *args: str) -> None:
        subprocess.run(
            [str(self._bin / program), *args],
            check=True,
            capture_output=True,
            cwd=self._folder,
            timeout=DEADLINE_S,
            **self._as,
        )


INITDB = ["-U", "samvad", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"]
SERVER = ["-c", "listen_addresses=", "-c", "fsync=off", "-c", "max_connections=60"]


def _other_user() -> dict[str, Any]:
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
    raise RuntimeError("PostgreSQL will not run as root, and there is nobody else")


@contextmanager
def postgres_server() -> Iterator[PostgresServer]:
    """Run a server; take it and its folder away afterwards."""
    bin_folder = binaries()
    assert bin_folder is not None
    folder = Path(tempfile.mkdtemp(prefix="samvad-pg-", dir="/tmp"))
    server = PostgresServer(bin_folder, folder)
    server.start()
    try:
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder)
