"""`SqlFloorStore`: stops, messages and the day's counts (controller.floor_store)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import Connection, RowMapping, func, insert, select, update

from ivr.core.day_counts import Ended
from ivr.core.desk_messages import DeskMessage
from ivr.core.dial_stops import REASON, DialStop, StopScope
from ivr.core.model import (
    CampaignId,
    CampaignState,
    CentreCode,
    Disposition,
    TelecallerId,
)
from ivr.store import queue
from ivr.store.campaigns import funnel
from ivr.store.floor_tables import desk_messages, dial_stops
from ivr.store.store import SqlStore
from ivr.store.tables import attempts, campaign_contacts, campaigns, contacts
from ivr.store.upsert import insert_or_leave

Centres = Collection[CentreCode] | None
_ALIVE = (CampaignState.RUNNING, CampaignState.PAUSED)


class SqlFloorStore:
    """On the same database as everything else."""

    def __init__(self, store: SqlStore) -> None:
        self._store = store

    def writes_aside(self) -> int:
        waiting, for_s = self._store.spooled
        return max(waiting, 1) if for_s else 0

    async def dial_stops(self) -> list[DialStop]:
        return await self._store.read(_open_stops)

    async def keep_dial_stop(self, stop: DialStop) -> None:
        await self._store.change(_keep_stop, stop)

    async def lift_dial_stop(self, stop_id: str, by: str, at: datetime) -> None:
        await self._store.change(_lift, stop_id, by, at)

    async def calls_since(self, at: datetime) -> list[Ended]:
        return await self._store.read(_calls_since, at)

    async def gates(
        self, campaign_id: CampaignId, now: datetime, centres: Centres
    ) -> Mapping[str, int]:
        return await self._store.read(funnel, campaign_id, now, centres)

    async def next_due_of(
        self, campaign_id: CampaignId, after: datetime, centres: Centres
    ) -> datetime | None:
        return await self._store.read(queue.next_due_at, campaign_id, after, centres)

    async def keep_message(self, message: DeskMessage) -> None:
        await self._store.change(_keep_message, message)

    async def message_seen(self, message_id: str, at: datetime) -> None:
        await self._store.change(_message_seen, message_id, at)

    async def messages(
        self, telecaller_id: TelecallerId, since: datetime
    ) -> list[DeskMessage]:
        return await self._store.read(_messages_of, telecaller_id, since)

    async def unseen_messages(self, since: datetime) -> list[DeskMessage]:
        return await self._store.read(_unseen, since)


# One whose fate was not learned may be written again.
_STOP = insert_or_leave(dial_stops)


def _open_stops(connection: Connection) -> list[DialStop]:
    c = dial_stops.c
    query = (
        select(c.stop_id, c.scope, c.about, c.by, c.why, c.at)
        .where(c.ended_at.is_(None))
        .order_by(c.at, c.stop_id)
    )
    return [
        DialStop(stop_id, StopScope(scope), about, by, why, at)
        for stop_id, scope, about, by, why, at in connection.execute(query)
    ]


def _keep_stop(connection: Connection, stop: DialStop) -> None:
    row = {
        "stop_id": stop.stop_id,
        "scope": str(stop.scope),
        "about": stop.about,
        "by": stop.by,
        "why": stop.why,
        "at": stop.at,
    }
    connection.execute(_STOP.on(connection), row)


def _lift(connection: Connection, stop_id: str, by: str, at: datetime) -> None:
    c = dial_stops.c
    connection.execute(
        update(dial_stops)
        .where(c.stop_id == stop_id, c.ended_at.is_(None))
        .values(ended_at=at, ended_by=by)
    )
    q = campaign_contacts.c
    alive = select(campaigns.c.campaign_id).where(campaigns.c.state.in_(_ALIVE))
    connection.execute(
        update(campaign_contacts)
        # As the turn's index goes: else every contact would be looked at.
        .where(
            q.campaign_id.in_(alive),
            q.state == "due",
            q.priority.in_((queue.CALLED_BACK, queue.IN_TURN)),
            q.due_at > at,
            q.reason == REASON,
        )
        .values(due_at=at, reason="", rule="")
    )


def _calls_since(connection: Connection, at: datetime) -> list[Ended]:
    a = attempts.c
    kind = (
        a.campaign_id,
        contacts.c.centre,
        a.disposition,
        a.answered_at.is_not(None).label("answered"),
        a.completed,
        a.joined_at.is_not(None).label("joined"),
        a.opted_out,
        a.abandoned,
    )
    found = connection.execute(
        select(*kind, func.count().label("calls"))
        .join(contacts, contacts.c.contact_id == a.contact_id)
        .where(
            # By campaign, for the index begins with it.
            a.campaign_id.in_(select(campaigns.c.campaign_id)),
            a.placed_at >= at,
            a.disposition.is_not(None),
        )
        .group_by(*kind)
    )
    return [
        Ended(
            campaign_id=CampaignId(row.campaign_id),
            centre=CentreCode(row.centre) if row.centre else None,
            disposition=Disposition(row.disposition),
            answered=bool(row.answered),
            completed=row.completed,
            joined=bool(row.joined),
            opted_out=row.opted_out,
            abandoned=row.abandoned,
            count=row.calls,
        )
        for row in found
    ]


def _keep_message(connection: Connection, message: DeskMessage) -> None:
    row = {
        "message_id": message.message_id,
        "telecaller_id": message.telecaller_id,
        "by": message.by,
        "text": message.text,
        "at": message.at,
        "seen_at": message.seen_at,
    }
    connection.execute(insert(desk_messages).values(row))


def _message_seen(connection: Connection, message_id: str, at: datetime) -> None:
    c = desk_messages.c
    connection.execute(
        update(desk_messages)
        .where(c.message_id == message_id, c.seen_at.is_(None))
        .values(seen_at=at)
    )


def _messages_of(
    connection: Connection, telecaller_id: TelecallerId, since: datetime
) -> list[DeskMessage]:
    c = desk_messages.c
    query = _MESSAGES.where(c.telecaller_id == telecaller_id, c.at >= since)
    return [_message(row) for row in connection.execute(query).mappings()]


def _unseen(connection: Connection, since: datetime) -> list[DeskMessage]:
    c = desk_messages.c
    query = _MESSAGES.where(c.seen_at.is_(None), c.at >= since)
    return [_message(row) for row in connection.execute(query).mappings()]


_MESSAGES = select(desk_messages).order_by(
    desk_messages.c.at, desk_messages.c.message_id
)


def _message(row: RowMapping) -> DeskMessage:
    return DeskMessage(
        row["message_id"],
        TelecallerId(row["telecaller_id"]),
        row["by"],
        row["text"],
        row["at"],
        row["seen_at"],
    )
