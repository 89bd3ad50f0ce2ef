"""The two databases behind one face: run a function of a connection, commit writes.

Questions are plain functions `(Connection, ...) -> value`, written once. SQLite runs
them in threads (one writes, some read), PostgreSQL in SQLAlchemy's async engine.
No question is asked here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Concatenate, ParamSpec, Protocol, TypeVar

from sqlalchemy import Connection, exc

from ivr.errors import SamvadError
from ivr.store.failures import translated
from ivr.store.group_commit import Write, grouped
from ivr.store.upsert import spelled

P = ParamSpec("P")
T = TypeVar("T")
Question = Callable[Concatenate[Connection, P], T]


class Database(Protocol):
    """Every method raises only errors of ours, and ends within its timeout."""

    async def set_up(self, ask: Callable[[Connection], None]) -> None:
        """Let `ask` make the tables; waits longer than others for who does the same."""

    async def read(self, ask: Question[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Return what `ask` reads, from one consistent state."""

    async def change(self, ask: Question[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Return what `ask` returns, once what it changed is committed."""

    async def commit(self, writes: Sequence[Write]) -> list[SamvadError | None]:
        """Commit `writes`; return each one's fate, in order. Never raises."""

    async def close(self) -> None: ...


def execute_all(connection: Connection, writes: Sequence[Write]) -> None:
    """Execute every step of every write in the open transaction."""
    for statement, rows in grouped(writes):
        connection.execute(spelled(statement, connection), rows)


def execute_one(connection: Connection, write: Write) -> None:
    """Execute one write alone; a repeated one is left as it is kept."""
    try:
        with connection.begin_nested():
            for statement, row in write.steps:
                connection.execute(spelled(statement, connection), row)
    except exc.IntegrityError:
        if write.is_kept is None or not write.is_kept(connection):
            raise


def fate_of(error: BaseException) -> SamvadError:
    """Return `error` as one of ours, with `error` as its cause."""
    fate = translated(error)
    if fate is not error:
        fate.__cause__ = error
    return fate
