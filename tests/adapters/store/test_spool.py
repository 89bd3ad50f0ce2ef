"""The database does not take writes for a while: they wait in a file, and follow."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sqlite3
import stat
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, LargeBinary, Table, select

from ivr.core.call import Call, CallState
from ivr.core.model import CallId, ContactId, DeskState, Disposition, Refused
from ivr.errors import SetupFailed, StoreUnavailable
from ivr.store import spool_file, sqlite
from ivr.store.engine import open_store
from ivr.store.journal_verify import verify
from ivr.store.spool import Spool
from ivr.store.spool_file import DAMAGED, REFUSED, SPOOL, Record, SpoolFile, look
from ivr.store.spool_framing import WRITE, framed
from ivr.store.store import SqlStore
from ivr.store.tables import campaign_contacts, metadata
from tests.adapters.store.scene import (
    ASHA,
    CENTRE,
    HOUR,
    MINUTE,
    NOON,
    SURVEY,
    call_to,
    ended,
    key,
    opened,
    started,
)
from tests.polling import until


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "spool"


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite, "BUSY_TIMEOUT_S", 0.05)


@contextlib.contextmanager
def held(url: str) -> Iterator[None]:
    """Another program holds the database."""
    file = url.removeprefix("sqlite:///")
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


async def all_is_stored(store: SqlStore) -> None:
    await until(lambda: store.spooled == (0, 0.0))


async def test_an_answer_is_acknowledged_while_the_database_is_held(
    sqlite_url: str, folder: Path, impatient: None
):
    async with await open_store(sqlite_url, spool=folder) as store:
        await started(store, 1)
        call = await opened(store)
        with held(sqlite_url):
            await store.keep_answer(key(call, 1))
            await store.keep_answer(key(call, 2))
            assert await store.answers_of(call.call_id) == []
            assert store.spooled[0] == 2
        await all_is_stored(store)
        await store.keep_answer(key(call, 3))
        answers = await store.answers_of(call.call_id)
        assert answers == [key(call, seq) for seq in (1, 2, 3)]


async def test_who_waits_for_a_database_that_hangs_waits_less_than_a_second(
    sqlite_url: str, folder: Path
):
    async with await open_store(sqlite_url, spool=folder) as store:
        await started(store, 1)
        call = await opened(store)
        with held(sqlite_url):
            async with asyncio.timeout(1.5):
                await asyncio.gather(
                    *(store.keep_answer(key(call, seq)) for seq in range(1, 20)),
                    store.save_call(call),
                )
        await all_is_stored(store)
        assert len(await store.answers_of(call.call_id)) == 19


async def test_the_spool_is_for_its_owner_alone_and_has_room_beforehand(
    sqlite_url: str, folder: Path
):
    async with await open_store(sqlite_url, spool=folder):
        found = (folder / SPOOL).stat()
        assert stat.S_IMODE(found.st_mode) == 0o600
        assert found.st_blocks * 512 >= spool_file.RESERVED


# What must not wait


async def test_nobody_is_claimed_or_dialled_until_all_is_stored(
    sqlite_url: str, folder: Path, impatient: None, monkeypatch: pytest.MonkeyPatch
):
    async with await open_store(sqlite_url, spool=folder) as store:
        await started(store, 3)
        call = await opened(store)
        [due] = await store.claim_due(SURVEY, 1, NOON)
        other = call_to(due, "call-2")
        number = due.contact.number
        with held(sqlite_url):
            await store.keep_opt_out(number, NOON, "key 9", call.call_id)
            assert await store.is_do_not_call(number)
            assert not await store.is_do_not_call(call.number)
        # The database could be asked again; but it does not know of the opt-out yet.
        assert store.spooled[0]
        with pytest.raises(StoreUnavailable, match="writes wait"):
            await store.claim_due(SURVEY, 1, NOON)
        with pytest.raises(StoreUnavailable, match="writes wait"):
            await store.open_attempt(other)
        await all_is_stored(store)
        assert await store.call(other.call_id) is None
        later = NOON + MINUTE
        claimed = await store.claim_due(SURVEY, 5, later)
        assert {d.contact.number: d.on_do_not_call for d in claimed} == {
            number: True,  # given back, for nobody dialled them
            claimed[1].contact.number: False,
        }


@pytest.mark.parametrize("is_in_time", [True, False])
async def test_an_attempt_that_is_written_too_late_is_not_left_open(
    sqlite_url: str, folder: Path, is_in_time: bool, monkeypatch: pytest.MonkeyPatch
):
    if not is_in_time:
        monkeypatch.setattr(sqlite, "BUSY_TIMEOUT_S", 0.3)
    async with await open_store(sqlite_url, spool=folder) as store:
        await started(store, 1)
        [due] = await store.claim_due(SURVEY, 1, NOON)
        call = call_to(due, "call-1")
        with held(sqlite_url), pytest.raises(StoreUnavailable):
            await store.open_attempt(call)
        await all_is_stored(store)
        assert (await store.call(call.call_id) is not None) == is_in_time
        assert await store.open_attempts() == []
        reasons = await store.read(
            lambda connection: (
                connection.execute(select(campaign_contacts.c.reason)).scalars().all()
            )
        )
        assert reasons == ["store_away"]
        [again] = await store.claim_due(SURVEY, 1, NOON)
        assert again.attempts_in_campaign == 0  # it does not count


async def test_whom_a_claim_took_whose_answer_was_lost_is_due_again(
    sqlite_url: str, folder: Path, monkeypatch: pytest.MonkeyPatch
):
    async with await open_store(sqlite_url, spool=folder) as store:
        await started(store, 3)
        change = store.change

        async def but_no_answer(ask: Any) -> None:
            await change(ask)
            raise StoreUnavailable("the connection was cut")

        with monkeypatch.context() as cut:
            cut.setattr(store, "change", but_no_answer)
            with pytest.raises(StoreUnavailable, match="cut"):
                await store.claim_due(SURVEY, 2, NOON)
        assert len(await store.claim_due(SURVEY, 5, NOON)) == 3


# In order, once


async def lived_through(store: SqlStore, calls: list[Call]) -> None:
    """Everything that may wait in the spool, as two calls and a desk bring it."""
    first, second = calls
    asha, call_id = ASHA.telecaller_id, first.call_id
    rang = replace(first, state=CallState.RINGING, rang_at=NOON)
    flow = replace(rang, state=CallState.IN_FLOW, answered_at=NOON)
    await store.save_call(rang)
    await store.save_call(flow)
    for seq in (1, 2):
        await store.keep_answer(key(first, seq))
    await store.keep_callback(call_id, NOON + HOUR, NOON)
    await store.keep_callback(call_id, NOON + 2 * HOUR, NOON + MINUTE)
    for state in (DeskState.CALLING, DeskState.READY, DeskState.PAUSED):
        await store.keep_desk_state(asha, state, NOON, "चाय")
    await store.keep_conversation(call_id, asha, NOON, None)
    await store.keep_outcome(call_id, asha, "promised", "", NOON)
    await store.keep_conversation(call_id, asha, NOON + MINUTE, NOON + 2 * MINUTE)
    await store.keep_outcome(call_id, asha, "refused", "नहीं", NOON + MINUTE)
    await store.keep_form_answer(call_id, 0, "water", "no", NOON)
    await store.keep_form_answer(call_id, 0, "water", "yes", NOON)
    await ended(
        store,
        flow,
        Disposition.CALLBACK,
        next_at=NOON + 3 * HOUR,  # not the wish's own time: the law moved it
        callback=True,
    )
    await store.keep_opt_out(second.number, NOON, "key 9", second.call_id)
    await store.keep_opt_out(second.number, NOON + HOUR, "a letter", None)
    await ended(store, second, Disposition.OPTED_OUT, opted_out=True)
    await store.refuse(SURVEY, ContactId(3), Refused("cap", "rule", NOON + HOUR), NOON)
    await store.keep_learned("campaign survey", "1", NOON)
    await store.keep_learned("campaign survey", "2", NOON)


def everything(connection: Connection) -> dict[str, list[Any]]:
    """Return all rows, but the journal's, and without what is drawn by lot."""

    def rows(table: Table) -> list[Any]:
        told = [one for one in table.columns if not isinstance(one.type, LargeBinary)]
        return connection.execute(select(*told).order_by(*table.primary_key)).all()

    return {
        name: list(map(tuple, rows(table)))
        for name, table in metadata.tables.items()
        if not name.startswith("journal")
    }


async def begun(store: SqlStore) -> list[Call]:
    await store.upsert_people([replace(CENTRE, parent=None)], [ASHA])
    await started(store, 3)
    return [await opened(store, f"call-{n}") for n in (1, 2)]


def put_aside(store: SqlStore) -> None:
    """Let writes go to the spool, as if the database had just been away."""
    assert store._spool is not None
    store._spool.take([])


async def test_what_came_by_the_spool_is_as_if_the_database_had_been_there(
    tmp_path: Path, folder: Path, impatient: None
):
    url = f"sqlite:///{tmp_path}/{{}}.db"
    async with await open_store(url.format("straight")) as store:
        await lived_through(store, await begun(store))
        wanted = await store.read(everything)
    async with await open_store(url.format("away"), spool=folder) as store:
        calls = await begun(store)
        with held(url.format("away")):
            await lived_through(store, calls)
        await all_is_stored(store)
        assert await store.read(everything) == wanted
        assert (await store.read(verify)).findings == []


async def brought(store: SqlStore) -> None:
    assert store._spool is not None
    file = store._spool._file
    await until(lambda: file.waiting == 0)


async def test_what_is_stored_again_after_a_crash_changes_nothing(
    database_url: str, folder: Path, monkeypatch: pytest.MonkeyPatch
):
    """The worst crash: all is in the database, and the file still has all of it."""

    def not_on_this_disk(*_: object) -> None:
        raise OSError("Input/output error")

    def forgotten(file: SpoolFile, records: Sequence[Record]) -> None:
        file._front = records[-1].ends
        file.waiting -= len(records)

    async with await open_store(database_url) as store:
        calls = await begun(store)
    with monkeypatch.context() as broken:
        async with await open_store(database_url, spool=folder) as store:
            broken.setattr(SpoolFile, "drained", forgotten)
            broken.setattr(SpoolFile, "empty", not_on_this_disk)
            put_aside(store)
            await lived_through(store, calls)
            await brought(store)
            wanted = await store.read(everything)
            assert store.spooled[1] > 0  # it does not count as stored
    async with await open_store(database_url, spool=folder) as store:
        assert store.spooled == (0, 0.0)
        assert await store.read(everything) == wanted
        assert (await store.read(verify)).findings == []


@contextlib.contextmanager
def left_behind(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Nothing is brought to the database while it lasts."""

    async def never(_: Spool) -> None:
        await asyncio.Event().wait()

    with monkeypatch.context() as patched:
        patched.setattr(Spool, "_bring", never)
        yield


async def test_what_a_former_run_left_is_stored_before_anything_is_asked(
    database_url: str, folder: Path, monkeypatch: pytest.MonkeyPatch
):
    async with await open_store(database_url, spool=folder) as store:
        calls = await begun(store)
        with left_behind(monkeypatch):
            put_aside(store)
            await lived_through(store, calls)
            await store.close()
    async with await open_store(database_url, spool=folder) as store:
        assert store.spooled == (0, 0.0)
        assert await store.open_attempts() == []
        assert await store.is_do_not_call(calls[1].number)
        assert len(await store.answers_of(calls[0].call_id)) == 3


async def test_what_the_database_will_never_take_is_set_aside_and_stops_nothing(
    sqlite_url: str, folder: Path, monkeypatch: pytest.MonkeyPatch
):
    async with await open_store(sqlite_url, spool=folder) as store:
        await started(store, 1)
        call = await opened(store)
        unknown = replace(call, call_id=CallId("of-a-lost-database"))
        with left_behind(monkeypatch):
            put_aside(store)
            await store.keep_answer(key(call, 1))
            await store.keep_answer(key(unknown, 1, "7"))
            await store.keep_answer(key(call, 2))
            await store.close()
    async with await open_store(sqlite_url, spool=folder) as store:
        assert len(await store.answers_of(call.call_id)) == 2
    [line] = (folder / REFUSED).read_text().splitlines()
    assert line.startswith("answer 1 ") and "of-a-lost-database" in line
    assert stat.S_IMODE((folder / REFUSED).stat().st_mode) == 0o600


async def test_a_spool_of_a_newer_program_is_not_touched(sqlite_url: str, folder: Path):
    async with await open_store(sqlite_url):
        pass
    file = SpoolFile(folder)
    file.append([b"of_tomorrow 1 {}"])
    file.close()
    with pytest.raises(SetupFailed, match="newer Samvad"):
        await open_store(sqlite_url, spool=folder)
    file = SpoolFile(folder)
    assert [one.payload for one in file.read(9)] == [b"of_tomorrow 1 {}"]
    file.close()


# The spool's own bad days


async def test_a_full_spool_is_said_so_and_later_all_goes_on(
    sqlite_url: str, folder: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(spool_file, "AT_MOST", 20_000)
    monkeypatch.setattr(
        SpoolFile.__init__, "__kwdefaults__", {"at_most": 20_000, "reserved": 0}
    )
    async with await open_store(sqlite_url, spool=folder) as store:
        await started(store, 1)
        call = await opened(store)
        with left_behind(monkeypatch):
            put_aside(store)
            kept = 0
            with pytest.raises(StoreUnavailable, match="neither the database nor"):
                while True:
                    await store.keep_answer(key(call, kept + 1, "x" * 2000))
                    kept += 1
            await store.keep_answer(key(call, kept + 1))  # there is room for this
            await store.close()
    assert kept == 9
    async with await open_store(sqlite_url, spool=folder) as store:
        assert len(await store.answers_of(call.call_id)) == kept + 1


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    mount = tmp_path / "small"
    mount.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(mount)]
    if os.geteuid() != 0 or subprocess.run(command, capture_output=True).returncode:
        pytest.skip("only root may mount a small disk")
    yield mount
    subprocess.run(["umount", str(mount)], check=True)


async def test_on_a_full_disk_answers_go_to_the_room_that_was_reserved(
    small_disk: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(
        SpoolFile.__init__, "__kwdefaults__", {"at_most": 2**28, "reserved": 500_000}
    )
    url = f"sqlite:///{small_disk}/samvad.db"
    async with await open_store(url, spool=small_disk / "spool") as store:
        await started(store, 1)
        call = await opened(store)
        ballast = small_disk / "ballast"
        with contextlib.suppress(OSError), ballast.open("wb") as file:
            while True:
                file.write(bytes(4096))
                file.flush()
        kept = 0
        with contextlib.suppress(StoreUnavailable):
            while True:
                await store.keep_answer(key(call, kept + 1, "x" * 4000))
                kept += 1
        assert kept >= 100
        ballast.unlink()
        await all_is_stored(store)
        assert len(await store.answers_of(call.call_id)) == kept


def test_a_torn_tail_is_cut_off_and_what_follows_is_read(folder: Path):
    file = SpoolFile(folder, reserved=0)
    file.append([b"one", b"two"])
    size = file.size
    file.append([b"torn"])
    file.close()
    os.truncate(folder / SPOOL, size + 10)
    file = SpoolFile(folder, reserved=0)
    file.append([b"three"])
    assert [one.payload for one in file.read(9)] == [b"one", b"two", b"three"]
    assert file.waiting == 3
    file.close()
    assert (folder / DAMAGED).stat().st_size == 11


def test_damage_in_the_middle_is_kept_for_a_person_and_costs_one_record(folder: Path):
    file = SpoolFile(folder)
    file.append([b"one", b"two", b"three"])
    file.close()
    data = (folder / SPOOL).read_bytes()
    (folder / SPOOL).write_bytes(data.replace(b"two", b"tw0"))
    file = SpoolFile(folder)
    assert [one.payload for one in file.read(9)] == [b"one", b"three"]
    file.close()
    assert b"tw0" in (folder / DAMAGED).read_bytes()


def test_what_was_brought_is_not_read_again(folder: Path):
    file = SpoolFile(folder)
    file.append([b"one", b"two", b"three"])
    file.drained(file.read(2))
    assert [one.payload for one in file.read(9)] == [b"three"]
    file.append([b"four"])
    file.close()
    file = SpoolFile(folder)
    assert [one.payload for one in file.read(9)] == [b"three", b"four"]
    assert file.waiting == 2
    file.empty()
    assert file.read(9) == [] and file.size == 0
    file.close()


def test_a_write_that_the_disk_refuses_leaves_nothing_behind(
    folder: Path, monkeypatch: pytest.MonkeyPatch
):
    file = SpoolFile(folder)
    file.append([b"one"])
    with monkeypatch.context() as broken:
        broken.setattr(
            os, "fdatasync", lambda _: (_ for _ in ()).throw(OSError(5, "I/O"))
        )
        with pytest.raises(OSError, match="I/O"):
            file.append([b"a longer one that nobody was told is kept"])
    file.append([b"two"])
    file.close()
    file = SpoolFile(folder)
    assert [one.payload for one in file.read(9)] == [b"one", b"two"]
    file.close()
    assert not (folder / DAMAGED).exists()


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("add"), st.integers(1, 4)),
        st.tuples(st.just("drain"), st.integers(1, 4)),
        st.tuples(st.just("crash"), st.integers(0, 60)),
        st.tuples(st.just("empty"), st.just(0)),
    ),
    max_size=12,
)


@settings(max_examples=25, deadline=None)
@given(STEPS)
def test_whatever_happens_what_waits_is_read_once_and_in_order(
    steps: list[tuple[str, int]],
):
    with TemporaryDirectory() as home:
        folder, wanted, last = Path(home), list[bytes](), 0
        file = SpoolFile(folder, reserved=0)
        for step, number in steps:
            match step:
                case "add":
                    some = [b"record %d" % n for n in range(last, last + number)]
                    last += number
                    file.append(some)
                    wanted += some
                case "drain" if wanted:
                    file.drained(file.read(number))
                    wanted = wanted[number:]
                case "crash":  # in the middle of adding one that nobody waits for
                    file.close()
                    torn = framed(WRITE, 9**9, b"never acknowledged" * 3)[:number]
                    with (folder / SPOOL).open("ab") as spool:
                        spool.write(torn)
                    file = SpoolFile(folder, reserved=0)
                case "empty" if not wanted:
                    file.empty()
            assert [one.payload for one in file.read(99)] == wanted
            assert file.waiting == look(folder).waiting == len(wanted)
        file.close()
