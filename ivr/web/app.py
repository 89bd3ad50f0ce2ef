"""The HTTP server: who may ask, what an error looks like, where it listens."""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable

import structlog
from aiohttp import web
from aiohttp.typedefs import Middleware
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

from ivr.controller.operations import Operations
from ivr.errors import BadInput, OurBug, SamvadError, StoreUnavailable, SwitchGone
from ivr.web.encode import answer
from ivr.web.handlers import OPERATIONS, routes

log = structlog.get_logger(__name__)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

OPEN_PATHS = frozenset({"/healthz"})
MAX_BODY = 64 * 1024  # bytes; the largest request is a note of 2,000 letters


def make_app(
    operations: Operations, token: str, metrics: CollectorRegistry
) -> web.Application:
    """Return the application; every path but /healthz needs the bearer `token`."""
    app = web.Application(
        middlewares=[_errors, _only_with(token)], client_max_size=MAX_BODY
    )
    app[OPERATIONS] = operations
    app.add_routes(routes)
    app.router.add_get("/metrics", _metrics(metrics))
    return app


async def serve(app: web.Application, host: str, port: int) -> web.AppRunner:
    """Listen; the caller ends with `runner.cleanup()`. Raises OSError."""
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, host, port).start()
    return runner


def _metrics(registry: CollectorRegistry) -> Handler:
    async def metrics(_request: web.Request) -> web.Response:
        return web.Response(
            body=generate_latest(registry),
            headers={"Content-Type": CONTENT_TYPE_LATEST},
        )

    return metrics


def _only_with(token: str) -> Middleware:
    @web.middleware
    async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
        given = request.headers.get("Authorization", "").removeprefix("Bearer ")
        # aiohttp hands bytes that are no UTF-8 on as lone surrogates.
        as_sent = given.encode("utf-8", "surrogateescape")
        allowed = hmac.compare_digest(as_sent, token.encode())
        if request.path not in OPEN_PATHS and not allowed:
            return _error(401, "not_signed_in", "a valid bearer token is needed")
        return await handler(request)

    return check


@web.middleware
async def _errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Every failure is JSON with a status, a stable error_id and a message."""
    try:
        return await handler(request)
    except web.HTTPException as exc:
        return _error(exc.status, exc.reason.lower().replace(" ", "_"), exc.reason)
    except BadInput as exc:
        return _error(400, "bad_input", str(exc))
    except (SwitchGone, StoreUnavailable) as exc:
        return _error(503, type(exc).__name__, str(exc))
    except Exception as exc:
        if isinstance(exc, SamvadError) and not isinstance(exc, OurBug):
            return _error(409, type(exc).__name__, str(exc))
        log.exception("Request failed", path=request.path)
        return _error(500, "our_bug", "something went wrong; it is in the log")


def _error(status: int, error_id: str, message: str) -> web.Response:
    return answer({"error_id": error_id, "message": message}, status=status)
