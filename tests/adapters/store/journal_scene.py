"""A small call centre in whose record something is changed, table by table."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import Connection, insert

from ivr.core.access import Role
from ivr.core.call import CallState
from ivr.core.model import (
    CallId,
    CampaignState,
    DeskState,
    Disposition,
)
from ivr.store.erasure_tables import erased_numbers, erasures
from ivr.store.floor_tables import dial_stops
from ivr.store.flow_tables import flow_releases
from ivr.store.opinion_tables import spoken_notes
from ivr.store.program_tables import api_tokens, webhooks
from ivr.store.store import SqlStore
from ivr.store.user_tables import audit_log, users
from ivr.store.workshop_tables import prompt_papers
from tests.adapters.store.scene import (
    ASHA,
    CENTRE,
    FLOW,
    MINUTE,
    NOON,
    SURVEY,
    call_to,
    key,
    person,
    started,
)

CALLS = 8


async def lived_in(store: SqlStore) -> None:
    """Let a day pass: calls, answers, opt-outs, users, stops, all of it."""
    await store.upsert_people([CENTRE], [ASHA])
    await started(store, [person(n, centre=CENTRE.code) for n in range(CALLS + 4)])
    await store.set_campaign_state(SURVEY, CampaignState.RUNNING, NOON)
    for due in await store.claim_due(SURVEY, CALLS, NOON):
        place = due.contact.contact_id
        call = call_to(due, f"c-{place:04d}")
        await store.open_attempt(call)
        call = replace(call, state=CallState.IN_FLOW, answered_at=NOON + MINUTE)
        await store.save_call(call)
        await store.keep_answer(key(call, 1))
        await store.keep_callback(call.call_id, NOON + timedelta(days=1), NOON)
        await store.keep_conversation(call.call_id, ASHA.telecaller_id, NOON, None)
        await store.keep_outcome(
            call.call_id, ASHA.telecaller_id, "talked", "बात हुई", NOON
        )
        await store.keep_opt_out(due.contact.number, NOON, "key_9", call.call_id)
        await store.keep_desk_state(ASHA.telecaller_id, DeskState.READY, NOON)
        if place != CALLS:  # one is still open
            call = replace(call, state=CallState.ENDED, ended_at=NOON + 2 * MINUTE)
            await store.close_attempt(call, Disposition.COMPLETED, None, "end")
    await store.change(_of_the_office)


def _of_the_office(connection: Connection) -> None:
    rows = {
        users: {
            "user_id": "admin",
            "name": "Admin",
            "role": str(Role.ADMIN),
            "centre": CENTRE.code,
            "is_active": True,
            "password_hash": "x",
            "created_at": NOON,
        },
        api_tokens: {
            "token_id": "t1",
            "key": "k",
            "name": "sheet",
            "user_id": "admin",
            "centre": CENTRE.code,
            "may": "see",
            "made_by": "admin",
            "made_at": NOON,
        },
        webhooks: {
            "hook_id": "h1",
            "name": "crm",
            "url": "https://crm.example",
            "user_id": "admin",
            "centre": CENTRE.code,
            "kinds": "opt_out",
            "has_numbers": False,
            "made_at": NOON,
            "is_active": True,
        },
        dial_stops: {
            "stop_id": "s1",
            "scope": "all",
            "by": "admin",
            "why": "festival",
            "at": NOON,
        },
        flow_releases: {
            "flow_id": FLOW.flow_id,
            "version": FLOW.version,
            "layout": "{}",
            "authors": "a",
            "approved_by": "b",
            "published_by": "b",
            "published_at": NOON,
        },
        prompt_papers: {
            "audio_sha256": "00",
            "language": "hi",
            "text": "नमस्ते",
            "certificate": "MCMC/1",
        },
        spoken_notes: {
            "call_id": CallId("c-0001"),
            "seq": 1,
            "at": NOON,
            "noted_by": "admin",
            "note": "हाँ",
        },
        erasures: {
            "state": "asked",
            "number": person(3).number,
            "reason": "a letter",
            "asked_by": "admin",
            "asked_at": NOON,
        },
        erased_numbers: {"number_hash": "0f", "key_id": "k1", "since": NOON},
        audit_log: {
            "at": NOON,
            "user_id": "admin",
            "action": "login",
            "detail": {"a": "b"},
        },
    }
    for table, row in rows.items():
        connection.execute(insert(table), row)
