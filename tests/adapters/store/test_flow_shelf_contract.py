"""What every memory of flow drafts promises: both databases, and the fake."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from ivr.controller.flow_ports import FlowShelf, Release, Save, Source
from ivr.core.flow_drafts import Draft, DraftState
from ivr.core.model import FlowId
from ivr.errors import BadInput
from ivr.store.engine import open_store
from ivr.store.flow_shelf import SqlFlowShelf
from tests.adapters.store.conftest import postgres
from tests.adapters.store.scene import NOON
from tests.fakes.flow_files import flow, hang_up, play
from tests.fakes.flow_shelf import MemoryFlowShelf

WATER = FlowId("water")
FIRST = Draft(
    draft_id=0,
    flow_id=WATER,
    state=DraftState.DRAFT,
    revision=1,
    base="",
    authors=("meera",),
    saved_by="meera",
    saved_at=NOON,
    text="flow: water\n",
    layout={"hello": (10, 20)},
)


@pytest.fixture(params=["memory", "sqlite", postgres])
async def shelf(request: pytest.FixtureRequest) -> AsyncIterator[FlowShelf]:
    if request.param == "memory":
        yield MemoryFlowShelf()
        return
    url: str = request.getfixturevalue(f"{request.param}_url")
    async with await open_store(url) as store:
        yield SqlFlowShelf(store)


async def begun(shelf: FlowShelf) -> Draft:
    assert await shelf.begin(FIRST)
    draft = await shelf.open_draft(WATER)
    assert draft is not None
    return draft


def second(draft: Draft) -> Draft:
    return replace(
        draft,
        revision=2,
        text="flow: water\nmore: 1\n",
        authors=("meera", "anil"),
        saved_by="anil",
        saved_at=NOON + timedelta(minutes=1),
    )


async def test_a_draft_is_kept_as_it_was_begun(shelf: FlowShelf) -> None:
    assert await shelf.open_draft(WATER) is None
    draft = await begun(shelf)
    assert replace(draft, draft_id=0) == FIRST
    assert [one.flow_id for one in await shelf.drafts()] == [WATER]


async def test_a_flow_has_one_open_draft(shelf: FlowShelf) -> None:
    await begun(shelf)
    assert not await shelf.begin(replace(FIRST, saved_by="anil"))
    kept = await shelf.open_draft(WATER)
    assert kept is not None and kept.saved_by == "meera"


async def test_a_draft_given_up_makes_room_for_another(shelf: FlowShelf) -> None:
    draft = await begun(shelf)
    assert await shelf.follow(draft, replace(draft, state=DraftState.DISCARDED))
    assert await shelf.open_draft(WATER) is None
    assert await shelf.begin(FIRST)


async def test_every_save_is_kept_and_can_be_read_again(shelf: FlowShelf) -> None:
    draft = await begun(shelf)
    assert await shelf.follow(draft, second(draft))
    assert await shelf.open_draft(WATER) == second(draft)
    assert await shelf.saves(draft.draft_id) == [
        Save(2, "anil", NOON + timedelta(minutes=1)),
        Save(1, "meera", NOON),
    ]
    assert await shelf.save_text(draft.draft_id, 1) == (FIRST.text, FIRST.layout)
    with pytest.raises(BadInput):
        await shelf.save_text(draft.draft_id, 9)


async def test_of_two_saves_from_one_revision_one_is_kept(shelf: FlowShelf) -> None:
    draft = await begun(shelf)
    assert await shelf.follow(draft, second(draft))
    assert not await shelf.follow(draft, replace(second(draft), saved_by="vimla"))
    kept = await shelf.open_draft(WATER)
    assert kept is not None and kept.saved_by == "anil"


async def test_what_is_published_can_be_read_by_its_version(shelf: FlowShelf) -> None:
    draft = replace(await begun(shelf), state=DraftState.DRAFT)
    made = replace(flow(play(), hang_up()), flow_id=WATER, version="0123456789ab")
    release = Release(WATER, made.version, ("meera",), "vimla", "anil", NOON)
    after = replace(draft, state=DraftState.PUBLISHED, approved_by="vimla")
    assert await shelf.publish(draft, after, made, release)
    assert not await shelf.publish(draft, after, made, release)
    assert await shelf.releases(WATER) == [release]
    assert await shelf.release_text(WATER, made.version) == Source(
        WATER, FIRST.text, FIRST.layout
    )
    assert await shelf.open_draft(WATER) is None
    with pytest.raises(BadInput):
        await shelf.release_text(WATER, "no")
