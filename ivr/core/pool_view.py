"""What one campaign can see of calls and desks at a moment: the view for pacing. Pure.

The desks are those that routing really offers to its calls. Campaigns may share
telecallers: a call of another campaign that may end at the same desks counts as one
of ours, or each campaign would fill every desk by itself. A call with a desk of its
own reserved takes none of the others, and is left out with that desk.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from ivr.core.call import UNANSWERED, CallState
from ivr.core.desk import Desk
from ivr.core.model import CallId, Campaign, CampaignId, Mode, TrunkName
from ivr.core.organisation import Tree
from ivr.core.pacer import PacingView
from ivr.core.routing import pool_of, serves

DESK_MODES = frozenset({Mode.PREDICTIVE, Mode.PROGRESSIVE, Mode.PREVIEW})


@dataclass(frozen=True, slots=True)
class CallNow:
    """One call that is up, as pacing sees it."""

    call_id: CallId
    campaign: Campaign
    trunk: TrunkName
    state: CallState
    age_s: float = 0.0  # since it was placed
    has_wanted: bool = False  # a telecaller: got one, was refused one, or waits


@dataclass(frozen=True, slots=True)
class Moment:
    """All calls and desks at one moment, for any campaign to be looked at."""

    now_s: float  # on the steady clock
    calls: Sequence[CallNow]
    desks: Sequence[Desk]
    tree: Tree
    age_s: Callable[[Desk], float]  # for how long a desk has been in its state

    def view(self, campaign: Campaign, mode: Mode) -> PacingView:
        """Return the campaign's view, without what trunk and law allow."""
        pool = pool_of(self.desks, campaign, self.tree, self.age_s)
        coming = self._coming(campaign)
        return PacingView(
            mode=mode,
            now_s=self.now_s,
            ready=len(pool.ready),
            talking_s=pool.talking_s,
            wrapping_s=pool.wrapping_s,
            ringing_s=tuple(one.age_s for one in coming if one.state in UNANSWERED),
            in_flow=sum(_may_want(one) for one in coming),
            waiting=sum(one.state is CallState.WAITING for one in coming),
            logged_in=pool.at_work,
        )

    def limited(
        self, view: PacingView, campaign: Campaign, *, trunk_channels: int, tokens: int
    ) -> PacingView:
        """Return the view with what the trunk, and the campaign's own caps, leave."""
        mine = sum(
            one.campaign.campaign_id == campaign.campaign_id for one in self.calls
        )
        on_trunk = sum(one.trunk == campaign.trunk for one in self.calls)
        own = campaign.caps.channels
        return replace(
            view,
            channels_free=trunk_channels - on_trunk,
            campaign_channels_free=None if own is None else own - mine,
            tokens=tokens,
        )

    def _coming(self, campaign: Campaign) -> list[CallNow]:
        """Our calls, and of each other campaign the share that meets our desks."""
        promised = {desk.call_id for desk in self.desks if desk.call_id is not None}
        by_campaign: dict[CampaignId, list[CallNow]] = {}
        for call in self.calls:
            # A broadcast's voters come to us only if their flow is let offer a desk.
            mine = call.campaign.campaign_id == campaign.campaign_id
            waits = call.state is CallState.WAITING
            if call.call_id in promised:
                continue
            if mine or waits or call.campaign.mode in DESK_MODES:
                by_campaign.setdefault(call.campaign.campaign_id, []).append(call)
        coming = by_campaign.pop(campaign.campaign_id, [])
        for theirs in by_campaign.values():
            share = self._share(campaign, theirs[0].campaign)
            # The oldest first: those are nearest to an answer.
            coming = coming + theirs[: round(share * len(theirs) + 0.499)]
        return coming

    def _share(self, ours: Campaign, theirs: Campaign) -> float:
        """Return which share of the other campaign's desks is ours too."""
        of_theirs = [one for one in self.desks if serves(one, theirs, self.tree)]
        both = sum(serves(one, ours, self.tree) for one in of_theirs)
        return both / len(of_theirs) if of_theirs else 0.0


def _may_want(call: CallNow) -> bool:
    """Somebody in the flow who was not with a telecaller, nor refused one, yet."""
    return call.state is CallState.IN_FLOW and not call.has_wanted
