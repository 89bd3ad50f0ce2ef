"""The pages, one module for each part of the screens."""

from __future__ import annotations

from aiohttp import web

from ivr.web import flow_api
from ivr.web.pages import (
    audit,
    campaign_wizard,
    campaigns,
    desk,
    floor,
    flows,
    home,
    me,
    people,
    phone,
    results,
    results_spoken,
    sign_in,
    static,
)

PAGES: tuple[web.RouteTableDef, ...] = (
    static.routes,
    sign_in.routes,
    home.routes,
    me.routes,
    desk.routes,
    phone.routes,
    floor.routes,
    flows.routes,
    flow_api.routes,
    people.routes,
    campaigns.routes,
    campaign_wizard.routes,
    audit.routes,
    results.routes,
    results_spoken.routes,
)
