"""The API's erasures: who asked to be erased, and how far it is."""

from __future__ import annotations

from datetime import date, datetime

from aiohttp import web
from pydantic import Field

from ivr.core.access import May
from ivr.core.erasure import MAX_REASON, Erasure, ErasureState
from ivr.core.numbers import NumberProblem, parse_number
from ivr.errors import BadInput
from ivr.web.api.bodies import TEXT, Page, PageQuery, Sent, Told
from ivr.web.api.documented import (
    body,
    documented,
    number_after,
    page_of,
    query,
    told,
)
from ivr.web.guard import needs
from ivr.web.pages.erasures import ask, erasures_of
from ivr.web.site import site_of
from ivr.web.whose import own_centres

routes = web.RouteTableDef()


class ErasureBody(Told):
    """Somebody who asked to be erased."""

    request_id: int
    state: ErasureState = Field(
        description="asked: never called any more, and out of all tables once their"
        " call is over; masked: only in a sealed paper; done: its key is destroyed."
    )
    number: str = Field(description="Masked; empty once it is done.")
    reason: str
    asked_by: str
    asked_at: datetime
    days_left: int = Field(description="Until it should be answered; below 0: late.")
    ends_on: date | None = Field(description="When the key is destroyed.")


class NewErasureBody(Sent):
    number: str = Field(min_length=3, max_length=40, pattern=TEXT)
    reason: str = Field(
        min_length=1,
        max_length=MAX_REASON,
        pattern=TEXT,
        description="Who asked for it, and how.",
    )


@routes.get("/api/v1/erasures")
@needs(May.LISTS)
@documented(
    "Who of your centre asked to be erased, newest first",
    gives=Page[ErasureBody],
    asks=PageQuery,
)
async def erasures(request: web.Request) -> web.Response:
    asked = query(request, PageQuery)
    before = number_after(asked.cursor)
    found = await erasures_of(request).listed(
        own_centres(request), before=before, limit=asked.limit + 1
    )
    items = [_told(request, one) for one in found[: asked.limit]]
    part = page_of(found, asked.limit, lambda one: one.request_id)
    return told(request, part | {"items": items})


@routes.post("/api/v1/erasures")
@needs(May.LISTS)
@documented("Erase a person", gives=ErasureBody, takes=NewErasureBody, status=201)
async def erase(request: web.Request) -> web.Response:
    """At once, or as soon as their call is over. It cannot be undone.

    The number is in the body, as addresses are logged; the audit log has it masked.
    """
    said = await body(request, NewErasureBody)
    number = parse_number(said.number)
    if isinstance(number, NumberProblem):
        raise BadInput("this is no number", where="number", remedy=number.remedy.en)
    return told(request, _told(request, await ask(request, number, said.reason)))


def _told(request: web.Request, one: Erasure) -> dict[str, object]:
    site, ends_at = site_of(request), one.ends_at(erasures_of(request).terms.stage2)
    return {
        "request_id": one.request_id,
        "state": one.state,
        "number": one.shown,
        "reason": one.reason,
        "asked_by": one.asked_by,
        "asked_at": one.asked_at,
        "days_left": one.days_left(site.now()),
        "ends_on": ends_at.astimezone(site.zone).date() if ends_at else None,
    }
