"""Who is let in: every route says what it needs, and a route that says nothing is shut.

A browser comes with a cookie and, for whatever changes something, the CSRF token of
its session. A program comes with a bearer token. Nothing is decided here but that:
what a role may do is core.access.
"""

from __future__ import annotations

import codecs
import hmac
from collections.abc import Awaitable, Callable
from typing import TypeVar
from urllib.parse import urlsplit

from aiohttp import hdrs, web

from ivr.core.access import May, Role, User, UserId, grants
from ivr.core.organisation import Tree
from ivr.errors import BadInput
from ivr.web.api.rate import take_request
from ivr.web.site import LANGUAGE, SITE, WHO, Site, Who
from ivr.web.texts import LANGUAGES

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
H = TypeVar("H", bound=Callable[..., Awaitable[web.StreamResponse]])

COOKIE = "__Host-samvad"  # only by HTTPS, only this host: RFC 6265bis, 4.1.3.2
PLAIN_COOKIE = "samvad"  # without HTTPS, in tests
LANGUAGE_COOKIE = "samvad-language"
SAFE = frozenset({hdrs.METH_GET, hdrs.METH_HEAD, hdrs.METH_OPTIONS})
FOR_PROGRAMS = ("/api/v1/", "/metrics", "/healthz")
OPEN: frozenset[May] = frozenset()
_NEEDS = "samvad_needs"


def needs(*what: May) -> Callable[[H], H]:
    """Say what a route needs: any one of these."""

    def mark(handler: H) -> H:
        setattr(handler, _NEEDS, frozenset(what))
        return handler

    return mark


def open_to_all(handler: H) -> H:
    """Say that a route is for those too who have not signed in."""
    setattr(handler, _NEEDS, OPEN)
    return handler


def needs_of(handler: object) -> frozenset[May] | None:
    """Return what a route needs; empty: nothing; None: nobody said, so it is shut."""
    return getattr(handler, _NEEDS, None)


@web.middleware
async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Let in who may come in. Raises HTTPUnauthorized, HTTPForbidden."""
    site = request.app[SITE]
    request[LANGUAGE] = _language(request, None)  # should the database be away
    who = await _who(request, site)
    request[LANGUAGE] = _language(request, who)
    if who is not None:
        request[WHO] = who
    if request.match_info.http_exception is not None:
        if who is None:
            raise web.HTTPUnauthorized  # who is nobody learns of no page
        raise request.match_info.http_exception  # no such page, or method
    _is_plain(request)
    needed = needs_of(request.match_info.handler)
    if needed is None:
        raise web.HTTPForbidden
    if who is not None and who.token and not request.path.startswith(FOR_PROGRAMS):
        raise web.HTTPForbidden(text="a token is for the API, not for pages")
    if request.method not in SAFE:
        await _is_ours(request, who)
    if needed == OPEN:
        return await handler(request)
    if who is None:
        raise web.HTTPUnauthorized
    if not needed & grants(who.user):
        raise web.HTTPForbidden
    if who.session is not None:
        await site.users.seen(who.session)
    return await handler(request)


async def _who(request: web.Request, site: Site) -> Who | None:
    given = request.headers.get(hdrs.AUTHORIZATION)
    if given is not None:
        return await _program(request, given.removeprefix("Bearer "), site)
    found = await site.users.who(request.cookies.get(cookie_name(site), ""))
    return Who(found[1], found[0]) if found else None


async def _program(request: web.Request, token: str, site: Site) -> Who | None:
    # aiohttp hands bytes that are no UTF-8 on as lone surrogates.
    as_sent = token.encode("utf-8", "surrogateescape")
    if hmac.compare_digest(as_sent, site.token.encode()):
        return Who(_operator(site.tree), None)
    found = await site.programs.who(token)
    if found is None:
        return None
    token_id = found[0].token_id
    take_request(request, token_id)
    return Who(found[1], None, token_id)


def _operator(tree: Tree) -> User:
    """Return the user that this machine's command line is: an admin of everything."""
    root = next((code for code, one in tree.items() if one.parent is None), None)
    assert root is not None, "a tree has a root"
    return User(UserId("dialer.py"), "dialer.py", Role.ADMIN, root)


def _is_plain(request: web.Request) -> None:
    """Refuse bodies that need more unpacking than ours ever do. Raises BadInput."""
    try:
        codecs.lookup(request.charset or "utf-8")
    except LookupError as exc:
        raise BadInput("the body is in an unknown character set") from exc
    coding = request.headers.get(hdrs.CONTENT_ENCODING, "identity")
    if coding != "identity" or request.content_type.startswith("multipart/"):
        raise BadInput(
            "compressed bodies and multipart forms are not taken",
            remedy="send the body as it is",
        )


async def _is_ours(request: web.Request, who: Who | None) -> None:
    """Refuse what another site's page made a browser send. Raises HTTPForbidden."""
    if who is not None and who.session is None:
        return  # a program: nobody can make it send its token
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in (
        "same-origin",
        "none",
    ):
        raise web.HTTPForbidden(text="sent by another site's page")
    origin = request.headers.get(hdrs.ORIGIN)  # of browsers that say no more
    if origin is not None and _host_in(origin) != request.host:
        raise web.HTTPForbidden(text="sent by another site's page")
    if who is None or who.session is None:
        return  # signing in; there is no session to misuse
    given = request.headers.get("X-CSRF-Token")
    if given is None and request.content_type == "application/x-www-form-urlencoded":
        given = str((await request.post()).get("csrf", ""))
    as_sent = (given or "").encode("utf-8", "surrogateescape")
    if not hmac.compare_digest(as_sent, who.session.csrf.encode()):
        raise web.HTTPForbidden(text="the page is too old: load it again")


def _host_in(origin: str) -> str:
    try:
        return urlsplit(origin).netloc
    except ValueError:  # http://[::1
        return ""


def _language(request: web.Request, who: Who | None) -> str:
    if who is not None and who.session is not None:
        return who.user.language
    wanted = request.cookies.get(LANGUAGE_COOKIE, "")
    return wanted if wanted in LANGUAGES else LANGUAGES[0]


def cookie_name(site: Site) -> str:
    return COOKIE if site.is_https else PLAIN_COOKIE


def give_cookie(
    response: web.StreamResponse, site: Site, value: str, max_age_s: int
) -> None:
    """Set the session's cookie."""
    response.set_cookie(
        cookie_name(site),
        value,
        max_age=max_age_s,
        path="/",
        secure=site.is_https,
        httponly=True,
        samesite="Lax",  # Strict would sign out whoever follows a link from a mail
    )


def take_cookie(response: web.StreamResponse, site: Site) -> None:
    response.del_cookie(
        cookie_name(site), path="/", secure=site.is_https, httponly=True, samesite="Lax"
    )
