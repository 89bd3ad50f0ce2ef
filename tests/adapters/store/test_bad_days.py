"""Disks that fill, files that are locked, servers that go away, killed programs."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from statistics import median

import pytest

from ivr.errors import StoreUnavailable
from ivr.store import postgres as postgres_database
from ivr.store import sqlite
from ivr.store.engine import open_store
from ivr.store.store import SqlStore
from tests.adapters.store.conftest import postgres
from tests.adapters.store.postgres_server import PostgresServer
from tests.adapters.store.scene import (
    NOON,
    OTHER,
    SURVEY,
    key,
    opened,
    started,
)

HERE = Path(__file__).parent


# The disk is full


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A real file system of 3 MB, for which one must be root."""
    mount = tmp_path / "small"
    mount.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(mount)]
    if os.geteuid() != 0 or subprocess.run(command, capture_output=True).returncode:
        pytest.skip("only root may mount a small disk")
    yield mount
    subprocess.run(["umount", str(mount)], check=True)


async def test_a_full_disk_is_said_so_and_no_acknowledged_answer_is_lost(
    small_disk: Path,
):
    url = f"sqlite:///{small_disk}/samvad.db"
    async with await open_store(url) as store:
        await started(store, 1)
        call = await opened(store)
        ballast = small_disk / "ballast"
        free = os.statvfs(small_disk).f_bavail * os.statvfs(small_disk).f_frsize
        ballast.write_bytes(bytes(free - 100_000))
        kept = await _answer_until_unavailable(store, call)
        with pytest.raises(StoreUnavailable, match="full"):
            await store.keep_answer(key(call, kept + 1, "x" * 4000))
        answers = await store.answers_of(call.call_id)
        assert len(answers) == kept

        ballast.unlink()
        await store.keep_answer(key(call, kept + 1))
        assert len(await store.answers_of(call.call_id)) == kept + 1


async def _answer_until_unavailable(store: SqlStore, call) -> int:
    for seq in range(1, 1_000):
        try:
            await store.keep_answer(key(call, seq, "x" * 4000))
        except StoreUnavailable:
            return seq - 1
    raise AssertionError("the disk never filled")


# Another program holds the database


async def test_a_lock_held_too_long_is_unavailable_and_then_it_goes_on(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(sqlite, "BUSY_TIMEOUT_S", 0.05)
    async with await open_store(sqlite_url) as store:
        await started(store, 1)
        call = await opened(store)
        with closing(sqlite3.connect(tmp_path / "samvad.db")) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(StoreUnavailable, match="locked"):
                await store.keep_answer(key(call, 1))
            assert await store.answers_of(call.call_id) == []  # reading goes on
            other.execute("ROLLBACK")
        await store.keep_answer(key(call, 1))
        assert await store.answers_of(call.call_id) == [key(call, 1)]


async def test_a_lock_let_go_in_time_is_waited_for(sqlite_url: str, tmp_path: Path):
    async with await open_store(sqlite_url) as store:
        await started(store, 1)
        call = await opened(store)
        with closing(sqlite3.connect(tmp_path / "samvad.db")) as other:
            other.execute("BEGIN IMMEDIATE")
            keeping = asyncio.create_task(store.keep_answer(key(call, 1)))
            await store.answers_of(call.call_id)
            assert not keeping.done()
            other.execute("ROLLBACK")
            await keeping
        assert await store.answers_of(call.call_id) == [key(call, 1)]


async def test_a_program_that_writes_without_a_pause_does_not_starve_us(
    sqlite_url: str, tmp_path: Path
):
    async with await open_store(sqlite_url) as store:
        await started(store, 1)
        call = await opened(store)
        stop, turns = threading.Event(), [0]
        file = tmp_path / "samvad.db"
        hog = asyncio.create_task(
            asyncio.to_thread(_write_without_pause, file, stop, turns)
        )
        waited = []
        try:
            for seq in range(1, 41):
                before = turns[0]
                await store.keep_answer(key(call, seq))
                waited.append(turns[0] - before)
        finally:
            stop.set()
            await hog
        assert len(await store.answers_of(call.call_id)) == 40
    # In the other's transactions, not in seconds: SQLite's own waiting lets some
    # sixty of them pass for an answer, ours two or three.
    assert median(waited) < 15


def _write_without_pause(file: Path, stop: threading.Event, turns: list[int]) -> None:
    """Hold the lock for some milliseconds, again and again, counting how often."""
    with closing(sqlite3.connect(file, timeout=30, isolation_level=None)) as other:
        other.execute("CREATE TABLE ballast (n)")
        while not stop.is_set():
            other.execute("BEGIN IMMEDIATE")
            other.executemany(
                "INSERT INTO ballast VALUES (?)", ((n,) for n in range(10_000))
            )
            other.execute("COMMIT")
            turns[0] += 1


# The program is killed


@pytest.mark.parametrize("which", ["sqlite", postgres])
async def test_a_killed_writer_loses_nothing_it_acknowledged(
    which: str, request: pytest.FixtureRequest
):
    url: str = request.getfixturevalue(f"{which}_url")
    async with await open_store(url) as store:
        await started(store, 20)
    writer = _run("writer_program.py", url)
    assert writer.stdout is not None
    acknowledged = [writer.stdout.readline() for _ in range(2_000)]
    os.kill(writer.pid, signal.SIGKILL)
    rest, _ = writer.communicate()
    acknowledged += rest.splitlines(keepends=True)
    wanted = {line.strip() for line in acknowledged if line.endswith("\n")}

    async with await open_store(url) as store:
        calls = await store.open_attempts()
        kept = {
            f"{answer.call_id} {answer.seq}"
            for call in calls
            for answer in await store.answers_of(call.call_id)
        }
    assert len(calls) == 20
    assert len(wanted) >= 2_000
    assert wanted <= kept


# Two programs claim from one queue


@pytest.mark.parametrize("which", ["sqlite", postgres])
async def test_two_programs_never_get_the_same_contact_or_the_same_number(
    which: str, request: pytest.FixtureRequest
):
    url: str = request.getfixturevalue(f"{which}_url")
    async with await open_store(url) as store:
        await started(store, 300)
        await started(store, 300, OTHER)
    programs = [
        _run("claimer_program.py", url, campaign)
        for campaign in (SURVEY, OTHER, SURVEY)
    ]
    outputs = [program.communicate(timeout=60)[0] for program in programs]
    assert [program.returncode for program in programs] == [0, 0, 0]
    numbers = [number for output in outputs for number in output.split()]
    assert len(numbers) == 300
    assert len(set(numbers)) == 300


def _run(program: str, *args: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, str(HERE / program), *args],
        stdout=subprocess.PIPE,
        text=True,
        cwd=HERE.parents[2],
        env=os.environ | {"PYTHONPATH": str(HERE.parents[2])},
    )


# The server goes away


@pytest.mark.postgres
async def test_a_server_that_restarts_is_found_again(
    postgres_of_ours: PostgresServer, postgres_url: str
):
    async with await open_store(postgres_url) as store:
        await started(store, 1)
        call = await opened(store)
        await store.keep_answer(key(call, 1))
        postgres_of_ours.stop(signal.SIGQUIT)
        try:
            with pytest.raises(StoreUnavailable):
                await store.keep_answer(key(call, 2))
            with pytest.raises(StoreUnavailable):
                await store.claim_due(SURVEY, 1, NOON)
        finally:
            postgres_of_ours.start()
        await store.keep_answer(key(call, 2))
        assert len(await store.answers_of(call.call_id)) == 2


@pytest.mark.postgres
async def test_connections_cut_by_a_restart_are_not_noticed_by_callers(
    postgres_of_ours: PostgresServer, postgres_url: str
):
    async with await open_store(postgres_url) as store:
        await started(store, 1)
        call = await opened(store)
        postgres_of_ours.stop()
        postgres_of_ours.start()
        await store.keep_answer(key(call, 1))
        assert await store.answers_of(call.call_id) == [key(call, 1)]


@pytest.mark.postgres
async def test_a_server_that_says_nothing_holds_nobody_who_leaves(
    postgres_of_ours: PostgresServer,
    postgres_url: str,
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(postgres_database, "CLOSE_TIMEOUT_S", 0.2)
    store = await open_store(postgres_url)
    await asyncio.gather(*(store.open_attempts() for _ in range(3)))
    postgres_of_ours.pause()
    try:
        leaving = asyncio.create_task(store.close())
        left, _ = await asyncio.wait({leaving}, timeout=20)
        assert left == {leaving}
        leaving.result()
    finally:
        postgres_of_ours.go_on()


async def test_a_server_that_is_not_there_is_unavailable(tmp_path: Path):
    with pytest.raises(StoreUnavailable):
        await open_store(f"postgresql://samvad@/samvad?host={tmp_path}")
