"""The pages, one module for each part of the screens."""

from __future__ import annotations

from aiohttp import web

from ivr.web.pages import audit, home, me, people, sign_in, static

PAGES: tuple[web.RouteTableDef, ...] = (
    static.routes,
    sign_in.routes,
    home.routes,
    me.routes,
    people.routes,
    audit.routes,
)
