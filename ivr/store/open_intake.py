"""Opens the way in for lists, whichever database the URL names."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from sqlalchemy.engine import make_url

from ivr.store.engine import open_store
from ivr.store.intake import SqliteIntake
from ivr.store.intake_postgres import PostgresIntake

Intake = SqliteIntake | PostgresIntake


async def prepare(url: str) -> None:
    """Bring the schema that lists go into up to date. Raises as `open_store`."""
    store = await open_store(url)
    await store.close()


def open_intake(url: str, *, now: Callable[[], datetime]) -> Intake:
    """Return where lists go; `prepare` has seen the database. The caller closes it."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return SqliteIntake(Path(str(parsed.database)), now=now)
    return PostgresIntake(parsed, now=now)
