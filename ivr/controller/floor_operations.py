"""What an in-charge may ask of a running Samvad: the floor. Part of Operations.

Who may ask is the web's to check (core.access); `by` says who asked, for the record.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from ivr.core.alarms import Alarm
from ivr.core.desk_messages import DeskMessage
from ivr.core.dial_stops import DialStop, StopScope
from ivr.core.floor import Floor
from ivr.core.model import (
    Campaign,
    CampaignId,
    CampaignState,
    CentreCode,
    TelecallerId,
)
from ivr.core.organisation import Tree
from ivr.core.why_not import WhyNot


@dataclass(frozen=True, slots=True)
class FloorView:
    """One centre's floor with what is wrong and what is stopped."""

    floor: Floor
    alarms: Sequence[Alarm]
    stops: Sequence[DialStop]
    number: int  # of the snapshot; counts up


@dataclass(frozen=True, slots=True)
class MinuteView:
    """One minute of a floor's last hour, by when calls ended."""

    at: datetime
    dialled: int
    answered: int
    person: int
    abandoned: int


class FloorOperations(Protocol):
    """Raises BadInput for an unknown centre, campaign, telecaller or stop."""

    @property
    def tree(self) -> Tree: ...

    def view(self, centre: CentreCode) -> FloorView:
        """Return the centre's floor, at most a second old."""

    async def wait(self, seen: int, timeout_s: float) -> int:
        """Return the number of the newest snapshot, as soon as it is not `seen`."""

    def last_hour(self, centre: CentreCode) -> list[MinuteView]:
        """Return the minutes that have calls, oldest first."""

    def campaigns(self) -> Sequence[tuple[Campaign, CampaignState]]:
        """Return those that run or are paused, as they were last read."""

    async def why_not(self, campaign_id: CampaignId, centre: CentreCode) -> WhyNot:
        """Return why nothing is dialled for the centre's people: counts the queue."""

    def stops(self) -> list[DialStop]: ...

    async def stop_dialling(
        self, scope: StopScope, about: str, *, by: str, why: str
    ) -> DialStop:
        """Let no new dial out from now on; calls that ring are dropped.

        Raises StoreUnavailable: stopped, and written as soon as that is possible.
        """

    async def resume_dialling(self, stop_id: str, *, by: str) -> DialStop:
        """Lift a stop."""

    async def send_message(
        self, telecaller_id: TelecallerId, text: str, *, by: str
    ) -> DeskMessage: ...

    async def messages(self, telecaller_id: TelecallerId) -> list[DeskMessage]:
        """Return the last day's messages to a desk, oldest first."""

    async def message_seen(self, telecaller_id: TelecallerId, message_id: str) -> None:
        """The telecaller has read it."""

    async def force_pause(
        self, telecaller_id: TelecallerId, reason: str, *, by: str
    ) -> None:
        """Pause a desk, after the present call if there is one, and tell it why."""

    async def force_log_out(
        self, telecaller_id: TelecallerId, reason: str, *, by: str
    ) -> None:
        """Log a desk out, after the present call if there is one, and tell it why."""
