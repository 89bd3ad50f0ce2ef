"""Signing in and out."""

from __future__ import annotations

import time
from collections import OrderedDict

from aiohttp import web

from ivr.controller.users import SESSION_LASTS, Refusal
from ivr.core.access import May
from ivr.web.guard import (
    LANGUAGE_COOKIE,
    give_cookie,
    needs,
    open_to_all,
    take_cookie,
)
from ivr.web.page import page
from ivr.web.site import WHO, address_of, site_of, user_of
from ivr.web.texts import LANGUAGES

routes = web.RouteTableDef()

# A centre's telecallers share one address: 30 tries in 5 minutes serve a shift's
# start; a guesser of many names is slowed.
TRIES_OF_ADDRESS = 30
SPAN_S = 300.0
ADDRESSES = 10_000


class Rate:
    """How often each address tried lately. Bounded: the oldest are forgotten."""

    def __init__(self) -> None:
        self._tries: OrderedDict[str, list[float]] = OrderedDict()

    def is_too_often(self, address: str, now_s: float) -> bool:
        """Count a try, and say whether it is one too many."""
        tries = [at for at in self._tries.pop(address, []) if now_s - at < SPAN_S]
        tries.append(now_s)
        self._tries[address] = tries[-TRIES_OF_ADDRESS - 1 :]
        while len(self._tries) > ADDRESSES:
            self._tries.popitem(last=False)
        return len(tries) > TRIES_OF_ADDRESS


RATE: web.AppKey[Rate] = web.AppKey("sign_in_rate")


def _rate(request: web.Request) -> Rate:
    return request.app[RATE]


@routes.get("/sign-in")
@open_to_all
async def form(request: web.Request) -> web.StreamResponse:
    if WHO in request:
        raise web.HTTPSeeOther(_next(request.query.get("next", "")))
    return page(request, "sign_in.html", next=_next(request.query.get("next", "")))


@routes.post("/sign-in")
@open_to_all
async def sign_in(request: web.Request) -> web.StreamResponse:
    site, given = site_of(request), await request.post()
    back = _next(str(given.get("next", "")))
    name = str(given.get("user_id", ""))
    if _rate(request).is_too_often(address_of(request), time.monotonic()):
        return page(
            request, "sign_in.html", status=429, next=back, name=name, is_rate=True
        )
    tried = await site.users.sign_in(
        name,
        str(given.get("password", "")),
        address=address_of(request),
        browser=request.headers.get("User-Agent", ""),
    )
    if isinstance(tried, Refusal):
        until = tried.held_until
        wait_s = (until - site.now()).total_seconds() if until else 0.0
        return page(
            request,
            "sign_in.html",
            status=429 if until else 401,
            next=back,
            name=name,
            is_wrong=True,
            wait_s=max(0.0, wait_s),
        )
    response = web.Response(status=303, headers={"Location": back})
    give_cookie(response, site, tried.cookie, int(SESSION_LASTS.total_seconds()))
    return response


@routes.post("/sign-out")
@needs(May.SELF)
async def sign_out(request: web.Request) -> web.StreamResponse:
    site, who = site_of(request), request[WHO]
    if who.session is not None:
        await site.users.sign_out(who.session, user_of(request))
    response = web.Response(status=303, headers={"Location": "/sign-in"})
    take_cookie(response, site)
    return response


@routes.post("/language/{language}")
@open_to_all
async def language(request: web.Request) -> web.StreamResponse:
    """Choose the screens' language; kept with the user, or in a cookie before."""
    chosen = request.match_info["language"]
    if chosen not in LANGUAGES:
        raise web.HTTPNotFound
    given = await request.post()
    back = _next(str(given.get("next", "")))
    response = web.Response(status=303, headers={"Location": back})
    who = request.get(WHO)
    if who is not None and who.session is not None:
        await site_of(request).users.set_language(who.user, chosen)
    response.set_cookie(
        LANGUAGE_COOKIE,
        chosen,
        max_age=31_536_000,
        path="/",
        secure=site_of(request).is_https,
        samesite="Lax",
    )
    return response


def _next(path: str) -> str:
    """Return where to go: a path of ours, never another host."""
    is_ours = path.startswith("/") and path[1:2] not in ("/", "\\")
    return path if is_ours and path.isprintable() and "\\" not in path else "/"
