"""Server-Sent Events: parts of a page as they change, for as long as it is open.

The feed carries states, not deltas: after a drop the browser says which parts it has
(Last-Event-ID) and gets those that differ, so nothing can be missed. A beat every few
seconds tells it that silence is no failure. HTML Living Standard, 9.2.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from typing import TypeVar

import structlog
from aiohttp import web

from ivr.errors import SamvadError, StoreUnavailable

log = structlog.get_logger(__name__)

BEAT_S = 5.0
MAX_ID = 2_000  # letters that we take back as Last-Event-ID

T = TypeVar("T")
Parts = Mapping[str, str]  # a part's name to what it now holds


async def feed(
    request: web.Request,
    parts: Callable[[], Awaitable[Parts]],
    changed: Callable[[float], Awaitable[object]],
    is_welcome: Callable[[], Awaitable[bool]],
) -> web.StreamResponse:
    """Send parts until the browser goes, or is not welcome any more.

    `changed(seconds)` returns when something may have changed, or after so long.
    """
    response = web.StreamResponse(
        headers={
            "Content-Type": "text/event-stream; charset=utf-8",
            "Cache-Control": "no-store",
            "X-Accel-Buffering": "no",
        }
    )
    # A page that opens a new feed by itself cannot set the header: it says ?has=.
    said = request.headers.get("Last-Event-ID") or request.query.get("has", "")
    has = _ids(said[:MAX_ID])
    try:
        await response.prepare(request)
        async for text in _events(parts, changed, is_welcome, has):
            await response.write(text.encode())
    except ConnectionError:
        pass  # the browser has gone
    except SamvadError as exc:
        # The stream has begun, so no other answer can follow: the browser asks again.
        log.warning("A feed ended early", path=request.path, error=str(exc))
    return response


async def _events(
    parts: Callable[[], Awaitable[Parts]],
    changed: Callable[[float], Awaitable[object]],
    is_welcome: Callable[[], Awaitable[bool]],
    has: dict[str, str],
) -> AsyncIterator[str]:
    loop = asyncio.get_running_loop()
    beat_at = loop.time()
    shown: dict[str, str] = {}
    while True:
        now: Parts = await _while_it_is_there(parts, dict(shown))
        # In one piece: a page of many parts is one packet, not one for each.
        text = "".join(
            _event(name, now[name], _id(has)) for name in _newer(now, shown, has)
        )
        if text:
            yield text
        if loop.time() >= beat_at:
            if not await _while_it_is_there(is_welcome, True):
                yield _event("goodbye", "", _id(has))
                return
            yield _event("beat", "", _id(has))
            beat_at = loop.time() + BEAT_S
        await changed(max(0.0, beat_at - loop.time()))


async def _while_it_is_there(ask: Callable[[], Awaitable[T]], otherwise: T) -> T:
    """Return the answer, or `otherwise` while the database is away.

    The feed goes on meanwhile: what a page shows must not fall with the database.
    """
    try:
        return await ask()
    except StoreUnavailable as exc:
        log.warning("A feed goes on without the database", error=str(exc))
        return otherwise


def _newer(now: Parts, shown: dict[str, str], has: dict[str, str]) -> Iterator[str]:
    """Yield the names of parts that the browser has not, and note that it has them."""
    for name, held in now.items():
        if shown.get(name) == held:
            continue  # nearly always the same string, so nothing is compared or hashed
        shown[name] = held
        version = _version(held)
        if has.get(name) != version:
            has[name] = version
            yield name


def _event(name: str, data: str, event_id: str) -> str:
    lines = "".join(f"data: {line}\n" for line in data.splitlines() or [""])
    return f"id: {event_id}\nevent: {name}\n{lines}\n"


def _version(held: str) -> str:
    return hashlib.blake2b(held.encode(), digest_size=6).hexdigest()


def _id(has: Mapping[str, str]) -> str:
    return ",".join(f"{name}={version}" for name, version in has.items())


def _ids(text: str) -> dict[str, str]:
    pairs = (pair.partition("=") for pair in text.split(","))
    return {name: version for name, _, version in pairs if name and version}
