"""core's pacing for each campaign, and what it learned kept over a restart."""

from __future__ import annotations

import json

import structlog

from ivr.controller.ports import Clock, Store
from ivr.core.desk import Desk
from ivr.core.desk_forecast import desk_forecast
from ivr.core.learned import Learned
from ivr.core.model import Campaign, CampaignId, PacingDecision
from ivr.core.pacer import Expected, Fact, Pacer, PacingView
from ivr.errors import SamvadError

log = structlog.get_logger(__name__)


class CorePacer:
    def __init__(self, campaign: Campaign, learned: Learned | None = None) -> None:
        self.learned = learned or Learned(campaign.caps.abandonment_target)

    def decide(self, view: PacingView) -> PacingDecision:
        self.learned.saw_view(view)
        return self.learned.decide(view)

    def saw(self, fact: Fact) -> None:
        self.learned.saw(fact)

    def expects(self) -> Expected:
        estimates = self.learned.estimates
        rate, ages_s = estimates.answer_rate(), estimates.answer_ages_s()
        wanting = rate * estimates.p_want()
        return Expected(wanting, rate, float(ages_s[len(ages_s) // 2]))

    def chance_free(self, desk: Desk, age_s: float, within_s: float) -> float:
        return desk_forecast(self.learned.estimates, lambda _: age_s)(desk, within_s)


class CorePacers:
    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._pacers: dict[CampaignId, CorePacer] = {}
        self._kept: dict[CampaignId, str] = {}

    async def of(self, campaign: Campaign) -> Pacer:
        campaign_id = campaign.campaign_id
        if campaign_id not in self._pacers:
            text = await self._store.learned(_about(campaign_id))
            learned = None if text is None else _read(text, campaign)
            self._pacers[campaign_id] = CorePacer(campaign, learned)
        return self._pacers[campaign_id]

    async def save(self) -> None:
        """Keep what changed. A store that is away costs nothing but the learning."""
        now = self._clock.now()
        for campaign_id, pacer in self._pacers.items():
            text = json.dumps(pacer.learned.to_json())
            if self._kept.get(campaign_id) == text:
                continue
            try:
                await self._store.keep_learned(_about(campaign_id), text, now)
            except SamvadError as exc:
                log.warning("What pacing learned is not kept", error=str(exc))
                return
            self._kept[campaign_id] = text


def _about(campaign_id: CampaignId) -> str:
    return f"campaign {campaign_id}"


def _read(text: str, campaign: Campaign) -> Learned:
    try:
        state = json.loads(text)
    except ValueError:
        state = None
    learned, why = Learned.from_json(state, campaign.caps.abandonment_target)
    if why:
        log.warning(
            "What pacing learned cannot be read: it learns anew",
            campaign=campaign.campaign_id,
            because=why,
        )
    return learned
