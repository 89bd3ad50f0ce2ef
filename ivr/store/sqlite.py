"""SQLite, embedded: one thread writes, a few read, all on the same file (WAL).

A thread with a plain connection costs a third of the processor time of an async
driver, which hops between threads for every step (docs/performance.md).
"""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import ParamSpec, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL

from ivr.errors import SamvadError, StoreUnavailable
from ivr.store.database import (
    Question,
    execute_all,
    execute_one,
    fate_of,
)
from ivr.store.failures import DATABASE_ERRORS, is_unavailable
from ivr.store.group_commit import Write

P = ParamSpec("P")
T = TypeVar("T")

READERS = 3
BUSY_TIMEOUT_S = 5.0  # another process writes: an import, a migration


class SqliteDatabase:
    """One file. Other processes may read and write it at the same time."""

    def __init__(self, file: Path, *, durability: str, timeout_s: float) -> None:
        self._timeout_s = timeout_s
        synchronous = "FULL" if durability == "full" else "NORMAL"
        self._writer = _engine(file, begin="BEGIN IMMEDIATE", synchronous=synchronous)
        self._reader = _engine(file, begin="BEGIN", synchronous=synchronous)
        self._write_thread = ThreadPoolExecutor(1, thread_name_prefix="store-write")
        self._read_threads = ThreadPoolExecutor(
            READERS, thread_name_prefix="store-read"
        )

    async def read(self, ask: Question[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        work = partial(_in_transaction, self._reader, ask, *args, **kwargs)
        return await self._in(self._read_threads, work)

    async def change(self, ask: Question[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        work = partial(_in_transaction, self._writer, ask, *args, **kwargs)
        return await self._in(self._write_thread, work)

    async def commit(self, writes: Sequence[Write]) -> list[SamvadError | None]:
        # No timeout here: the group commit has its own, and this thread must be
        # done with one batch before it gets the next.
        loop = asyncio.get_running_loop()
        work = partial(_commit, self._writer, writes)
        return await loop.run_in_executor(self._write_thread, work)

    async def close(self) -> None:
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._write_thread, self._writer.dispose)
        await loop.run_in_executor(None, self._read_threads.shutdown)
        self._reader.dispose()
        self._write_thread.shutdown(wait=False)

    async def _in(self, threads: Executor, work: Callable[[], T]) -> T:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(self._timeout_s):
                return await loop.run_in_executor(threads, work)
        except TimeoutError as exc:
            raise StoreUnavailable(f"no answer within {self._timeout_s:g} s") from exc


def _engine(file: Path, *, begin: str, synchronous: str) -> Engine:
    engine = create_engine(
        URL.create("sqlite", database=str(file)),
        connect_args={"timeout": BUSY_TIMEOUT_S, "check_same_thread": False},
        json_serializer=partial(json.dumps, ensure_ascii=False),
        pool_size=READERS,
    )

    @event.listens_for(engine, "connect")
    def _set_up(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None  # BEGIN is ours, see below
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute(f"PRAGMA synchronous = {synchronous}")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA cache_size = -32000")  # kB
        connection.execute("PRAGMA temp_store = MEMORY")

    # A writer that begins by reading may find that another process wrote meanwhile,
    # and fails at once, whatever the timeout. BEGIN IMMEDIATE waits its turn first.
    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine


def _in_transaction(
    engine: Engine, ask: Question[P, T], *args: P.args, **kwargs: P.kwargs
) -> T:
    try:
        with engine.begin() as connection:
            return ask(connection, *args, **kwargs)
    except DATABASE_ERRORS as exc:
        raise fate_of(exc) from exc


def _commit(engine: Engine, writes: Sequence[Write]) -> list[SamvadError | None]:
    try:
        with engine.begin() as connection:
            execute_all(connection, writes)
        return [None] * len(writes)
    except (*DATABASE_ERRORS, SamvadError) as exc:
        if is_unavailable(exc):
            return [fate_of(exc)] * len(writes)
    return [_commit_alone(engine, write) for write in writes]


def _commit_alone(engine: Engine, write: Write) -> SamvadError | None:
    try:
        with engine.begin() as connection:
            execute_one(connection, write)
        return None
    except (*DATABASE_ERRORS, SamvadError) as exc:
        return fate_of(exc)
