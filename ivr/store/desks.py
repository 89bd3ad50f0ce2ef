"""What telecallers did: the log of their desks, their talks, what came of them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, bindparam, func, insert, select

from ivr.controller.ports import DeskThen
from ivr.core.model import (
    CallId,
    CampaignId,
    Conversation,
    DeskState,
    TelecallerId,
)
from ivr.store.group_commit import Row, Write
from ivr.store.tables import attempts, conversations, desk_states
from ivr.store.upsert import insert_or_update

_DESK_STATE = insert(desk_states).inline()
_CONVERSATION = insert_or_update(
    conversations,
    lambda new: {
        # Joined again after a parting: from the first join to the last parting.
        "joined_at": func.coalesce(conversations.c.joined_at, new.excluded.joined_at),
        "parted_at": func.coalesce(new.excluded.parted_at, conversations.c.parted_at),
    },
)
_OUTCOME = insert_or_update(
    conversations,
    lambda new: {
        "outcome": new.excluded.outcome,
        "notes": new.excluded.notes,
        "outcome_at": new.excluded.outcome_at,
    },
)

# The log has no key of its own: a desk comes into a state once at a moment.
_D = desk_states.c
_WHO = bindparam("the_telecaller", type_=_D.telecaller_id.type)
_STATE = bindparam("the_state", type_=_D.state.type)
_AT = bindparam("the_at", type_=_D.at.type)
_NEW_DESK_STATE = insert(desk_states).from_select(
    ["telecaller_id", "state", "at", "reason", "call_id"],
    select(
        _WHO,
        _STATE,
        _AT,
        bindparam("the_reason", type_=_D.reason.type),
        bindparam("the_call", type_=_D.call_id.type),
    ).where(
        ~select(_D.entry_id)
        .where(_D.telecaller_id == _WHO, _D.at == _AT, _D.state == _STATE)
        .exists()
    ),
)


def desk_state_kept(
    telecaller_id: TelecallerId,
    state: DeskState,
    at: datetime,
    reason: str,
    call_id: CallId | None,
) -> Write:
    row: Row = {
        "telecaller_id": telecaller_id,
        "state": state,
        "at": at,
        "reason": reason,
        "call_id": call_id,
    }
    return Write(keys=(telecaller_id,), steps=((_DESK_STATE, row),))


def desk_state_kept_again(
    telecaller_id: TelecallerId,
    state: DeskState,
    at: datetime,
    reason: str,
    call_id: CallId | None,
) -> Write:
    """Write it if it is not there."""
    row: Row = {
        "the_telecaller": telecaller_id,
        "the_state": state,
        "the_at": at,
        "the_reason": reason,
        "the_call": call_id,
    }
    return Write(keys=(telecaller_id,), steps=((_NEW_DESK_STATE, row),))


def last_desk_state(
    connection: Connection, telecaller_id: TelecallerId
) -> DeskThen | None:
    """Return how the telecaller's desk was kept last, if it ever was."""
    log = desk_states.c
    found = connection.execute(
        select(desk_states)
        .where(log.telecaller_id == telecaller_id)
        .order_by(log.at.desc(), log.entry_id.desc())
        .limit(1)
    )
    row = found.mappings().one_or_none()
    if row is None:
        return None
    call_id = row["call_id"]
    return DeskThen(
        telecaller_id,
        DeskState(row["state"]),
        row["at"],
        row["reason"],
        None if call_id is None else CallId(call_id),
    )


def conversation_kept(
    call_id: CallId,
    telecaller_id: TelecallerId,
    joined_at: datetime,
    parted_at: datetime | None,
) -> Write:
    """Write, or update, one voter's talk with one telecaller."""
    row: Row = {
        "call_id": call_id,
        "telecaller_id": telecaller_id,
        "joined_at": joined_at,
        "parted_at": parted_at,
    }
    return Write(keys=(call_id,), steps=((_CONVERSATION, row),))


def outcome_kept(
    call_id: CallId,
    telecaller_id: TelecallerId,
    outcome: str,
    notes: str,
    at: datetime,
) -> Write:
    """Write what the telecaller made of it; may come before the parting."""
    row: Row = {
        "call_id": call_id,
        "telecaller_id": telecaller_id,
        "outcome": outcome,
        "notes": notes,
        "outcome_at": at,
    }
    return Write(keys=(call_id,), steps=((_OUTCOME, row),))


def conversations_of(
    connection: Connection, campaign_id: CampaignId
) -> list[Conversation]:
    """Return the campaign's conversations, in the order they began."""
    found = connection.execute(
        select(conversations)
        .join(attempts, attempts.c.call_id == conversations.c.call_id)
        .where(attempts.c.campaign_id == campaign_id)
        .where(conversations.c.joined_at.is_not(None))
        .order_by(conversations.c.joined_at)
    )
    return [
        Conversation(
            call_id=row["call_id"],
            telecaller_id=row["telecaller_id"],
            joined_at=row["joined_at"],
            parted_at=row["parted_at"],
            outcome=row["outcome"] or "",
            notes=row["notes"] or "",
        )
        for row in found.mappings()
    ]
