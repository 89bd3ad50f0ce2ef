"""Which centre, campaign or desk a request means, if it is the user's to ask about.

What is not theirs does not exist: HTTPNotFound, as for a name that nobody has. What
they see and may not change is HTTPForbidden.
"""

from __future__ import annotations

import contextlib

from aiohttp import web

from ivr.core.access import May, sees, subtree
from ivr.core.dial_stops import DialStop, StopScope, stops_seen
from ivr.core.floor import places_concerned
from ivr.core.model import Campaign, CampaignId, CampaignState, CentreCode
from ivr.web.site import may_do, site_of, user_of, within


def centre_of(request: web.Request, asked: str | None) -> CentreCode:
    """Return the centre asked for, or the user's own."""
    if not asked:
        return user_of(request).centre
    within(request, CentreCode(asked))
    return CentreCode(asked)


def campaigns_of(
    request: web.Request, centre: CentreCode
) -> list[tuple[Campaign, CampaignState]]:
    """Return the campaigns that run or are paused, and concern the centre."""
    site = site_of(request)
    return [
        (one, state)
        for one, state in site.operations.floor.campaigns()
        if centre in places_concerned(one, site.tree)
    ]


def is_whole(request: web.Request, campaign: Campaign) -> bool:
    """Say whether all of a campaign's people are the user's."""
    tree, user = site_of(request).tree, user_of(request)
    own = subtree(user.centre, tree)
    served = campaign.centres or [c for c, one in tree.items() if one.parent is None]
    return all(code in own for code in served)


def may_stop(request: web.Request, scope: StopScope, about: str) -> None:
    """Go on only if the user may stop, or start, this. Raises as said above."""
    site, user = site_of(request), user_of(request)
    own = site.tree.get(user.centre)
    match scope:
        case StopScope.ALL:
            if own is None or own.parent is not None:
                raise web.HTTPForbidden(text="only the whole organisation's")
        case StopScope.CENTRE:
            within(request, CentreCode(about))
        case StopScope.CAMPAIGN:
            _campaign_is_theirs(request, CampaignId(about))


def _campaign_is_theirs(request: web.Request, campaign_id: CampaignId) -> None:
    site, user = site_of(request), user_of(request)
    for campaign, _ in site.operations.floor.campaigns():
        if campaign.campaign_id == campaign_id:
            if user.centre not in places_concerned(campaign, site.tree):
                raise web.HTTPNotFound
            if not is_whole(request, campaign):
                raise web.HTTPForbidden(text="the campaign is not of your centre alone")
            return
    if not sees(user, None, site.tree):  # one that does not run: of the whole
        raise web.HTTPNotFound


def stops_of(request: web.Request) -> list[DialStop]:
    """Return the stops that the user meets."""
    site = site_of(request)
    floor = site.operations.floor
    running = [campaign for campaign, _ in floor.campaigns()]
    return stops_seen(floor.stops(), user_of(request).centre, running, site.tree)


def stop_of(request: web.Request, stop_id: str) -> DialStop:
    """Return a stop that the user may lift."""
    for stop in stops_of(request):
        if stop.stop_id == stop_id:
            may_stop(request, stop.scope, stop.about)
            return stop
    raise web.HTTPNotFound


def stops_to_lift(request: web.Request) -> list[str]:
    """Return the ids of those stops that the user may lift."""
    if not may_do(request, May.CONTROL):
        return []
    found = []
    for stop in stops_of(request):
        with contextlib.suppress(web.HTTPException):
            may_stop(request, stop.scope, stop.about)
            found.append(stop.stop_id)
    return found
