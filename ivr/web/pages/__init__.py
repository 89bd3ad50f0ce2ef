"""The pages, one module for each part of the screens."""

from __future__ import annotations

from aiohttp import web

from ivr.web.pages import (
    audit,
    desk,
    floor,
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
    people.routes,
    audit.routes,
    results.routes,
    results_spoken.routes,
)
