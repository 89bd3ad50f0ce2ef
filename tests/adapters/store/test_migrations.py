"""The schema: what the migrations make is what tables.py says, on both databases."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import (
    Column,
    Connection,
    MetaData,
    Select,
    Table,
    insert,
    inspect,
    select,
    text,
)
from sqlalchemy.engine import make_url
from sqlalchemy.exc import IntegrityError

from ivr.errors import BadInput, OurBug, SetupFailed, StoreUnavailable
from ivr.store import sqlite
from ivr.store.engine import open_store
from ivr.store.migrate import LATEST, MIGRATIONS
from ivr.store.postgres import PostgresDatabase
from ivr.store.schema import MODULES, metadata
from ivr.store.sqlite import SqliteDatabase
from ivr.store.store import SqlStore
from ivr.store.tables import contacts
from tests.adapters.store.conftest import postgres
from tests.adapters.store.postgres_server import PostgresServer
from tests.adapters.store.scene import CENTRE, NOON, VILLAGE, opened, person, started

pytestmark = pytest.mark.makes_tables

LATER_TABLES = frozenset(
    {
        "learned",
        "users",
        "sign_in_tries",
        "web_sessions",
        "audit_log",
        "dial_stops",
        "desk_messages",
        "api_tokens",
        "idempotent_answers",
        "webhooks",
        "webhook_outbox",
        "practices",
        "erasures",
        "erased_numbers",
        "sought_numbers",
        "journal",
        "journal_head",
    }
    | {"flow_drafts", "flow_saves", "flow_releases"}
)  # than the first version
LATER_COLUMNS = ("salt", "people_sum")  # which tell nothing


async def test_migrations_and_tables_agree(sql_store: SqlStore):
    def differences(connection: Connection) -> list[object]:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "compare_server_default": True}
        )
        return list(compare_metadata(context, metadata))

    assert await sql_store.read(differences) == []


def test_every_file_of_tables_is_of_the_schema():
    files = set(Path(MIGRATIONS).parent.glob("*tables.py"))
    assert {Path(str(module.__file__)) for module in MODULES} == files


async def test_indexes_that_carry_a_law_or_a_speed_are_as_in_the_tables(
    sql_store: SqlStore,
):
    def partial_indexes(connection: Connection) -> dict[str, str]:
        inspector = inspect(connection)
        return {
            str(index["name"]): str(where)
            for table in metadata.tables
            for index in inspector.get_indexes(table)
            for option, where in index.get("dialect_options", {}).items()
            if option.endswith("_where")
        }

    found = await sql_store.read(partial_indexes)
    assert found.keys() == {
        "uq_flow_drafts_open",
        "uq_campaign_contacts_busy_number",
        "ix_campaign_contacts_centre_turn",
        "ix_attempts_answered",
        "ix_attempts_open",
        "ix_contacts_alt_number",
        "ix_opinion_voices_waiting",
    }
    assert "claimed" in found["uq_campaign_contacts_busy_number"]


def test_the_latest_version_is_the_last_migration():
    assert ScriptDirectory(str(MIGRATIONS)).get_current_head() == LATEST


async def test_opening_an_old_database_again_changes_nothing(database_url: str):
    async with await open_store(database_url) as store:
        await started(store)
    async with await open_store(database_url) as store:
        assert len(await store.list_campaigns()) == 1


async def test_a_database_of_the_first_version_keeps_its_people_queue_and_calls(
    empty_url: str, tmp_path: Path
):
    people = [person(1, centre=CENTRE.code), person(2), person(3)]
    async with await open_store(f"sqlite:///{tmp_path}/today.db") as store:
        await started(store, people)
        call = await opened(store)
        before = await store.read(_everything)
        rows = await store.read(_rows)
    database = _opened(empty_url)
    await database.set_up(_to_the_first_version)
    await database.set_up(partial(_put, rows=rows))
    await database.close()
    async with await open_store(empty_url) as store:
        assert await store.read(_everything) == before
        assert await store.call(call.call_id) == call
        assert await store.add_contacts(VILLAGE, "test", NOON, [person(1)]) == 0
        with pytest.raises(OurBug, match="refused"):
            await store.change(_forget_the_people)


@pytest.fixture(params=["sqlite", postgres])
def empty_url(request: pytest.FixtureRequest) -> str:
    """Return a database without a schema."""
    if request.param == "sqlite":
        return str(request.getfixturevalue("sqlite_url"))
    server: PostgresServer = request.getfixturevalue("postgres_of_ours")
    server.new_database("empty")
    return server.url("empty")


def _opened(url: str) -> SqliteDatabase | PostgresDatabase:
    parsed = make_url(url)
    if parsed.get_backend_name() == "postgresql":
        return PostgresDatabase(parsed, timeout_s=60.0)
    file = Path(str(parsed.database))
    return SqliteDatabase(file, durability="normal", timeout_s=60.0)


def _to_the_first_version(connection: Connection) -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    command.upgrade(config, "0001")


def _everything(connection: Connection) -> dict[str, list[object]]:
    def known(table: Table) -> Select[*tuple[Any, ...]]:
        return select(*(c for c in table.c if c.name not in LATER_COLUMNS))

    return {
        name: sorted(map(str, connection.execute(known(table))))
        for name, table in metadata.tables.items()
        if name not in LATER_TABLES
    }


def _rows(connection: Connection) -> dict[str, list[dict[str, object]]]:
    return {
        table.name: [dict(row) for row in connection.execute(table.select()).mappings()]
        for table in metadata.sorted_tables
    }


def _put(connection: Connection, rows: dict[str, list[dict[str, object]]]) -> None:
    """Write what a first version could have held of it."""
    inspector = inspect(connection)
    for table in metadata.sorted_tables:
        if not rows[table.name] or not inspector.has_table(table.name):
            continue
        known = {column["name"] for column in inspector.get_columns(table.name)}
        kept = [
            {name: value for name, value in row.items() if name in known}
            for row in rows[table.name]
        ]
        then = [Column(c.name, c.type) for c in table.c if c.name in known]
        connection.execute(insert(Table(table.name, MetaData(), *then)), kept)


def _forget_the_people(connection: Connection) -> None:
    connection.execute(contacts.delete())


async def test_many_that_open_a_new_file_at_once_all_get_it(tmp_path: Path):
    for number in range(30):  # SQLite refused one opening in a hundred
        url = f"sqlite:///{tmp_path}/{number}.db"
        stores = await asyncio.gather(*(open_store(url) for _ in range(6)))
        for store in stores:
            assert await store.list_campaigns() == []
            await store.close()


async def test_who_opens_waits_for_whoever_makes_the_tables_just_now(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    file = tmp_path / "samvad.db"
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("PRAGMA journal_mode = WAL")
        other.execute("BEGIN IMMEDIATE")
        monkeypatch.setattr(sqlite, "SET_UP_TIMEOUT_S", 0.1)
        with pytest.raises(StoreUnavailable):
            await asyncio.wait_for(open_store(f"sqlite:///{file}"), 3)
        monkeypatch.setattr(sqlite, "SET_UP_TIMEOUT_S", 60.0)
        opening = asyncio.create_task(open_store(f"sqlite:///{file}"))
        done, _ = await asyncio.wait({opening}, timeout=0.3)
        assert not done
        other.execute("COMMIT")
        await (await opening).close()


async def test_a_database_made_by_a_newer_samvad_is_left_alone(sqlite_url: str):
    def become_newer(connection: Connection) -> None:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    async with await open_store(sqlite_url) as store:
        await store.change(become_newer)
    with pytest.raises(SetupFailed, match="9999"):
        await open_store(sqlite_url)


@pytest.mark.parametrize(
    "number",
    [
        "+911122334455",  # 1...: service numbers
        "+910123456789",
        "+91982711234",  # nine digits
        "+9198271123456",
        "9827112345",
        "+14155550123",
        "+9198271l2345",
        "+91 827112345",
    ],
)
async def test_the_database_itself_refuses_numbers_that_must_not_be_dialled(
    sql_store: SqlStore, number: str
):
    def sneak_in(connection: Connection) -> None:
        connection.execute(insert(contacts).values(list_name=VILLAGE, number=number))

    await sql_store.add_contacts(VILLAGE, "test", NOON, [person(1)])
    with pytest.raises(OurBug) as refused:
        await sql_store.change(sneak_in)
    assert isinstance(refused.value.__cause__, IntegrityError)
    assert "number_law" in str(refused.value)


async def test_a_url_that_is_no_database_is_bad_input(tmp_path: Path):
    for url in ("mysql://host/x", "nonsense", "sqlite://", "sqlite:///:memory:"):
        with pytest.raises(BadInput, match="sqlite:///FILE"):
            await open_store(url)
    with pytest.raises(BadInput, match="durability"):
        await open_store(f"sqlite:///{tmp_path}/x.db", durability="whatever")


async def test_a_file_that_is_not_a_database_is_said_so(tmp_path: Path):
    (tmp_path / "x.db").write_text("मैं डेटाबेस नहीं हूँ। " * 100)
    with pytest.raises(StoreUnavailable, match="not a database"):
        await open_store(f"sqlite:///{tmp_path}/x.db")
