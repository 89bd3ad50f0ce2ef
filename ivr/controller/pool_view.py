"""What one campaign can see of calls and desks at a moment: the view for pacing.

Campaigns may share telecallers. A call of another campaign that may end at the same
desks counts as one of ours, or each campaign would fill every desk by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from ivr.controller.live_call import LiveCall
from ivr.controller.telecaller_desk import DeskSession
from ivr.controller.watching import UNANSWERED, Watch
from ivr.core.call import CallState
from ivr.core.model import Campaign, CampaignId, DeskState, Mode, TelecallerId
from ivr.core.pacer import PacingView

AT_WORK = frozenset(
    {DeskState.READY, DeskState.RESERVED, DeskState.TALKING, DeskState.WRAP_UP}
)
DESK_MODES = frozenset({Mode.PREDICTIVE, Mode.PROGRESSIVE, Mode.PREVIEW})
WANTING = frozenset({CallState.WAITING})
BUSY = frozenset({DeskState.RESERVED, DeskState.TALKING})

# The desks that routing would really offer to a campaign's calls.
PoolOf = Callable[[Campaign], Sequence[DeskSession]]


@dataclass(frozen=True, slots=True)
class PoolViews:
    """Looks for any campaign; made anew for each tick."""

    watch: Watch
    calls: Sequence[LiveCall]
    pool_of: PoolOf
    now_s: float

    def of(self, campaign: Campaign, mode: Mode) -> PacingView:
        """Return the view, without what trunk and law allow."""
        pool = self.pool_of(campaign)
        coming = self._coming(campaign, pool)
        ages = self._desk_ages
        return PacingView(
            mode=mode,
            now_s=self.now_s,
            ready=sum(one.desk.state is DeskState.READY for one in pool),
            talking_s=ages(pool, BUSY),
            wrapping_s=ages(pool, {DeskState.WRAP_UP}),
            ringing_s=tuple(
                self.watch.ringing_s(one, self.now_s)
                for one in coming
                if one.state in UNANSWERED
            ),
            in_flow=sum(_may_want(one) for one in coming),
            waiting=sum(one.state is CallState.WAITING for one in coming),
            logged_in=sum(one.desk.state in AT_WORK for one in pool),
        )

    def limited(
        self, view: PacingView, campaign: Campaign, *, trunk_channels: int, tokens: int
    ) -> PacingView:
        """Return the view with what the trunk, and the campaign's own caps, leave."""
        mine = sum(c.campaign.campaign_id == campaign.campaign_id for c in self.calls)
        on_trunk = sum(c.trunk.name == campaign.trunk for c in self.calls)
        own = campaign.caps.channels
        return replace(
            view,
            channels_free=trunk_channels - on_trunk,
            campaign_channels_free=None if own is None else own - mine,
            tokens=tokens,
        )

    def _desk_ages(
        self, pool: Iterable[DeskSession], states: Iterable[DeskState]
    ) -> tuple[float, ...]:
        """Ages of those that will be free afterwards: not for a pause or log-out."""
        return tuple(
            self.watch.desk_s(one, self.now_s)
            for one in pool
            if one.desk.state in states
            and not one.desk.pause_after_wrap_up
            and not one.desk.log_out_after_wrap_up
        )

    def _coming(
        self, campaign: Campaign, pool: Sequence[DeskSession]
    ) -> list[LiveCall]:
        """Our calls, and of each other campaign the share that meets our desks."""
        ours = {one.desk.telecaller_id for one in pool}
        by_campaign: dict[CampaignId, list[LiveCall]] = {}
        for call in self.calls:
            # A broadcast's voters come to us only if their flow is let offer a desk.
            mine = call.campaign.campaign_id == campaign.campaign_id
            if mine or call.campaign.mode in DESK_MODES or call.state in WANTING:
                by_campaign.setdefault(call.campaign.campaign_id, []).append(call)
        coming = by_campaign.pop(campaign.campaign_id, [])
        for theirs in by_campaign.values():
            share = _share(ours, self.pool_of(theirs[0].campaign))
            # The oldest first: those are nearest to an answer.
            coming = coming + theirs[: round(share * len(theirs) + 0.499)]
        return coming


def _share(ours: set[TelecallerId], pool: Sequence[DeskSession]) -> float:
    """Return which share of the other campaign's desks is ours too."""
    theirs = {one.desk.telecaller_id for one in pool}
    return len(theirs & ours) / len(theirs) if theirs else 0.0


def _may_want(live: LiveCall) -> bool:
    """Somebody in the flow who was not with a telecaller, nor refused one, yet."""
    call = live.call
    return live.state is CallState.IN_FLOW and call.wanted_at is None
