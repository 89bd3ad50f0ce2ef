"""SQLite, embedded: one thread writes, a few read, all on the same file (WAL).

A thread with a plain connection costs half the processor time of an async driver,
which hops between threads for every step: 190 us for one small transaction, not 350.
"""

from __future__ import annotations

import asyncio
import json
import sqlite3
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import ParamSpec, TypeVar, cast

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL

from ivr.errors import SamvadError, StoreUnavailable
from ivr.store.database import (
    Question,
    execute_all,
    execute_one,
    fate_of,
)
from ivr.store.failures import DATABASE_ERRORS
from ivr.store.group_commit import Write
from ivr.store.journal import seal
from ivr.store.journal_capture import listen_sqlite

P = ParamSpec("P")
T = TypeVar("T")

READERS = 3
BUSY_TIMEOUT_S = 5.0  # another process writes: an import
SET_UP_TIMEOUT_S = 60.0  # another process brings the schema up to date
# How often to try for the lock meanwhile. SQLite's own waiting sleeps up to 100 ms
# and so loses, again and again, to a program that writes much.
BUSY_POLL_S = 0.001
READ, WRITE = "BEGIN", "BEGIN IMMEDIATE"
LISTENS = "keeps the journal"  # in a connection's info


class SqliteDatabase:
    """One file. Other processes may read and write it at the same time."""

    def __init__(self, file: Path, *, durability: str, timeout_s: float) -> None:
        self._timeout_s = timeout_s
        synchronous = "FULL" if durability == "full" else "NORMAL"
        writing = _engine(file, WRITE, synchronous, BUSY_TIMEOUT_S)
        self._writer = _Held(writing, keeps_journal=True)
        self._reader = _Held(_engine(file, READ, synchronous, BUSY_TIMEOUT_S))
        self._set_up = _Held(_engine(file, WRITE, synchronous, SET_UP_TIMEOUT_S))
        self._write_thread = ThreadPoolExecutor(1, thread_name_prefix="store-write")
        self._read_threads = ThreadPoolExecutor(
            READERS, thread_name_prefix="store-read"
        )

    async def set_up(self, ask: Callable[[Connection], None]) -> None:
        work = partial(self._set_up.transact, ask)
        await self._in(self._write_thread, work)
        self._set_up.close()

    async def read(self, ask: Question[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        work = partial(self._reader.transact, ask, *args, **kwargs)
        return await self._in(self._read_threads, work)

    async def change(self, ask: Question[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        work = partial(self._writer.transact, ask, *args, **kwargs)
        return await self._in(self._write_thread, work)

    async def commit(self, writes: Sequence[Write]) -> list[SamvadError | None]:
        # No timeout here: the group commit has its own, and this thread must be
        # done with one batch before it gets the next.
        loop = asyncio.get_running_loop()
        work = partial(_commit, self._writer, writes)
        return await loop.run_in_executor(self._write_thread, work)

    async def close(self) -> None:
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(None, self._stop)

    def _stop(self) -> None:
        """Wait for what runs, then close; the last to close tidies the file's WAL."""
        self._read_threads.shutdown()
        self._write_thread.shutdown()
        for held in (self._set_up, self._reader, self._writer):
            held.close()

    async def _in(self, threads: Executor, work: Callable[[], T]) -> T:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(self._timeout_s):
                return await loop.run_in_executor(threads, work)
        except TimeoutError as exc:
            raise StoreUnavailable(f"no answer within {self._timeout_s:g} s") from exc
        except RuntimeError as exc:  # of the threads: nothing of ours raises it
            raise StoreUnavailable("the database was closed") from exc


def change_file(file: Path, patience_s: float, ask: Callable[[Connection], T]) -> T:
    """Return what `ask` returns, once what it changed is committed and journaled.

    For who works on the file by another way, and has one such change to make.
    """
    held = _Held(_engine(file, WRITE, "NORMAL", patience_s), keeps_journal=True)
    try:
        return held.transact(ask)
    finally:
        held.close()


class _Held:
    """Connections that stay open: a pool's care would cost 25 us each time."""

    def __init__(self, engine: Engine, *, keeps_journal: bool = False) -> None:
        self._engine = engine
        self._keeps_journal = keeps_journal
        self._idle: deque[Connection] = deque()  # one for each thread at most

    def transact(self, ask: Question[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        try:
            connection = self._take()
            try:
                with connection.begin():
                    answer = ask(connection, *args, **kwargs)
                    if LISTENS in connection.info:
                        seal(connection)
            except BaseException:
                connection.close()  # the next one starts afresh
                raise
        except DATABASE_ERRORS as exc:
            raise fate_of(exc) from exc
        self._idle.append(connection)
        return answer

    def _take(self) -> Connection:
        try:
            return self._idle.pop()
        except IndexError:
            connection = self._engine.connect()
        if self._keeps_journal and LISTENS not in connection.info:
            raw = connection.connection.driver_connection
            # Not before the schema is there: it is made by way of `set_up`.
            if listen_sqlite(cast(sqlite3.Connection, raw)):
                connection.info[LISTENS] = True
        return connection

    def close(self) -> None:
        while self._idle:
            self._idle.pop().close()
        self._engine.dispose()


def _engine(file: Path, begin: str, synchronous: str, patience_s: float) -> Engine:
    engine = create_engine(
        URL.create("sqlite", database=str(file)),
        connect_args={"timeout": BUSY_TIMEOUT_S, "check_same_thread": False},
        json_serializer=partial(json.dumps, ensure_ascii=False),
        pool_size=READERS,
    )

    @event.listens_for(engine, "connect")
    def _set_up(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None  # BEGIN is ours, see below
        # Not under SQLite's own timeout: while a new file becomes WAL, it refuses
        # whoever else opens it at once.
        _when_free(connection.execute, "PRAGMA journal_mode = WAL", patience_s)
        connection.execute(f"PRAGMA synchronous = {synchronous}")
        connection.execute("PRAGMA foreign_keys = ON")
        # What is erased is overwritten in the file too; not every build does it.
        connection.execute("PRAGMA secure_delete = ON")
        # A handful of connections, each fills its own: memory is to stay what it is.
        connection.execute("PRAGMA cache_size = -8000")  # kB
        connection.execute("PRAGMA temp_store = MEMORY")
        if begin == WRITE:
            connection.execute("PRAGMA busy_timeout = 0")  # see _when_free

    # A writer that begins by reading may find that another process wrote meanwhile,
    # and fails at once, whatever the timeout. BEGIN IMMEDIATE waits its turn first.
    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        if begin == READ:
            connection.exec_driver_sql(begin)
        else:
            _when_free(connection.connection.cursor().execute, begin, patience_s)

    return engine


def _when_free(
    execute: Callable[[str], object], statement: str, patience_s: float
) -> None:
    """Try until the file is free, `patience_s` at most."""
    deadline = time.monotonic() + patience_s
    while True:
        try:
            execute(statement)
            return
        except sqlite3.OperationalError as exc:
            if "locked" not in str(exc) or time.monotonic() > deadline:
                raise
        time.sleep(BUSY_POLL_S)


def _commit(held: _Held, writes: Sequence[Write]) -> list[SamvadError | None]:
    try:
        held.transact(execute_all, writes)
        return [None] * len(writes)
    except SamvadError as exc:
        if isinstance(exc, StoreUnavailable):
            return [exc] * len(writes)
    return [_commit_alone(held, write) for write in writes]


def _commit_alone(held: _Held, write: Write) -> SamvadError | None:
    try:
        held.transact(execute_one, write)
        return None
    except SamvadError as exc:
        return exc
