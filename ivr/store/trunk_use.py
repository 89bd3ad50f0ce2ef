"""`SqlTrunkUse`: what trunks were used for (controller.trunk_meter.TrunkUseStore)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, Select, func, select, update

from ivr.controller.trunk_meter import OpenLeg
from ivr.core.model import Trunk, TrunkName
from ivr.core.trunk_day import DayUse, of_call
from ivr.store.store import SqlStore
from ivr.store.tables import attempts, campaigns
from ivr.store.trunk_tables import trunk_legs
from ivr.store.upsert import insert_or_leave

Times = Select[str, datetime | None, datetime | None]

_OPEN = insert_or_leave(trunk_legs)


class SqlTrunkUse:
    """On the same database as everything else. Raises StoreUnavailable."""

    def __init__(self, store: SqlStore) -> None:
        self._store = store

    async def used_since(
        self, began: datetime, trunks: Sequence[Trunk]
    ) -> Mapping[TrunkName, DayUse]:
        """Return what was dialled by each trunk since then.

        Of a call that is still open only its dial is known.
        """
        return await self._store.read(_used_since, began, tuple(trunks))

    async def open_since(self, began: datetime) -> list[OpenLeg]:
        """Return attempts and legs that were not seen to end."""
        return await self._store.read(_open_since, began)

    async def leg_opened(self, leg_id: str, trunk: TrunkName, at: datetime) -> None:
        await self._store.change(_opened, leg_id, trunk, at)

    async def leg_closed(
        self, leg_id: str, answered_at: datetime | None, at: datetime
    ) -> None:
        await self._store.change(_closed, leg_id, answered_at, at)


def _used_since(
    connection: Connection, began: datetime, trunks: tuple[Trunk, ...]
) -> dict[TrunkName, DayUse]:
    by_name = {str(trunk.name): trunk for trunk in trunks}
    a, leg = attempts.c, trunk_legs.c
    # By campaign, for the index begins with it.
    of_attempts = (
        a.campaign_id.in_(select(campaigns.c.campaign_id)),
        a.placed_at >= began,
    )
    used: dict[TrunkName, DayUse] = {}
    for query in (
        select(a.trunk, func.count()).where(*of_attempts).group_by(a.trunk),
        select(leg.trunk, func.count())
        .where(leg.placed_at >= began)
        .group_by(leg.trunk),
    ):
        for name, calls in connection.execute(query):
            if name in by_name:
                _add(used, by_name[name], DayUse(calls))
    answered: tuple[Times, ...] = (
        select(a.trunk, a.answered_at, a.ended_at).where(
            *of_attempts, a.answered_at.is_not(None), a.ended_at.is_not(None)
        ),
        select(leg.trunk, leg.answered_at, leg.ended_at).where(
            leg.placed_at >= began,
            leg.answered_at.is_not(None),
            leg.ended_at.is_not(None),
        ),
    )
    for query_of_times in answered:
        for name, answered_s in _times(connection, query_of_times):
            if name in by_name:
                trunk = by_name[name]
                _add(used, trunk, of_call(answered_s, trunk) + DayUse(-1))
    return used


def _times(
    connection: Connection,
    query: Times,
) -> Iterator[tuple[str, float]]:
    for name, answered_at, ended_at in connection.execute(query):
        if answered_at is not None and ended_at is not None:
            yield name, (ended_at - answered_at).total_seconds()


def _open_since(connection: Connection, began: datetime) -> list[OpenLeg]:
    a, leg = attempts.c, trunk_legs.c
    found: list[OpenLeg] = []
    for is_attempt, query in (
        (
            True,
            select(a.call_id, a.trunk, a.answered_at).where(
                a.disposition.is_(None), a.placed_at >= began
            ),
        ),
        (
            False,
            select(leg.leg_id, leg.trunk, leg.answered_at).where(
                leg.ended_at.is_(None), leg.placed_at >= began
            ),
        ),
    ):
        found += (
            OpenLeg(leg_id, TrunkName(trunk), is_attempt, answered_at)
            for leg_id, trunk, answered_at in connection.execute(query)
        )
    return found


def _add(used: dict[TrunkName, DayUse], trunk: Trunk, more: DayUse) -> None:
    used[trunk.name] = used.get(trunk.name, DayUse()) + more


def _opened(
    connection: Connection, leg_id: str, trunk: TrunkName, at: datetime
) -> None:
    row = {"leg_id": leg_id, "trunk": trunk, "placed_at": at}
    connection.execute(_OPEN.on(connection), row)


def _closed(
    connection: Connection, leg_id: str, answered_at: datetime | None, at: datetime
) -> None:
    connection.execute(
        update(trunk_legs)
        .where(trunk_legs.c.leg_id == leg_id)
        .values(answered_at=answered_at, ended_at=at)
    )
