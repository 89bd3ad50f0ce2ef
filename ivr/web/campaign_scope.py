"""Which campaigns somebody sees, may change, and may make: by centres of the tree."""

from __future__ import annotations

from collections.abc import Sequence

from aiohttp import web

from ivr.controller.campaign_workshop import EVERYTHING, CampaignSheet, Reach
from ivr.core.access import Role, sees, subtree
from ivr.core.model import Campaign, CentreCode
from ivr.web.site import site_of, user_of


def sees_all(request: web.Request) -> bool:
    """Say whether the user's centre is the root of the tree."""
    return sees(user_of(request), None, site_of(request).tree)


def is_seen(request: web.Request, centres: Sequence[CentreCode]) -> bool:
    """Say whether any of a campaign's telecallers are the user's; no centres: all."""
    user, tree = user_of(request), site_of(request).tree
    return not centres or any(sees(user, one, tree) for one in centres)


def is_whole(request: web.Request, centres: Sequence[CentreCode]) -> bool:
    """Say whether all of a campaign is the user's, so that it may be changed."""
    user, tree = user_of(request), site_of(request).tree
    if sees_all(request):
        return True
    return bool(centres) and all(sees(user, one, tree) for one in centres)


def may_start(request: web.Request, campaign: Campaign) -> bool:
    """Say whether the user may start or resume it."""
    is_admin = user_of(request).role is Role.ADMIN
    whole = is_whole(request, campaign.centres)
    return whole and (is_admin or not campaign.only_admin_starts)


def whole(request: web.Request, sheet: CampaignSheet | None) -> CampaignSheet:
    """Return the campaign if it may be changed. Raises HTTPNotFound, HTTPForbidden."""
    if sheet is None or not is_seen(request, sheet.campaign.centres):
        raise web.HTTPNotFound
    if not is_whole(request, sheet.campaign.centres):
        raise web.HTTPForbidden(text="the campaign is not of your centre alone")
    return sheet


def reach_of(request: web.Request) -> Reach:
    """Return whom the user may mean by a campaign of theirs.

    A district's code is the last part of its centre's: MP.BPL.SEH serves SEH.
    """
    if sees_all(request):
        return EVERYTHING
    tree = site_of(request).tree
    centres = subtree(user_of(request).centre, tree)
    above = {one.parent for one in tree.values()}
    districts = {
        code.rpartition(".")[2]
        for code in centres
        if code not in above or code.count(".") >= 2
    }
    return Reach(frozenset(districts), centres)
