"""The HTTP server: what it is made of, what an error looks like, where it listens."""

from __future__ import annotations

import ssl
from collections.abc import Awaitable, Callable
from urllib.parse import quote

import structlog
from aiohttp import hdrs, web
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

from ivr.core.access import May
from ivr.errors import BadInput, OurBug, SamvadError, StoreUnavailable, SwitchGone
from ivr.web import handlers
from ivr.web.encode import answer
from ivr.web.guard import guard, needs
from ivr.web.page import page, render
from ivr.web.pages import PAGES, sign_in
from ivr.web.site import LANGUAGE, SITE, WHO, Site

log = structlog.get_logger(__name__)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

MAX_BODY = 64 * 1024  # bytes; the largest request is a note of 2,000 letters
# Nothing from another host, no script or style in the page itself: CSP level 3.
POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "media-src 'self' blob:",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "microphone=(self), camera=(), geolocation=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}


def make_app(site: Site, metrics: CollectorRegistry) -> web.Application:
    """Return the application: the pages, and the API for programs."""
    app = web.Application(middlewares=[_errors, guard], client_max_size=MAX_BODY)
    app[SITE] = site
    app[sign_in.RATE] = sign_in.Rate()
    app.add_routes(handlers.routes)
    for routes in PAGES:
        app.add_routes(routes)
    app.router.add_get("/metrics", _metrics(metrics))
    app.on_response_prepare.append(_headers)
    return app


async def serve(
    app: web.Application, host: str, port: int, tls: ssl.SSLContext | None = None
) -> web.AppRunner:
    """Listen; the caller ends with `runner.cleanup()`. Raises OSError."""
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, host, port, ssl_context=tls).start()
    return runner


async def _headers(request: web.Request, response: web.StreamResponse) -> None:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if request.app[SITE].is_https:
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")


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
    except web.HTTPException as exc:
        return _failed(request, exc.status, _id_of(exc), _said(exc))
    except BadInput as exc:
        return _failed(request, 400, "bad_input", str(exc))
    except (SwitchGone, StoreUnavailable) as exc:
        return _failed(request, 503, type(exc).__name__, str(exc))
    except Exception as exc:
        if isinstance(exc, SamvadError) and not isinstance(exc, OurBug):
            return _failed(request, 409, type(exc).__name__, str(exc))
        log.exception("Request failed", path=request.path)
        return _failed(
            request, 500, "our_bug", "something went wrong; it is in the log"
        )


def _id_of(exc: web.HTTPException) -> str:
    known = {401: "not_signed_in", 403: "not_allowed"}
    return known.get(exc.status, exc.reason.lower().replace(" ", "_"))


def _said(exc: web.HTTPException) -> str:
    if exc.status == 401:
        return "a valid bearer token is needed"
    own = exc.text and not exc.text.startswith(f"{exc.status}")
    return str(exc.text) if own else exc.reason


def _failed(
    request: web.Request, status: int, error_id: str, message: str
) -> web.StreamResponse:
    if not _wants_page(request):
        return answer({"error_id": error_id, "message": message}, status=status)
    if status == 401:
        return _to_sign_in(request)
    if request.headers.get("HX-Request"):
        text = render(request, "failure.html", said=message)
        return web.Response(text=text, status=status, content_type="text/html")
    return page(
        request,
        "error.html",
        status=status,
        failure=error_id,
        said=message,
        code=status,
    )


def _wants_page(request: web.Request) -> bool:
    """Say whether a person waits for the answer, and we know their language."""
    is_program = request.path.startswith(("/api/", "/metrics", "/healthz"))
    has_token = WHO in request and request[WHO].session is None
    return LANGUAGE in request and not is_program and not has_token


def _to_sign_in(request: web.Request) -> web.StreamResponse:
    """Send a browser to where one signs in, and back to here afterwards."""
    if request.headers.get("HX-Request"):
        return web.Response(status=204, headers={"HX-Redirect": "/sign-in"})
    if request.headers.get(hdrs.ACCEPT, "").startswith("text/event-stream"):
        return web.Response(status=204)  # an EventSource stops asking: HTML, 9.2.3
    back = quote(request.rel_url.path_qs) if request.method == "GET" else "/"
    return web.Response(status=303, headers={"Location": f"/sign-in?next={back}"})
