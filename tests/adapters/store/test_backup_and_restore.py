"""The drill: a backup, more calls and opt-outs, a loss, and the way back. Real files.

On both databases. What is said after the backup is lost, but never an opt-out; and
nobody is called twice because of what is not known.
"""

from __future__ import annotations

import asyncio
import dataclasses
import fcntl
import gzip
import json
import random
import sqlite3
import threading
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Connection, func, select, text

from ivr.backup import archive
from ivr.backup.archive import ArchiveWriter, Manifest
from ivr.backup.making import last, make, name_at, rotate
from ivr.backup.restoring import Wishes, restore, verify
from ivr.core.erasure import NumberKey
from ivr.core.model import CampaignState, Disposition, PhoneNumber
from ivr.errors import BadInput, SetupFailed
from ivr.settings.config import Settings, load_settings
from ivr.settings.home import HomeLock
from ivr.settings.secret import secret
from ivr.store import after_restore, dumping
from ivr.store.copying import Progress, copy_sqlite
from ivr.store.engine import open_store
from ivr.store.opt_out_ledger import (
    ErasedNumber,
    OptOut,
    OptOutLedger,
    append,
    forget,
    read,
    read_csv,
)
from ivr.store.opt_outs import agree, put_in_erased
from ivr.store.place import Facts, Place, copy_to
from ivr.store.queue import queue
from ivr.store.store import SqlStore
from ivr.store.tables import attempts, campaign_contacts
from tests.adapters.store.conftest import postgres
from tests.adapters.store.postgres_server import PostgresServer
from tests.adapters.store.scene import MINUTE, SURVEY, ended, key, opened, started

NUMBERS = [PhoneNumber(f"+9198271000{n:02d}") for n in range(10)]
YES = Wishes(may_replace=True)


def tell(_what: str, _share: float) -> None:
    """Tell nobody."""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A home of its own with SQLite; config/ is this project's."""
    words = 'home = "HOME"\n[organisation]\nname_hi = "संवाद"\nname_en = "Samvad"\n'
    file = tmp_path / "samvad.toml"
    file.write_text(words.replace("HOME", str(tmp_path / "run/home")), "utf-8")
    (tmp_path / "run/home").mkdir(parents=True)
    return load_settings(file)


@pytest.fixture(params=["sqlite", postgres])
def installed(
    request: pytest.FixtureRequest, settings: Settings, tmp_path: Path
) -> Settings:
    """An installation on one of the databases, with files in its home."""
    home = settings.home
    for name, words in (
        ("answers/call-1-q2.wav", "sound"),
        ("answers/new/call-9-q2.wav", "of this moment"),
        ("audio/hi/hello.wav", "नमस्ते"),
        ("flows/mine.yaml", "flow: mine"),
        ("campaigns/mine.yaml", "campaign: mine"),
        ("secrets/ami", "the-secret-of-the-manager"),
        ("keys/server.key", "the-private-key"),
        ("asterisk/conf/manager.conf", "secret = the-secret-of-the-manager"),
        ("something-new/file", "?"),
    ):
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text(words, "utf-8")
    if request.param == "sqlite":
        return settings
    server: PostgresServer = request.getfixturevalue("postgres_of_ours")
    name = f"drill_{abs(hash(str(tmp_path)))}"
    url = server.new_database(name)
    request.addfinalizer(lambda: server.execute("postgres", f"DROP DATABASE {name}"))
    database = dataclasses.replace(settings.database, url=url)
    return dataclasses.replace(settings, database=database)


async def store_of(settings: Settings) -> SqlStore:
    ledger = settings.opt_out_ledger
    return await open_store(settings.database_url, opt_outs=ledger)


@pytest.fixture
async def store(installed: Settings) -> AsyncIterator[SqlStore]:
    async with await store_of(installed) as store:
        yield store


async def count(store: SqlStore, table: object) -> int:
    def ask(connection: Connection) -> int:
        return connection.execute(select(func.count()).select_from(table)).scalar_one()  # type: ignore[arg-type]

    return await store.read(ask)


async def at_work(store: SqlStore, now: datetime) -> None:
    """A running campaign: one person is called, one answers, one is being dialled."""
    await started(store, 5, at=now)
    await store.set_campaign_state(SURVEY, CampaignState.RUNNING, now)
    over = await opened(store, "call-1", at=now)
    await store.keep_answer(key(over, 1))
    await ended(store, over, Disposition.COMPLETED)
    await opened(store, "call-2", at=now)  # under way
    await store.claim_due(SURVEY, 1, now)  # about to be dialled
    await store.keep_opt_out(NUMBERS[0], now, "key 9", None)


async def test_the_drill(installed: Settings, tmp_path: Path) -> None:
    now = datetime.now(UTC)
    async with await store_of(installed) as store:
        await at_work(store, now)
        made = await make(installed, tmp_path / "a.backup", tell)
        # And the work goes on: calls and opt-outs that the backup does not have.
        late = datetime.now(UTC)
        called = await ended(store, await opened(store, "call-3", at=late))
        left_a_nine(installed.home, called.call_id, late)
        await store.keep_opt_out(NUMBERS[1], late, "key 9", None)
    assert made.unknown == ("something-new",)
    assert (await verify(made.file, tell)).counts["attempts"] == 2

    elsewhere = OptOut(NUMBERS[2], late, "another centre")
    wishes = Wishes(may_replace=True, opt_outs=(elsewhere,))
    restored = await restore(installed, made.file, wishes, tell)

    assert restored.present.calls_since == 1
    assert restored.opt_outs == 3
    assert restored.settled.paused == (SURVEY,)
    assert restored.settled.closed_calls == 1
    assert restored.settled.held == 4
    async with await store_of(installed) as store:
        assert await store.campaign_state(SURVEY) is CampaignState.PAUSED
        assert await count(store, attempts) == 2
        assert await store.open_attempts() == []
        for number in (*NUMBERS[:3], called.number):
            assert await store.is_do_not_call(number)
        await nobody_is_due_today(store)
    home = installed.home
    assert (home / "answers/call-1-q2.wav").read_text() == "sound"
    assert not (home / "answers/new").exists()
    assert (home / "audio/hi/hello.wav").read_text("utf-8") == "नमस्ते"
    # This machine's own, not the backup's:
    assert (home / "secrets/ami").read_text() == "the-secret-of-the-manager"
    assert (home / "keys/server.key").read_text() == "the-private-key"
    assert (home / "config-of-the-backup/centres.yaml").exists()
    noted = {one.number for one in read(installed.opt_out_ledger)}
    assert noted == {*NUMBERS[:3], called.number}
    [aside] = [Path(one) for one in restored.aside if one.startswith("/")]
    assert (aside / "something-new/file").exists()


def left_a_nine(home: Path, call_id: str, at: datetime) -> None:
    """Leave what fallback.agi leaves when no controller is there."""
    folder = home / "asterisk" / "outbox"
    folder.mkdir(parents=True)
    line = {"call_id": call_id, "key": "9", "at": at.isoformat()}
    (folder / f"{call_id}.json").write_text(json.dumps(line))


async def nobody_is_due_today(store: SqlStore) -> None:
    midnight = (datetime.now(ZoneInfo("Asia/Kolkata")) + timedelta(days=1)).replace(
        hour=0, minute=0, second=0, microsecond=0
    )
    assert await store.claim_due(SURVEY, 10, midnight - MINUTE) == []
    assert len(await store.claim_due(SURVEY, 10, midnight + MINUTE)) == 4

    def why(connection: Connection) -> set[tuple[str, str]]:
        rows = connection.execute(select(queue.reason, queue.rule))
        return {(row.reason, row.rule[:26]) for row in rows}

    assert await store.read(why) == {
        ("attempts_today", "restored from the backup o"),
        ("", ""),  # who was talked to
    }
    assert await count(store, campaign_contacts) == 5


async def test_an_opt_out_outlives_the_database(
    installed: Settings, tmp_path: Path
) -> None:
    """The present database is gone: only the ledger knows."""
    async with await store_of(installed) as store:
        await started(store, 2)
        made = await make(installed, tmp_path / "a.backup", tell)
        await store.keep_opt_out(NUMBERS[1], datetime.now(UTC), "key 9", None)
    if installed.database.url:
        # A table is gone: as good as a database that is damaged.
        async with await open_store(installed.database.url) as store:
            await store.change(lambda c: c.execute(text("DROP TABLE do_not_call")))
    else:
        (installed.home / "samvad.db").write_bytes(b"no database" * 1000)
    restored = await restore(installed, made.file, YES, tell)
    assert restored.present.calls_since is None
    assert restored.present.why_unknown
    async with await store_of(installed) as store:
        assert await store.is_do_not_call(NUMBERS[1])


@pytest.mark.parametrize("known_by", ["database", "ledger"])
async def test_who_was_erased_since_is_not_called(
    settings: Settings, tmp_path: Path, known_by: str
) -> None:
    key = NumberKey(secret(settings.home, "erased-numbers"))
    async with await store_of(settings) as store:
        await started(store, 2)
        made = await make(settings, tmp_path / "a.backup", tell)
        gone = ErasedNumber(key.of(NUMBERS[1]), key.key_id, datetime.now(UTC))
        if known_by == "database":
            await store.change(put_in_erased, [gone])
        else:
            forget(settings.opt_out_ledger, lambda one: one == NUMBERS[1], [gone])
    restored = await restore(settings, made.file, YES, tell)
    assert restored.erased == 1
    ledger = settings.opt_out_ledger
    url = settings.database_url
    async with await open_store(url, opt_outs=ledger, erased=key) as store:
        assert await store.change(put_in_erased, ()) == [gone]
        late = datetime.now(UTC) + timedelta(days=2)
        due = await store.claim_due(SURVEY, 10, late)
        assert {one.contact.number: one.on_do_not_call for one in due} == {
            NUMBERS[0]: False,
            NUMBERS[1]: True,
        }


async def test_a_restore_into_an_empty_place(
    settings: Settings, tmp_path: Path
) -> None:
    async with await store_of(settings) as store:
        await started(store, 2)
    made = await make(settings, tmp_path / "a.backup", tell)
    new = settings.replace(home=tmp_path / "elsewhere/home")
    new.home.parent.mkdir()
    restored = await restore(new, made.file, Wishes(), tell)
    assert restored.aside == ()
    assert restored.kept_apart == ()
    assert sorted(one.name for one in new.home.parent.iterdir()) == ["home"]
    async with await store_of(new) as store:
        assert await store.undone(SURVEY) == 2


async def test_a_restore_keeps_off_what_is_there_and_what_runs(
    installed: Settings, store: SqlStore, tmp_path: Path
) -> None:
    made = await make(installed, tmp_path / "a.backup", tell)
    with pytest.raises(BadInput, match="--yes"):
        await restore(installed, made.file, Wishes(), tell)
    with HomeLock(installed.home), pytest.raises(SetupFailed, match="is running"):
        await restore(installed, made.file, YES, tell)
    if installed.database.url:  # another machine's Samvad is on it
        with pytest.raises(BadInput, match="connections of Samvad"):
            await restore(installed, made.file, YES, tell)
    assert not list(installed.home.parent.glob("*.restoring-*"))
    assert not list(installed.home.parent.glob("*.before-*"))


async def test_a_restore_that_fails_late_changes_nothing(
    installed: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with await store_of(installed) as store:
        await started(store, 2)
    made = await make(installed, tmp_path / "a.backup", tell)
    async with await store_of(installed) as store:
        await ended(store, await opened(store, "call-1"))

    def refuse(source: object, target: object) -> None:
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as broken:
        broken.setattr("ivr.backup.restoring.os.rename", refuse)
        with pytest.raises(SetupFailed, match="cannot be replaced"):
            await restore(installed, made.file, YES, tell)
    async with await store_of(installed) as store:
        assert await count(store, attempts) == 1


# The file


@pytest.fixture
async def whole(settings: Settings, tmp_path: Path) -> Path:
    (settings.home / "answers").mkdir()
    (settings.home / "answers/a.wav").write_bytes(random.Random(1).randbytes(5000))
    async with await store_of(settings) as store:
        await started(store, 3)
    return (await make(settings, tmp_path / "whole.backup", tell)).file


def test_only_its_owner_may_read_a_backup_and_nothing_is_left_beside(
    whole: Path,
) -> None:
    assert whole.stat().st_mode & 0o777 == 0o600
    beside = {one.name for one in whole.parent.iterdir()}
    assert beside == {"whole.backup", "samvad.toml", "run"}


def test_every_flipped_byte_is_found(whole: Path) -> None:
    data = whole.read_bytes()
    chance = random.Random(7)
    places = [0, 3, 9, len(data) - 1, len(data) - 9, len(data) - 60, len(data) - 120]
    places += [chance.randrange(len(data)) for _ in range(60)]
    for place in places:
        torn = bytearray(data)
        torn[place] ^= 1 << chance.randrange(8)
        whole.write_bytes(torn)
        with pytest.raises(BadInput):
            archive.read(whole)
    whole.write_bytes(data)
    archive.read(whole)


@pytest.mark.parametrize("length", [0, 1, 500, -1, -40, -200])
def test_a_torn_file_is_refused(whole: Path, length: int) -> None:
    whole.write_bytes(whole.read_bytes()[:length])
    with pytest.raises(BadInput, match="only a part of one"):
        archive.read(whole)


def manifest_of(**fields: object) -> Manifest:
    facts: dict[str, object] = {
        "samvad": "9.0",
        "made_at": "2026-01-01T00:00:00+00:00",
        "database": "sqlite",
        "schema": "9999",
        "counts": {},
        "left_out": (),
    }
    return Manifest(**(facts | fields))  # type: ignore[arg-type]


async def test_a_newer_samvads_backup_is_refused(
    whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    newer = tmp_path / "newer.backup"
    with ArchiveWriter(newer) as writer:
        writer.add_bytes("database.sqlite", b"")
        writer.seal(manifest_of())
    with pytest.raises(BadInput, match=r"version 9999.*use the Samvad that made it"):
        await verify(newer, tell)
    monkeypatch.setattr(archive, "FORMAT", 2)
    with ArchiveWriter(tmp_path / "other.backup") as writer:
        writer.seal(manifest_of())
    monkeypatch.undo()
    with pytest.raises(BadInput, match="made by a newer Samvad"):
        archive.read(tmp_path / "other.backup")


@pytest.mark.parametrize("name", ["../out", "/etc/cron.d/mine", "home/../../out"])
def test_a_member_cannot_leave_its_folder(tmp_path: Path, name: str) -> None:
    file = tmp_path / "bad.backup"
    with ArchiveWriter(file) as writer:
        writer.add_bytes(name, b"mine")
        writer.seal(manifest_of())
    with pytest.raises(BadInput, match="has a member"):
        archive.read(file, lambda one: tmp_path / "unpacked" / one)


def test_what_is_not_sealed_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), ArchiveWriter(tmp_path / "a.backup"):
        raise ZeroDivisionError
    assert list(tmp_path.iterdir()) == []


async def test_no_secret_is_in_a_backup(
    installed: Settings, store: SqlStore, tmp_path: Path
) -> None:
    made = await make(installed, tmp_path / "a.backup", tell)
    inside = unpacked(made.file)
    assert b"the-secret-of-the-manager" not in inside
    assert b"the-private-key" not in inside
    assert any("HOME/secrets" in one for one in made.manifest.left_out)


def unpacked(file: Path) -> bytes:
    return gzip.decompress(file.read_bytes())


# While others write


async def test_writers_do_not_wait_and_the_copy_is_of_one_moment(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ivr.store.copying.PAGES", 2)
    async with await store_of(settings) as store:
        await started(store, 200)
        call = await opened(store)
        written = 0

        def write(_share: float) -> None:
            # Between every two steps another connection writes.
            nonlocal written
            with closing(sqlite3.connect(settings.home / "samvad.db")) as other:
                other.execute(
                    "INSERT INTO answers VALUES"
                    " (?, ?, 'q', 'key', '1', 1, '', NULL, NULL)",
                    (call.call_id, 100 + written),
                )
                other.commit()
            written += 1

        copy_sqlite(settings.home / "samvad.db", tmp_path / "copy.db", write)
        assert written > 20
        with closing(sqlite3.connect(tmp_path / "copy.db")) as copy:
            assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            assert copy.execute("SELECT count(*) FROM answers").fetchone() == (0,)


async def test_the_journals_heads_are_never_newer_than_the_copy(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a restored record would look as if its end had been cut off."""
    heads = settings.home / "journal" / "heads"
    heads.parent.mkdir()
    heads.write_text("head 1")
    async with await store_of(settings):
        pass

    async def and_the_work_goes_on(place: Place, copy: Path, tell: Progress) -> Facts:
        facts = await copy_to(place, copy, tell)
        heads.write_text("head 2")
        return facts

    monkeypatch.setattr("ivr.backup.making.copy_to", and_the_work_goes_on)
    made = await make(settings, tmp_path / "a.backup", tell)
    assert made.unknown == ()
    await restore(settings, made.file, YES, tell)
    assert heads.read_text() == "head 1"


# By a timer


def test_of_a_folder_the_newest_stay_and_nobody_elses_file_goes(
    tmp_path: Path,
) -> None:
    first = datetime(2026, 11, 1, tzinfo=UTC)
    names = [name_at(first + timedelta(days=n)) for n in range(5)]
    for name in [*names, "samvad-mine.backup", "notes.txt"]:
        (tmp_path / name).touch()
    gone = rotate(tmp_path, 2)
    assert sorted(one.name for one in gone) == names[:3]
    left = {one.name for one in tmp_path.iterdir()}
    assert left == {*names[3:], "samvad-mine.backup", "notes.txt"}


async def test_when_the_last_one_was_made_is_known(
    settings: Settings, tmp_path: Path
) -> None:
    assert last(settings.home) is None
    async with await store_of(settings):
        made = await make(settings, tmp_path / "a.backup", tell)
    told = last(settings.home)
    assert told is not None
    assert datetime.now(UTC) - told[0] < timedelta(minutes=1)
    assert told[1] == str(made.file)


# PostgreSQL's programs


def test_a_missing_or_old_pg_dump_is_told_with_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dumping, "FOLDERS", ())
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SetupFailed, match="pg_dump is missing: apt-get install"):
        dumping.program("pg_dump", 17)
    (tmp_path / "pg_dump").write_text("#!/bin/sh\necho 'pg_dump (PostgreSQL) 13.4'\n")
    (tmp_path / "pg_dump").chmod(0o755)
    with pytest.raises(SetupFailed, match="of version 13, the server of 17"):
        dumping.program("pg_dump", 17)
    assert dumping.program("pg_dump", 13).major == 13


# The ledger


def test_a_dump_with_more_complaints_than_a_pipe_holds_is_refused_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tool = tmp_path / "pg_restore"
    tool.write_text(
        "#!/bin/sh\necho 'the first complaint' >&2\nseq 100000 >&2\nexit 1\n"
    )
    tool.chmod(0o755)
    found = dumping.Program(tool, 17)
    monkeypatch.setattr(dumping, "program", lambda _name, _major: found)
    with pytest.raises(BadInput, match="the first complaint"):
        dumping.check_dump(tmp_path / "dump")


async def test_an_opt_out_is_in_the_ledger_before_it_is_in_the_database(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[bool] = []
    async with await store_of(settings) as store:

        async def keep(self: OptOutLedger, one: OptOut) -> None:
            seen.append(await store.is_do_not_call(one.number))
            append(self.file, [one])

        monkeypatch.setattr(OptOutLedger, "keep", keep)
        await store.keep_opt_out(NUMBERS[0], datetime.now(UTC), "key 9", None)
        assert seen == [False]
        assert await store.is_do_not_call(NUMBERS[0])


async def test_many_opt_outs_at_once_are_all_noted(tmp_path: Path) -> None:
    ledger = OptOutLedger(tmp_path / "ledger")
    at = datetime.now(UTC)
    numbers = [PhoneNumber(f"+9198271{n:05d}") for n in range(300)]
    await asyncio.gather(*(ledger.keep(OptOut(one, at, "key 9")) for one in numbers))
    assert sorted(one.number for one in read(ledger.file)) == numbers
    assert ledger.file.stat().st_mode & 0o777 == 0o600


async def test_a_torn_line_spoils_neither_its_neighbours_nor_the_next(
    tmp_path: Path,
) -> None:
    file, at = tmp_path / "ledger", datetime.now(UTC)
    append(file, [OptOut(NUMBERS[0], at, "key 9"), OptOut(NUMBERS[1], at, "key 9")])
    with file.open("r+b") as torn:
        torn.truncate(file.stat().st_size - 20)
    append(file, [OptOut(NUMBERS[2], at, "key 9")])
    assert [one.number for one in read(file)] == [NUMBERS[0], NUMBERS[2]]


async def test_a_number_that_no_rule_would_dial_stays_opted_out(
    settings: Settings,
) -> None:
    odd = PhoneNumber("+919800000000")  # no series has it today
    append(settings.opt_out_ledger, [OptOut(odd, datetime.now(UTC), "key 9")])
    async with await store_of(settings) as store:
        assert await agree(store, settings.opt_out_ledger) == (1, 0)
        assert await store.is_do_not_call(odd)


async def test_a_ledger_that_cannot_be_written_stops_no_opt_out(
    settings: Settings,
) -> None:
    settings.opt_out_ledger.mkdir()
    async with await store_of(settings) as store:
        await store.keep_opt_out(NUMBERS[0], datetime.now(UTC), "key 9", None)
        assert await store.is_do_not_call(NUMBERS[0])


async def test_a_ledger_that_another_holds_stops_no_opt_out(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ivr.store.opt_out_ledger.LOCKED_S", 0.1)
    async with await store_of(settings) as store:
        with settings.opt_out_ledger.open("wb") as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            await store.keep_opt_out(NUMBERS[0], datetime.now(UTC), "key 9", None)
        assert await store.is_do_not_call(NUMBERS[0])
        await store.keep_opt_out(NUMBERS[1], datetime.now(UTC), "key 9", None)
    # The next one brought it along.
    assert [one.number for one in read(settings.opt_out_ledger)] == [*NUMBERS[:2]]


async def test_an_opt_out_waits_for_no_thread_that_others_share(
    tmp_path: Path,
) -> None:
    """While prompts are spoken, all of them are busy for minutes."""
    over = threading.Event()
    loop = asyncio.get_running_loop()
    loop.set_default_executor(ThreadPoolExecutor(1))
    busy = loop.run_in_executor(None, over.wait, 30)
    ledger = OptOutLedger(tmp_path / "ledger")
    async with asyncio.timeout(20):
        await ledger.keep(OptOut(NUMBERS[0], datetime.now(UTC), "key 9"))
    assert not busy.done()
    over.set()
    await busy


async def test_database_and_ledger_are_brought_to_agree(
    installed: Settings, store: SqlStore, tmp_path: Path
) -> None:
    at = datetime.now(UTC)
    async with await open_store(installed.database_url) as without:
        await without.keep_opt_out(NUMBERS[0], at, "file", None)
    append(installed.opt_out_ledger, [OptOut(NUMBERS[1], at, "key 9")])
    assert await agree(store, installed.opt_out_ledger) == (1, 1)
    assert await agree(store, installed.opt_out_ledger) == (0, 0)
    assert await store.is_do_not_call(NUMBERS[1])
    assert {one.number for one in read(installed.opt_out_ledger)} == {*NUMBERS[:2]}


def test_an_opt_out_list_that_cannot_be_read_is_refused_with_its_line(
    tmp_path: Path,
) -> None:
    file = tmp_path / "list.csv"
    file.write_text(
        "number,since,source\r\n'+919827100001,2026-01-01T00:00:00+00:00,key 9\r\n"
        "9827100002\r\n'+919800000000\r\n",
        "utf-8",
    )
    found = read_csv(file, datetime.now(UTC))
    assert [one.number for one in found] == [*NUMBERS[1:3], "+919800000000"]
    file.write_text("number\n12\n", "utf-8")
    with pytest.raises(BadInput, match=r"list\.csv:2"):
        read_csv(file, datetime.now(UTC))


def test_next_day_begins_where_the_person_lives() -> None:
    late = datetime(2026, 11, 24, 19, 0, tzinfo=UTC)  # already the 25th in Bhopal
    begins = after_restore._next_day(late, "Asia/Kolkata")
    assert begins.isoformat() == "2026-11-26T00:00:00+05:30"
