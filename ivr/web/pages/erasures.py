"""Erasures: ask for one, and see how far each is. What was erased is never shown here.

A number is sent in a form, never in an address; the audit log has it masked.
"""

from __future__ import annotations

from aiohttp import web

from ivr.controller.erasures import Erasures
from ivr.core.access import May
from ivr.core.erasure import MAX_REASON, Erasure, ErasureState
from ivr.core.model import PhoneNumber
from ivr.core.numbers import NumberProblem, parse_number
from ivr.errors import BadInput
from ivr.web.guard import needs
from ivr.web.page import page
from ivr.web.site import note, site_of, user_of
from ivr.web.texts import N_, parts_of
from ivr.web.whose import own_centres

routes = web.RouteTableDef()

PAGE = "/lists/erasures/requests"
STATES = {
    ErasureState.ASKED: N_("asked: a call is not over yet"),
    ErasureState.MASKED: N_("erased; sealed for one year"),
    ErasureState.DONE: N_("erased for good"),
}


def erasures_of(request: web.Request) -> Erasures:
    found = site_of(request).erasures
    if found is None:
        raise web.HTTPNotFound
    return found


async def ask(request: web.Request, number: PhoneNumber, reason: str) -> Erasure:
    """Erase somebody, and note who wanted it. Raises BadInput."""
    user = user_of(request)
    one = await erasures_of(request).request(
        number, reason, by=str(user.user_id), centre=user.centre
    )
    await note(
        request, "erasure_requested", f"erasure {one.request_id}", centre=one.centre
    )
    return one


@routes.get(PAGE)
@needs(May.LISTS)
async def requests(request: web.Request) -> web.StreamResponse:
    return await _page(request)


@routes.post(PAGE)
@needs(May.LISTS)
async def erase(request: web.Request) -> web.StreamResponse:
    given = await request.post()
    typed, reason = str(given.get("number", ""))[:40], str(given.get("reason", ""))
    filled = {"filled": typed, "reason": reason[:MAX_REASON]}
    number = parse_number(typed)
    if isinstance(number, NumberProblem):
        return await _page(request, status=400, wrong=number.remedy, **filled)
    try:
        one = await ask(request, number, reason)
    except BadInput as exc:
        return await _page(request, status=400, problem=parts_of(exc), **filled)
    return await _page(request, added=one)


async def _page(
    request: web.Request, *, status: int = 200, **values: object
) -> web.Response:
    room = erasures_of(request)
    given = {"wrong": None, "problem": "", "added": None, "filled": "", "reason": ""}
    return page(
        request,
        "erasures.html",
        status=status,
        found=await room.listed(own_centres(request)),
        states=STATES,
        stage2=room.terms.stage2,
        **given | values,
    )
