"""Servers that die or hang, programs that are killed, while many calls are answered:
whatever was acknowledged is stored, once, and in each call's order."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from ivr.core.call import Call
from ivr.core.model import NodeId
from ivr.errors import StoreUnavailable
from ivr.store import spool
from ivr.store.engine import open_store
from ivr.store.postgres import unsafe_settings
from ivr.store.store import SqlStore
from tests.adapters.store.postgres_server import PostgresServer
from tests.adapters.store.scene import NOON, SURVEY, call_to, key, started
from tests.polling import until

HERE = Path(__file__).parent
CALLS = 30
Fault = Callable[[PostgresServer], None]


def crash(server: PostgresServer) -> None:
    server.stop(signal.SIGQUIT)


def restart(server: PostgresServer) -> None:
    server.stop(signal.SIGINT)


def hang(server: PostgresServer) -> None:
    server.pause()


async def calls_of(store: SqlStore, number: int = CALLS) -> list[Call]:
    await started(store, number + 5)
    due = await store.claim_due(SURVEY, number, NOON)
    calls = [call_to(one, f"call-{n}") for n, one in enumerate(due)]
    await asyncio.gather(*(store.open_attempt(call) for call in calls))
    return calls


class Voters:
    """All calls at once: an answer, the call's step, the next answer."""

    def __init__(self, store: SqlStore, calls: list[Call]) -> None:
        self.answered = 0
        self.longest_s = 0.0
        self._store = store
        self._hang_up = False
        self._tasks = [asyncio.create_task(self._speak(call)) for call in calls]

    async def _speak(self, call: Call) -> int:
        seq = 0
        while not self._hang_up:
            began = time.monotonic()
            await self._store.keep_answer(key(call, seq + 1))
            self.longest_s = max(self.longest_s, time.monotonic() - began)
            seq += 1
            self.answered += 1
            call = _at_node(call, f"q{seq}")
            await self._store.save_call(call)
            await asyncio.sleep(0.005)
        return seq

    async def more(self, answers: int) -> None:
        wanted = self.answered + answers
        await until(lambda: self.answered >= wanted, within_s=15)

    async def hang_up(self) -> list[int]:
        self._hang_up = True
        return await asyncio.gather(*self._tasks)


def _at_node(call: Call, node: str) -> Call:
    return replace(call, node=NodeId(node))


@pytest.mark.postgres
@pytest.mark.parametrize(
    ("fault", "given_up_s"),
    [
        (crash, 10),
        pytest.param(restart, 10, marks=pytest.mark.long),
        pytest.param(hang, 10, marks=pytest.mark.long),
        (hang, 0.3),
    ],
)
async def test_answers_go_on_while_the_server_is_away_and_are_stored_in_order(
    fault: Fault,
    given_up_s: float,
    monkeypatch: pytest.MonkeyPatch,
    postgres_of_ours: PostgresServer,
    postgres_url: str,
    tmp_path: Path,
):
    monkeypatch.setattr(spool, "GIVEN_UP_S", given_up_s)
    async with await open_store(postgres_url, spool=tmp_path / "spool") as store:
        calls = await calls_of(store)
        voters = Voters(store, calls)
        await voters.more(200)
        fault(postgres_of_ours)
        try:
            await until(lambda: store.spooled[0] > 0)
            await voters.more(500)
            with pytest.raises(StoreUnavailable):
                await store.claim_due(SURVEY, 1, NOON)
        finally:
            if fault is hang:
                postgres_of_ours.go_on()
            else:
                await asyncio.to_thread(postgres_of_ours.start)
        await until(lambda: store.spooled == (0, 0.0), within_s=60)
        await voters.more(200)
        answered = await voters.hang_up()
        assert voters.longest_s < 2
        for call, number in zip(calls, answered, strict=True):
            kept = await store.answers_of(call.call_id)
            assert kept == [key(call, seq) for seq in range(1, number + 1)]
            now = await store.call(call.call_id)
            assert now is not None and now.node == f"q{number}"
        assert len(await store.claim_due(SURVEY, 1, NOON)) == 1


# Our own program is killed


@contextmanager
def away(url: str, server: PostgresServer | None) -> Iterator[None]:
    if server is not None:
        server.stop(signal.SIGQUIT)
        try:
            yield
        finally:
            server.start()
        return
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"), timeout=30)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


class Program:
    def __init__(self, url: str, folder: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, str(HERE / "spool_program.py"), url, str(folder)],
            stdout=subprocess.PIPE,
            text=True,
            cwd=HERE.parents[2],
            env=os.environ | {"PYTHONPATH": str(HERE.parents[2])},
        )
        assert self._process.stdout is not None
        self._out = self._process.stdout
        assert self._out.readline() == "begun\n"

    def acknowledged(self, number: int) -> list[str]:
        return [self._out.readline() for _ in range(number)]

    def kill(self) -> list[str]:
        self._process.kill()
        rest, _ = self._process.communicate()
        return rest.splitlines(keepends=True)


async def killed_and_run_again(
    url: str, server: PostgresServer | None, folder: Path, rounds: list[bool]
) -> None:
    """Kill the program in each round: while the database is away, or as it is back."""
    async with await open_store(url) as store:
        await calls_of(store, 20)
    chance = random.Random(len(rounds))
    said: list[str] = []
    for in_the_dark in rounds:
        program = await asyncio.to_thread(Program, url, folder)
        said += program.acknowledged(200)
        with away(url, server):
            said += program.acknowledged(1000)
            if in_the_dark:
                said += program.kill()
        if not in_the_dark:
            await asyncio.sleep(chance.uniform(0, 0.2))
            said += program.kill()
    wanted = {line.strip() for line in said if line.endswith("\n")}
    async with await open_store(url, spool=folder) as store:
        kept: list[str] = []
        for call in await store.open_attempts():
            answers = await store.answers_of(call.call_id)
            assert [one.seq for one in answers] == [*range(1, len(answers) + 1)]
            kept += [f"{one.call_id} {one.seq}" for one in answers]
    assert len(wanted) >= 1200 * len(rounds)
    assert wanted <= set(kept)
    assert len(kept) - len(wanted) <= 20 * len(rounds)  # on their way when killed


async def test_a_program_killed_while_it_spools_or_drains_loses_nothing(
    sqlite_url: str, tmp_path: Path
):
    await killed_and_run_again(sqlite_url, None, tmp_path / "spool", [False])


@pytest.mark.long
@pytest.mark.postgres
async def test_the_same_with_a_server_that_crashes(
    postgres_of_ours: PostgresServer, postgres_url: str, tmp_path: Path
):
    rounds = [True] + [False] * 7
    folder = tmp_path / "spool"
    await killed_and_run_again(postgres_url, postgres_of_ours, folder, rounds)


@pytest.mark.long
async def test_the_same_many_times(sqlite_url: str, tmp_path: Path):
    rounds = [True] + [False] * 11
    await killed_and_run_again(sqlite_url, None, tmp_path / "spool", rounds)


# What is acknowledged is on the disk


@pytest.mark.parametrize(("durability", "level"), [("normal", 1), ("full", 2)])
async def test_sqlite_waits_for_the_disk_at_each_commit_if_it_is_told_to(
    sqlite_url: str, durability: str, level: int
):
    async with await open_store(sqlite_url, durability=durability) as store:
        pragma = await store.change(
            lambda connection: connection.exec_driver_sql("PRAGMA synchronous").scalar()
        )
        assert pragma == level


@pytest.mark.postgres
async def test_postgresql_waits_for_the_disk_whatever_its_default(
    postgres_of_ours: PostgresServer, postgres_url: str
):
    off = "ALTER DATABASE migrated {} synchronous_commit {}"
    postgres_of_ours.execute("migrated", off.format("SET", "= off"))
    try:
        async with await open_store(postgres_url) as store:
            shown = await store.read(
                lambda c: c.exec_driver_sql("SHOW synchronous_commit").scalar()
            )
            assert shown == "on"
    finally:
        postgres_of_ours.execute("migrated", off.format("RESET", ""))


@pytest.mark.postgres
async def test_a_server_that_would_lose_all_in_a_power_cut_is_named(
    postgres_url: str, sqlite_url: str
):
    async with await open_store(postgres_url) as store:
        assert await store.read(unsafe_settings) == ["fsync"]  # the tests' own
    async with await open_store(sqlite_url) as store:
        assert await store.read(unsafe_settings) == []


@pytest.mark.postgres
async def test_no_reader_notices_that_the_server_was_started_anew(
    postgres_of_ours: PostgresServer, postgres_url: str
):
    async with await open_store(postgres_url) as store:
        calls = await calls_of(store)
        for _ in range(2):
            # As many connections as there may be, all of them dead afterwards.
            await asyncio.gather(*(store.answers_of(one.call_id) for one in calls))
            postgres_of_ours.stop(signal.SIGINT)
            await asyncio.to_thread(postgres_of_ours.start)
        reads = (store.answers_of(one.call_id) for one in calls * 3)
        writes = (store.keep_answer(key(one, 1)) for one in calls)
        await asyncio.gather(*reads, *writes)
