"""core's pacing for each campaign, and what it learned kept over a restart."""

from __future__ import annotations

import json

import structlog

from ivr.controller.ports import Clock, Store
from ivr.core.model import Campaign, CampaignId, PacingDecision
from ivr.core.outcomes import Outcomes
from ivr.core.pacer import Fact, Pacer, PacingView
from ivr.core.pacing import PacingSnapshot, decide
from ivr.errors import SamvadError

log = structlog.get_logger(__name__)


class CorePacer:
    def __init__(self, campaign: Campaign, counts: Outcomes | None = None) -> None:
        self._campaign = campaign
        self.counts = counts or Outcomes()

    def decide(self, view: PacingView) -> PacingDecision:
        counts = self.counts
        return decide(
            PacingSnapshot(
                mode=view.mode,
                ready=view.ready,
                dialling=len(view.ringing_s),
                in_flow=view.in_flow,
                waiting=view.waiting,
                placed=round(counts.placed),
                answered=round(counts.answered),
                left_flow=round(counts.left_flow),
                wanted=round(counts.wanted),
                abandonment=view.abandonment,
                abandonment_target=self._campaign.caps.abandonment_target,
                channels_free=view.channels_free,
                campaign_channels_free=view.campaign_channels_free,
                tokens=view.tokens,
            )
        )

    def saw(self, fact: Fact) -> None:
        self.counts = self.counts.fold(fact)


class CorePacers:
    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._pacers: dict[CampaignId, CorePacer] = {}
        self._kept: dict[CampaignId, Outcomes] = {}

    async def of(self, campaign: Campaign) -> Pacer:
        campaign_id = campaign.campaign_id
        if campaign_id not in self._pacers:
            text = await self._store.learned(_about(campaign_id))
            counts = None if text is None else _read(text)
            if text is not None and counts is None:
                log.warning(
                    "What pacing learned cannot be read: it learns anew",
                    campaign=campaign_id,
                )
            self._pacers[campaign_id] = CorePacer(campaign, counts)
        return self._pacers[campaign_id]

    async def save(self) -> None:
        """Keep what changed. A store that is away costs nothing but the learning."""
        now = self._clock.now()
        for campaign_id, pacer in self._pacers.items():
            counts = pacer.counts
            if self._kept.get(campaign_id) == counts:
                continue
            try:
                text = json.dumps(counts.to_keep())
                await self._store.keep_learned(_about(campaign_id), text, now)
            except SamvadError as exc:
                log.warning("What pacing learned is not kept", error=str(exc))
                return
            self._kept[campaign_id] = counts


def _about(campaign_id: CampaignId) -> str:
    return f"campaign {campaign_id}"


def _read(text: str) -> Outcomes | None:
    try:
        return Outcomes.kept(json.loads(text))
    except ValueError:
        return None
