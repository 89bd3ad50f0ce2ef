"""What pacing learned, as text that only core understands: kept and given back."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, select

from ivr.store.group_commit import Row, Write
from ivr.store.tables import learned
from ivr.store.upsert import insert_or_update

_LEARNED = insert_or_update(
    learned, lambda new: {"state": new.excluded.state, "at": new.excluded.at}
)


def learned_kept(about: str, state: str, at: datetime) -> Write:
    """Write, or replace, what was learned about a campaign or a centre."""
    row: Row = {"about": about, "state": state, "at": at}
    return Write(keys=(f"learned {about}",), steps=((_LEARNED, row),))


def learned_of(connection: Connection, about: str) -> str | None:
    """Return what was kept last, or None."""
    query = select(learned.c.state).where(learned.c.about == about)
    found: str | None = connection.execute(query).scalar_one_or_none()
    return found
