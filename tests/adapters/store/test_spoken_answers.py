"""Recordings one by one, each only for whose contact it is; and notes on them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from ivr.core.selection import EVERYWHERE, WHOLE, CentreScope, Slice
from ivr.core.spoken import SpokenAnswer, SpokenNote
from ivr.store import spoken_answers
from ivr.store.engine import open_store
from ivr.store.store import SqlStore
from tests.fakes.filled_store import BEGINS, CAMPAIGN, Past, fill, make_past

SEHORE = CentreScope(frozenset({"MP.BPL.SEH"}))
VIDISHA = CentreScope(frozenset({"MP.BPL.VID"}))


@pytest.fixture(scope="module")
def past() -> Past:
    past = make_past(seed=5, people=600)
    for row in past.rows["contacts"]:
        row["centre"] = ("MP.BPL.SEH", "MP.BPL.VID")[row["contact_id"] % 2]
    return past


@pytest.fixture
async def filled(database_url: str, past: Past) -> AsyncIterator[SqlStore]:
    async with await open_store(database_url) as store:
        await store.change(fill, past)
        yield store


async def page(
    store: SqlStore,
    scope: CentreScope = EVERYWHERE,
    part: Slice = WHOLE,
    after: tuple[str, int] | None = None,
    limit: int = 1_000,
) -> list[SpokenAnswer]:
    return await store.read(
        spoken_answers.spoken_answers, CAMPAIGN, scope, part, after, limit
    )


async def test_pages_follow_each_other_without_a_gap_newest_first(filled: SqlStore):
    every = await page(filled)
    assert len(every) > 20
    seen: list[SpokenAnswer] = []
    while len(seen) < len(every):
        after = (seen[-1].call_id, seen[-1].seq) if seen else None
        some = await page(filled, after=after, limit=7)
        assert some
        seen += some
    assert seen == every
    times = [one.at for one in every if one.at]
    assert times[0] > times[-1]


async def test_a_recording_is_found_only_by_whose_contact_spoke(filled: SqlStore):
    [one] = await page(filled, SEHORE, limit=1)
    ask = spoken_answers.one_spoken
    found = await filled.read(ask, CAMPAIGN, SEHORE, one.call_id, one.seq)
    assert found == one
    for scope in (VIDISHA, CentreScope(frozenset())):
        args = (CAMPAIGN, scope, one.call_id, one.seq)
        assert await filled.read(ask, *args) is None
    assert {found.centre for found in await page(filled, VIDISHA)} == {"MP.BPL.VID"}
    assert await page(filled, VIDISHA, Slice(SEHORE)) == []


async def test_the_filters_hold_for_recordings_too(filled: SqlStore):
    every = await page(filled)
    district = every[0].district
    some = await page(filled, part=Slice(EVERYWHERE, district=district))
    assert some == [one for one in every if one.district == district]
    later = BEGINS + timedelta(days=30)
    assert await page(filled, part=Slice(EVERYWHERE, since=later)) == []


async def test_notes_stay_and_the_newest_comes_first(filled: SqlStore):
    [one] = await page(filled, limit=1)
    for minute, text in enumerate(("पानी नहीं आता", "गली नंबर चार")):
        note = SpokenNote(BEGINS + timedelta(minutes=minute), "meera", text)
        await filled.change(spoken_answers.keep_note, one.call_id, one.seq, note)
    [noted] = await page(filled, limit=1)
    assert [note.note for note in noted.notes] == ["गली नंबर चार", "पानी नहीं आता"]
    assert noted.notes[0].noted_by == "meera"
