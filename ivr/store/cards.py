"""What a telecaller's desk asks of the past: earlier calls, the form, the day."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, select

from ivr.core.card import EarlierCall, OwnDay
from ivr.core.model import CallId, CampaignId, PhoneNumber, TelecallerId
from ivr.store.group_commit import Row, Write
from ivr.store.tables import answers, attempts, conversations, telecallers
from ivr.store.upsert import insert_or_update

# The flow counts a call's answers 1, 2, ...; the desk's form has these places.
FORM_BEGINS = 1000
FORM = "telecaller"  # Answer.kind

_FORM = insert_or_update(
    answers,
    lambda new: {
        "value": new.excluded.value,
        "meaning": new.excluded.meaning,
        "at": new.excluded.at,
    },
)


def form_answer_kept(
    call_id: CallId, place: int, question: str, value: str, at: datetime
) -> Write:
    """Write what was answered to the form's question no. `place`; the last counts."""
    row: Row = {
        "call_id": call_id,
        "seq": FORM_BEGINS + place,
        "node": question,
        "kind": FORM,
        "value": value,
        "accepted": True,
        "meaning": value,
        "at": at,
    }
    return Write(keys=(call_id,), steps=((_FORM, row),))


def earlier_calls(
    connection: Connection, number: PhoneNumber, but: CallId | None, limit: int
) -> list[EarlierCall]:
    """Return the last calls to a number that are over, the latest first."""
    query = (
        select(
            attempts.c.placed_at,
            attempts.c.campaign_id,
            attempts.c.disposition,
            telecallers.c.name,
            conversations.c.outcome,
            conversations.c.notes,
        )
        .join_from(
            attempts,
            conversations,
            conversations.c.call_id == attempts.c.call_id,
            isouter=True,
        )
        .join(
            telecallers,
            telecallers.c.telecaller_id == conversations.c.telecaller_id,
            isouter=True,
        )
        .where(attempts.c.number == number, attempts.c.disposition.is_not(None))
        .where(attempts.c.call_id != (but or ""))
        .order_by(attempts.c.placed_at.desc())
        .limit(limit)
    )
    return [
        EarlierCall(
            at=row.placed_at,
            campaign_id=CampaignId(row.campaign_id),
            disposition=row.disposition or "",
            telecaller=row.name or "",
            outcome=row.outcome or "",
            notes=row.notes or "",
        )
        for row in connection.execute(query)
    ]


def own_day(
    connection: Connection, telecaller_id: TelecallerId, since: datetime, now: datetime
) -> OwnDay:
    """Return a telecaller's figures since a moment; a talk that goes on counts."""
    query = select(
        conversations.c.joined_at, conversations.c.parted_at, conversations.c.outcome
    ).where(
        conversations.c.telecaller_id == telecaller_id,
        conversations.c.joined_at >= since,
    )
    talks, talk_s, outcomes = 0, 0.0, dict[str, int]()
    for joined_at, parted_at, outcome in connection.execute(query):
        assert joined_at is not None  # asked for
        talks += 1
        talk_s += ((parted_at or now) - joined_at).total_seconds()
        if outcome:
            outcomes[outcome] = outcomes.get(outcome, 0) + 1
    return OwnDay(talks, talk_s, outcomes)
