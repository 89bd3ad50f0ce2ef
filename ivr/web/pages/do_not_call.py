"""Do-not-call: is a number on it, since when and why; add one, or a file of them.

The list is the whole organisation's. A number is sent in a form, never in an address,
and every search is in the audit log, with the number masked.
"""

from __future__ import annotations

from aiohttp import web

from ivr.core.access import May
from ivr.core.list_facts import Barred
from ivr.core.model import PhoneNumber, masked
from ivr.core.numbers import NumberProblem, parse_number
from ivr.web.guard import needs
from ivr.web.page import page
from ivr.web.pages.list_words import STATES
from ivr.web.site import note, site_of, user_of
from ivr.web.texts import N_
from ivr.web.whose import is_theirs

routes = web.RouteTableDef()

PAGE = "/lists/do-not-call/numbers"
REASON_LETTERS = 80
SOURCES = {
    "key 9": N_("pressed 9 in a call"),
    "erased": N_("asked to be erased"),
}


@routes.get(PAGE)
@needs(May.LISTS)
async def numbers(request: web.Request) -> web.StreamResponse:
    return await _page(request)


@routes.post("/lists/do-not-call/search")
@needs(May.LISTS)
async def search(request: web.Request) -> web.StreamResponse:
    """Say whether a number is on it."""
    given = str((await request.post()).get("number", ""))
    number = parse_number(given[:40])
    if isinstance(number, NumberProblem):
        return await _page(request, status=400, wrong=number.remedy, filled=given[:40])
    return await _page(request, sought=number, found=await sought(request, number))


async def sought(request: web.Request, number: PhoneNumber) -> Barred | None:
    """Return since when and why a number is on it. That it was asked is noted."""
    found = await site_of(request).lists.lists.barred(number)
    about = f"number {masked(number)}"
    answered = "yes" if found else "no"
    await note(request, "do_not_call_searched", about, found=answered)
    return found


@routes.post(PAGE)
@needs(May.LISTS)
async def add(request: web.Request) -> web.StreamResponse:
    """Put a number on it, at once: a call to it that rings is dropped."""
    site, given = site_of(request), await request.post()
    typed = str(given.get("number", ""))[:40]
    number = parse_number(typed)
    if isinstance(number, NumberProblem):
        return await _page(request, status=400, wrong=number.remedy, filled=typed)
    why = " ".join(str(given.get("why", "")).split())[:REASON_LETTERS]
    source = why if why.isprintable() and why else f"user {user_of(request).user_id}"
    await note(request, "do_not_call_added", f"number {masked(number)}", source=source)
    await site.operations.opt_out(number, source)
    return await _page(request, added=number)


async def _page(
    request: web.Request, *, status: int = 200, **values: object
) -> web.Response:
    room = site_of(request).lists
    files = [
        one
        for one in room.imports.all()
        if one.is_do_not_call and is_theirs(request, one.centre)
    ]
    given = {"wrong": None, "sought": None, "found": None, "added": None, "filled": ""}
    return page(
        request,
        "do_not_call.html",
        status=status,
        count=await room.lists.barred_count(),
        files=files,
        states=STATES,
        sources=SOURCES,
        max_bytes=room.imports.max_bytes,
        **given | values,
    )
