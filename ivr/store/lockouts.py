"""`SqlLockouts`: whom the switch shut out (controller.lockout_room.LockoutStore)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, select, update

from ivr.core.lockout import Lockout, Source
from ivr.store.lockout_tables import lockouts
from ivr.store.store import SqlStore
from ivr.store.upsert import insert_or_update

_LATER = ("since", "until", "times", "because")
_KEEP = insert_or_update(
    lockouts, lambda new: {name: new.excluded[name] for name in _LATER}
)


class SqlLockouts:
    """On the same database as everything else. Raises StoreUnavailable."""

    def __init__(self, store: SqlStore) -> None:
        self._store = store

    async def keep(self, lockout: Lockout) -> None:
        await self._store.change(_keep, lockout)

    async def since(self, end: datetime) -> list[Lockout]:
        """Return those that end after `end`, the last to end first."""
        return await self._store.read(_since, end)

    async def release(self, source: Source, now: datetime) -> bool:
        """End it now. False: there is none."""
        return await self._store.change(_release, source, now)


def _keep(connection: Connection, one: Lockout) -> None:
    row = {
        "source": one.source,
        "since": one.since,
        "until": one.until,
        "times": one.times,
        "because": one.because,
    }
    connection.execute(_KEEP.on(connection), row)


def _since(connection: Connection, end: datetime) -> list[Lockout]:
    found = connection.execute(
        select(lockouts).where(lockouts.c.until > end).order_by(lockouts.c.until.desc())
    )
    return [
        Lockout(
            Source(row["source"]),
            row["since"],
            row["until"],
            row["times"],
            row["because"],
        )
        for row in found.mappings()
    ]


def _release(connection: Connection, source: Source, now: datetime) -> bool:
    done = connection.execute(
        update(lockouts)
        .where(lockouts.c.source == source, lockouts.c.until > now)
        .values(until=now)
    )
    return done.rowcount > 0
