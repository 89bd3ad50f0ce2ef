"""`SqlResults`: what the results pages ask (controller.results.ResultStore)."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from ivr.core.flow_model import Flow
from ivr.core.model import Campaign, CampaignId, CampaignState
from ivr.core.opinion_blocks import CaughtUp
from ivr.core.selection import CentreScope, Slice
from ivr.core.spoken import SpokenAnswer, SpokenNote
from ivr.core.tallies import PartTallies
from ivr.store import opinions, selected, spoken_answers
from ivr.store.store import SqlStore


class SqlResults:
    """On the same database as everything else."""

    def __init__(self, store: SqlStore) -> None:
        self._store = store

    async def campaigns(self) -> list[tuple[Campaign, CampaignState]]:
        return await self._store.list_campaigns()

    async def flow(self, campaign_id: CampaignId) -> Flow:
        return await self._store.campaign_flow(campaign_id)

    async def has_people(self, campaign_id: CampaignId, scope: CentreScope) -> bool:
        return await self._store.read(selected.has_people, campaign_id, scope)

    async def part(
        self, campaign_id: CampaignId, scope: CentreScope, part: Slice
    ) -> PartTallies:
        return await self._store.read(selected.part_tallies, campaign_id, scope, part)

    async def catch_up(
        self,
        campaign_id: CampaignId,
        zone: ZoneInfo,
        now: datetime,
        seen_to: datetime | None,
    ) -> CaughtUp:
        """Look at one more span of the calls; if there is none, make blocks.

        Who waits is read beside other writes, which wait for the short rest only.
        Done when no block can be made: many may wait still, for others like them.
        """
        store = self._store
        seen = await store.change(opinions.look_at_calls, campaign_id, now, seen_to)
        if seen is not None:
            return CaughtUp(seen, is_done=False)
        made = await store.read(opinions.blocks_to_make, campaign_id, zone, now)
        if not made:
            return CaughtUp(seen_to, is_done=True)
        kept = 0
        for some in opinions.in_short_writes(made):
            kept += await store.change(opinions.keep_blocks, campaign_id, some)
        return CaughtUp(seen_to, is_done=kept == 0, blocks=kept)

    async def spoken(
        self,
        campaign_id: CampaignId,
        scope: CentreScope,
        part: Slice,
        after: tuple[str, int] | None,
        limit: int,
    ) -> list[SpokenAnswer]:
        return await self._store.read(
            spoken_answers.spoken_answers, campaign_id, scope, part, after, limit
        )

    async def one_spoken(
        self, campaign_id: CampaignId, scope: CentreScope, call_id: str, seq: int
    ) -> SpokenAnswer | None:
        return await self._store.read(
            spoken_answers.one_spoken, campaign_id, scope, call_id, seq
        )

    async def keep_note(self, call_id: str, seq: int, note: SpokenNote) -> None:
        await self._store.change(spoken_answers.keep_note, call_id, seq, note)
