"""Campaigns and their flows as they were given, and what became of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import (
    ColumnElement,
    Connection,
    case,
    func,
    insert,
    select,
    true,
    update,
)

from ivr.core.flow_model import Flow
from ivr.core.model import Campaign, CampaignId, CampaignState, CentreCode, FlowId
from ivr.errors import BadInput
from ivr.store import records
from ivr.store.enrolment import is_meant, ready_lists
from ivr.store.queue import queue
from ivr.store.tables import campaign_events, campaigns, contacts, do_not_call, flows
from ivr.store.upsert import insert_or_update

ENDED = (CampaignState.STOPPED, CampaignState.FINISHED)

_FLOW = insert_or_update(
    flows,
    lambda new: {
        name: new.excluded[name] for name in ("flow", "text_given", "kept_at")
    },
)
_CAMPAIGN = insert_or_update(
    campaigns,
    lambda new: {
        name: new.excluded[name]
        for name in ("spec", "text_given", "flow_id", "flow_version", "updated_at")
    },
)


def save_campaign(
    connection: Connection,
    campaign: Campaign,
    flow: Flow,
    texts: tuple[str, str],
    at: datetime,
) -> None:
    """Write a campaign and its flow; a known one keeps its state and its queue.

    `texts` are the campaign's and the flow's YAML as they were written.
    """
    campaign_text, flow_text = texts
    connection.execute(
        _FLOW.on(connection),
        {
            "flow_id": flow.flow_id,
            "version": flow.version,
            "flow": records.flow_to_json(flow),
            "text_given": flow_text,
            "kept_at": at,
        },
    )
    connection.execute(
        _CAMPAIGN.on(connection),
        {
            "campaign_id": campaign.campaign_id,
            "spec": records.campaign_to_json(campaign),
            "text_given": campaign_text,
            "flow_id": flow.flow_id,
            "flow_version": flow.version,
            "state": CampaignState.DRAFT,
            "created_at": at,
            "updated_at": at,
        },
    )


def campaign(connection: Connection, campaign_id: CampaignId) -> Campaign:
    spec = _column(connection, campaign_id, "spec")
    return records.campaign_from_json(spec)


def campaign_state(connection: Connection, campaign_id: CampaignId) -> CampaignState:
    return CampaignState(_column(connection, campaign_id, "state"))


def _column(connection: Connection, campaign_id: CampaignId, column: str) -> str:
    found = connection.execute(
        select(campaigns.c[column]).where(campaigns.c.campaign_id == campaign_id)
    )
    value: str | None = found.scalar_one_or_none()
    if value is None:
        raise BadInput(
            f"there is no campaign {campaign_id!r}", remedy="see: campaign list"
        )
    return value


def set_campaign_state(
    connection: Connection, campaign_id: CampaignId, state: CampaignState, at: datetime
) -> None:
    c = campaigns.c
    changes: dict[str, object] = {"state": state}
    if state is CampaignState.RUNNING:
        changes["started_at"] = func.coalesce(c.started_at, at)
    if state in ENDED:
        changes["ended_at"] = at
    changed = connection.execute(
        update(campaigns).where(c.campaign_id == campaign_id).values(changes)
    )
    if changed.rowcount == 0:
        raise BadInput(f"there is no campaign {campaign_id!r}")
    connection.execute(
        insert(campaign_events).values(campaign_id=campaign_id, at=at, state=state)
    )


def list_campaigns(connection: Connection) -> list[tuple[Campaign, CampaignState]]:
    c = campaigns.c
    found = connection.execute(
        select(c.spec, c.state).order_by(c.created_at, c.campaign_id)
    )
    return [
        (records.campaign_from_json(spec), CampaignState(state))
        for spec, state in found
    ]


def running_campaigns(connection: Connection) -> list[Campaign]:
    c = campaigns.c
    found = connection.execute(
        select(c.spec)
        .where(c.state == CampaignState.RUNNING)
        .order_by(c.created_at, c.campaign_id)
    )
    return [records.campaign_from_json(spec) for spec in found.scalars()]


def flow_version(connection: Connection, campaign_id: CampaignId) -> tuple[FlowId, str]:
    """Return which flow, in which version, the campaign was last saved with."""
    c = campaigns.c
    row = connection.execute(
        select(c.flow_id, c.flow_version).where(c.campaign_id == campaign_id)
    ).one_or_none()
    if row is None:
        raise BadInput(f"there is no campaign {campaign_id!r}")
    return FlowId(row.flow_id), row.flow_version


def flow(connection: Connection, flow_id: FlowId, version: str) -> Flow:
    found = connection.execute(
        select(flows.c.flow).where(
            flows.c.flow_id == flow_id, flows.c.version == version
        )
    )
    text = found.scalar_one_or_none()
    if text is None:
        raise BadInput(f"there is no flow {flow_id!r} in version {version!r}")
    return records.flow_from_json(text)


def funnel(
    connection: Connection,
    campaign_id: CampaignId,
    now: datetime,
    centres: Collection[CentreCode] | None = None,
) -> Mapping[str, int]:
    """Return where the campaign's contacts stand, in counts: all, or of some centres.

    in_lists        contacts of its lists that have been imported whole
    filtered_out    of these, not meant by its filters
    meant           the others
    same_number     of these, a number that another contact of the queue has
    not_enrolled    of these, added to the lists since the last start
    queued          of these, in the queue: the sum of what follows
    refused:REASON  never dialled again in this campaign
    waiting:REASON  not before their time: retry_DISPOSITION, or a rule's reason
    due, claimed, dialling
    done:DISPOSITION
    do_not_call     of all in the queue, whatever their state
    """
    the_campaign = campaign(connection, campaign_id)
    counts: Counter[str] = Counter(_in_lists(connection, the_campaign, centres))
    is_waiting = case(((queue.state == "due") & (queue.due_at > now), 1), else_=0)
    found = connection.execute(
        select(
            queue.state,
            is_waiting,
            queue.reason,
            queue.last_disposition,
            func.count(),
        )
        .where(queue.campaign_id == campaign_id, _of(queue.centre, centres))
        .group_by(queue.state, is_waiting, queue.reason, queue.last_disposition)
    )
    for state, waits, reason, disposition, count in found:
        counts["queued"] += count
        counts[_gate(state, bool(waits), reason, disposition)] += count
    counts["do_not_call"] = connection.execute(
        select(func.count())
        .where(queue.campaign_id == campaign_id, _of(queue.centre, centres))
        .where(queue.number.in_(select(do_not_call.c.number)))
    ).scalar_one()
    return dict(counts)


def _of(
    centre: ColumnElement[str | None], centres: Collection[CentreCode] | None
) -> ColumnElement[bool]:
    return true() if centres is None else centre.in_(sorted(centres))


def _in_lists(
    connection: Connection,
    the_campaign: Campaign,
    centres: Collection[CentreCode] | None,
) -> dict[str, int]:
    theirs = _of(contacts.c.centre, centres)
    in_lists = connection.execute(
        select(func.count()).where(
            contacts.c.list_name.in_(ready_lists(the_campaign)), theirs
        )
    ).scalar_one()
    meant = connection.execute(
        select(func.count()).where(*is_meant(the_campaign), theirs)
    ).scalar_one()
    has_row = (
        select(queue.contact_id)
        .where(queue.campaign_id == the_campaign.campaign_id)
        .where(queue.number == contacts.c.number)
    )
    enrolled = connection.execute(
        select(
            func.count().filter(has_row.exists()),
            func.count().filter(
                has_row.where(queue.contact_id == contacts.c.contact_id).exists()
            ),
        ).where(*is_meant(the_campaign), theirs)
    ).one()
    return {
        "in_lists": in_lists,
        "filtered_out": in_lists - meant,
        "meant": meant,
        "same_number": enrolled[0] - enrolled[1],
        "not_enrolled": meant - enrolled[0],
    }


def _gate(state: str, waits: bool, reason: str, disposition: str | None) -> str:
    if state == "done":
        return f"done:{disposition}"
    if state == "refused":
        return f"refused:{reason}"
    return f"waiting:{reason or 'start'}" if waits else state
