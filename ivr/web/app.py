"""The HTTP server: what it is made of, what an error looks like, where it listens."""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import Awaitable, Callable
from urllib.parse import quote
from weakref import WeakValueDictionary

import structlog
from aiohttp import hdrs, web
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

from ivr.core.access import May
from ivr.web import floor_api, handlers, patience
from ivr.web.api import (
    campaigns,
    desk_work,
    docs,
    erasures,
    list_imports,
    lists,
    practice,
    prompts,
    results,
    settings,
    users,
    webhooks,
)
from ivr.web.api.failures import OTHERWISE, SENTENCES, Failure, as_json, failure_of
from ivr.web.api.once import UNDER_WAY, once
from ivr.web.api.rate import ALLOWANCES, OF_A_TOKEN, OF_SPEECH, SPEECH, Allowances
from ivr.web.encode import answer
from ivr.web.floor_rows import ROWS, maker
from ivr.web.guard import guard, needs
from ivr.web.page import page, render
from ivr.web.pages import PAGES, floor, results_spoken, sign_in, softphone
from ivr.web.site import HOST, LANGUAGE, SITE, WHO, Site, host_of
from ivr.web.texts import Said
from ivr.web.tickets import Tickets

log = structlog.get_logger(__name__)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

API: tuple[web.RouteTableDef, ...] = (
    handlers.routes,
    floor_api.routes,
    desk_work.routes,
    practice.routes,
    campaigns.routes,
    lists.routes,
    erasures.routes,
    list_imports.routes,
    results.routes,
    prompts.routes,
    settings.routes,
    webhooks.routes,
    users.routes,
    docs.routes,
)
MAX_BODY = 256 * 1024  # bytes; the largest: a script of 6,000 Hindi letters of 9 bytes
# Nothing from another host, no script or style in the page itself: CSP level 3.
_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self' wss://HOST",  # not every browser's 'self' is wss too
        "media-src 'self' blob:",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "microphone=(self), camera=(), geolocation=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}


def make_app(site: Site, metrics: CollectorRegistry) -> web.Application:
    """Return the application: the pages, and the API for programs."""
    patience.answer_expectations()
    app = web.Application(
        middlewares=[patience.in_time, _errors, _only_https, guard, once, _errors],
        client_max_size=MAX_BODY,
    )
    app[SITE] = site
    app[sign_in.RATE] = sign_in.Rate()
    app[softphone.TICKETS] = Tickets()
    app[docs.MADE] = {}
    app[ALLOWANCES] = Allowances(OF_A_TOKEN)
    app[SPEECH] = Allowances(OF_SPEECH)
    app[results_spoken.HEARD] = results_spoken.Heard()
    app[floor.TURNS] = asyncio.Lock()
    app[ROWS] = maker(site.texts)
    app[UNDER_WAY] = WeakValueDictionary()
    for routes in (*API, *PAGES):
        app.add_routes(routes)
    app.router.add_get("/metrics", _metrics(metrics))
    app.on_response_prepare.append(_headers)
    return app


async def serve(app: web.Application, host: str, port: int) -> web.AppRunner:
    """Listen; the caller ends with `runner.cleanup()`. Raises OSError."""
    # A feed is open for hours: at the end it is cut, not waited for.
    runner = web.AppRunner(
        app,
        access_log=None,
        shutdown_timeout=2.0,
        keepalive_timeout=patience.IDLE_S,
        lingering_time=patience.LINGER_S,
        auto_decompress=False,  # nobody needs it, and a small body can become huge
        logger=patience.ServerLog(logging.getLogger("aiohttp.server")),
    )
    await runner.setup()
    await _listen(runner, host, port, None)
    return runner


async def stop(runner: web.AppRunner, *, at_once: bool) -> None:
    """End what `serve` began; `at_once`: without waiting for who is being answered."""
    if not at_once:
        await runner.cleanup()
    for site in list(runner.sites):
        await site.stop()


async def listen(
    runner: web.AppRunner, host: str, port: int, tls: ssl.SSLContext
) -> None:
    """Listen at one more address, encrypted. Raises OSError."""
    await _listen(runner, host, port, tls)


async def _listen(
    runner: web.AppRunner, host: str, port: int, tls: ssl.SSLContext | None
) -> None:
    for sock in await patience.listening(host, port):
        await web.SockSite(runner, sock, ssl_context=tls).start()


async def _headers(request: web.Request, response: web.StreamResponse) -> None:
    host = request.host if HOST.fullmatch(request.host) else "localhost"
    response.headers["Content-Security-Policy"] = _POLICY.replace("HOST", host)
    # What says nothing itself holds people's data, as far as we know here.
    response.headers.setdefault("Cache-Control", "no-store")
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if request.app[SITE].is_https:
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")


@web.middleware
async def _only_https(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Send pages asked for in the clear to where they are encrypted."""
    port = request.app[SITE].https_port
    if request.secure or not port or _is_program(request):
        return await handler(request)
    raise web.HTTPPermanentRedirect(
        f"https://{host_of(request)}:{port}{request.rel_url}"
    )


def _is_program(request: web.Request) -> bool:
    is_for_programs = request.path.startswith(("/api/", "/metrics", "/healthz"))
    return is_for_programs and request.path != docs.PAGE


def _metrics(registry: CollectorRegistry) -> Handler:
    @needs(May.SETTINGS)
    async def metrics(_request: web.Request) -> web.Response:
        return web.Response(
            body=generate_latest(registry),
            headers={"Content-Type": CONTENT_TYPE_LATEST},
        )

    return metrics


@web.middleware
async def _errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Every failure has a status, a stable error_id and a message."""
    try:
        return await handler(request)
    except web.HTTPRedirection:
        raise
    except ConnectionError:
        raise  # who asked has gone: nobody is there to be told anything
    except Exception as exc:
        failure = failure_of(exc)
        if failure.status == 500:
            log.exception("Request failed", path=request.path)
        return _failed(request, failure)


def _failed(request: web.Request, failure: Failure) -> web.StreamResponse:
    if not _wants_page(request):
        response = answer(as_json(request, failure), status=failure.status)
        response.headers.update(failure.headers)
        return response
    if failure.status == 401:
        return _to_sign_in(request)
    if request.headers.get("HX-Request"):
        text = render(request, "failure.html", said=_shown(request, failure))
        return web.Response(text=text, status=failure.status, content_type="text/html")
    response = page(
        request,
        "error.html",
        status=failure.status,
        failure=failure.error_id,
        said=_shown(request, failure),
        code=failure.status,
    )
    response.headers.update(failure.headers)
    return response


def _shown(request: web.Request, failure: Failure) -> Said:
    """Return what a person reads: in general first, where the rest is not known."""
    texts = request.app[SITE].texts.of(request[LANGUAGE])
    general = SENTENCES.get(failure.error_id, OTHERWISE)
    if failure.error_id == "bad_input" or texts.known(failure.said.message):
        return failure.said
    return Said(general, remedy=failure.message)


def _wants_page(request: web.Request) -> bool:
    """Say whether a person waits for the answer, and we know their language."""
    has_token = WHO in request and request[WHO].session is None
    return LANGUAGE in request and not _is_program(request) and not has_token


def _to_sign_in(request: web.Request) -> web.StreamResponse:
    """Send a browser to where one signs in, and back to here afterwards."""
    if request.headers.get("HX-Request"):
        return web.Response(status=204, headers={"HX-Redirect": "/sign-in"})
    if request.headers.get(hdrs.ACCEPT, "").startswith("text/event-stream"):
        return web.Response(status=204)  # an EventSource stops asking: HTML, 9.2.3
    back = quote(request.rel_url.path_qs) if request.method == "GET" else "/"
    return web.Response(status=303, headers={"Location": f"/sign-in?next={back}"})
