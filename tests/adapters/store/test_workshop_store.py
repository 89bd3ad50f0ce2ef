"""Drafts, counts, history and papers, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import Connection, inspect

from ivr.controller.campaign_workshop import CampaignDraft, ListCount
from ivr.controller.users import AuditEntry
from ivr.core.model import CampaignState, CentreCode, ContactFilter
from ivr.core.prompt_papers import Paper
from ivr.store import campaign_drafts, prompt_papers
from ivr.store.store import SqlStore
from ivr.store.users import SqlUsers
from tests.adapters.store.scene import (
    FLOW,
    MINUTE,
    NOON,
    SURVEY,
    VILLAGE,
    campaign,
    person,
)

DRAFT = CampaignDraft(
    "d1", "meera", CentreCode("MP"), {"title": {"hi": "पेंशन", "en": "Pension"}}, NOON
)


async def test_a_draft_keeps_its_keys_in_their_order(sql_store: SqlStore) -> None:
    document = {"title": {"hi": "क", "en": "K"}, "lists": ["b", "a"], "caps": {}}
    for draft in (DRAFT, replace(DRAFT, document=document, updated_at=NOON + MINUTE)):
        await sql_store.change(campaign_drafts.keep_draft, draft)
    newer = replace(DRAFT, draft_id="d2", updated_at=NOON + 2 * MINUTE, edits="survey")
    newer = replace(newer, found="a-mark")
    await sql_store.change(campaign_drafts.keep_draft, newer)
    found = await sql_store.read(campaign_drafts.drafts)
    assert [one.draft_id for one in found] == ["d2", "d1"]
    assert list(found[1].document) == ["title", "lists", "caps"]
    assert found[0] == newer
    await sql_store.change(campaign_drafts.drop_draft, "d2")
    assert await sql_store.read(campaign_drafts.drafts, "d2") == []


async def test_each_users_drafts_are_counted_and_the_untouched_ones_end(
    sql_store: SqlStore,
) -> None:
    week = timedelta(days=7)
    for number, (by, age) in enumerate((("meera", 3), ("meera", 1), ("anil", 0))):
        draft = replace(
            DRAFT, draft_id=f"d{number}", made_by=by, updated_at=NOON - age * week
        )
        await sql_store.change(campaign_drafts.keep_draft, draft)
    assert await sql_store.read(campaign_drafts.count_of, "meera") == 2
    await sql_store.change(campaign_drafts.drop_untouched, NOON - 2 * week)
    assert await sql_store.read(campaign_drafts.count_of, "meera") == 1
    left = await sql_store.read(campaign_drafts.drafts)
    assert [one.draft_id for one in left] == ["d2", "d1"]


async def test_counts_are_of_a_readers_districts_only(sql_store: SqlStore) -> None:
    people = [
        replace(person(1), district="SEH", schemes=("ujjwala",)),
        replace(person(2), district="SEH"),
        replace(person(3), district="VID"),
    ]
    await sql_store.add_contacts(VILLAGE, "सूची", NOON, people)
    await sql_store.keep_opt_out(people[1].number, NOON, "web", None)
    meant = replace(campaign(), lists=(VILLAGE,), filters=ContactFilter())
    all_of_it = await sql_store.read(campaign_drafts.counts, meant, None)
    assert all_of_it.lists == (ListCount(VILLAGE, 3, True),)
    assert (all_of_it.in_lists, all_of_it.meant, all_of_it.do_not_call) == (3, 3, 1)
    sehore = frozenset({"SEH"})
    mine = await sql_store.read(campaign_drafts.counts, meant, sehore)
    assert (mine.in_lists, mine.meant, mine.numbers) == (2, 2, 2)
    few = replace(meant, filters=ContactFilter(schemes=("ujjwala",)))
    assert (await sql_store.read(campaign_drafts.counts, few, sehore)).meant == 1
    elsewhere = await sql_store.read(campaign_drafts.counts, meant, frozenset({"BHD"}))
    assert (elsewhere.lists, elsewhere.meant) == ((), 0)


async def test_who_started_it_is_read_from_the_audit_log(sql_store: SqlStore) -> None:
    await sql_store.save_campaign(campaign(), FLOW, "flow: x", NOON)
    users = SqlUsers(sql_store)
    said = AuditEntry(
        NOON, "meera", "campaign_start", f"campaign {SURVEY}", None, "", {}
    )
    await users.keep_audit(said)
    running, stopped = CampaignState.RUNNING, CampaignState.STOPPED
    await sql_store.set_campaign_state(SURVEY, running, NOON + timedelta(seconds=1))
    await sql_store.set_campaign_state(SURVEY, stopped, NOON + MINUTE)
    found = await sql_store.read(campaign_drafts.history, SURVEY)
    assert [(one.state, one.by) for one in found] == [(stopped, ""), (running, "meera")]


async def test_what_was_done_about_a_campaign_has_an_index_of_its_own(
    sql_store: SqlStore,
) -> None:
    def columns(connection: Connection) -> list[list[str | None]]:
        found = inspect(connection).get_indexes("audit_log")
        return [index["column_names"] for index in found]

    assert ["about", "entry_id"] in await sql_store.read(columns)


async def test_a_paper_is_kept_by_its_sound(sql_store: SqlStore) -> None:
    made = Paper("aa", "hi", "नमस्ते", made_by="meera", made_at=NOON)
    approved = replace(
        made, approved_by="kavita", approved_at=NOON + MINUTE, certificate="MCMC/14"
    )
    for paper in (made, approved, replace(made, audio_sha256="bb")):
        await sql_store.change(prompt_papers.keep_paper, paper)
    found = await sql_store.read(prompt_papers.papers)
    assert found["aa"] == approved
    assert not found["bb"].is_approved
    assert set(await sql_store.read(prompt_papers.papers, ["bb"])) == {"bb"}
