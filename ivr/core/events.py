"""What happened, in the past tense. Facts about calls and legs, from the switch.

`call_id` names the voter's leg; `leg_id` a telecaller's. Times are UTC.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ivr.core.model import CallId


@dataclass(frozen=True, slots=True)
class CallRinging:
    call_id: CallId
    at: datetime


@dataclass(frozen=True, slots=True)
class CallAnswered:
    call_id: CallId
    at: datetime


@dataclass(frozen=True, slots=True)
class CallEnded:
    """The voter's leg is gone, answered or not."""

    call_id: CallId
    at: datetime
    cause: int  # Q.850
    cause_text: str = ""
    sip_code: int | None = None
    dial_status: str = ""  # the switch's own word: BUSY, NOANSWER, CONGESTION ...


@dataclass(frozen=True, slots=True)
class CallRefused:
    """The switch would not place the call at all."""

    call_id: CallId
    at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class LegUp:
    """A telecaller's softphone answered and is parked."""

    leg_id: str
    at: datetime


@dataclass(frozen=True, slots=True)
class LegDown:
    leg_id: str
    at: datetime
    cause: int = 0


@dataclass(frozen=True, slots=True)
class Joined:
    """Both are in the bridge and hear each other."""

    call_id: CallId
    leg_id: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Parted:
    """The bridge between them ended; either leg may still be up."""

    call_id: CallId
    leg_id: str
    at: datetime


@dataclass(frozen=True, slots=True)
class SwitchLost:
    """The connection to the switch broke: what happens now is not seen."""

    at: datetime


@dataclass(frozen=True, slots=True)
class SwitchBack:
    """The connection is up again; `calls` and `legs` are what it still holds.

    Ringing ones too. LegUp follows for each that was answered meanwhile.
    """

    at: datetime
    calls: frozenset[str]
    legs: frozenset[str]


SwitchEvent = (
    CallRinging
    | CallAnswered
    | CallEnded
    | CallRefused
    | LegUp
    | LegDown
    | Joined
    | Parted
    | SwitchLost
    | SwitchBack
)
