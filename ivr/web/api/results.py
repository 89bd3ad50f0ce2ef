"""The API's results: the page's figures, its files, and spoken answers.

Asked of the same room, with the same filters, as the page (ivr/web/pages/results.py):
what is too few people to be shown is not shown here either.
"""

from __future__ import annotations

from typing import Any

from aiohttp import web

from ivr.controller.results import Listed, Look
from ivr.core.access import May
from ivr.core.flow_model import Flow
from ivr.core.results import Counted, Step, Words
from ivr.core.selection import address_of
from ivr.core.spoken import SpokenAnswer
from ivr.core.summary_answers import words_of
from ivr.core.summary_groups import tags_of
from ivr.errors import BadInput
from ivr.report.words import OUTCOMES, STEPS, named
from ivr.web.api.bodies import Page, PageQuery
from ivr.web.api.documented import after, body, documented, page_of, query, told
from ivr.web.api.result_bodies import (
    NoteBody,
    ResultListBody,
    ResultQuery,
    ResultsBody,
    SpokenBody,
    SpokenQuery,
)
from ivr.web.guard import needs
from ivr.web.pages import results as pages
from ivr.web.pages import results_spoken as spoken_pages
from ivr.web.pages.results import XLSX, campaign_id_of, chosen, listed_of
from ivr.web.pages.results_spoken import AFTER, one_of, write
from ivr.web.site import site_of, user_of

routes = web.RouteTableDef()

ALL = "/api/v1/results"
ONE = ALL + "/{campaign_id}"
SPOKEN = ONE + "/spoken"
ONE_SPOKEN = SPOKEN + "/{call_id}/{seq}"


@routes.get(ALL)
@needs(May.RESULTS)
@documented(
    "Campaigns with people of your centre", gives=Page[ResultListBody], asks=PageQuery
)
async def campaigns(request: web.Request) -> web.Response:
    """In the order of their ids."""
    asked = query(request, PageQuery)
    last = after(asked.cursor)
    listed = await site_of(request).results.campaigns(user_of(request))
    found = sorted(
        (_heading(one) for one in listed if one.campaign.campaign_id > last),
        key=lambda one: str(one["campaign_id"]),
    )
    part = page_of(found, asked.limit, lambda one: str(one["campaign_id"]))
    return told(request, part)


def _heading(listed: Listed) -> dict[str, object]:
    campaign = listed.campaign
    return {
        "campaign_id": campaign.campaign_id,
        "title": Words(campaign.title_hi, campaign.title_en),
        "state": listed.state,
    }


@routes.get(ONE)
@needs(May.RESULTS)
@documented(
    "A campaign's results, or a part of them", gives=ResultsBody, asks=ResultQuery
)
async def results(request: web.Request) -> web.Response:
    """Of the people of your centre and of those under it.

    Opinions are counted in blocks of 20 people or more, whatever is filtered.
    """
    query(request, ResultQuery)
    listed, selection = await listed_of(request), chosen(request)
    look = await site_of(request).results.look(user_of(request), listed, selection)
    return told(request, _heading(listed) | _figures(look))


def _figures(look: Look) -> dict[str, Any]:
    report = look.part.report
    # Named one by one: of a part, the report's other parts say nothing, or too much.
    same = ("figures", "questions", "drops", "districts", "divisions", "schemes")
    also = ("hours", "days", "telecallers")
    return {
        "counted_at": look.counted_at,
        "is_behind": look.is_behind,
        "selection": address_of(look.part.selection),
        "first_at": report.title.first_at,
        "last_at": report.title.last_at,
        "funnel": [_step(one) for one in report.funnel[2:]],  # as the page begins
        "cross": look.part.cross,
        "outcomes": [_counted(one) for one in report.outcomes],
    } | {name: getattr(report, name) for name in (*same, *also)}


def _step(one: Step) -> dict[str, object]:
    words = named(STEPS, one.code)
    return {
        "code": one.code,
        "words": words,
        "count": one.count,
        "of_previous": one.of_previous,
    }


def _counted(one: Counted) -> dict[str, object]:
    return {"code": one.code, "words": named(OUTCOMES, one.code), "share": one.share}


@routes.get(ONE + "/results.csv")
@needs(May.EXPORT)
@documented("The same as CSV", gives=bytes, asks=ResultQuery, content="text/csv")
async def as_csv(request: web.Request) -> web.StreamResponse:
    """Noted in the audit log, with its filters."""
    query(request, ResultQuery)
    return await pages.as_csv(request)


@routes.get(ONE + "/results.xlsx")
@needs(May.EXPORT)
@documented("The same as a workbook", gives=bytes, asks=ResultQuery, content=XLSX)
async def as_xlsx(request: web.Request) -> web.StreamResponse:
    """Noted in the audit log, with its filters."""
    query(request, ResultQuery)
    return await pages.as_xlsx(request)


# Spoken answers


@routes.get(SPOKEN)
@needs(May.LISTEN)
@documented(
    "Spoken answers, newest calls first", gives=Page[SpokenBody], asks=SpokenQuery
)
async def spoken(request: web.Request) -> web.Response:
    asked, results = query(request, SpokenQuery), site_of(request).results
    last = _spoken_after(asked.cursor)
    listed, selection = await listed_of(request), chosen(request)
    campaign_id = listed.campaign.campaign_id
    found = await results.spoken(
        user_of(request), campaign_id, selection, last, limit=asked.limit
    )
    part = page_of(found, asked.limit, lambda one: f"{one.call_id},{one.seq}")
    flow = await results.flow(campaign_id)
    items = [_spoken(request, flow, one) for one in found[: asked.limit]]
    return told(request, part | {"items": items})


def _spoken_after(cursor: str) -> tuple[str, int] | None:
    last = after(cursor)
    found = AFTER.fullmatch(last)
    if last and not found:
        raise BadInput("no cursor of this list", where="cursor")
    return (found[1], int(found[2])) if found else None


def _spoken(request: web.Request, flow: Flow, one: SpokenAnswer) -> dict[str, object]:
    return {
        "call_id": one.call_id,
        "seq": one.seq,
        "node": one.node,
        "question": words_of(flow, one.node),
        "length": one.length,
        "at": one.at,
        "district": one.district,
        "schemes": [tag for tag in tags_of(one.schemes) if tag],
        "has_sound": site_of(request).results.has_sound(user_of(request), one),
        "notes": one.notes,
    }


@routes.get(ONE_SPOKEN)
@needs(May.LISTEN)
@documented("One spoken answer, with its notes", gives=SpokenBody)
async def one_spoken(request: web.Request) -> web.Response:
    one = await one_of(request)
    flow = await site_of(request).results.flow(campaign_id_of(request))
    return told(request, _spoken(request, flow, one))


@routes.get(ONE_SPOKEN + "/sound")
@needs(May.LISTEN)
@documented("Its sound", gives=bytes, content="audio/wav")
async def sound(request: web.Request) -> web.StreamResponse:
    """The whole, or a part by Range. Who hears it is noted."""
    return await spoken_pages.recording(request)


@routes.post(ONE_SPOKEN + "/notes")
@needs(May.LISTEN)
@documented("Note what was said", gives=SpokenBody, takes=NoteBody, status=201)
async def add_note(request: web.Request) -> web.Response:
    """Earlier notes stay."""
    one = await one_of(request)
    said = await body(request, NoteBody)
    await write(request, one, said.note)
    flow = await site_of(request).results.flow(campaign_id_of(request))
    return told(request, _spoken(request, flow, await one_of(request)))
