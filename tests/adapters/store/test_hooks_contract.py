"""What every memory of webhooks promises: the real one on both databases, the fake."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from ivr.controller.hooks import OF_ONE_HOOK, Delivery, HookStore
from ivr.core.happenings import DeliveryState, HappeningKind, Hook, HookId
from ivr.store.engine import open_store
from ivr.store.hooks import SqlHooks
from tests.adapters.store.conftest import postgres
from tests.adapters.store.scene import NOON
from tests.fakes.hooks import MemoryHooks
from tests.fakes.site import MP, SEHORE, TREE

KINDS = frozenset({HappeningKind.OPT_OUT, HappeningKind.CALL_ENDED})
CRM = Hook(
    HookId("h1"), "सीआरएम", "https://a.example/x", "meera", MP, KINDS, False, NOON
)
OTHER = replace(CRM, hook_id=HookId("h2"), centre=SEHORE, has_numbers=True)
LATER = NOON + timedelta(minutes=5)


@pytest.fixture(params=["memory", "sqlite", postgres])
async def hooks(request: pytest.FixtureRequest) -> AsyncIterator[HookStore]:
    if request.param == "memory":
        yield MemoryHooks()
        return
    url: str = request.getfixturevalue(f"{request.param}_url")
    async with await open_store(url) as store:
        await store.upsert_people(list(TREE.values()), [])
        yield SqlHooks(store)


def delivery(event_id: str, hook: Hook = CRM, minutes: int = 0) -> Delivery:
    at = NOON + timedelta(minutes=minutes)
    body = '{"क": 1}'
    return Delivery(hook.hook_id, event_id, HappeningKind.OPT_OUT, body, NOON, at)


async def test_hooks_are_kept_and_ended_once(hooks: HookStore) -> None:
    await hooks.keep_hook(CRM)
    await hooks.keep_hook(OTHER)
    assert await hooks.hooks() == [CRM, OTHER]
    assert await hooks.end_hook(CRM.hook_id)
    assert not await hooks.end_hook(CRM.hook_id)
    assert not await hooks.end_hook(HookId("none"))
    assert await hooks.hooks() == [replace(CRM, is_active=False), OTHER]


async def test_what_is_due_comes_longest_due_first(hooks: HookStore) -> None:
    await hooks.keep_hook(CRM)
    await hooks.keep_hook(OTHER)
    await hooks.put([])
    await hooks.put([delivery("late", minutes=9), delivery("b", minutes=2)])
    await hooks.put([delivery("a", OTHER, minutes=1)])
    due = await hooks.due(LATER, 10)
    assert [one.event_id for one in due] == ["a", "b"]
    assert due[1] == replace(delivery("b", minutes=2), delivery_id=due[1].delivery_id)
    assert [one.event_id for one in await hooks.due(LATER, 1)] == ["a"]
    held = frozenset({OTHER.hook_id})
    assert [one.event_id for one in await hooks.due(LATER, 10, held)] == ["b"]


async def test_what_waits_for_one_hook_keeps_back_nothing_of_another(
    hooks: HookStore,
) -> None:
    await hooks.keep_hook(CRM)
    await hooks.keep_hook(OTHER)
    await hooks.put([delivery(f"s{number:02}") for number in range(40)])
    await hooks.put([delivery("a", OTHER, minutes=1), delivery("b", OTHER, minutes=2)])
    due = await hooks.due(LATER, 10)
    assert [one.event_id for one in due] == ["s00", "a", "s01", "b", "s02", "s03"]
    assert sum(one.hook_id == CRM.hook_id for one in due) == OF_ONE_HOOK
    assert [one.event_id for one in await hooks.due(LATER, 3)] == ["s00", "a", "s01"]


async def test_what_came_of_a_try_is_kept(hooks: HookStore) -> None:
    await hooks.keep_hook(CRM)
    await hooks.put([delivery("a")])
    (due,) = await hooks.due(LATER, 10)
    again = replace(due, tries=1, next_at=LATER + timedelta(hours=1), said="503")
    await hooks.tried(again)
    assert await hooks.due(LATER, 10) == []
    assert await hooks.last(CRM.hook_id, 5) == [again]


async def test_ending_a_hook_ends_what_waits_for_it(hooks: HookStore) -> None:
    await hooks.keep_hook(CRM)
    await hooks.put([delivery("a")])
    (due,) = await hooks.due(LATER, 10)
    await hooks.end_hook(CRM.hook_id)
    await hooks.tried(replace(due, tries=1, said="503"))  # it was under way
    assert await hooks.due(LATER, 10) == []
    (last,) = await hooks.last(CRM.hook_id, 5)
    assert (last.state, last.said) == (DeliveryState.DEAD, "the webhook was ended")


async def test_what_is_over_is_forgotten_and_what_waits_is_not(
    hooks: HookStore,
) -> None:
    await hooks.keep_hook(CRM)
    await hooks.put([delivery("a"), delivery("b")])
    first, _ = await hooks.due(LATER, 10)
    await hooks.tried(replace(first, state=DeliveryState.SENT, tries=1))
    await hooks.forget(LATER)
    assert [one.event_id for one in await hooks.last(CRM.hook_id, 5)] == ["b"]
