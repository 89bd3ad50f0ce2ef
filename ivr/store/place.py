"""Where a database is, whichever kind it is: to copy it, to look at it, to fill it.

Only for backups, which see databases of any version: all others use `open_store`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.engine import make_url

from ivr.errors import BadInput
from ivr.store import dumping
from ivr.store.copying import Progress, check_sqlite, copy_sqlite, facts_of_sqlite
from ivr.store.database import Database
from ivr.store.engine import database_of
from ivr.store.migrate import LATEST

SQLITE, POSTGRESQL = "sqlite", "postgresql"
A_DAY_S = 86_400.0  # a dump takes as long as it takes
Facts = tuple[str, Mapping[str, int]]  # the schema's version; rows by table


@dataclass(frozen=True, slots=True)
class Place:
    kind: str
    url: str
    file: Path | None  # SQLite's


def place_of(url: str) -> Place:
    parsed = make_url(url)
    if parsed.get_backend_name() == SQLITE:
        return Place(SQLITE, url, Path(str(parsed.database)))
    return Place(POSTGRESQL, url, None)


@asynccontextmanager
async def as_it_is(place: Place) -> AsyncIterator[Database]:
    """Open the database without bringing it to the present version."""
    database = database_of(place.url, timeout_s=A_DAY_S)
    try:
        yield database
    finally:
        await database.close()


async def copy_to(place: Place, target: Path, progress: Progress) -> Facts:
    """Copy the database as it is now. Raises StoreUnavailable, SetupFailed."""
    if place.file is not None:
        await asyncio.to_thread(copy_sqlite, place.file, target, progress)
        return facts_of_sqlite(target)
    async with as_it_is(place) as database:
        return await database.read(dumping.dump, make_url(place.url), target)


def check_copy(kind: str, copy: Path) -> Facts:
    """Look at the whole copy. Raises BadInput when damaged or too new."""
    if kind == SQLITE:
        check_sqlite(copy)
        facts = facts_of_sqlite(copy)
    else:
        facts = dumping.check_dump(copy)
    check_version(facts[0])
    return facts


def check_version(schema: str) -> None:
    """Refuse a database that a newer Samvad made. Raises BadInput."""
    if schema > LATEST:
        raise BadInput(
            f"its database is of version {schema}, this Samvad knows {LATEST}",
            remedy="use the Samvad that made it, or a newer one",
        )


async def check_is_free(place: Place, *, may_replace: bool) -> None:
    """Refuse a PostgreSQL database that is in use, or full and not to be replaced."""
    if place.file is not None:
        return
    async with as_it_is(place) as database:
        others = await database.read(dumping.others)
        is_empty = await database.read(dumping.is_empty)
    if others:
        raise BadInput(
            f"{others} connections of Samvad are open to the database",
            remedy="stop Samvad on every machine that uses it",
        )
    if not is_empty and not may_replace:
        raise BadInput(
            "the database is not empty",
            remedy="name an empty one in [database] url, or --replace: what is in it "
            "is kept beside, in a schema of its own",
        )


@asynccontextmanager
async def filled(place: Place, copy: Path, stamp: str) -> AsyncIterator[str]:
    """Read the dump into PostgreSQL; yield the schema that keeps what was there.

    If the caller fails then, all is as it was before. "" when there was nothing.
    """
    async with as_it_is(place) as database:
        was_empty = await database.read(dumping.is_empty)
        server = await database.read(dumping.server_major)
        aside = await database.change(dumping.move_aside, stamp)
        try:
            url = make_url(place.url)
            await asyncio.to_thread(dumping.restore, url, copy, server)
            yield "" if was_empty else aside
        except BaseException:
            await database.change(dumping.put_back, aside)
            raise
        if was_empty:
            await database.change(dumping.forget, aside)
