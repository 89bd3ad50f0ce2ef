"""One outbound call, from dial to disposition. Pure: no clock, no I/O.

Every state a call can be in, and every event that moves it, is in TRANSITIONS.
An event missing from the table is a bug or a lost race: `advance` raises, and
the caller (controller/call_router.py) logs it and keeps the call as it was.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from ivr.core.model import (
    CallId,
    CampaignId,
    ContactId,
    FlowId,
    NodeId,
    PhoneNumber,
    TelecallerId,
    TrunkName,
)
from ivr.errors import UnexpectedEvent


class CallState(StrEnum):
    DIALLING = "dialling"  # the attempt is written; nobody has answered
    RINGING = "ringing"  # the network says that it rings
    IN_FLOW = "in_flow"  # the voter is hearing the IVR
    WAITING = "waiting"  # the voter asked for a telecaller
    TALKING = "talking"  # joined to a telecaller
    HELD = "held"  # hears music between two joins: on hold, handed over, cut off
    ENDED = "ended"


UNANSWERED = frozenset({CallState.DIALLING, CallState.RINGING})


class CallEvent(StrEnum):
    RANG = "rang"
    ANSWERED = "answered"
    TELECALLER_WANTED = "telecaller_wanted"
    JOINED = "joined"
    NOBODY_FREE = "nobody_free"  # the patience ran out: this person is abandoned
    KEPT = "kept"  # the same, but they go on in the flow and are still to have one
    PARTED = "parted"  # the telecaller left; the voter goes on in the flow
    HELD = "held"  # parted, and to be joined again
    LOST = "lost"  # was to be joined again, and nobody was there
    RESUMED = (
        "resumed"  # their line broke and is taken up again, or by a new controller
    )
    ENDED = "ended"


S, E = CallState, CallEvent
TRANSITIONS: dict[tuple[CallState, CallEvent], CallState] = {
    (S.DIALLING, E.RANG): S.RINGING,
    (S.DIALLING, E.ANSWERED): S.IN_FLOW,
    (S.DIALLING, E.ENDED): S.ENDED,
    (S.RINGING, E.RANG): S.RINGING,  # 180 may be repeated
    (S.RINGING, E.ANSWERED): S.IN_FLOW,
    (S.RINGING, E.ENDED): S.ENDED,
    (S.IN_FLOW, E.TELECALLER_WANTED): S.WAITING,
    (S.IN_FLOW, E.ENDED): S.ENDED,
    (S.WAITING, E.JOINED): S.TALKING,
    (S.WAITING, E.NOBODY_FREE): S.IN_FLOW,
    (S.WAITING, E.KEPT): S.IN_FLOW,
    (S.WAITING, E.ENDED): S.ENDED,
    (S.IN_FLOW, E.HELD): S.HELD,
    (S.IN_FLOW, E.JOINED): S.TALKING,  # handed from one telecaller to the next
    (S.TALKING, E.JOINED): S.TALKING,  # a third comes in
    (S.TALKING, E.PARTED): S.IN_FLOW,
    (S.TALKING, E.HELD): S.HELD,
    (S.TALKING, E.ENDED): S.ENDED,
    (S.HELD, E.JOINED): S.TALKING,
    (S.HELD, E.HELD): S.HELD,
    (S.HELD, E.PARTED): S.HELD,  # comes after it
    (S.HELD, E.LOST): S.IN_FLOW,
    (S.IN_FLOW, E.RESUMED): S.IN_FLOW,
    (S.WAITING, E.RESUMED): S.IN_FLOW,
    (S.TALKING, E.RESUMED): S.IN_FLOW,  # the parting itself was not seen
    (S.HELD, E.RESUMED): S.IN_FLOW,
    (S.HELD, E.ENDED): S.ENDED,
}


@dataclass(frozen=True, slots=True)
class Call:
    """One attempt and everything known about it. Times are UTC."""

    call_id: CallId
    campaign_id: CampaignId
    contact_id: ContactId
    number: PhoneNumber
    caller_id: PhoneNumber
    trunk: TrunkName
    flow_id: FlowId
    flow_version: str
    attempt_no: int  # 1 for the first dial of this contact in this campaign
    placed_at: datetime
    state: CallState = CallState.DIALLING
    rang_at: datetime | None = None
    answered_at: datetime | None = None
    wanted_at: datetime | None = None  # first asked for a telecaller
    joined_at: datetime | None = None  # first joined
    parted_at: datetime | None = None  # last parted
    ended_at: datetime | None = None
    telecaller_id: TelecallerId | None = None
    abandoned: bool = False
    unserved: bool = False  # wanted a telecaller, had none, is to have one yet
    opted_out: bool = False
    callback: bool = False
    completed: bool = False  # the flow reached its end
    answers: int = 0  # accepted answers
    keys: int = 0  # key presses, accepted or not
    node: NodeId | None = None  # the node that was playing last
    place: str = ""  # where it is in its flow (core.flow_place), for who takes it over
    cancelled: str = ""  # why we dropped it ourselves
    cause: int | None = None  # Q.850
    cause_text: str = ""
    sip_code: int | None = None
    dial_status: str = ""


def advance(call: Call, event: CallEvent, at: datetime) -> Call:
    """Return the call after `event`. Raises UnexpectedEvent, changing nothing."""
    try:
        state = TRANSITIONS[call.state, event]
    except KeyError:
        raise UnexpectedEvent(f"{event} while {call.state}") from None
    moved = replace(call, state=state)
    match event:
        case CallEvent.RANG:
            return replace(moved, rang_at=call.rang_at or at)
        case CallEvent.ANSWERED:
            return replace(moved, answered_at=at)
        case CallEvent.TELECALLER_WANTED:
            return replace(moved, wanted_at=call.wanted_at or at)
        case CallEvent.JOINED:
            return replace(moved, joined_at=call.joined_at or at, unserved=False)
        case CallEvent.NOBODY_FREE:
            return replace(moved, abandoned=True, unserved=False)
        case CallEvent.KEPT:
            return replace(moved, unserved=True)
        case CallEvent.PARTED:
            return replace(moved, parted_at=at)
        case CallEvent.RESUMED if call.state is CallState.TALKING:
            return replace(moved, parted_at=at)
        case CallEvent.HELD | CallEvent.LOST | CallEvent.RESUMED:
            return moved
        case CallEvent.ENDED:
            # A person who hangs up while waiting was not connected in time.
            lost = call.state is CallState.WAITING or call.unserved
            return replace(moved, ended_at=at, abandoned=call.abandoned or lost)
