"""A memory without any campaign: for sites whose test is not about results."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from ivr.core.flow_model import Flow
from ivr.core.model import Campaign, CampaignId, CampaignState
from ivr.core.opinion_blocks import CaughtUp
from ivr.core.selection import CentreScope, Slice
from ivr.core.spoken import SpokenAnswer, SpokenNote
from ivr.core.tallies import PartTallies
from ivr.errors import BadInput


class NoResults:
    """controller.results.ResultStore."""

    async def campaigns(self) -> list[tuple[Campaign, CampaignState]]:
        return []

    async def flow(self, campaign_id: CampaignId) -> Flow:
        raise BadInput(f"there is no campaign {campaign_id!r}")

    async def has_people(self, campaign_id: CampaignId, scope: CentreScope) -> bool:
        return False

    async def part(
        self, campaign_id: CampaignId, scope: CentreScope, part: Slice
    ) -> PartTallies:
        raise BadInput(f"there is no campaign {campaign_id!r}")

    async def catch_up(
        self,
        campaign_id: CampaignId,
        zone: ZoneInfo,
        now: datetime,
        seen_to: datetime | None,
    ) -> CaughtUp:
        return CaughtUp(seen_to, is_done=True)

    async def spoken(
        self,
        campaign_id: CampaignId,
        scope: CentreScope,
        part: Slice,
        after: tuple[str, int] | None,
        limit: int,
    ) -> list[SpokenAnswer]:
        return []

    async def one_spoken(
        self, campaign_id: CampaignId, scope: CentreScope, call_id: str, seq: int
    ) -> SpokenAnswer | None:
        return None

    async def keep_note(self, call_id: str, seq: int, note: SpokenNote) -> None:
        raise BadInput("there is no recording")
