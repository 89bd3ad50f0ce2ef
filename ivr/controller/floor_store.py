"""What the floor needs of the memory. The store implements it; nothing is decided."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Protocol

from ivr.core.day_counts import Ended
from ivr.core.desk_messages import DeskMessage
from ivr.core.dial_stops import DialStop
from ivr.core.model import CampaignId, CentreCode, TelecallerId

Centres = Collection[CentreCode] | None  # None: everybody, of no centre too


class FloorStore(Protocol):
    """Raises StoreUnavailable."""

    def writes_aside(self) -> int:
        """Return how many writes wait for the database, which is away; 0: it is not."""

    async def dial_stops(self) -> list[DialStop]:
        """Return the stops that have not been lifted, oldest first."""

    async def keep_dial_stop(self, stop: DialStop) -> None: ...

    async def lift_dial_stop(self, stop_id: str, by: str, at: datetime) -> None:
        """End a stop; everybody whom any stop held is due again, and is asked anew."""

    async def calls_since(self, at: datetime) -> list[Ended]:
        """Count the calls placed since then that are over, by what they count as."""

    async def gates(
        self, campaign_id: CampaignId, now: datetime, centres: Centres
    ) -> Mapping[str, int]:
        """Return where the campaign's contacts of these centres stand."""

    async def next_due_of(
        self, campaign_id: CampaignId, after: datetime, centres: Centres
    ) -> datetime | None:
        """Return when the next contact of these centres becomes due."""

    async def keep_message(self, message: DeskMessage) -> None: ...

    async def message_seen(self, message_id: str, at: datetime) -> None:
        """Keep when the telecaller saw it; the first time stays."""

    async def messages(
        self, telecaller_id: TelecallerId, since: datetime
    ) -> list[DeskMessage]:
        """Return a telecaller's messages, oldest first."""

    async def unseen_messages(self, since: datetime) -> list[DeskMessage]: ...
