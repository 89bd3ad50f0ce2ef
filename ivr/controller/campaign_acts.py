"""Campaigns as they run: started, paused, stopped, and how they stand."""

from __future__ import annotations

from collections import Counter

import structlog

from ivr.controller.call_router import CallRouter
from ivr.controller.dial_loop import DialLoop
from ivr.controller.operations import CampaignView
from ivr.controller.ports import Clock, Store
from ivr.core.campaign_states import after
from ivr.core.model import CampaignId

log = structlog.get_logger(__name__)


class CampaignActs:
    """Which act follows which state, core.campaign_states decides."""

    def __init__(
        self, store: Store, clock: Clock, router: CallRouter, dial_loop: DialLoop
    ) -> None:
        self._store = store
        self._clock = clock
        self._router = router
        self._dial_loop = dial_loop

    async def do(self, verb: str, campaign_id: CampaignId) -> CampaignView:
        """Start, pause, resume or stop it. Raises BadInput, StoreUnavailable."""
        present = await self._store.campaign_state(campaign_id)
        state = after(verb, present, campaign_id)
        if present is not state:
            await self._store.set_campaign_state(campaign_id, state, self._clock.now())
            log.info("Campaign changed", campaign=campaign_id, state=str(state))
        self._dial_loop.refresh()
        return await self.view(campaign_id)

    async def stop(self, campaign_id: CampaignId) -> CampaignView:
        """Stop it for good; calls that nobody has answered yet are dropped."""
        view = await self.do("stop", campaign_id)
        await self._router.drop_unanswered(
            lambda live: live.campaign.campaign_id == campaign_id, "campaign stopped"
        )
        return view

    async def view(self, campaign_id: CampaignId) -> CampaignView:
        campaign = await self._store.campaign(campaign_id)
        run = self._dial_loop.run_of(campaign_id)
        states = Counter(
            str(live.state)
            for live in self._router.live()
            if live.campaign.campaign_id == campaign_id
        )
        return CampaignView(
            campaign_id=campaign_id,
            title_hi=campaign.title_hi,
            state=await self._store.campaign_state(campaign_id),
            calls=dict(states),
            because=run.because if run else "",
            undone=await self._store.undone(campaign_id),
            centres=campaign.centres,
            only_admin_starts=campaign.only_admin_starts,
        )

    async def running(self) -> list[CampaignView]:
        """Return those that run now."""
        running = await self._store.running_campaigns()
        return [await self.view(one.campaign_id) for one in running]
