"""Who of the lists is meant by a campaign, and their way into its queue."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    delete,
    func,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.sql.base import ReadOnlyColumnCollection

from ivr.core.model import Campaign
from ivr.store.queue import IN_TURN, queue
from ivr.store.tables import campaign_contacts, contacts, lists
from ivr.store.upsert import insert_or_leave

NOT_MEANT = "not_meant"  # campaign_contacts.reason: dialled once, taken out since

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


def take_out_span(
    connection: Connection, campaign: Campaign, at: datetime, after: int, span: int
) -> int | None:
    """Let the queue's next `span` people after id `after` be only whom it means.

    Who is not meant any more leaves it; with attempts they stay, done, for the
    results, and are due again once they are meant again. Who is claimed or dialled
    just now stays as they are. Returns the last id seen; None: there are no more.
    """
    some = (
        select(queue.contact_id)
        .where(queue.campaign_id == campaign.campaign_id, queue.contact_id > after)
        .order_by(queue.contact_id)
        .limit(span)
        .subquery()
    )
    last: int | None = connection.execute(
        select(func.max(some.c.contact_id))
    ).scalar_one()
    if last is None:
        return None
    here = (
        queue.campaign_id == campaign.campaign_id,
        queue.contact_id > after,
        queue.contact_id <= last,
    )
    # A list that is being imported again has its people still.
    meant = select(contacts.c.contact_id).where(*_is_in(campaign, campaign.lists))
    contact_is_meant = meant.where(contacts.c.contact_id == queue.contact_id).exists()
    number_is_meant = meant.where(contacts.c.number == queue.number).exists()
    connection.execute(
        delete(campaign_contacts).where(
            *here,
            queue.state.in_(("due", "refused")),
            queue.attempts == 0,
            ~contact_is_meant,
        )
    )
    tried = update(campaign_contacts).where(*here, queue.attempts > 0)
    connection.execute(
        tried.where(queue.state == "due", ~number_is_meant).values(
            state="done", due_at=None, callback_at=None, reason=NOT_MEANT, rule=""
        )
    )
    connection.execute(
        tried.where(
            queue.state == "done", queue.reason == NOT_MEANT, number_is_meant
        ).values(state="due", due_at=at, priority=IN_TURN, reason="")
    )
    return last


def ready_lists(campaign: Campaign) -> Select[str]:
    """Return the names of the campaign's lists that are here, and all of each."""
    return select(lists.c.name).where(
        lists.c.name.in_(campaign.lists), lists.c.state == "ready"
    )


def is_meant(
    campaign: Campaign, columns: ReadOnlyColumnCollection[str, Any] = contacts.c
) -> list[ColumnElement[bool]]:
    """Return the conditions on `contacts` for those the campaign is meant for."""
    return _is_in(campaign, ready_lists(campaign), columns)


def _is_in(
    campaign: Campaign,
    names: Select[str] | Sequence[str],
    columns: ReadOnlyColumnCollection[str, Any] = contacts.c,
) -> list[ColumnElement[bool]]:
    """Return the conditions for those of the named lists that its filters let by."""
    wanted = campaign.filters
    conditions: list[ColumnElement[bool]] = [columns.list_name.in_(names)]
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
