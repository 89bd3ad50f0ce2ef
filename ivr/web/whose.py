"""What is the user's: centres, a desk, campaigns, stops, and whom these may mean.

Every page and path of the API asks here; the rules are those of core/access.py. What
is not the user's does not exist: HTTPNotFound, as for a name that nobody has. What
they see and may not change is HTTPForbidden.
"""

from __future__ import annotations

import contextlib
from collections.abc import Collection

from aiohttp import web

from ivr.controller.campaign_workshop import Reach
from ivr.core import access
from ivr.core.access import May, Role
from ivr.core.dial_stops import DialStop, StopScope, stops_seen
from ivr.core.model import (
    Campaign,
    CampaignId,
    CampaignState,
    Centre,
    CentreCode,
    TelecallerId,
)
from ivr.core.organisation import places_concerned
from ivr.web.site import may_do, site_of, user_of

# Centres


def is_theirs(request: web.Request, centre: CentreCode | None) -> bool:
    """Say whether a centre is the user's; None: what belongs to the whole."""
    return access.sees(user_of(request), centre, site_of(request).tree)


def within(request: web.Request, centre: CentreCode | None) -> None:
    """Go on only if the centre is the user's. Raises HTTPNotFound.

    Not "forbidden": that would tell that it exists.
    """
    if not is_theirs(request, centre):
        raise web.HTTPNotFound


def sees_all(request: web.Request) -> bool:
    """Say whether all there is, is the user's."""
    return access.sees_all(user_of(request), site_of(request).tree)


def own_centres(request: web.Request) -> frozenset[CentreCode] | None:
    """Return the codes of the user's centres; None: all, and what is of none."""
    return access.centres_under(user_of(request).centre, site_of(request).tree)


def centres_of(request: web.Request) -> list[Centre]:
    """Return the user's centres, as the tree has them in order."""
    tree = site_of(request).tree
    return [one for one in tree.values() if is_theirs(request, one.code)]


def centre_of(request: web.Request, asked: str | None) -> CentreCode:
    """Return the centre asked for, or the user's own."""
    if not asked:
        return user_of(request).centre
    within(request, CentreCode(asked))
    return CentreCode(asked)


# Desks


def own_desk(request: web.Request) -> TelecallerId:
    """Return whose phone is the user's own. Raises HTTPNotFound for who has none."""
    own = user_of(request).telecaller_id
    if own is None:
        raise web.HTTPNotFound
    return own


# Campaigns, by the centres whose telecallers serve them; no centres: all


def sees_campaign(request: web.Request, served: Collection[CentreCode]) -> bool:
    """Say whether the campaign is there for the user."""
    return access.sees_campaign(user_of(request), served, site_of(request).tree)


def has_campaign(request: web.Request, served: Collection[CentreCode]) -> bool:
    """Say whether all of the campaign is the user's, so that they may change it."""
    return access.has_campaign(user_of(request), served, site_of(request).tree)


def must_have(request: web.Request, served: Collection[CentreCode]) -> None:
    """Go on only if they may change it. Raises HTTPNotFound, HTTPForbidden."""
    if not sees_campaign(request, served):
        raise web.HTTPNotFound
    if not has_campaign(request, served):
        raise web.HTTPForbidden(text="the campaign is not of your centre alone")


def may_start(
    request: web.Request, served: Collection[CentreCode], *, only_admin: bool
) -> bool:
    """Say whether the user may start or resume the campaign."""
    return has_campaign(request, served) and not is_bound(
        request, only_admin=only_admin
    )


def is_bound(request: web.Request, *, only_admin: bool) -> bool:
    """Say whether only an admin starts it, or changes that, and the user is none."""
    return only_admin and user_of(request).role is not Role.ADMIN


def must_start(
    request: web.Request, served: Collection[CentreCode], *, only_admin: bool
) -> None:
    """Go on only if they may start it. Raises HTTPNotFound, HTTPForbidden."""
    must_have(request, served)
    if not may_start(request, served, only_admin=only_admin):
        raise web.HTTPForbidden(text="only an admin starts this campaign")


def campaigns_of(
    request: web.Request, centre: CentreCode
) -> list[tuple[Campaign, CampaignState]]:
    """Return the campaigns that run or are paused, and concern the centre."""
    site = site_of(request)
    return [
        (one, state)
        for one, state in site.operations.floor.campaigns()
        if centre in places_concerned(one.centres, site.tree)
    ]


def reach_of(request: web.Request) -> Reach:
    """Return whom the user may mean by a campaign of theirs.

    A district's code is the last part of its centre's: MP.BPL.SEH serves SEH.
    """
    is_admin = user_of(request).role is Role.ADMIN
    centres = own_centres(request)
    if centres is None:
        return Reach(is_admin=is_admin)
    above = {one.parent for one in site_of(request).tree.values()}
    districts = {
        code.rpartition(".")[2]
        for code in centres
        if code not in above or code.count(".") >= 2
    }
    return Reach(frozenset(districts), centres, is_admin)


# Stops


def may_stop(request: web.Request, scope: StopScope, about: str) -> None:
    """Go on only if the user may stop, or start, this. Raises as said above."""
    match scope:
        case StopScope.ALL:
            if not sees_all(request):
                raise web.HTTPForbidden(text="only the whole organisation's")
        case StopScope.CENTRE:
            within(request, CentreCode(about))
        case StopScope.CAMPAIGN:
            _must_have_running(request, CampaignId(about))


def _must_have_running(request: web.Request, campaign_id: CampaignId) -> None:
    for campaign, _ in site_of(request).operations.floor.campaigns():
        if campaign.campaign_id == campaign_id:
            must_have(request, campaign.centres)
            return
    within(request, None)  # one that does not run: of the whole


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
