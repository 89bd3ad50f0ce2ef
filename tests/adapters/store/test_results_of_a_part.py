"""What is counted of a part of a campaign: by whom, where, when, in whole blocks."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Connection, select, update

from ivr.core.model import CampaignId, CampaignState, Disposition
from ivr.core.opinion_blocks import LEFT
from ivr.core.selection import (
    EVERYWHERE,
    WHOLE,
    CentreScope,
    Selection,
    Slice,
    slice_of,
)
from ivr.core.tallies import PartTallies
from ivr.core.withholding import LEAST_OPINIONS
from ivr.errors import BadInput
from ivr.store import opinions, selected
from ivr.store.engine import open_store
from ivr.store.opinion_tables import opinion_counts, opinion_voices
from ivr.store.result_questions import SqlResults
from ivr.store.store import SqlStore
from ivr.store.tables import attempts, campaigns
from tests.adapters.store.naive_results import Naive
from tests.fakes.filled_store import BEGINS, CAMPAIGN, Past, fill, make_past

INDIA = ZoneInfo("Asia/Kolkata")
AFTER = BEGINS + timedelta(days=4)
SEHORE, VIDISHA = "MP.BPL.SEH", "MP.BPL.VID"


@pytest.fixture(scope="module")
def past() -> Past:
    """People of Sehore and Vidisha, some of neither, each in their district."""
    past = make_past(seed=11, people=900)
    for row in past.rows["contacts"]:
        place = row["contact_id"] % 5
        row["centre"] = (SEHORE, SEHORE, SEHORE, VIDISHA, None)[place]
        row["district"] = ("SEH", "SEH", "SEH", "VID", "")[place]
        row["schemes"] = ("ladli", "", "kisan ladli")[row["contact_id"] % 3]
    return past


@pytest.fixture
async def filled(database_url: str, past: Past) -> AsyncIterator[SqlStore]:
    async with await open_store(database_url) as store:
        await store.change(fill, past)
        yield store


async def caught_up(store: SqlStore, now: datetime = AFTER) -> int:
    made, seen_to = 0, None
    while True:
        step = await SqlResults(store).catch_up(CAMPAIGN, INDIA, now, seen_to)
        made += step.blocks
        seen_to = step.seen_to
        if step.is_done:
            return made


async def part_of(
    store: SqlStore, scope: CentreScope = EVERYWHERE, part: Slice = WHOLE
) -> PartTallies:
    return await store.read(selected.part_tallies, CAMPAIGN, scope, part)


def only(past: Past, *, centre: str | None = None, day: date | None = None) -> Past:
    """Return the rows of one centre's people, or of one day's calls."""
    people = {
        row["contact_id"]
        for row in past.rows["contacts"]
        if centre is None or row["centre"] == centre
    }

    def is_meant(row: dict[str, Any]) -> bool:
        at = row.get("placed_at")
        same_day = day is None or at is None or at.astimezone(INDIA).date() == day
        return row["contact_id"] in people and same_day

    rows = dict(past.rows)
    for table in ("contacts", "attempts", "campaign_contacts"):
        rows[table] = [row for row in rows[table] if is_meant(row)]
    return Past(rows)


def agree(found: PartTallies, naive: Naive) -> None:
    assert {
        (r.quarter, r.disposition, r.answered): r.count for r in found.attempts
    } == naive.calls()
    people: Counter[tuple[str, int]] = Counter()
    for row in found.people:
        people[row.district, row.furthest] += row.count
    assert people == naive.people("district")
    assert found.enrolled == naive.enrolled()
    assert found.spoken == naive.spoken().total()
    assert sum(talk.conversations for talk in found.talks) == len(
        [talk for talk in naive.talks if talk["joined_at"]]
    )


async def test_the_whole_is_what_a_slow_recount_says(filled: SqlStore, past: Past):
    agree(await part_of(filled), Naive(past, CAMPAIGN))


@pytest.mark.parametrize("centre", [SEHORE, VIDISHA])
async def test_a_scope_counts_its_own_people_only(
    filled: SqlStore, past: Past, centre: str
):
    scope = CentreScope(frozenset({centre}))
    agree(await part_of(filled, scope), Naive(only(past, centre=centre), CAMPAIGN))


async def test_a_chosen_centre_never_widens_the_scope(filled: SqlStore):
    await caught_up(filled)
    sehore = CentreScope(frozenset({SEHORE}))
    vidisha = Slice(CentreScope(frozenset({VIDISHA})))
    for part in (vidisha, Slice(EVERYWHERE, district="VID")):
        found = await part_of(filled, sehore, part)
        assert not found.attempts and not found.people and not found.enrolled
        assert not found.blocks and not found.spoken and not found.talks
    nobody = await part_of(filled, CentreScope(frozenset()))
    assert not nobody.attempts and not nobody.blocks


async def test_a_day_counts_the_calls_of_that_day_where_the_people_live(
    filled: SqlStore, past: Past
):
    day = BEGINS.date() + timedelta(days=1)
    part = slice_of(Selection(first_day=day, last_day=day), {}, INDIA)
    found = await part_of(filled, part=part)
    naive = Naive(only(past, day=day), CAMPAIGN)
    naive.queue = Naive(past, CAMPAIGN).queue  # who is enrolled has no day
    agree(found, naive)


async def test_a_scheme_is_a_whole_word(filled: SqlStore, past: Past):
    found = await part_of(filled, part=Slice(EVERYWHERE, scheme="ladli"))
    assert {row.schemes for row in found.people} == {"ladli", "kisan ladli"}
    for word in ("lad", "%", "_adli", "ladli kisan"):
        none = await part_of(filled, part=Slice(EVERYWHERE, scheme=word))
        assert not none.people and not none.attempts


async def test_an_unknown_campaign_is_bad_input(filled: SqlStore):
    with pytest.raises(BadInput, match="no campaign"):
        await filled.read(
            selected.part_tallies, CampaignId("nobody"), EVERYWHERE, WHOLE
        )


async def test_who_is_in_the_queue_says_whose_campaign_it_is(filled: SqlStore):
    for scope, is_theirs in (
        (EVERYWHERE, True),
        (CentreScope(frozenset({SEHORE})), True),
        (CentreScope(frozenset({"MP.IND.IND"})), False),
        (CentreScope(frozenset()), False),
    ):
        assert await filled.read(selected.has_people, CAMPAIGN, scope) is is_theirs


# Opinions


async def sizes(store: SqlStore) -> list[int]:
    def ask(connection: Connection) -> list[int]:
        per_block: Counter[int] = Counter()
        rows = connection.execute(
            select(opinion_counts.c.block_id, opinion_counts.c.people)
        )
        for block_id, people in rows:
            per_block[block_id] += people
        return list(per_block.values())

    return await store.read(ask)


async def waiting(store: SqlStore) -> Counter[str]:
    """Return by question how many people's answers are in no block."""

    def ask(connection: Connection) -> Counter[str]:
        c = opinion_voices.c
        rows = connection.execute(select(c.node).where(c.block_id.is_(None)))
        return Counter(rows.scalars())

    return await store.read(ask)


def by_node(found: PartTallies) -> Counter[str]:
    counts: Counter[str] = Counter()
    for row in found.blocks:
        counts[row.node] += row.count
    return counts


async def test_every_answer_comes_to_lie_in_one_block_of_enough_people(
    filled: SqlStore, past: Past
):
    assert await caught_up(filled) > 5
    assert min(await sizes(filled)) >= LEAST_OPINIONS
    shown, hidden = by_node(await part_of(filled)), await waiting(filled)
    assert all(count < LEAST_OPINIONS for count in hidden.values())
    naive = Naive(past, CAMPAIGN)
    answered: Counter[str] = Counter()
    for (_, node, kind, _), count in naive.latest_answers(
        "district", frozenset({"pin", "enter_pin"})
    ).items():
        if kind != "digits":
            answered[node] += count
    picked_up = {a["contact_id"] for a in naive.attempts if a["answered_at"]}
    assert shown + hidden == answered + Counter({LEFT: len(picked_up)})


async def test_where_people_hung_up_is_told_by_blocks_as_well(
    filled: SqlStore, past: Past
):
    """A prompt that only one answer leads to tells that answer."""
    await caught_up(filled)
    found = [row for row in (await part_of(filled)).blocks if row.node == LEFT]
    assert sum(row.count for row in found) > 100
    places = {row.choice for row in found if row.choice}
    assert places <= Naive(past, CAMPAIGN).hung_up_at().keys()
    nobody = Slice(EVERYWHERE, since=AFTER)
    assert (await part_of(filled, part=nobody)).blocks == ()


async def test_who_was_counted_is_never_counted_again(filled: SqlStore):
    await caught_up(filled)
    before = (await part_of(filled)).blocks
    assert await caught_up(filled, AFTER + timedelta(days=1)) == 0
    assert (await part_of(filled)).blocks == before


async def test_in_small_spans_nobody_is_lost(
    filled: SqlStore, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(opinions, "SPAN", 50)
    await caught_up(filled)
    found = await part_of(filled)

    def voices(connection: Connection) -> int:
        return len(connection.execute(select(opinion_voices.c.contact_id)).all())

    counted = by_node(found).total() + (await waiting(filled)).total()
    assert counted == await filled.read(voices)
    monkeypatch.setattr(opinions, "SPAN", 5_000)
    assert await caught_up(filled) == 0


async def test_when_many_wait_and_none_can_be_shown_it_ends_and_looks_later(
    filled: SqlStore, monkeypatch: pytest.MonkeyPatch
):
    soon = BEGINS + timedelta(minutes=100)
    await caught_up(filled, soon)
    many = (await waiting(filled)).total()
    with monkeypatch.context() as patch:
        patch.setattr(opinions, "MANY_WAIT", many)
        async with asyncio.timeout(20):
            assert await caught_up(filled, soon + timedelta(minutes=1)) == 0
    assert (await waiting(filled)).total() == many
    monkeypatch.setattr(opinions, "MOST_PEOPLE", 2 * LEAST_OPINIONS)
    assert await caught_up(filled) > 2
    assert all(one < LEAST_OPINIONS for one in (await waiting(filled)).values())


async def test_blocks_are_written_a_few_at_a_time(
    filled: SqlStore, monkeypatch: pytest.MonkeyPatch
):
    few, written, keep = 100, list[list[int]](), opinions.keep_blocks

    def kept(connection: Connection, of: CampaignId, made: list[opinions.Made]) -> int:
        written.append([len(one.said) for one in made])
        return keep(connection, of, made)

    monkeypatch.setattr(opinions, "MOST_PEOPLE", few)
    monkeypatch.setattr(opinions, "keep_blocks", kept)
    blocks = await caught_up(filled)
    assert sum(len(sizes) for sizes in written) == blocks > 2
    assert all(sum(sizes) <= few or len(sizes) == 1 for sizes in written)


async def test_nobody_is_put_into_two_blocks_by_two_that_make_them(filled: SqlStore):
    await caught_up(filled, BEGINS + timedelta(minutes=100))
    seen_to: datetime | None = None
    while seen := await filled.change(opinions.look_at_calls, CAMPAIGN, AFTER, seen_to):
        seen_to = seen
    made = await filled.read(opinions.blocks_to_make, CAMPAIGN, INDIA, AFTER)
    assert await filled.change(opinions.keep_blocks, CAMPAIGN, made) == len(made) > 0
    before = (await part_of(filled)).blocks
    assert await filled.change(opinions.keep_blocks, CAMPAIGN, made) == 0
    assert (await part_of(filled)).blocks == before


async def test_a_call_that_was_open_is_heard_when_it_has_ended(
    filled: SqlStore, past: Past
):
    row = next(a for a in past.rows["attempts"] if a["disposition"] == "completed")
    this = attempts.c.call_id == row["call_id"]

    def set_to(connection: Connection, word: str | None) -> None:
        connection.execute(update(attempts).where(this).values(disposition=word))

    def its_voices(connection: Connection) -> int:
        c = opinion_voices.c
        asked = select(c.node).where(c.contact_id == row["contact_id"])
        return len(connection.execute(asked).all())

    await filled.change(set_to, None)
    await caught_up(filled)
    assert await filled.read(its_voices) == 0
    await filled.change(set_to, Disposition.COMPLETED)
    await caught_up(filled)
    assert await filled.read(its_voices) > 0


async def test_when_the_campaign_is_over_the_rest_is_shown_if_it_is_enough(
    filled: SqlStore,
):
    soon = BEGINS + timedelta(hours=3)  # most who answered wait for others like them
    await caught_up(filled, soon)
    before = await waiting(filled)

    def finish(connection: Connection) -> None:
        connection.execute(update(campaigns).values(state=CampaignState.FINISHED))

    await filled.change(finish)
    await caught_up(filled, soon)
    left = await waiting(filled)
    assert before.total() > left.total()
    assert all(count < LEAST_OPINIONS for count in left.values())


async def test_a_mixed_block_is_seen_only_by_who_sees_all_of_it(filled: SqlStore):
    await caught_up(filled)
    whole = await part_of(filled)
    apart = [
        await part_of(filled, CentreScope(frozenset({one})))
        for one in (SEHORE, VIDISHA)
    ]
    assert all(found.blocks for found in apart)
    for found, district in zip(apart, ("SEH", "VID"), strict=True):
        assert {row.district for row in found.blocks} == {district}
    total = sum(row.count for found in apart for row in found.blocks)
    assert total < sum(row.count for row in whole.blocks)


async def test_a_filter_that_leaves_nineteen_does_not_tell_the_six(
    sql_store: SqlStore, past: Past
):
    """25 people of one district answer; 19 of them have a scheme."""
    small = nineteen_and_six(past)
    await sql_store.change(fill, small)
    await caught_up(sql_store)
    whole = await part_of(sql_store)
    assert sum(row.count for row in whole.blocks if row.node == NODE) == 25
    for part in (
        Slice(EVERYWHERE, scheme="ladli"),
        Slice(EVERYWHERE, scheme="kisan"),
        Slice(EVERYWHERE, until=BEGINS + timedelta(hours=1)),
        Slice(EVERYWHERE, since=BEGINS + timedelta(hours=1)),
    ):
        assert (await part_of(sql_store, part=part)).blocks == ()


NODE = "satisfied"


def nineteen_and_six(past: Past) -> Past:
    rows = {
        table: list(past.rows[table])
        for table in ("centres", "telecallers", "lists", "flows", "campaigns")
    }
    people = past.rows["contacts"][:25]
    call = next(a for a in past.rows["attempts"] if a["disposition"] == "completed")
    rows["contacts"] = [
        {**row, "centre": SEHORE, "district": "SEH", "schemes": schemes}
        for n, row in enumerate(people)
        for schemes in (("ladli" if n < 19 else "kisan"),)
    ]
    rows["attempts"] = [
        {
            **call,
            "call_id": f"few-{n}",
            "contact_id": row["contact_id"],
            "number": row["number"],
            "placed_at": BEGINS + timedelta(minutes=3 * n + (10 if n > 18 else 0)),
        }
        for n, row in enumerate(people)
    ]
    rows["answers"] = [
        {
            "call_id": f"few-{n}",
            "seq": 1,
            "node": NODE,
            "kind": "key",
            "value": "1",
            "accepted": True,
            "meaning": "yes" if n % 3 else "no",
            "at": BEGINS,
        }
        for n in range(25)
    ]
    return Past(rows)
