"""A campaign's results as a live page, with its filters in the address; its files.

Whoever asks sees what was answered by the people of their own centre and of those
under it; a campaign that has none of these does not exist for them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from aiohttp import web

from ivr.controller.results import Listed, Look, Results
from ivr.core.access import May
from ivr.core.model import CampaignId, CampaignState, CentreCode
from ivr.core.results import Words
from ivr.core.selection import Selection, address_of, selection_of
from ivr.core.tallies import PlaceName
from ivr.report import words
from ivr.report.as_xlsx import part_xlsx
from ivr.report.part_rows import part_csv
from ivr.web.encode import attachment
from ivr.web.guard import needs
from ivr.web.page import page, render
from ivr.web.site import LANGUAGE, may_do, note, site_of, user_of
from ivr.web.whose import centres_of, within

routes = web.RouteTableDef()

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LIVE = (CampaignState.RUNNING, CampaignState.PAUSED)


@routes.get("/results")
@needs(May.RESULTS)
async def all_results(request: web.Request) -> web.StreamResponse:
    found = await _results(request).campaigns(user_of(request))
    return page(
        request, "results_all.html", found=list(reversed(found)), states=words.STATES
    )


@routes.get("/results/{campaign_id}")
@needs(May.RESULTS)
async def results(request: web.Request) -> web.StreamResponse:
    listed, selection = await listed_of(request), chosen(request)
    look = await _results(request).look(user_of(request), listed, selection)
    return page(
        request,
        "results.html",
        is_live=listed.state in LIVE,
        choices=_choices(request),
        **given(request, listed, selection),
        **_figures(request, look),
    )


@routes.get("/results/{campaign_id}/figures")
@needs(May.RESULTS)
async def figures(request: web.Request) -> web.StreamResponse:
    """The page's figures by themselves: asked for again while the campaign runs."""
    listed, selection = await listed_of(request), chosen(request)
    look = await _results(request).look(user_of(request), listed, selection)
    text = render(
        request,
        "results_figures.html",
        **given(request, listed, selection),
        **_figures(request, look),
    )
    headers = {"Cache-Control": "no-store"}
    return web.Response(text=text, content_type="text/html", headers=headers)


@routes.get("/results/{campaign_id}/results.csv")
@needs(May.EXPORT)
async def as_csv(request: web.Request) -> web.StreamResponse:
    look = await _exported(request, "csv")
    # Beside the loop that carries the calls: of a large campaign it takes seconds.
    text = await asyncio.to_thread(part_csv, look.part)
    return _file(request, text.encode(), "csv", "text/csv")


@routes.get("/results/{campaign_id}/results.xlsx")
@needs(May.EXPORT)
async def as_xlsx(request: web.Request) -> web.StreamResponse:
    look = await _exported(request, "xlsx")
    body = await asyncio.to_thread(part_xlsx, look.part)
    return _file(request, body, "xlsx", XLSX)


async def _exported(request: web.Request, kind: str) -> Look:
    listed, selection = await listed_of(request), chosen(request)
    look = await _results(request).look(user_of(request), listed, selection)
    about = f"campaign {listed.campaign.campaign_id}"
    part = urlencode(address_of(selection))
    await note(request, "results_exported", about, kind=kind, part=part)
    return look


def _file(
    request: web.Request, body: bytes, ending: str, content_type: str
) -> web.Response:
    name = f"results-{request.match_info['campaign_id']}.{ending}"
    return web.Response(
        body=body,
        content_type=content_type,
        charset="utf-8" if ending == "csv" else None,
        headers={
            "Content-Disposition": attachment(name),
            "Cache-Control": "no-store",
        },
    )


# What the pages of spoken answers need too


def _results(request: web.Request) -> Results:
    return site_of(request).results


def campaign_id_of(request: web.Request) -> CampaignId:
    return CampaignId(request.match_info["campaign_id"])


async def listed_of(request: web.Request) -> Listed:
    """Return the campaign, if it has people of the user's. Raises HTTPNotFound."""
    campaign_id = campaign_id_of(request)
    listed = await _results(request).campaign(user_of(request), campaign_id)
    if listed is None:
        raise web.HTTPNotFound
    return listed


def chosen(request: web.Request) -> Selection:
    """Return what the address selects. Raises HTTPNotFound for a foreign centre."""
    selection = selection_of(request.query)
    if selection.centre:
        within(request, CentreCode(selection.centre))
    return selection


def given(request: web.Request, listed: Listed, selection: Selection) -> dict[str, Any]:
    """Return what every results page knows: campaign, filters, how to name things."""
    base = f"/results/{listed.campaign.campaign_id}"

    def link(place: str = "", **changes: str) -> str:
        address = urlencode(address_of(replace(selection, **changes)))  # type: ignore[arg-type]
        return f"{base}{place}{'?' if address else ''}{address}"

    return {
        "campaign": listed.campaign,
        "state": listed.state,
        "states": words.STATES,
        "selection": selection,
        "filters": address_of(selection),
        "link": link,
        "w": _in(request[LANGUAGE]),
        "named": words.named,
        "may_listen": may_do(request, May.LISTEN),
        "may_export": may_do(request, May.EXPORT),
        "names": _results(request).names,
    }


def _in(language: str) -> Callable[[Words | PlaceName], str]:
    return lambda said: said.hi if language == "hi" else said.en


def _figures(request: web.Request, look: Look) -> dict[str, Any]:
    return {
        "look": look,
        "part": look.part,
        "report": look.part.report,
        "OUTCOMES": words.OUTCOMES,
        "STEPS": words.STEPS,
        "bands": words.BANDS,
    }


def _choices(request: web.Request) -> dict[str, list[tuple[str, str]]]:
    """Return what can be chosen in the filters: (code, name), in the names' order."""
    language = request[LANGUAGE]
    names, word = _results(request).names, _in(language)
    centres = [
        (str(one.code), one.name_hi if language == "hi" else one.name_en)
        for one in centres_of(request)
    ]
    return {
        "centres": centres,
        "districts": sorted(
            ((one.code, word(one)) for one in names.districts.values()),
            key=lambda pair: pair[1],
        ),
        "schemes": [(one.code, word(one)) for one in names.schemes.values()],
    }
