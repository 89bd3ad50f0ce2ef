"""Who of the lists is meant by a campaign, and their way into its queue."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, func, literal, or_, select
from sqlalchemy.sql.base import ReadOnlyColumnCollection

from ivr.core.model import Campaign
from ivr.store.queue import IN_TURN, queue
from ivr.store.tables import campaign_contacts, contacts, lists
from ivr.store.upsert import insert_or_leave

_ENROL = insert_or_leave(campaign_contacts)


def enrol_span(
    connection: Connection,
    campaign: Campaign,
    at: datetime,
    after: int,
    span: int,
    at_most: int | None = None,
) -> tuple[int, int | None]:
    """Enrol from the `span` contacts after id `after`; return (new, last id seen).

    The last id is None when there are no more. In spans, so that a list of
    millions does not hold up the answers of people who are on the line.
    """
    some = (
        select(contacts)
        .where(contacts.c.contact_id > after)
        .order_by(contacts.c.contact_id)
        .limit(span)
        .subquery()
    )
    last = connection.execute(select(func.max(some.c.contact_id))).scalar_one()
    if last is None:
        return 0, None
    chosen = (
        select(
            literal(campaign.campaign_id),
            some.c.contact_id,
            some.c.number,
            some.c.centre,
            literal("due"),
            literal(IN_TURN),
            literal(at, queue.due_at.type),
        )
        .where(*is_meant(campaign, some.c))
        .order_by(some.c.contact_id)
        .limit(at_most)
    )
    names = "campaign_id contact_id number centre state priority due_at".split()
    insert = _ENROL.on(connection).from_select(names, chosen)
    return connection.execute(insert).rowcount, last


def ready_lists(campaign: Campaign) -> Select[str]:
    """Return the names of the campaign's lists that are here, and all of each."""
    return select(lists.c.name).where(
        lists.c.name.in_(campaign.lists), lists.c.state == "ready"
    )


def is_meant(
    campaign: Campaign, columns: ReadOnlyColumnCollection[str, Any] = contacts.c
) -> list[ColumnElement[bool]]:
    """Return the conditions on `contacts` for those the campaign is meant for."""
    wanted = campaign.filters
    conditions: list[ColumnElement[bool]] = [
        columns.list_name.in_(ready_lists(campaign))
    ]
    if wanted.districts:
        conditions.append(columns.district.in_(wanted.districts))
    if wanted.languages:
        conditions.append(columns.language.in_(wanted.languages))
    if wanted.schemes:
        words = literal(" ") + columns.schemes + " "
        conditions.append(
            or_(*(words.contains(f" {s} ", autoescape=True) for s in wanted.schemes))
        )
    return conditions
