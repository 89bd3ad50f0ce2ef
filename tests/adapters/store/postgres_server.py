"""A PostgreSQL server of the tests' own: a temporary folder, a Unix socket."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager

from ivr.chaos.postgres import DEADLINE_S, USER, Postgres, binaries

__all__ = ["PostgresServer", "binaries", "postgres_server"]


class PostgresServer(Postgres):
    """The faults harness's server, which can also be asked and told to stop."""

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """Stop it: SIGINT cuts every connection, SIGQUIT is as good as a crash."""
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(DEADLINE_S)
            self._process = None

    def execute(self, database: str, sql: str) -> None:
        host = ["-h", str(self._folder), "-U", USER]
        self._run("psql", *host, "-d", database, "-v", "ON_ERROR_STOP=1", "-c", sql)


@contextmanager
def postgres_server() -> Iterator[PostgresServer]:
    """Run a server; take it and its folder away afterwards."""
    server = PostgresServer()
    try:
        server.start()
        yield server
        server.stop()
    finally:
        server.remove()
