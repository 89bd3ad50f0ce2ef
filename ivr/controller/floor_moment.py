"""Gathers what the floors are made of: calls, desks, campaigns, trunks, accounts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from ivr.controller.call_router import CallRouter
from ivr.controller.dial_loop import DialLoop
from ivr.controller.ports import Store
from ivr.controller.telecaller_desk import Desks
from ivr.core.accounts import ByCentre
from ivr.core.floor import (
    FloorCall,
    FloorCampaign,
    FloorDesk,
    Moment,
    TrunkNow,
    accounts_of_places,
)
from ivr.core.flow_model import Flow
from ivr.core.law import NOBODY_ABANDONED, Abandoned
from ivr.core.model import (
    Campaign,
    CampaignState,
    CentreCode,
    NodeId,
    Trunk,
    TrunkName,
)
from ivr.core.organisation import Tree

CAMPAIGNS_EVERY_S = 5.0  # how old the list of campaigns may be
RATE_S = 5  # dials a second are of the last so many
FIRST_WORDS = 60  # letters of a prompt
SHOWN = frozenset({CampaignState.RUNNING, CampaignState.PAUSED})


class FloorMoments:
    """Looks at everything once for all floors."""

    def __init__(
        self,
        *,
        store: Store,
        router: CallRouter,
        desks: Desks,
        dial_loop: DialLoop,
        trunk_of: Callable[[TrunkName], Trunk],
    ) -> None:
        self._store = store
        self._router = router
        self._desks = desks
        self._dial_loop = dial_loop
        self._trunk_of = trunk_of
        self.campaigns: list[tuple[Campaign, CampaignState]] = []
        self._campaigns_at_s: float | None = None
        self._says: dict[tuple[str, str], Mapping[NodeId, str]] = {}
        self._accounts: tuple[ByCentre | None, Mapping[CentreCode, Abandoned]]
        self._accounts = None, {}

    async def read_campaigns(self, steady_s: float, *, anew: bool = False) -> None:
        """Look which campaigns run or are paused, unless that is known well enough."""
        age_s = steady_s - (self._campaigns_at_s or 0.0)
        if not anew and self._campaigns_at_s is not None and age_s < CAMPAIGNS_EVERY_S:
            return
        listed = await self._store.list_campaigns()
        self.campaigns = [(c, state) for c, state in listed if state in SHOWN]
        self._campaigns_at_s = steady_s

    def moment(self, now: datetime) -> Moment:
        """Return what is going on now."""
        return Moment(
            at=now,
            calls=[
                FloorCall(
                    live.campaign.campaign_id,
                    live.due.contact.centre,
                    live.state,
                    live.trunk.name,
                    live.call.node,
                )
                for live in self._router.live()
            ],
            desks=[
                FloorDesk(
                    session.desk.telecaller_id,
                    session.telecaller.name,
                    session.desk.centre,
                    session.desk.state,
                    session.desk.since,
                    session.desk.reason,
                    session.desk.call_id,
                )
                for session in self._desks.sessions()
            ],
            campaigns=[self._campaign(*one) for one in self.campaigns],
            trunks=self._trunks(now),
            accounts=self._accounts_of(self._dial_loop.by_centre, self._desks.tree),
        )

    def _campaign(self, campaign: Campaign, state: CampaignState) -> FloorCampaign:
        run = self._dial_loop.run_of(campaign.campaign_id)
        held = ""
        if state is CampaignState.PAUSED:
            held = "paused: calls in progress go on"
        if run is None:
            return FloorCampaign(campaign, state, because=held, dial=0, held=held)
        return FloorCampaign(
            campaign,
            state,
            because=held or run.because,
            dial=0 if held else run.decided,
            abandonment=run.law.abandonment if run.law else NOBODY_ABANDONED,
            held=held or run.held,
            node_titles=self._first_words(run.flow),
        )

    def _first_words(self, flow: Flow) -> Mapping[NodeId, str]:
        known = self._says.get((flow.flow_id, flow.version))
        if known is None:
            known = {
                node_id: node.say.get("hi", "")[:FIRST_WORDS]
                for node_id, node in flow.nodes.items()
            }
            self._says[flow.flow_id, flow.version] = known
        return known

    def _trunks(self, now: datetime) -> Sequence[TrunkNow]:
        used: Counter[TrunkName] = Counter()
        placed: Counter[TrunkName] = Counter()
        for live in self._router.live():
            used[live.trunk.name] += 1
            age_s = (now - live.call.placed_at).total_seconds()
            placed[live.trunk.name] += age_s < RATE_S
        names = {campaign.trunk for campaign, _ in self.campaigns} | set(used)
        trunks = [self._trunk_of(name) for name in sorted(names)]
        return [
            TrunkNow(
                trunk.name,
                trunk.channels,
                trunk.calls_per_s,
                used[trunk.name],
                placed[trunk.name] / RATE_S,
            )
            for trunk in trunks
        ]

    def _accounts_of(
        self, by_centre: ByCentre, tree: Tree
    ) -> Mapping[CentreCode, Abandoned]:
        """Sum the accounts up when they were counted anew, not each second."""
        counted, accounts = self._accounts
        if counted is not by_centre:
            accounts = accounts_of_places(by_centre, tree)
            self._accounts = by_centre, accounts
        return accounts
