"""Lists of people on their way into PostgreSQL, by COPY.

The same promises as ivr/store/intake.py: one transaction a batch, nobody of the list is
enrolled before `finish`, what a killed import left is taken away by the next.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from datetime import datetime
from typing import Any, TypeVar

import asyncpg
from sqlalchemy.engine import URL

from ivr.core.journal import ListSum
from ivr.core.model import ListName, PhoneNumber
from ivr.core.new_list import Added, ContactRow, ListCounts, NewList
from ivr.errors import BadInput, OurBug, SamvadError
from ivr.store.failures import DATABASE_ERRORS, translated
from ivr.store.intake import list_is_there
from ivr.store.journal_spelled import POSTGRESQL, person
from ivr.store.people import list_is_ready
from ivr.store.postgres import PostgresDatabase

T = TypeVar("T")

CONNECT_TIMEOUT_S = 5.0
STATEMENT_TIMEOUT_S = 120.0
ONE_IMPORT = 0x53414D494E54  # advisory lock: "SAMINT" in ASCII
_SWEEP_ROWS = 50_000  # a transaction

COLUMNS = ContactRow._fields
_NAMES = ", ".join(COLUMNS)
_STAGE = (
    "CREATE TEMP TABLE IF NOT EXISTS coming"
    f" ({', '.join(f'{name} text' for name in COLUMNS)}) ON COMMIT DELETE ROWS"
)
_MOVE = (
    f"INSERT INTO contacts (list_name, {_NAMES})"
    f" SELECT $1, {_NAMES.replace('fields', 'fields::json')} FROM coming"
    " ON CONFLICT (list_name, number) DO NOTHING"
    f" RETURNING number, {person(POSTGRESQL)} AS person"
)
_ELSEWHERE = (
    "SELECT count(*) FROM unnest($1::text[]) AS given(number) WHERE EXISTS"
    " (SELECT 1 FROM contacts WHERE contacts.number = given.number"
    " AND list_name <> $2)"
)
_NOT_TO_CALL = "SELECT count(*) FROM do_not_call WHERE number = ANY($1::text[])"
_SWEEP = (
    "DELETE FROM contacts WHERE contact_id IN"
    f" (SELECT contact_id FROM contacts WHERE list_name = $1 LIMIT {_SWEEP_ROWS})"
)


class PostgresIntake:
    """Takes lists into one PostgreSQL database. One import runs at a time on it."""

    def __init__(self, url: URL, *, now: Callable[[], datetime]) -> None:
        self._now = now
        self._url = url
        self._list: ListName | None = None
        self._people = ListSum()  # for the journal
        self._others = False
        # A loop of its own: imports are synchronous, and one thread at a time asks.
        self._loop = asyncio.new_event_loop()
        try:
            self._connection = self._run(_connected(url))
        except BaseException:
            self._loop.close()
            raise

    def begin(self, new: NewList) -> None:
        """Open the list; what a killed import left of it is taken away first."""
        self._run(self._begin(new))

    def add(self, rows: Sequence[ContactRow]) -> Added:
        """Store `rows` in one transaction."""
        return self._run(self._add(rows)) if rows else Added(frozenset())

    def finish(self, counts: ListCounts) -> None:
        """Say that the list is complete: from now on it can be dialled."""
        if self._list is None:
            raise OurBug("a list must be begun before it is finished")
        self._run(self._finish(self._list, counts))
        self._list = None

    def abandon(self) -> None:
        """Take back everything since `begin`."""
        if self._list is not None:
            self._run(self._sweep(self._list))
            self._list = None

    def take_back(self, name: ListName) -> None:
        """Take away what a killed import left of a list; a complete one stays."""
        self._run(self._take_back(name))

    def close(self) -> None:
        """Close the connection and let the next import begin."""
        if self._loop.is_closed():
            return
        try:
            self._run(self._connection.close())
        finally:
            self._loop.close()

    async def _begin(self, new: NewList) -> None:
        state = await self._state(new.name)
        if state == "importing":
            await self._sweep(new.name)
        elif state is not None:
            raise list_is_there(new.name)
        await self._connection.execute(
            "INSERT INTO lists (name, origin, origin_kind, state, imported_at)"
            " VALUES ($1, $2, $3, 'importing', $4)",
            *(new.name, new.origin, new.kind.value, self._now()),
        )
        self._list, self._people = new.name, ListSum()
        others = "SELECT EXISTS (SELECT 1 FROM lists WHERE name <> $1)"
        self._others = bool(await self._connection.fetchval(others, new.name))
        await self._connection.execute(_STAGE)

    async def _add(self, rows: Sequence[ContactRow]) -> Added:
        if self._list is None:
            raise OurBug("a list must be begun before rows are added to it")
        async with self._connection.transaction():
            await self._connection.copy_records_to_table(
                "coming", records=rows, columns=COLUMNS
            )
            moved = await self._connection.fetch(_MOVE, self._list)
            numbers = [str(row["number"]) for row in moved]
            people = [str(row["person"]) for row in moved]
            duplicates: frozenset[PhoneNumber] = frozenset()
            if len(numbers) < len(rows):
                duplicates = frozenset(row.number for row in rows) - frozenset(
                    PhoneNumber(number) for number in numbers
                )
            elsewhere = 0
            if self._others:
                elsewhere = await self._connection.fetchval(
                    _ELSEWHERE, numbers, self._list
                )
            barred = await self._connection.fetchval(_NOT_TO_CALL, numbers)
        self._people.add_all(people)
        return Added(duplicates, int(elsewhere), int(barred))

    async def _finish(self, name: ListName, counts: ListCounts) -> None:
        database = PostgresDatabase(self._url, timeout_s=STATEMENT_TIMEOUT_S)
        try:
            await database.change(list_is_ready, name, counts, self._people)
        finally:
            await database.close()

    async def _take_back(self, name: ListName) -> None:
        if await self._state(name) == "importing":
            await self._sweep(name)

    async def _state(self, name: ListName) -> str | None:
        found = await self._connection.fetchval(
            "SELECT state FROM lists WHERE name = $1", name
        )
        return None if found is None else str(found)

    async def _sweep(self, name: ListName) -> None:
        swept = _SWEEP_ROWS
        while swept == _SWEEP_ROWS:
            done = await self._connection.execute(_SWEEP, name)  # "DELETE 50000"
            swept = int(done.split()[-1])
        await self._connection.execute("DELETE FROM lists WHERE name = $1", name)

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        try:
            return self._loop.run_until_complete(work)
        except SamvadError:
            raise
        except asyncpg.IntegrityConstraintViolationError as exc:
            # Without the server's own words: they quote the row, with its number.
            law = exc.constraint_name
            raise OurBug(f"the database refused a row, by {law}") from exc
        except DATABASE_ERRORS as exc:
            raise translated(exc) from exc


async def _connected(url: URL) -> asyncpg.Connection[asyncpg.Record]:
    connection = await asyncpg.connect(
        url.set(drivername="postgresql").render_as_string(hide_password=False),
        timeout=CONNECT_TIMEOUT_S,
        command_timeout=STATEMENT_TIMEOUT_S,
        server_settings={"application_name": "samvad import", "jit": "off"},
    )
    # The lock falls with the connection, however that ends.
    if not await connection.fetchval("SELECT pg_try_advisory_lock($1)", ONE_IMPORT):
        await connection.close()
        raise BadInput(
            "another import into this database is running",
            remedy="wait until it has ended",
        )
    return connection
