"""PostgreSQL, through SQLAlchemy's async engine and asyncpg."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from functools import partial
from typing import ParamSpec, TypeVar
from weakref import WeakSet

import asyncpg
from sqlalchemy import Connection, event
from sqlalchemy.engine import URL
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.ext.asyncio import create_async_engine

from ivr.errors import SamvadError, StoreUnavailable
from ivr.store.database import (
    Question,
    execute_all,
    execute_one,
    fate_of,
)
from ivr.store.failures import DATABASE_ERRORS, is_worth_another_try
from ivr.store.group_commit import Write
from ivr.store.journal import seal
from ivr.store.journal_capture import listen_postgres

P = ParamSpec("P")
T = TypeVar("T")

CONNECTIONS = 8
CONNECT_TIMEOUT_S = 5.0
CLOSE_TIMEOUT_S = 5.0


def unsafe_settings(connection: Connection) -> list[str]:
    """Return the server's settings by which a power cut may destroy what is stored."""
    if connection.dialect.name != "postgresql":
        return []
    return [
        name
        for name in ("fsync", "full_page_writes")
        if connection.exec_driver_sql(f"SHOW {name}").scalar() == "off"
    ]


class PostgresDatabase:
    """One server, shared with other nodes."""

    def __init__(self, url: URL, *, timeout_s: float) -> None:
        self._timeout_s = timeout_s
        settings = {
            "application_name": "samvad",
            "jit": "off",
            # Whatever the server's default: what is acknowledged is on its disk.
            "synchronous_commit": "on",
        }
        self._engine = create_async_engine(
            url.set(drivername="postgresql+asyncpg"),
            connect_args={
                "timeout": CONNECT_TIMEOUT_S,
                "server_settings": settings,
            },
            json_serializer=partial(json.dumps, ensure_ascii=False),
            pool_size=CONNECTIONS,
            max_overflow=0,
            pool_timeout=CONNECT_TIMEOUT_S,
        )

        self._connections: WeakSet[asyncpg.Connection] = WeakSet()

        @event.listens_for(self._engine.sync_engine, "connect")
        def _listen(connection: DBAPIConnection, _record: object) -> None:
            listen_postgres(connection)
            self._connections.add(connection.driver_connection)

    async def set_up(self, ask: Callable[[Connection], None]) -> None:
        await self._twice(ask)

    async def read(self, ask: Question[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        return await self._twice(lambda connection: ask(connection, *args, **kwargs))

    async def change(self, ask: Question[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        def work(connection: Connection) -> T:
            answer = ask(connection, *args, **kwargs)
            seal(connection)
            return answer

        return await self._twice(work)

    async def commit(self, writes: Sequence[Write]) -> list[SamvadError | None]:
        try:
            await self.change(execute_all, writes)
            return [None] * len(writes)
        except SamvadError as exc:
            if isinstance(exc, StoreUnavailable):
                return [exc] * len(writes)
        return [await self._commit_alone(write) for write in writes]

    async def close(self) -> None:
        try:
            async with asyncio.timeout(CLOSE_TIMEOUT_S):
                await self._engine.dispose()
        except TimeoutError:
            # asyncpg waits for a goodbye, and a server that hangs never says it.
            for connection in list(self._connections):
                connection.terminate()

    async def _commit_alone(self, write: Write) -> SamvadError | None:
        try:
            await self.change(execute_one, write)
            return None
        except SamvadError as exc:
            return exc

    async def _twice(self, work: Callable[[Connection], T]) -> T:
        """Do `work` in one transaction, on a second connection if the first is dead.

        A server that restarted leaves dead connections in the pool; and of two
        nodes in a deadlock one is told to come again.
        """
        try:
            return await self._once(work)
        except DATABASE_ERRORS as exc:
            if not is_worth_another_try(exc):
                raise fate_of(exc) from exc
        try:
            return await self._once(work)
        except DATABASE_ERRORS as exc:
            raise fate_of(exc) from exc

    async def _once(self, work: Callable[[Connection], T]) -> T:
        async with asyncio.timeout(self._timeout_s):
            async with self._engine.begin() as connection:
                return await connection.run_sync(work)
