"""What memory_store.py keeps: its rows, and the questions they answer alone."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from ivr.core.call import Call
from ivr.core.model import (
    CallId,
    Campaign,
    CampaignState,
    Contact,
    ContactId,
    Disposition,
    FlowId,
)


@dataclass(slots=True)
class Turn:
    """A contact's place in a campaign's queue."""

    contact: Contact
    due_at: datetime | None
    state: str = "due"  # due, claimed, dialling, done, refused
    reason: str = ""
    attempts: int = 0
    last_disposition: Disposition | None = None
    callback_at: datetime | None = None
    is_callback: bool = False
    call_id: CallId | None = None


@dataclass(slots=True)
class Attempt:
    call: Call
    disposition: Disposition | None = None
    next_at: datetime | None = None
    because: str = ""


@dataclass(slots=True)
class Conversation:
    joined_at: datetime | None = None
    parted_at: datetime | None = None
    outcome: str = ""
    notes: str = ""


@dataclass(slots=True)
class CampaignRow:
    campaign: Campaign
    flow: tuple[FlowId, str]
    state: CampaignState = CampaignState.DRAFT
    turns: dict[ContactId, Turn] = field(default_factory=dict)


def is_meant(contact: Contact, campaign: Campaign) -> bool:
    wanted = campaign.filters
    return (
        contact.list_name in campaign.lists
        and (not wanted.districts or contact.district in wanted.districts)
        and (not wanted.languages or contact.language in wanted.languages)
        and (not wanted.schemes or bool({*wanted.schemes} & {*contact.schemes}))
    )


def gate_of(turn: Turn, now: datetime) -> str:
    if turn.state == "done":
        return f"done:{turn.last_disposition}"
    if turn.state == "refused":
        return f"refused:{turn.reason}"
    if turn.state == "due" and turn.due_at is not None and turn.due_at > now:
        return f"waiting:{turn.reason or 'start'}"
    return turn.state
