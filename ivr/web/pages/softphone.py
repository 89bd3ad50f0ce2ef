"""The settings of one's own softphone: to type, and as a code for Linphone to scan.

The code is a link that opens once, within ten minutes, without signing in: the
softphone that scans it has no session. Who shows a password or a code is in the
audit log.
"""

from __future__ import annotations

import segno
from aiohttp import web

from ivr.core.access import May
from ivr.core.model import TelecallerId
from ivr.core.softphone import Softphone
from ivr.web.guard import needs, open_to_all
from ivr.web.lpconfig import lpconfig
from ivr.web.page import page
from ivr.web.site import WHO, host_of, note, site_of
from ivr.web.tickets import LASTS, Tickets
from ivr.web.whose import own_desk

routes = web.RouteTableDef()

TICKETS: web.AppKey[Tickets] = web.AppKey("softphone_tickets")


def _softphone(request: web.Request, whose: TelecallerId) -> Softphone:
    """Return the settings. Raises HTTPNotFound for who has no phone here."""
    phones = site_of(request).phones
    found = None if phones is None else phones.softphone_of(whose, host_of(request))
    if found is None:
        raise web.HTTPNotFound
    return found


def _page(request: web.Request, *, status: int = 200, **values: object) -> web.Response:
    phone = _softphone(request, own_desk(request))
    return page(
        request,
        "softphone.html",
        status=status,
        phone=phone,
        minutes=int(LASTS.total_seconds() // 60),
        **values,
    )


@routes.get("/desk/softphone")
@needs(May.DESK, May.SPY)
async def softphone(request: web.Request) -> web.StreamResponse:
    return _page(request)


@routes.post("/desk/softphone/password")
@needs(May.DESK, May.SPY)
async def password(request: web.Request) -> web.StreamResponse:
    """Show the password."""
    shown = _page(request, is_shown=True)
    await note(request, "softphone_password_shown", f"telecaller {own_desk(request)}")
    return shown


@routes.post("/desk/softphone/code")
@needs(May.DESK, May.SPY)
async def code(request: web.Request) -> web.StreamResponse:
    """Show a new code; the one before opens no longer."""
    site, own, session = site_of(request), own_desk(request), request[WHO].session
    if session is None:
        raise web.HTTPNotFound  # a program scans nothing
    _softphone(request, own)
    token = request.app[TICKETS].give(own, session, site.now())
    link = f"https://{request.host}/softphone/{token}"
    await note(request, "softphone_code_made", f"telecaller {own}")
    size, drawn = _drawn(link)
    return _page(request, link=link, size=size, drawn=drawn)


@routes.get("/softphone/{ticket}", allow_head=False)  # a look must not use it up
@open_to_all
async def settings(request: web.Request) -> web.StreamResponse:
    """What Linphone fetches."""
    site = site_of(request)
    ticket = request.app[TICKETS].take(request.match_info["ticket"], site.now())
    found = await site.users.still(ticket.session) if ticket else None
    if ticket is None or found is None:
        raise web.HTTPNotFound
    user = found[1]  # as they are by now
    if user.telecaller_id != ticket.telecaller_id:
        raise web.HTTPNotFound
    body = lpconfig(_softphone(request, ticket.telecaller_id))
    await site.users.note(
        "softphone_code_used",
        user=user,
        about=f"telecaller {ticket.telecaller_id}",
        address=request.remote or "",
    )
    return web.Response(
        body=body,
        content_type="application/xml",
        charset="utf-8",
        headers={"Cache-Control": "no-store"},
    )


def _drawn(link: str) -> tuple[int, str]:
    """Return a QR code's width in squares, and the dark ones as a path of SVG."""
    rows = [list(row) for row in segno.make_qr(link, error="m").matrix_iter(border=4)]
    dark = (
        f"M{x} {y}h1v1h-1z"
        for y, row in enumerate(rows)
        for x, is_dark in enumerate(row)
        if is_dark
    )
    return len(rows), "".join(dark)
