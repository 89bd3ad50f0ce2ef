"""The kill switch: people who may not be dialled because somebody stopped it. Pure.

A stop is for everything, for one campaign, or for a centre and all that lies under it.
It holds until it is lifted, over restarts too. Conversations go on.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from ivr.core.model import Campaign, CampaignId, CentreCode, Refused
from ivr.core.organisation import (
    Tree,
    belongs_to,
    path,
    places_concerned,
    places_of_all,
)
from ivr.errors import BadInput

REASON = "dialling_stopped"
# When it is lifted, who was refused for it is due again at once.
ASK_AGAIN = timedelta(hours=1)
LONGEST_WHY = 200  # letters


class StopScope(StrEnum):
    ALL = "all"
    CAMPAIGN = "campaign"
    CENTRE = "centre"


@dataclass(frozen=True, slots=True)
class DialStop:
    stop_id: str
    scope: StopScope
    about: str  # the campaign's id or the centre's code; "" for everything
    by: str  # who did it
    why: str
    at: datetime

    def __str__(self) -> str:
        what = {
            StopScope.ALL: "all dialling",
            StopScope.CAMPAIGN: f"campaign {self.about}",
            StopScope.CENTRE: f"centre {self.about}",
        }[self.scope]
        return f"{what} was stopped by {self.by}: {self.why}"

    @property
    def what(self) -> str:
        """What it holds, as the audit log names it."""
        return f"{self.scope} {self.about}".strip()


def as_kept(stop: DialStop) -> DialStop:
    """Return the stop as it is written down. Raises BadInput if nobody says why."""
    why = stop.why.strip()[:LONGEST_WHY]
    if not why:
        raise BadInput("say why", where="why", remedy="the next person must know")
    return replace(stop, why=why)


def stop_of_person(
    stops: Iterable[DialStop],
    campaign_id: CampaignId,
    centre: CentreCode | None,
    tree: Tree,
) -> DialStop | None:
    """Return what forbids dialling one of that centre's people, or None."""
    return next((s for s in stops if _meets(s, campaign_id, centre, tree)), None)


def _meets(
    stop: DialStop, campaign_id: CampaignId, centre: CentreCode | None, tree: Tree
) -> bool:
    match stop.scope:
        case StopScope.ALL:
            return True
        case StopScope.CAMPAIGN:
            return stop.about == campaign_id
        case StopScope.CENTRE:
            return stop.about in belongs_to(centre, tree)


def stop_of_campaign(
    stops: Iterable[DialStop], campaign: Campaign, tree: Tree
) -> DialStop | None:
    """Return what forbids dialling any of the campaign's people, or None."""
    for stop in stops:
        if stop.scope is StopScope.CENTRE:
            if stop.about in places_of_all(campaign.centres, tree):
                return stop
        elif _meets(stop, campaign.campaign_id, None, tree):
            return stop
    return None


def refusal(stop: DialStop, now: datetime) -> Refused:
    return Refused(REASON, str(stop), now + ASK_AGAIN)


def stops_seen(
    stops: Iterable[DialStop],
    centre: CentreCode,
    campaigns: Iterable[Campaign],
    tree: Tree,
) -> list[DialStop]:
    """Return those that an in-charge of `centre` meets: of it, above and below it."""
    mine = {
        one.campaign_id
        for one in campaigns
        if centre in places_concerned(one.centres, tree)
    }
    chain = path(centre, tree)
    return [
        stop
        for stop in stops
        if stop.scope is StopScope.ALL
        or (stop.scope is StopScope.CAMPAIGN and stop.about in mine)
        or (
            stop.scope is StopScope.CENTRE
            and (stop.about in chain or centre in path(CentreCode(stop.about), tree))
        )
    ]
