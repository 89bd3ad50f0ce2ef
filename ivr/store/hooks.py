"""`SqlHooks`: webhooks and what waits for them (controller.hooks)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, RowMapping, delete, func, insert, select, update

from ivr.controller.hooks import OF_ONE_HOOK, Delivery
from ivr.core.happenings import DeliveryState, HappeningKind, Hook, HookId
from ivr.core.model import CentreCode
from ivr.store.program_tables import webhook_outbox, webhooks
from ivr.store.store import SqlStore


class SqlHooks:
    """controller.hooks.HookStore on the same database as everything else."""

    def __init__(self, store: SqlStore) -> None:
        self._store = store

    async def keep_hook(self, hook: Hook) -> None:
        await self._store.change(_keep_hook, hook)

    async def hooks(self) -> list[Hook]:
        return await self._store.read(_hooks)

    async def end_hook(self, hook_id: HookId) -> bool:
        return await self._store.change(_end_hook, hook_id)

    async def put(self, deliveries: Sequence[Delivery]) -> None:
        if deliveries:
            await self._store.change(_put, deliveries)

    async def due(
        self, now: datetime, limit: int, but: frozenset[HookId] = frozenset()
    ) -> list[Delivery]:
        return await self._store.read(_due, now, limit, but)

    async def tried(self, delivery: Delivery) -> None:
        await self._store.change(_tried, delivery)

    async def last(self, hook_id: HookId, limit: int) -> list[Delivery]:
        return await self._store.read(_last, hook_id, limit)

    async def forget(self, before: datetime) -> None:
        if await self._store.read(_has_old, before):
            await self._store.change(_forget, before)


def _keep_hook(connection: Connection, hook: Hook) -> None:
    row = {
        "hook_id": hook.hook_id,
        "name": hook.name,
        "url": hook.url,
        "user_id": hook.user_id,
        "centre": hook.centre,
        "kinds": " ".join(sorted(hook.kinds)),
        "has_numbers": hook.has_numbers,
        "made_at": hook.made_at,
        "is_active": hook.is_active,
    }
    connection.execute(insert(webhooks).values(row))


def _hooks(connection: Connection) -> list[Hook]:
    query = select(webhooks).order_by(webhooks.c.made_at.desc(), webhooks.c.hook_id)
    return [_hook_of(row) for row in connection.execute(query).mappings()]


def _hook_of(row: RowMapping) -> Hook:
    return Hook(
        hook_id=HookId(row["hook_id"]),
        name=row["name"],
        url=row["url"],
        user_id=row["user_id"],
        centre=CentreCode(row["centre"]),
        kinds=frozenset(HappeningKind(one) for one in row["kinds"].split()),
        has_numbers=row["has_numbers"],
        made_at=row["made_at"],
        is_active=row["is_active"],
    )


def _end_hook(connection: Connection, hook_id: HookId) -> bool:
    ended = connection.execute(
        update(webhooks)
        .where(webhooks.c.hook_id == hook_id, webhooks.c.is_active)
        .values(is_active=False)
    )
    connection.execute(
        update(webhook_outbox)
        .where(
            webhook_outbox.c.hook_id == hook_id,
            webhook_outbox.c.state == str(DeliveryState.WAITING),
        )
        .values(state=str(DeliveryState.DEAD), said="the webhook was ended")
    )
    return ended.rowcount == 1


def _put(connection: Connection, deliveries: Sequence[Delivery]) -> None:
    rows = [
        {
            "hook_id": one.hook_id,
            "event_id": one.event_id,
            "kind": str(one.kind),
            "body": one.body,
            "made_at": one.made_at,
            "state": str(one.state),
            "tries": one.tries,
            "next_at": one.next_at,
            "said": one.said,
        }
        for one in deliveries
    ]
    connection.execute(insert(webhook_outbox), rows)


def _delivery_of(row: RowMapping) -> Delivery:
    return Delivery(
        hook_id=HookId(row["hook_id"]),
        event_id=row["event_id"],
        kind=HappeningKind(row["kind"]),
        body=row["body"],
        made_at=row["made_at"],
        next_at=row["next_at"],
        state=DeliveryState(row["state"]),
        tries=row["tries"],
        said=row["said"],
        delivery_id=row["delivery_id"],
    )


def _due(
    connection: Connection, now: datetime, limit: int, but: frozenset[HookId]
) -> list[Delivery]:
    longest_due = (webhook_outbox.c.next_at, webhook_outbox.c.delivery_id)
    nth = func.row_number().over(
        partition_by=webhook_outbox.c.hook_id, order_by=longest_due
    )
    ranked = (
        select(webhook_outbox.c.delivery_id, nth.label("nth"))
        .where(
            webhook_outbox.c.state == str(DeliveryState.WAITING),
            webhook_outbox.c.next_at <= now,
            webhook_outbox.c.hook_id.not_in(sorted(but)),
        )
        .subquery()
    )
    query = (
        select(webhook_outbox)
        .join(ranked, ranked.c.delivery_id == webhook_outbox.c.delivery_id)
        .where(ranked.c.nth <= OF_ONE_HOOK)
        .order_by(ranked.c.nth, *longest_due)
        .limit(limit)
    )
    return [_delivery_of(row) for row in connection.execute(query).mappings()]


def _tried(connection: Connection, delivery: Delivery) -> None:
    connection.execute(
        update(webhook_outbox)
        .where(
            webhook_outbox.c.delivery_id == delivery.delivery_id,
            webhook_outbox.c.state == str(DeliveryState.WAITING),
        )
        .values(
            state=str(delivery.state),
            tries=delivery.tries,
            next_at=delivery.next_at,
            said=delivery.said,
        )
    )


def _last(connection: Connection, hook_id: HookId, limit: int) -> list[Delivery]:
    query = (
        select(webhook_outbox)
        .where(webhook_outbox.c.hook_id == hook_id)
        .order_by(webhook_outbox.c.delivery_id.desc())
        .limit(limit)
    )
    return [_delivery_of(row) for row in connection.execute(query).mappings()]


def _has_old(connection: Connection, before: datetime) -> bool:
    query = (
        select(webhook_outbox.c.delivery_id)
        .where(
            webhook_outbox.c.state != str(DeliveryState.WAITING),
            webhook_outbox.c.next_at < before,
        )
        .limit(1)
    )
    return connection.execute(query).first() is not None


def _forget(connection: Connection, before: datetime) -> None:
    connection.execute(
        delete(webhook_outbox).where(
            webhook_outbox.c.state != str(DeliveryState.WAITING),
            webhook_outbox.c.next_at < before,
        )
    )
