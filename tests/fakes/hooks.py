"""The memory of webhooks, and a receiver, for tests: controller.hooks.

`MemoryHooks` keeps the contract of tests/adapters/store/test_hooks_contract.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from ivr.controller.hooks import OF_ONE_HOOK, Delivery, Sent
from ivr.core.happenings import DeliveryState, Hook, HookId


class MemoryHooks:
    def __init__(self) -> None:
        self._hooks: dict[HookId, Hook] = {}
        self.deliveries: dict[int, Delivery] = {}

    async def keep_hook(self, hook: Hook) -> None:
        self._hooks[hook.hook_id] = hook

    async def hooks(self) -> list[Hook]:
        by_id = sorted(self._hooks.values(), key=lambda one: one.hook_id)
        return sorted(by_id, key=lambda one: one.made_at, reverse=True)

    async def end_hook(self, hook_id: HookId) -> bool:
        hook = self._hooks.get(hook_id)
        if hook is None or not hook.is_active:
            return False
        self._hooks[hook_id] = replace(hook, is_active=False)
        for number, one in self.deliveries.items():
            if one.hook_id == hook_id and one.state is DeliveryState.WAITING:
                self.deliveries[number] = replace(
                    one, state=DeliveryState.DEAD, said="the webhook was ended"
                )
        return True

    async def put(self, deliveries: Sequence[Delivery]) -> None:
        for one in deliveries:
            number = len(self.deliveries) + 1
            self.deliveries[number] = replace(one, delivery_id=number)

    async def due(
        self, now: datetime, limit: int, but: frozenset[HookId] = frozenset()
    ) -> list[Delivery]:
        found = [
            one
            for one in self.deliveries.values()
            if one.state is DeliveryState.WAITING
            and one.next_at <= now
            and one.hook_id not in but
        ]
        by_hook: dict[HookId, list[Delivery]] = {}
        for one in sorted(found, key=lambda one: (one.next_at, one.delivery_id)):
            by_hook.setdefault(one.hook_id, []).append(one)
        ranked = [
            (nth, one.next_at, one.delivery_id, one)
            for own in by_hook.values()
            for nth, one in enumerate(own[:OF_ONE_HOOK])
        ]
        return [one for *_, one in sorted(ranked, key=lambda rank: rank[:3])][:limit]

    async def tried(self, delivery: Delivery) -> None:
        if self.deliveries[delivery.delivery_id].state is DeliveryState.WAITING:
            self.deliveries[delivery.delivery_id] = delivery

    async def last(self, hook_id: HookId, limit: int) -> list[Delivery]:
        own = [one for one in self.deliveries.values() if one.hook_id == hook_id]
        return sorted(own, key=lambda one: one.delivery_id, reverse=True)[:limit]

    async def forget(self, before: datetime) -> None:
        self.deliveries = {
            number: one
            for number, one in self.deliveries.items()
            if one.state is DeliveryState.WAITING or one.next_at >= before
        }


class FakeSender:
    """Takes everything, or answers what a test put into `answers` first."""

    def __init__(self) -> None:
        self.answers: list[Sent] = []
        self.sent: list[tuple[str, bytes, dict[str, str]]] = []

    async def send(self, url: str, body: bytes, headers: dict[str, str]) -> Sent:
        self.sent.append((url, body, headers))
        return self.answers.pop(0) if self.answers else Sent(True, "200")
