"""The pages, one module for each part of the screens."""

from __future__ import annotations

from aiohttp import web

from ivr.web import flow_api, trial_call_api
from ivr.web.pages import (
    audit,
    campaign_wizard,
    campaigns,
    desk,
    do_not_call,
    erasures,
    floor,
    flows,
    home,
    hooks,
    list_imports,
    lists,
    me,
    people,
    phone,
    practice,
    programs,
    prompts,
    results,
    results_spoken,
    settings,
    sign_in,
    softphone,
    static,
    trust,
)

PAGES: tuple[web.RouteTableDef, ...] = (
    static.routes,
    sign_in.routes,
    trust.routes,
    home.routes,
    me.routes,
    desk.routes,
    practice.routes,
    phone.routes,
    softphone.routes,
    floor.routes,
    flows.routes,
    flow_api.routes,
    trial_call_api.routes,
    people.routes,
    campaigns.routes,
    campaign_wizard.routes,
    prompts.routes,
    settings.routes,
    programs.routes,
    hooks.routes,
    audit.routes,
    results.routes,
    results_spoken.routes,
    do_not_call.routes,  # before the lists: its name is no list's
    erasures.routes,
    list_imports.routes,
    lists.routes,
)
