"""The attempts: opened before the dial, kept up to date, closed once.

A closed attempt never changes again. Decides nothing about what follows it.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, func, insert, select, update

from ivr.controller.ports import Abandonment
from ivr.core.call import Call, CallState
from ivr.core.model import CallId, CampaignId, CentreCode, Disposition, Refused
from ivr.store import records
from ivr.store.group_commit import Row, Write
from ivr.store.queue import QUEUE_CLOSED, QUEUE_OPENED, refused
from ivr.store.tables import attempts, campaigns, contacts

LAST_ANSWERS = 500  # the short window of the abandonment cap
ABANDONMENT_DAYS = 30
NOT_OPENED = "the database was away"

_IS_OPEN = attempts.c.disposition.is_(None)
_THIS_CALL = attempts.c.call_id == bindparam("the_call")

_INSERT = insert(attempts)
# The columns to set are those of the row it is executed with.
_SAVE = update(attempts).where(_THIS_CALL, _IS_OPEN)
MOVED = update(attempts).where(_THIS_CALL, _IS_OPEN)
_CLOSE = update(attempts).where(_THIS_CALL, _IS_OPEN)


def opened(call: Call) -> Write:
    """Write the attempt, and mark its contact as being dialled."""

    def is_kept(connection: Connection) -> bool:
        return one_call(connection, call.call_id) == call

    queue: Row = {
        "the_campaign": call.campaign_id,
        "the_contact": call.contact_id,
        "the_call": call.call_id,
    }
    return Write(
        keys=(call.call_id, (call.campaign_id, call.contact_id)),
        steps=((_INSERT, records.row_of_call(call)), (QUEUE_OPENED, queue)),
        is_kept=is_kept,
    )


def saved(call: Call) -> Write:
    """Keep the call's present state and times."""
    row = records.moving_row_of_call(call)
    row["the_call"] = call.call_id
    return Write(keys=(call.call_id,), steps=((_SAVE, row),))


def reason_of(disposition: Disposition) -> str:
    """Return why somebody is due again whose last attempt ended so."""
    return f"retry_{disposition}"


def closed(
    call: Call, disposition: Disposition, next_at: datetime | None, because: str
) -> Write:
    """Write how it ended, and make the contact due again or done.

    Its place in the flow is forgotten: it has answers in it, and nobody goes on there.
    """
    row = records.moving_row_of_call(call)
    row["place"] = ""
    row["the_call"] = call.call_id
    row["disposition"] = disposition
    row["because"] = because
    row["next_at"] = next_at
    queue: Row = {
        "the_campaign": call.campaign_id,
        "the_contact": call.contact_id,
        "the_call": call.call_id,
        "new_state": "done" if next_at is None else "due",
        "new_due_at": next_at,
        "new_disposition": disposition,
        "new_reason": "" if next_at is None else reason_of(disposition),
    }
    return Write(
        keys=(call.call_id, (call.campaign_id, call.contact_id)),
        steps=((_CLOSE, row), (QUEUE_CLOSED, queue)),
    )


def given_back(call: Call) -> Write:
    """Nobody dials it: the contact is due again, whether the attempt was opened or not.

    For whoever did not learn whether it was.
    """
    ended = replace(
        call, state=CallState.ENDED, ended_at=call.placed_at, cancelled=NOT_OPENED
    )
    at_once = call.placed_at
    close = closed(ended, Disposition.CANCELLED, at_once, NOT_OPENED)
    why = Refused(
        "store_away", "Nobody is dialled unless it is written before", at_once
    )
    claim = refused(call.campaign_id, call.contact_id, why)
    return Write(keys=close.keys, steps=close.steps + claim.steps)


def one_call(connection: Connection, call_id: CallId) -> Call | None:
    """Return the call, or None when no such attempt was opened."""
    found = connection.execute(select(attempts).where(attempts.c.call_id == call_id))
    row = found.mappings().one_or_none()
    return None if row is None else records.call_of(row)


def open_attempts(connection: Connection) -> list[Call]:
    """Return attempts that were opened and never closed, oldest first."""
    found = connection.execute(
        select(attempts).where(_IS_OPEN).order_by(attempts.c.placed_at)
    )
    return [records.call_of(row) for row in found.mappings()]


def calls_of(
    connection: Connection, campaign_id: CampaignId
) -> list[tuple[Call, Disposition | None]]:
    """Return every call of the campaign, as placed, and how it ended."""
    found = connection.execute(
        select(attempts)
        .where(attempts.c.campaign_id == campaign_id)
        .order_by(attempts.c.placed_at, attempts.c.call_id)
    )
    return [
        (records.call_of(row), ended and Disposition(ended))
        for row in found.mappings()
        for ended in (row["disposition"],)
    ]


def abandonment(
    connection: Connection, campaign_id: CampaignId, now: datetime
) -> Abandonment:
    """Count people who answered and people who were not connected in time.

    A silent answer is not counted as a person: it may be a machine, and counting
    it would make the share look smaller than people find it.
    """
    of_people = (
        attempts.c.campaign_id == campaign_id,
        attempts.c.answered_at.is_not(None),
        func.coalesce(attempts.c.disposition, "") != Disposition.SILENT,
    )
    since = now - timedelta(days=ABANDONMENT_DAYS)
    a_month = (
        select(attempts.c.abandoned)
        .where(*of_people, attempts.c.answered_at > since)
        .subquery()
    )
    the_last = (
        select(attempts.c.abandoned)
        .where(*of_people)
        .order_by(attempts.c.answered_at.desc())
        .limit(LAST_ANSWERS)
        .subquery()
    )
    counts: list[int] = []
    for people in (a_month, the_last):
        abandoned = func.count().filter(people.c.abandoned)
        found = connection.execute(select(func.count(), abandoned).select_from(people))
        counts += found.one()
    return Abandonment(*counts)


def abandonment_by_centre(
    connection: Connection, now: datetime
) -> dict[CentreCode, Abandonment]:
    """Count the same over 30 days for each centre's people, in every campaign."""
    a = attempts.c
    abandoned = func.count().filter(a.abandoned)
    found = connection.execute(
        select(contacts.c.centre, func.count(), abandoned)
        .join(contacts, contacts.c.contact_id == a.contact_id)
        .where(
            # By campaign, for the index begins with it.
            a.campaign_id.in_(select(campaigns.c.campaign_id)),
            a.answered_at > now - timedelta(days=ABANDONMENT_DAYS),
            func.coalesce(a.disposition, "") != Disposition.SILENT,
        )
        .group_by(contacts.c.centre)
    )
    return {
        CentreCode(centre): Abandonment(answered, gone, 0, 0)
        for centre, answered, gone in found
        if centre is not None
    }
