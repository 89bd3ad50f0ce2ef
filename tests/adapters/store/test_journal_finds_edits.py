"""The journal: whatever is changed by another way than Samvad's is found."""

from __future__ import annotations

import asyncio
import random
import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import closing
from dataclasses import replace
from typing import Any

import asyncpg
import pytest
from sqlalchemy import Connection, Row, create_engine, event, insert, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine

from ivr.core.journal import Wrong
from ivr.core.model import CallId, PhoneNumber
from ivr.errors import OurBug
from ivr.store.columns import new_salt
from ivr.store.engine import open_store
from ivr.store.erasure import (
    mask_answers,
    mask_calls,
    mask_contacts,
    mask_conversations,
    mask_do_not_call,
)
from ivr.store.journal_begin import begin
from ivr.store.journal_tables import journal, journal_head
from ivr.store.journal_verify import last_entry, look_through, root_of, verify
from ivr.store.opinion_tables import spoken_notes
from ivr.store.store import SqlStore
from ivr.store.tables import (
    answers,
    attempts,
    callbacks,
    contacts,
    conversations,
    do_not_call,
    lists,
)
from ivr.store.user_tables import audit_log
from tests.adapters.store.journal_edits import Editor
from tests.adapters.store.journal_scene import CALLS, lived_in
from tests.adapters.store.scene import (
    ASHA,
    CENTRE,
    NOON,
    VILLAGE,
    ended,
    key,
    person,
    started,
)

GONE = person(2).number  # of call c-0003
STAND_IN = PhoneNumber("+919999900001")
Raw = Callable[[Callable[[Connection], object]], Awaitable[None]]


@pytest.fixture
async def lived(sql_store: SqlStore) -> SqlStore:
    await lived_in(sql_store)
    return sql_store


@pytest.fixture
def raw(database_url: str) -> Raw:
    """Change the database by another way than Samvad's."""

    async def change(ask: Callable[[Connection], object]) -> None:
        if database_url.startswith("sqlite"):
            engine = create_engine(database_url)
            with engine.begin() as connection:
                ask(connection)
            engine.dispose()
            return
        url = database_url.replace("postgresql", "postgresql+asyncpg")
        async_engine = create_async_engine(url)
        async with async_engine.begin() as connection:
            await connection.run_sync(ask)
        await async_engine.dispose()

    return change


async def test_what_samvad_writes_is_as_the_journal_says(lived: SqlStore):
    told = await lived.read(verify)
    assert told.findings == []
    assert told.rows > 60
    assert told.people == 12
    assert told.head.seq > told.rows


async def edits(url: str, many: int, seed: int) -> list[str]:
    """Make `many` edits, each undone before the next; return those not found."""
    if url.startswith("sqlite"):
        engine = create_engine(url)

        @event.listens_for(engine, "connect")
        def _plain(connection, _record) -> None:
            connection.isolation_level = None

        @event.listens_for(engine, "begin")
        def _begin(connection: Connection) -> None:
            connection.exec_driver_sql("BEGIN")

        with engine.connect() as connection:
            missed = _edited(connection, many, seed)
        engine.dispose()
        return missed
    async_engine = create_async_engine(url.replace("postgresql", "postgresql+asyncpg"))
    async with async_engine.connect() as connection:
        missed = await connection.run_sync(_edited, many, seed)
    await async_engine.dispose()
    return missed


def _edited(connection: Connection, many: int, seed: int) -> list[str]:
    lot, missed, done = random.Random(seed), [], 0
    if connection.dialect.name == "postgresql":  # whoever edits may leave keys loose
        connection.exec_driver_sql("SET session_replication_role = replica")
    editor = Editor(connection, lot)
    assert look_through(connection).findings == []
    connection.commit()
    while done < many:
        try:
            what = editor.edit()
        except (DBAPIError, asyncpg.PostgresError):  # a law of the table's own
            connection.rollback()
            continue
        if not look_through(connection).wrong:
            missed.append(what)
        connection.rollback()
        done += 1
    return missed


async def test_a_thousand_random_edits_of_the_file_are_all_found(sqlite_url: str):
    async with await open_store(sqlite_url) as store:
        await lived_in(store)
    assert await edits(sqlite_url, 1000, seed=5) == []


@pytest.mark.postgres
async def test_random_edits_of_the_server_are_all_found(postgres_url: str):
    async with await open_store(postgres_url) as store:
        await lived_in(store)
    assert await edits(postgres_url, 60, seed=6) == []


@pytest.mark.postgres
@pytest.mark.long
async def test_a_thousand_random_edits_of_the_server_are_all_found(postgres_url: str):
    async with await open_store(postgres_url) as store:
        await lived_in(store)
    assert await edits(postgres_url, 1000, seed=7) == []


async def test_a_row_taken_out_by_samvad_is_no_finding(lived: SqlStore):
    """Erasure, as the law demands it: the entry stays, and tells nobody anything."""

    def erase(connection: Connection) -> None:
        connection.execute(spoken_notes.delete())
        connection.execute(answers.delete().where(answers.c.call_id == "c-0003"))
        changed = {"number": "+919800000000", "salt": new_salt()}
        of_one = attempts.c.call_id == "c-0003"
        connection.execute(attempts.update().where(of_one).values(changed))
        connection.execute(do_not_call.delete().where(do_not_call.c.number == GONE))
        connection.execute(
            contacts.update()
            .where(contacts.c.number == GONE)
            .values(name="", number="+919800000000")
        )

    await lived.change(erase)
    assert (await lived.read(verify)).findings == []


async def test_by_what_is_left_of_an_erased_person_nobody_can_guess_them(
    lived: SqlStore,
):
    """The old hashes stay in the chain: what they were salted with must be gone."""

    def salts(connection: Connection) -> set[bytes]:
        return {
            row.salt
            for table in (attempts, answers, conversations, do_not_call, lists)
            for row in connection.execute(select(table.c.salt, table.c))
            if is_theirs(row)
        }

    def is_theirs(row: Row[Any]) -> bool:
        return "c-0003" in row or GONE in row or STAND_IN in row or VILLAGE in row

    def erase(connection: Connection) -> None:
        mask_contacts(connection, GONE, STAND_IN)
        mask_calls(connection, GONE, STAND_IN)
        mask_answers(connection, [CallId("c-0003")])
        mask_conversations(connection, [CallId("c-0003")])
        mask_do_not_call(connection, GONE, STAND_IN, NOON)

    await lived.change(
        lambda connection: connection.execute(
            answers.update()
            .where(answers.c.call_id == "c-0003")
            .values(kind="text", value="राम", salt=new_salt())
        )
    )
    before = await lived.read(salts)
    assert len(before) == 5
    await lived.change(erase)
    assert not before & await lived.read(salts)
    assert (await lived.read(verify)).findings == []


async def test_a_row_that_samvad_took_out_and_somebody_put_back_is_found(
    lived: SqlStore, raw: Raw
):
    await lived.change(lambda connection: connection.execute(callbacks.delete()))
    put_back = {"call_id": "c-0001", "due_at": NOON, "asked_at": NOON}
    await raw(lambda connection: connection.execute(insert(callbacks), put_back))
    [found] = (await lived.read(verify)).findings
    assert (found.wrong, found.table, found.key) == (Wrong.ADDED, "callbacks", "c-0001")


async def test_what_is_undone_is_not_journaled(lived: SqlStore):
    before = await lived.read(last_entry)
    opened_twice = await lived.call(CallId("c-0008"))
    assert opened_twice is not None
    await lived.keep_answer(key(opened_twice, 1))  # there already: as it is kept
    with pytest.raises(OurBug):
        await lived.keep_answer(key(opened_twice, 1, "2"))
    assert await lived.read(last_entry) == before


async def test_the_moves_of_a_live_call_are_not_journaled_but_its_end_is(
    lived: SqlStore,
):
    before = await lived.read(last_entry)
    call = await lived.call(CallId("c-0008"))
    assert call is not None and before is not None
    await lived.save_call(replace(call, keys=3))
    assert await lived.read(last_entry) == before
    await ended(lived, call)
    after = await lived.read(last_entry)
    assert after is not None and after.seq == before.seq + 1
    assert (await lived.read(verify)).findings == []


async def test_what_nobody_changed_is_not_journaled_again(lived: SqlStore):
    before = await lived.read(last_entry)
    await lived.upsert_people([CENTRE], [ASHA])  # as at each start
    await lived.keep_opt_out(person(1).number, NOON, "key_9", None)
    assert await lived.read(last_entry) == before


async def test_an_end_that_was_cut_off_whole_is_found_by_its_root(
    lived: SqlStore, raw: Raw
):
    root = await lived.read(last_entry)
    assert root is not None

    def cut(connection: Connection) -> None:
        """Take the last entry away, the row that it tells of, and move the head."""
        connection.execute(audit_log.delete())
        connection.execute(journal.delete().where(journal.c.seq == root.seq))
        last = connection.execute(
            select(journal.c.seq, journal.c.at, journal.c.hash)
            .order_by(journal.c.seq.desc())
            .limit(1)
        ).one()
        connection.execute(journal_head.update().values(last._asdict()))

    wanted = frozenset({root.hash.hex()})
    assert (await lived.read(verify, wanted)).met == {root.hash.hex(): root.seq}
    await raw(cut)
    assert (await lived.read(verify)).findings == []
    [found] = (await lived.read(verify, wanted)).findings
    assert found.wrong is Wrong.CUT


async def test_the_root_of_a_day_is_the_last_entry_before_its_end(lived: SqlStore):
    last = await lived.read(last_entry)
    assert last is not None
    assert await lived.read(root_of, "9999") == last
    assert await lived.read(root_of, "1999") is None

    def third(connection: Connection) -> str:
        query = select(journal.c.at).where(journal.c.seq > 25).order_by(journal.c.seq)
        return str(connection.execute(query.limit(1)).scalar_one())

    moment = await lived.read(third)
    found = await lived.read(root_of, moment)
    assert found is not None
    assert found.seq <= 25
    assert found.at < moment


async def test_many_writers_make_one_chain(sql_store: SqlStore, database_url: str):
    await started(sql_store, 3)
    async with await open_store(database_url) as other:
        numbers = [person(n).number for n in range(100, 160)]
        await asyncio.gather(
            *(
                (sql_store, other)[place % 2].keep_opt_out(number, NOON, "web", None)
                for place, number in enumerate(numbers)
            ),
            *(
                (sql_store, other)[place % 2].add_contacts(
                    VILLAGE, "test", NOON, [person(500 + place)]
                )
                for place in range(20)
            ),
        )
    told = await sql_store.read(verify)
    assert told.findings == []
    assert told.people == 23


@pytest.mark.parametrize("value", [b"x", "x\0y"])
async def test_what_sqlite_alone_takes_for_a_text_is_found(
    sqlite_url: str, value: object
):
    async with await open_store(sqlite_url) as store:
        await started(store, [person(1)])
        with closing(sqlite3.connect(sqlite_url.removeprefix("sqlite:///"))) as file:
            file.execute("UPDATE contacts SET name = ?", (value,))
            file.commit()
        assert (await store.read(verify)).wrong


async def test_rows_that_were_there_before_the_journal_are_covered(
    lived: SqlStore, raw: Raw
):
    """As after the migration: the tables are full, and there is no entry."""

    def begin_anew(connection: Connection) -> None:
        connection.execute(journal.delete())
        connection.execute(journal_head.delete())
        connection.execute(lists.update().values(people_sum=None))
        begin(connection)

    await raw(begin_anew)
    assert (await lived.read(verify)).findings == []
    await lived.keep_opt_out(person(77).number, NOON, "web", None)
    assert (await lived.read(verify)).findings == []
    await raw(lambda connection: connection.execute(answers.update().values(value="9")))
    assert (await lived.read(verify)).wrong == CALLS
