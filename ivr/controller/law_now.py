"""What the law asks about a running campaign now, with its abandonment accounts."""

from __future__ import annotations

from collections.abc import Callable

from ivr.controller.campaign_run import CampaignRun
from ivr.controller.ports import Clock, Store
from ivr.core.accounts import ByCentre, strictest
from ivr.core.law import AbandonmentCounts, LawFacts
from ivr.core.model import Campaign
from ivr.core.organisation import Tree

LawOf = Callable[[Campaign, AbandonmentCounts], LawFacts]

COUNTS_EVERY_S = 5.0  # how old a campaign's abandonment counts may be
PLACES_EVERY_S = 60.0  # how old those of all centres may be: they are of 30 days


class LawNow:
    """One for a controller: campaigns share the accounts of places."""

    def __init__(self, store: Store, clock: Clock, law_of: LawOf, tree: Tree) -> None:
        self._store = store
        self._clock = clock
        self._law_of = law_of
        self._tree = tree
        self.by_centre: ByCentre = {}
        self._places_at: float | None = None

    async def of(self, run: CampaignRun) -> LawFacts:
        """Return the law, with the counts of the strictest account."""
        now_s = self._clock.steady_s()
        stale = run.counted_at is None or now_s - run.counted_at > COUNTS_EVERY_S
        if run.law is None or stale:
            now = self._clock.now()
            campaign_id = run.campaign.campaign_id
            own = await self._store.abandonment(campaign_id, now)
            run.by_centre = await self._places(now_s)
            account = strictest(run.campaign, own, run.by_centre, self._tree)
            run.account = str(account)
            run.law = self._law_of(run.campaign, account.counts)
            run.counted_at = now_s
        return run.law

    async def _places(self, now_s: float) -> ByCentre:
        if self._places_at is None or now_s - self._places_at > PLACES_EVERY_S:
            now = self._clock.now()
            self.by_centre = await self._store.abandonment_by_centre(now)
            self._places_at = now_s
        return self.by_centre
