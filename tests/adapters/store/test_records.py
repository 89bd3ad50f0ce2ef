"""What is written about desks, campaigns and lists for the reports to read."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, Row, Table, select, update

from ivr.core.model import CampaignState, DeskState, Disposition, Routing
from ivr.store.store import SqlStore
from ivr.store.tables import (
    callbacks,
    campaign_contacts,
    campaign_events,
    campaigns,
    conversations,
    desk_states,
    lists,
)
from tests.adapters.store.scene import (
    ASHA,
    CENTRE,
    FLOW,
    HOUR,
    MINUTE,
    NOON,
    SURVEY,
    VILLAGE,
    campaign,
    opened,
    person,
    started,
)


def rows_of(connection: Connection, table: Table) -> list[Row[tuple[object, ...]]]:
    return list(connection.execute(select(table)))


async def talking(store: SqlStore):
    """Have a call under way and a telecaller to talk to."""
    await started(store, 1)
    await store.upsert_people([CENTRE], [ASHA])
    return await opened(store)


async def test_a_talk_is_one_record_from_the_join_to_the_last_parting(
    sql_store: SqlStore,
):
    call = await talking(sql_store)
    who = (call.call_id, ASHA.telecaller_id)
    await sql_store.keep_conversation(*who, NOON, None)
    await sql_store.keep_conversation(*who, NOON, NOON + MINUTE)
    later = NOON + 2 * MINUTE
    await sql_store.keep_conversation(*who, later, None)  # joined again
    [talk] = await sql_store.read(rows_of, conversations)
    assert (talk.joined_at, talk.parted_at) == (NOON, NOON + MINUTE)
    await sql_store.keep_conversation(*who, later, later + MINUTE)
    [talk] = await sql_store.read(rows_of, conversations)
    assert (talk.joined_at, talk.parted_at) == (NOON, later + MINUTE)


async def test_an_outcome_may_come_before_the_parting_is_written(
    sql_store: SqlStore,
):
    call = await talking(sql_store)
    who = (call.call_id, ASHA.telecaller_id)
    await sql_store.keep_outcome(*who, "needs_help", "राशन नहीं मिला", NOON)
    await sql_store.keep_conversation(*who, NOON - MINUTE, NOON)
    [talk] = await sql_store.read(rows_of, conversations)
    assert (talk.outcome, talk.notes) == ("needs_help", "राशन नहीं मिला")
    assert (talk.joined_at, talk.parted_at) == (NOON - MINUTE, NOON)


async def test_the_desk_log_has_every_change_in_order(sql_store: SqlStore):
    call = await talking(sql_store)
    changes: list[tuple[DeskState, datetime, str, str | None]] = [
        (DeskState.READY, NOON, "", None),
        (DeskState.RESERVED, NOON, "", call.call_id),
        (DeskState.TALKING, NOON + MINUTE, "", call.call_id),
        (DeskState.PAUSED, NOON + HOUR, "भोजन", None),
    ]
    for state, at, reason, call_id in changes:
        await sql_store.keep_desk_state(ASHA.telecaller_id, state, at, reason, call_id)
    log = await sql_store.read(rows_of, desk_states)
    log.sort(key=lambda entry: entry.entry_id)
    assert [(e.state, e.at, e.reason, e.call_id) for e in log] == changes


async def test_a_campaigns_history_is_kept(sql_store: SqlStore):
    await started(sql_store)
    history = [
        (CampaignState.RUNNING, NOON),
        (CampaignState.PAUSED, NOON + MINUTE),
        (CampaignState.RUNNING, NOON + HOUR),
        (CampaignState.STOPPED, NOON + 2 * HOUR),
    ]
    for state, at in history:
        await sql_store.set_campaign_state(SURVEY, state, at)
    events = await sql_store.read(rows_of, campaign_events)
    assert [(e.state, e.at) for e in events] == history
    [row] = await sql_store.read(rows_of, campaigns)
    assert (row.started_at, row.ended_at) == (NOON, NOON + 2 * HOUR)
    assert row.text_given == ""


async def test_a_list_that_is_still_being_imported_is_not_dialled(
    sql_store: SqlStore,
):
    def set_state(connection: Connection, state: str) -> None:
        connection.execute(update(lists).values(state=state))

    await sql_store.add_contacts(VILLAGE, "test", NOON, [person(1), person(2)])
    await sql_store.change(set_state, "importing")
    await sql_store.save_campaign(campaign(), FLOW, "text", NOON)
    assert await sql_store.enrol(campaign(), NOON) == 0
    assert (await sql_store.funnel(SURVEY, NOON))["in_lists"] == 0
    await sql_store.change(set_state, "ready")
    assert await sql_store.enrol(campaign(), NOON) == 2
    await sql_store.change(set_state, "importing")
    assert await sql_store.enrol(campaign(), NOON) == 0
    assert await sql_store.undone(SURVEY) == 2  # it only grows: they stay meant


async def test_a_wish_for_a_callback_is_kept_with_when_it_was_said(
    sql_store: SqlStore,
):
    call = await talking(sql_store)
    await sql_store.keep_callback(call.call_id, NOON + HOUR, NOON)
    [wish] = await sql_store.read(rows_of, callbacks)
    assert (wish.call_id, wish.due_at, wish.asked_at) == (
        call.call_id,
        NOON + HOUR,
        NOON,
    )
    [turn] = await sql_store.read(rows_of, campaign_contacts)
    assert (turn.state, turn.callback_at) == ("dialling", NOON + HOUR)


async def test_a_wish_that_makes_somebody_due_says_so(sql_store: SqlStore):
    call = await talking(sql_store)
    await sql_store.close_attempt(call, Disposition.INTERRUPTED, None, "cut off")
    await sql_store.keep_callback(call.call_id, NOON + HOUR, NOON)
    [turn] = await sql_store.read(rows_of, campaign_contacts)
    assert (turn.state, turn.due_at) == ("due", NOON + HOUR)
    assert turn.reason == "retry_callback"


async def test_whose_telecallers_serve_a_campaign_is_kept_with_it(
    sql_store: SqlStore,
):
    routing = Routing(0.5, 1.0, 0.2, {"bhb": "gu"})
    routed = replace(campaign(), skills=("pension",), routing=routing)
    await sql_store.save_campaign(routed, FLOW, "text", NOON)
    assert await sql_store.campaign(SURVEY) == routed
