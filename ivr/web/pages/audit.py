"""The audit log: who did what, in one's own part of the organisation."""

from __future__ import annotations

from aiohttp import web

from ivr.core.access import May
from ivr.web.guard import needs
from ivr.web.page import page
from ivr.web.site import site_of
from ivr.web.whose import own_centres

routes = web.RouteTableDef()

ON_A_PAGE = 50
MOST_DIGITS = 19  # of an entry's number: it fits into 63 bits


@routes.get("/audit")
@needs(May.AUDIT)
async def audit(request: web.Request) -> web.StreamResponse:
    site = site_of(request)
    before = request.query.get("before", "")
    is_number = before.isascii() and before.isdigit() and len(before) < MOST_DIGITS
    number = int(before) if is_number else 0
    entries = await site.users.store.audit(
        own_centres(request),
        before=number,
        limit=ON_A_PAGE + 1,
    )
    return page(
        request,
        "audit.html",
        entries=entries[:ON_A_PAGE],
        older=entries[ON_A_PAGE - 1].entry_id if len(entries) > ON_A_PAGE else 0,
        tree=site.tree,
    )
