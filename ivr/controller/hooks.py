"""Webhooks: what happened goes to a queue, from there to the store, from there out.

`tell` is all that a call does for it: it puts a value in a bounded queue and never
waits. What is in the store survives a restart. No order is promised.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import secrets
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from ivr.controller.ports import Clock
from ivr.core.happenings import (
    DeliveryState,
    Happening,
    HappeningKind,
    Hook,
    HookId,
    concerns,
    next_try,
    told,
)
from ivr.core.organisation import Tree
from ivr.errors import SamvadError, StoreUnavailable

log = structlog.get_logger(__name__)

MOST_QUEUED = 10_000  # happenings; at 20 calls a second, minutes' worth
AT_ONCE = 16
OF_ONE_HOOK = 4  # a slow one may not take the places of all
LOOK_EVERY_S = 2.0
GATHER_S = 0.5  # so that a busy minute is some writes, not hundreds
HELD = timedelta(seconds=30)  # a hook that failed, before anything else goes to it
KEPT = timedelta(days=7)  # what was sent or is dead


@dataclass(frozen=True, slots=True)
class Delivery:
    """One happening on its way to one hook."""

    hook_id: HookId
    event_id: str
    kind: HappeningKind
    body: str
    made_at: datetime
    next_at: datetime
    state: DeliveryState = DeliveryState.WAITING
    tries: int = 0
    said: str = ""  # what came of the last try
    delivery_id: int = 0


class HookStore(Protocol):
    """Raises StoreUnavailable."""

    async def keep_hook(self, hook: Hook) -> None: ...

    async def hooks(self) -> list[Hook]:
        """Return all, ended ones too, newest first."""

    async def end_hook(self, hook_id: HookId) -> bool:
        """End a hook and what waits for it; False when it was not active."""

    async def put(self, deliveries: Sequence[Delivery]) -> None: ...

    async def due(
        self, now: datetime, limit: int, but: frozenset[HookId] = frozenset()
    ) -> list[Delivery]:
        """Return those whose time has come, at most OF_ONE_HOOK of each hook.

        The longest due of every hook come first, then the second of every hook ...:
        what waits for one hook keeps back nothing that waits for another.
        """

    async def tried(self, delivery: Delivery) -> None:
        """Keep what came of a try: state, tries, next_at, said."""

    async def last(self, hook_id: HookId, limit: int) -> list[Delivery]: ...

    async def forget(self, before: datetime) -> None:
        """Drop what was sent or died before."""


@dataclass(frozen=True, slots=True)
class Sent:
    is_taken: bool
    said: str  # 200, 503, refused address ...: for the page


class Sender(Protocol):
    async def send(self, url: str, body: bytes, headers: dict[str, str]) -> Sent:
        """Never raises, and ends within its timeout."""


def secret_of(hook_id: HookId, key: str) -> str:
    """Return what a hook's messages are signed with: it is in no database."""
    made = hmac.new(key.encode(), f"webhook {hook_id}".encode(), hashlib.sha256)
    return "whsec_" + made.hexdigest()


def signature(secret: str, at: int, body: bytes) -> str:
    """Return the header: HMAC-SHA256 over the Unix time, a dot, and the body."""
    signed = hmac.new(secret.encode(), b"%d." % at + body, hashlib.sha256)
    return f"t={at},v1={signed.hexdigest()}"


class Hooks:
    """Takes happenings, keeps them for each hook, sends them until they are taken."""

    def __init__(
        self, store: HookStore, sender: Sender, clock: Clock, tree: Tree, key: str
    ) -> None:
        self.store = store
        self._sender = sender
        self._clock = clock
        self._tree = tree
        self._key = key
        self._queue: deque[Happening] = deque()
        self._came = asyncio.Event()
        self._held: dict[HookId, datetime] = {}
        self.dropped = 0  # happenings that found the queue full

    def tell(self, happening: Happening) -> None:
        """Take a happening. Never waits; when the queue is full it is counted only."""
        if len(self._queue) >= MOST_QUEUED:
            self.dropped += 1
            return
        self._queue.append(happening)
        self._came.set()

    def secret_of(self, hook_id: HookId) -> str:
        return secret_of(hook_id, self._key)

    async def run(self) -> None:
        """Keep and send, for ever."""
        await asyncio.gather(self._keep_for_ever(), self._send_for_ever())

    async def _keep_for_ever(self) -> None:
        while True:
            await self._came.wait()
            await self._clock.sleep(GATHER_S)
            self._came.clear()
            try:
                await self.keep_queued()
            except StoreUnavailable as exc:
                log.error("Happenings are not kept yet", error=str(exc))
                await self._clock.sleep(LOOK_EVERY_S)
                self._came.set()
            except SamvadError as exc:
                # What the store will never take must not stop what follows.
                log.error("Happenings are lost", count=len(self._queue), error=str(exc))
                self.dropped += len(self._queue)
                self._queue.clear()

    async def keep_queued(self) -> None:
        """Bring the queue to the store. Raises StoreUnavailable: it is queued still."""
        hooks = await self.store.hooks()
        while self._queue:
            batch = list(self._queue)[:200]
            await self.store.put(self._deliveries(batch, hooks))
            for _ in batch:
                self._queue.popleft()

    def _deliveries(
        self, happenings: Sequence[Happening], hooks: Sequence[Hook]
    ) -> list[Delivery]:
        now = self._clock.now()
        made = []
        for happening in happenings:
            event_id = "e-" + secrets.token_hex(12)
            for hook in hooks:
                if concerns(hook, happening, self._tree):
                    what = told(happening, event_id, hook.has_numbers)
                    body = json.dumps(what, ensure_ascii=False)
                    made.append(
                        Delivery(hook.hook_id, event_id, happening.kind, body, now, now)
                    )
        return made

    async def _send_for_ever(self) -> None:
        while True:
            try:
                sent = await self.send_due()
                await self.store.forget(self._clock.now() - KEPT)
            except SamvadError as exc:
                log.error("Webhooks wait for the store", error=str(exc))
                sent = 0
            if not sent:
                await self._clock.sleep(LOOK_EVERY_S)

    async def send_due(self) -> int:
        """Try what is due, a few at a time; return how many."""
        now = self._clock.now()
        self._held = {one: until for one, until in self._held.items() if until > now}
        due = await self.store.due(now, AT_ONCE, frozenset(self._held))
        urls = {one.hook_id: one.url for one in await self.store.hooks()}
        await asyncio.gather(*(self._try(one, urls[one.hook_id]) for one in due))
        return len(due)

    async def _try(self, delivery: Delivery, url: str) -> None:
        body, at = delivery.body.encode(), int(self._clock.now().timestamp())
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "Samvad-Event": delivery.event_id,
            "Samvad-Signature": signature(self.secret_of(delivery.hook_id), at, body),
        }
        sent = await self._sender.send(url, body, headers)
        await self.store.tried(self._after(delivery, sent))

    def _after(self, delivery: Delivery, sent: Sent) -> Delivery:
        tries, now = delivery.tries + 1, self._clock.now()
        state, next_at = DeliveryState.SENT, now
        if not sent.is_taken:
            self._held[delivery.hook_id] = now + HELD
            wait = next_try(tries, secrets.randbelow(1001) / 1000)
            state = DeliveryState.WAITING if wait else DeliveryState.DEAD
            next_at = now + (wait or timedelta(0))
        return Delivery(
            delivery.hook_id,
            delivery.event_id,
            delivery.kind,
            delivery.body,
            delivery.made_at,
            next_at,
            state,
            tries,
            sent.said[:200],
            delivery.delivery_id,
        )
