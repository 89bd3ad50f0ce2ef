"""The first page: straight to where one works."""

from __future__ import annotations

from aiohttp import web

from ivr.core.access import May
from ivr.web.guard import needs
from ivr.web.page import MENU, there
from ivr.web.site import may_do

routes = web.RouteTableDef()


@routes.get("/")
@needs(May.SELF)
async def home(request: web.Request) -> web.StreamResponse:
    present = there(request.app)
    for place in MENU:
        if place.path in present and may_do(request, place.may):
            raise web.HTTPSeeOther(place.path)
    raise web.HTTPSeeOther("/me")
