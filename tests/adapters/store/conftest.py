"""The stores under test: the fake, SQLite, and PostgreSQL when it is installed."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ivr.store.engine import open_store
from ivr.store.schema import metadata
from ivr.store.store import SqlStore
from tests.adapters.store.postgres_server import (
    PostgresServer,
    binaries,
    postgres_server,
)
from tests.fakes.memory_store import MemoryStore

AnyStore = SqlStore | MemoryStore
EMPTY_ALL = f"TRUNCATE {', '.join(metadata.tables)} RESTART IDENTITY CASCADE"
postgres = pytest.param("postgres", marks=pytest.mark.postgres)


@pytest.fixture(scope="session")
def postgres_of_ours() -> Iterator[PostgresServer]:
    if binaries() is None:
        reason = "PostgreSQL is not installed (apt-get install postgresql)"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    with postgres_server() as server:
        server.new_database("migrated")
        with ThreadPoolExecutor(1) as beside_the_tests_loop:
            migration = _migrate(server.url("migrated"))
            beside_the_tests_loop.submit(asyncio.run, migration).result()
        yield server


async def _migrate(url: str) -> None:
    async with await open_store(url):
        pass


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/samvad.db"


@pytest.fixture
def postgres_url(postgres_of_ours: PostgresServer) -> Iterator[str]:
    """A database with the schema and nothing else in it."""
    yield postgres_of_ours.url("migrated")
    postgres_of_ours.execute("migrated", EMPTY_ALL)


@pytest.fixture(params=["sqlite", postgres])
def database_url(request: pytest.FixtureRequest) -> str:
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture
async def sql_store(database_url: str) -> AsyncIterator[SqlStore]:
    async with await open_store(database_url) as store:
        yield store


@pytest.fixture(params=["memory", "sqlite", postgres])
async def store(request: pytest.FixtureRequest) -> AsyncIterator[AnyStore]:
    """Every store that claims to keep the contract."""
    if request.param == "memory":
        async with MemoryStore() as memory:
            yield memory
        return
    url: str = request.getfixturevalue(f"{request.param}_url")
    async with await open_store(url) as store:
        yield store
