"""Opens the way in for lists, whichever database the URL names."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from sqlalchemy.engine import make_url

from ivr.core.erasure import NumberKey
from ivr.store.engine import open_store
from ivr.store.erasures import all_hashes, check_key
from ivr.store.intake import SqliteIntake
from ivr.store.intake_postgres import PostgresIntake
from ivr.store.without_erased import Erased, WithoutErased

Intake = SqliteIntake | PostgresIntake | WithoutErased


async def prepare(url: str, key: NumberKey | None = None) -> Erased | None:
    """Bring the schema that lists go into up to date; return whom to leave out.

    `key`: by which erased people's numbers are known. Raises as `open_store`, and
    SetupFailed when somebody was erased and no key is given.
    """
    async with await open_store(url, erased=key) as store:
        if key is None:
            await store.read(check_key, None)
            return None
        return Erased(key, await store.read(all_hashes))


def open_intake(
    url: str, *, now: Callable[[], datetime], erased: Erased | None = None
) -> Intake:
    """Return where lists go; `prepare` has seen the database. The caller closes it."""
    parsed = make_url(url)
    inner: SqliteIntake | PostgresIntake
    if parsed.get_backend_name() == "sqlite":
        inner = SqliteIntake(Path(str(parsed.database)), now=now)
    else:
        inner = PostgresIntake(parsed, now=now)
    return WithoutErased(inner, erased) if erased and erased.hashes else inner
