"""Everything that became of everybody, for who compares it with what they lived.

Whole tables at once: for a harness, not for a screen.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, select

from ivr.core.model import (
    Answer,
    CallId,
    CampaignId,
    Contact,
    ContactId,
    Disposition,
    ListName,
    PhoneNumber,
)
from ivr.store import records
from ivr.store.tables import answers, attempts, campaign_contacts, contacts, do_not_call

queue = campaign_contacts.c


@dataclass(frozen=True, slots=True)
class QueueRow:
    """Where one contact of a campaign stands."""

    campaign_id: CampaignId
    contact_id: ContactId
    number: PhoneNumber
    state: str
    is_timed: bool  # due at a time
    reason: str
    last: Disposition | None
    attempts: int


def whole_queue(connection: Connection, campaign_id: CampaignId) -> list[QueueRow]:
    """Return every contact of the campaign."""
    found = connection.execute(
        select(
            queue.contact_id,
            queue.number,
            queue.state,
            queue.due_at,
            queue.reason,
            queue.last_disposition,
            queue.attempts,
        ).where(queue.campaign_id == campaign_id)
    )
    return [
        QueueRow(
            campaign_id,
            ContactId(row[0]),
            PhoneNumber(row[1]),
            row[2],
            row[3] is not None,
            row[4],
            Disposition(row[5]) if row[5] else None,
            row[6],
        )
        for row in found
    ]


def everybody(connection: Connection, list_name: ListName) -> list[Contact]:
    """Return everybody whom the list names, as they were added."""
    found = connection.execute(
        select(contacts)
        .where(contacts.c.list_name == list_name)
        .order_by(contacts.c.contact_id)
    )
    return [records.contact_of(row) for row in found.mappings()]


def every_answer(
    connection: Connection, campaign_id: CampaignId
) -> Mapping[CallId, list[Answer]]:
    """Return all answers of the campaign by call, in the order they were given."""
    found = connection.execute(
        select(answers)
        .join(attempts, attempts.c.call_id == answers.c.call_id)
        .where(attempts.c.campaign_id == campaign_id)
        .order_by(answers.c.call_id, answers.c.seq)
    )
    kept: defaultdict[CallId, list[Answer]] = defaultdict(list)
    for row in found.mappings():
        kept[CallId(row["call_id"])].append(records.answer_of(row))
    return kept


def every_opt_out(connection: Connection) -> frozenset[PhoneNumber]:
    """Return every number that nobody may call."""
    found = connection.execute(select(do_not_call.c.number))
    return frozenset(PhoneNumber(number) for (number,) in found)
