"""Opens the database that a URL names, and brings its schema up to date."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import exc
from sqlalchemy.engine import URL, make_url

from ivr.core.erasure import NumberKey
from ivr.errors import BadInput
from ivr.store.database import Database
from ivr.store.erasures import check_key
from ivr.store.migrate import migrate
from ivr.store.opt_out_ledger import OptOutLedger
from ivr.store.postgres import PostgresDatabase
from ivr.store.spool import open_spool
from ivr.store.sqlite import SqliteDatabase
from ivr.store.store import SqlStore

ANSWER_TIMEOUT_S = 60.0  # a report over millions of attempts; a claim takes 2 ms


async def open_store(
    url: str,
    *,
    durability: str = "normal",
    timeout_s: float = ANSWER_TIMEOUT_S,
    opt_outs: Path | None = None,
    spool: Path | None = None,
    erased: NumberKey | None = None,
) -> SqlStore:
    """Return a store on `url`, its schema up to date. The caller must close it.

    sqlite:///run/samvad.db         one file, one machine, nothing to set up
    postgresql://user@host/samvad   a server, many nodes

    `durability` "normal" survives a crash of this program; on SQLite the last
    moments before a power cut may be lost. "full" survives that too, and waits
    for the disk at every commit, as PostgreSQL always does.

    `spool`: a folder for what the database does not take while it is away; only one
    process may give it. What a former run left there is stored before this returns.

    `opt_outs` is the file in which opt-outs are noted once more (opt_out_ledger).
    `erased`: by which numbers of erased people are known; who dials, or takes people
    in, needs it, and it must be the one that they were kept by.

    Raises BadInput, StoreUnavailable, SetupFailed.
    """
    if durability not in ("normal", "full"):
        raise BadInput(f"durability {durability!r} is not normal or full")
    database = database_of(url, durability, timeout_s)
    try:
        await database.set_up(migrate)
        if erased is not None:
            await database.read(check_key, erased)
        beside = await open_spool(spool, database) if spool else None
    except BaseException:
        await database.close()
        raise
    ledger = OptOutLedger(opt_outs) if opt_outs else None
    return SqlStore(database, ledger=ledger, spool=beside, erased=erased)


def database_of(
    url: str, durability: str = "normal", timeout_s: float = ANSWER_TIMEOUT_S
) -> Database:
    """Return the database as it is, of whatever version. The caller must close it."""
    remedy = "sqlite:///FILE or postgresql://USER@HOST/NAME"
    try:
        parsed = make_url(url)
    except exc.ArgumentError:
        raise BadInput("the database URL cannot be read", remedy=remedy) from None
    match parsed.get_backend_name():
        case "sqlite":
            file = _file(parsed, remedy)
            return SqliteDatabase(file, durability=durability, timeout_s=timeout_s)
        case "postgresql":
            return PostgresDatabase(parsed, timeout_s=timeout_s)
        case other:
            raise BadInput(f"databases of kind {other!r} are not used", remedy=remedy)


def _file(url: URL, remedy: str) -> Path:
    if url.database in (None, "", ":memory:"):
        raise BadInput("the database URL names no file", remedy=remedy)
    file = Path(str(url.database))
    file.parent.mkdir(parents=True, exist_ok=True)
    return file
