"""One's own page: password, language, and where one is signed in."""

from __future__ import annotations

import time

from aiohttp import web

from ivr.core.access import May
from ivr.errors import BadInput
from ivr.web.guard import needs, take_cookie
from ivr.web.page import page
from ivr.web.pages.sign_in import RATE
from ivr.web.site import WHO, site_of, user_of
from ivr.web.texts import parts_of

routes = web.RouteTableDef()


@routes.get("/me")
@needs(May.SELF)
async def me(request: web.Request) -> web.StreamResponse:
    return await _page(request)


async def _page(
    request: web.Request, *, status: int = 200, **values: object
) -> web.Response:
    site, user = site_of(request), user_of(request)
    sessions = await site.users.store.sessions_of(user.user_id)
    return page(
        request,
        "me.html",
        status=status,
        sessions=sessions,
        own=request[WHO].session,
        centre=site.tree.get(user.centre),
        **values,
    )


@routes.post("/me/password")
@needs(May.SELF)
async def password(request: web.Request) -> web.StreamResponse:
    """Change one's password. Whoever else is signed in by the old one is out."""
    site, user, given = site_of(request), user_of(request), await request.post()
    # Whoever sits down at an open page must not guess on.
    if request.app[RATE].is_too_often(f"user {user.user_id}", time.monotonic()):
        return await _page(request, status=429, problem="rate")
    if not await site.users.is_right(user, str(given.get("present", ""))):
        return await _page(request, status=400, problem="present")
    wanted = str(given.get("wanted", ""))
    if wanted != str(given.get("again", "")):
        return await _page(request, status=400, problem="again")
    try:
        await site.users.set_password(user, wanted, by=user.user_id)
    except BadInput as exc:
        return await _page(request, status=400, problem="weak", why=parts_of(exc))
    response = web.Response(status=303, headers={"Location": "/sign-in"})
    take_cookie(response, site)
    return response


@routes.post("/me/sign-out-everywhere")
@needs(May.SELF)
async def sign_out_everywhere(request: web.Request) -> web.StreamResponse:
    """End all of one's sessions but this one."""
    site, who = site_of(request), request[WHO]
    here = who.session.key if who.session else ""
    await site.users.sign_out_everywhere(who.user, by=who.user, but=here)
    raise web.HTTPSeeOther("/me")
