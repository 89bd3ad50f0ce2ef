"""Drafts of campaigns, whom a draft means in counts, and who started what."""

from __future__ import annotations

import json
from datetime import datetime

from sqlalchemy import Connection, delete, func, select

from ivr.controller.campaign_workshop import (
    CampaignDraft,
    Counts,
    ListCount,
    Started,
)
from ivr.core.model import Campaign, CampaignId, CampaignState, CentreCode
from ivr.store.enrolment import is_meant
from ivr.store.queue import queue
from ivr.store.tables import campaign_events, campaigns, contacts, do_not_call, lists
from ivr.store.upsert import insert_or_update
from ivr.store.user_tables import audit_log
from ivr.store.workshop_tables import campaign_drafts

MOST_SHOWN = 200
_KEPT = insert_or_update(
    campaign_drafts,
    lambda new: {name: new.excluded[name] for name in ("document", "updated_at")},
)


def keep_draft(connection: Connection, draft: CampaignDraft) -> None:
    row = {
        "draft_id": draft.draft_id,
        "made_by": draft.made_by,
        "centre": draft.centre,
        "edits": draft.edits,
        "found": draft.found,
        "document": json.dumps(draft.document, ensure_ascii=False),
        "updated_at": draft.updated_at,
    }
    connection.execute(_KEPT.on(connection), row)


def drafts(connection: Connection, draft_id: str = "") -> list[CampaignDraft]:
    """Return the draft of that id, or all, newest first.

    All are not many: each user may have a few, and they end when nobody touches them.
    """
    query = select(campaign_drafts).order_by(campaign_drafts.c.updated_at.desc())
    if draft_id:
        query = query.where(campaign_drafts.c.draft_id == draft_id)
    return [
        CampaignDraft(
            draft_id=row["draft_id"],
            made_by=row["made_by"],
            centre=CentreCode(row["centre"]),
            document=json.loads(row["document"]),
            updated_at=row["updated_at"],
            edits=row["edits"],
            found=row["found"],
        )
        for row in connection.execute(query).mappings()
    ]


def count_of(connection: Connection, user_id: str) -> int:
    """Return how many drafts a user has begun that are still there."""
    mine = campaign_drafts.c.made_by == user_id
    return connection.execute(select(func.count()).where(mine)).scalar_one()


def drop_untouched(connection: Connection, since: datetime) -> None:
    """Forget the drafts that nobody has changed since then."""
    connection.execute(
        delete(campaign_drafts).where(campaign_drafts.c.updated_at < since)
    )


def drop_draft(connection: Connection, draft_id: str) -> None:
    connection.execute(
        delete(campaign_drafts).where(campaign_drafts.c.draft_id == draft_id)
    )


def counts(
    connection: Connection, campaign: Campaign, districts: frozenset[str] | None
) -> Counts:
    """Return whom the campaign means; with `districts`, only of people there."""
    c = contacts.c
    mine = [] if districts is None else [c.district.in_(sorted(districts))]
    by_list = select(c.list_name, func.count()).group_by(c.list_name)
    each = {name: n for name, n in connection.execute(by_list.where(*mine))}
    found = connection.execute(
        select(lists.c.name, lists.c.state).order_by(lists.c.name)
    )
    known = tuple(
        ListCount(name, each.get(name, 0), state == "ready")
        for name, state in found
        if districts is None or name in each
    )
    meant = [*is_meant(campaign), *mine]
    people, numbers = connection.execute(
        select(func.count(), func.count(c.number.distinct())).where(*meant)
    ).one()
    barred = connection.execute(
        select(func.count(c.number.distinct()))
        .where(*meant)
        .where(c.number.in_(select(do_not_call.c.number)))
    ).scalar_one()
    chosen = [one for one in known if one.name in campaign.lists and one.is_ready]
    return Counts(
        lists=known,
        in_lists=sum(one.people for one in chosen),
        meant=people,
        numbers=numbers,
        do_not_call=barred,
    )


def queued(connection: Connection, campaign_id: CampaignId) -> int:
    return connection.execute(
        select(func.count()).where(queue.campaign_id == campaign_id)
    ).scalar_one()


def written(connection: Connection, campaign_id: CampaignId) -> tuple[str, str] | None:
    """Return the campaign's YAML as it was given, and its flow's version."""
    c = campaigns.c
    row = connection.execute(
        select(c.text_given, c.flow_version).where(c.campaign_id == campaign_id)
    ).one_or_none()
    return None if row is None else (row.text_given, row.flow_version)


_ACTIONS = {
    CampaignState.RUNNING: ("campaign_start", "campaign_resume"),
    CampaignState.PAUSED: ("campaign_pause",),
    CampaignState.STOPPED: ("campaign_stop",),
}
_NEAR_S = 10.0  # between a change of state and its line in the audit log


def history(connection: Connection, campaign_id: CampaignId) -> tuple[Started, ...]:
    """Return the campaign's changes of state, newest first, and by whom."""
    e = campaign_events.c
    events = connection.execute(
        select(e.state, e.at)
        .where(e.campaign_id == campaign_id)
        .order_by(e.event_id.desc())
        .limit(MOST_SHOWN)
    ).all()
    said = connection.execute(
        select(audit_log.c.action, audit_log.c.at, audit_log.c.user_id)
        .where(audit_log.c.about == f"campaign {campaign_id}")
        .order_by(audit_log.c.entry_id.desc())
        .limit(5 * MOST_SHOWN)
    ).all()
    found = [(str(action), at, str(user)) for action, at, user in said]
    return tuple(
        Started(CampaignState(state), at, _who(CampaignState(state), at, found))
        for state, at in events
    )


def _who(
    state: CampaignState, at: datetime, said: list[tuple[str, datetime, str]]
) -> str:
    for action, noted_at, user in said:
        near = abs((at - noted_at).total_seconds()) <= _NEAR_S
        if near and action in _ACTIONS.get(state, ()):
            return user
    return ""
