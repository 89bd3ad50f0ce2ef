"""The phone in the page: its account, and the wire between browser and switch.

The wire goes through the site's own address: one certificate to trust, one port to
open, and nobody reaches the switch who has not signed in. It carries SIP only; the
voice goes straight to the switch.
"""

from __future__ import annotations

import asyncio
import contextlib
from urllib.parse import urlsplit

import aiohttp
import structlog
from aiohttp import WSMsgType, web

from ivr.core.access import May
from ivr.core.model import TelecallerId
from ivr.errors import StoreUnavailable
from ivr.web.encode import answer
from ivr.web.guard import needs
from ivr.web.site import WHO, Phones, Site, Who, site_of
from ivr.web.whose import own_desk

log = structlog.get_logger(__name__)

routes = web.RouteTableDef()

SIP = "sip"  # the WebSocket's subprotocol: RFC 7118
MOST_BYTES = 64 * 1024
CONNECT_S = 3.0
STILL_WELCOME_S = 10.0

Wire = web.WebSocketResponse | aiohttp.ClientWebSocketResponse


def _phones(request: web.Request) -> tuple[Phones, TelecallerId]:
    phones = site_of(request).phones
    if phones is None:
        raise web.HTTPNotFound
    return phones, own_desk(request)


@routes.get("/desk/phone")
@needs(May.DESK, May.SPY)
async def account(request: web.Request) -> web.StreamResponse:
    """What one's own page needs for its phone: a telecaller's, or an in-charge's."""
    phones, own = _phones(request)
    found = phones.account_of(own)
    if found is None:
        raise web.HTTPNotFound
    response = answer(found)
    response.headers["Cache-Control"] = "no-store"
    return response


@routes.get("/phone")
@needs(May.DESK, May.SPY)
async def wire(request: web.Request) -> web.StreamResponse:
    """SIP over WebSocket, handed on to the switch and back."""
    phones, _ = _phones(request)
    _is_our_page(request)
    here = web.WebSocketResponse(
        protocols=(SIP,), max_msg_size=MOST_BYTES, heartbeat=20.0
    )
    try:
        async with aiohttp.ClientSession() as http, asyncio.timeout(CONNECT_S) as slow:
            async with http.ws_connect(
                phones.server,
                protocols=(SIP,),
                ssl=phones.tls,
                max_msg_size=MOST_BYTES,
            ) as there:
                slow.reschedule(None)
                await here.prepare(request)
                await _carry(here, there, site_of(request), request[WHO])
    except (aiohttp.ClientError, TimeoutError, ConnectionError) as exc:
        log.warning("No wire to the switch's phones", error=str(exc))
        if not here.prepared:
            raise web.HTTPServiceUnavailable from exc
    return here


def _is_our_page(request: web.Request) -> None:
    """A WebSocket is opened by whatever page: only by ours. Raises HTTPForbidden."""
    origin = request.headers.get("Origin", "")
    if urlsplit(origin).netloc != request.host:
        raise web.HTTPForbidden(text="opened by another site's page")


async def _carry(here: Wire, there: Wire, site: Site, who: Who) -> None:
    """Carry both ways until either side ends, or the session does."""
    ways = [
        asyncio.create_task(_hand_on(here, there)),
        asyncio.create_task(_hand_on(there, here)),
        asyncio.create_task(_while_welcome(site, who)),
    ]
    try:
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for way in ways:
            way.cancel()
        await asyncio.gather(*ways, return_exceptions=True)
        with contextlib.suppress(ConnectionError):
            await asyncio.gather(here.close(), there.close())


async def _hand_on(source: Wire, target: Wire) -> None:
    async for message in source:
        if message.type is WSMsgType.TEXT:
            await target.send_str(message.data)
        elif message.type is WSMsgType.BINARY:
            await target.send_bytes(message.data)


async def _while_welcome(site: Site, who: Who) -> None:
    """Return when the session has been ended."""
    while who.session is not None:
        await asyncio.sleep(STILL_WELCOME_S)
        try:
            if await site.users.still(who.session) is None:
                return
        except StoreUnavailable:
            continue  # nobody is put off their line because the database is away
    await asyncio.Event().wait()
