"""The wizard: a campaign in five steps, kept as a draft from the first on."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from ivr.controller.campaign_workshop import CampaignDraft, Reach
from ivr.core.access import May
from ivr.errors import BadInput
from ivr.web.campaign_acts import (
    begun,
    checked,
    draft_of,
    dropped,
    is_bound_by,
    kept,
    made,
    played,
    templates_of,
    workshop_of,
)
from ivr.web.campaign_form import (
    DAYS_OFF,
    KEY_NAMES,
    STEPS,
    Step,
    merged,
    question_rows,
    step_of,
)
from ivr.web.guard import needs
from ivr.web.page import page
from ivr.web.pages.campaigns import CHECKED, CLASSES, MODES
from ivr.web.site import site_of
from ivr.web.texts import Said, parts_of
from ivr.web.whose import reach_of

routes = web.RouteTableDef()

HERE = "/campaigns/_drafts"


@routes.get("/campaigns/_new")
@needs(May.CAMPAIGNS)
async def new(request: web.Request) -> web.StreamResponse:
    """Ask what the new campaign begins as."""
    return page(request, "campaign_new.html", templates=await templates_of(request))


@routes.post("/campaigns/_new")
@needs(May.CAMPAIGNS)
async def begin(request: web.Request) -> web.StreamResponse:
    """Begin a draft: empty, a copy, or a campaign that is to be changed."""
    given = await request.post()
    template = str(given.get("template", ""))
    draft = await begun(request, template, edit=given.get("edit") == "yes")
    raise web.HTTPSeeOther(f"{HERE}/{draft.draft_id}/1")


def _step(request: web.Request) -> Step:
    number = int(request.match_info["step"])
    return STEPS[number - 1]


@routes.get("/campaigns/_drafts/{draft}/{step:[1-5]}")
@needs(May.CAMPAIGNS)
async def step(request: web.Request) -> web.StreamResponse:
    return await _page(request, await draft_of(request), _step(request))


@routes.post("/campaigns/_drafts/{draft}/{step:[1-4]}")
@needs(May.CAMPAIGNS)
async def keep(request: web.Request) -> web.StreamResponse:
    """Keep what the form says, whatever is wrong with it, then go on or say so."""
    draft, here = await draft_of(request), _step(request)
    draft = await _kept(request, draft, here)
    given = await request.post()
    match str(given.get("go", "on")):
        case "back":
            raise web.HTTPSeeOther(f"{HERE}/{draft.draft_id}/{max(1, here.number - 1)}")
        case "stay":
            raise web.HTTPSeeOther(f"{HERE}/{draft.draft_id}/{here.number}")
        case "away":
            raise web.HTTPSeeOther("/campaigns")
    if _wrong_here(request, draft, here, reach_of(request)):
        return await _page(request, draft, here, status=400, asked=True)
    raise web.HTTPSeeOther(f"{HERE}/{draft.draft_id}/{here.number + 1}")


async def _kept(
    request: web.Request, draft: CampaignDraft, here: Step
) -> CampaignDraft:
    given = await request.post()

    def fields(name: str) -> list[str]:
        return [str(value) for value in given.getall(name, [])]

    return await kept(request, draft, merged(draft.document, here.number, fields))


def _wrong_here(
    request: web.Request, draft: CampaignDraft, here: Step, reach: Reach
) -> list[object]:
    return [
        problem
        for problem in workshop_of(request).problems(draft, reach)
        if step_of(problem.key) == here.number
    ]


async def _page(
    request: web.Request,
    draft: CampaignDraft,
    here: Step,
    *,
    status: int = 200,
    asked: bool = False,
    problem: Said | str = "",
) -> web.Response:
    workshop, reach = workshop_of(request), reach_of(request)
    problems = workshop.problems(draft, reach)
    values: dict[str, Any] = {
        "draft": draft,
        "given": draft.document,
        "steps": STEPS,
        "here_step": here,
        "problems": problems,
        "wrong_steps": {step_of(one.key) for one in problems},
        "asked": asked or here.number == 5,
        "shown": problems if asked else [],
        "step_of": step_of,
        "key_names": KEY_NAMES,
        "problem": problem,
        "choices": await workshop.choices(),
        "reach": reach,
        "tree": site_of(request).tree,
        "classes": CLASSES,
        "modes": MODES,
        "checked": CHECKED,
        "days_off": DAYS_OFF,
    }
    match here.number:
        case 1:
            values["is_bound"] = await is_bound_by(request, draft)
        case 2:
            values["counts"] = await workshop.counts(draft.document, reach)
        case 3:
            values["questions"] = question_rows(draft.document)
        case 4:
            values["centres"] = _centres(request, reach)
        case 5:
            values |= await _last(request, draft)
    return page(request, f"campaign_step_{here.number}.html", status=status, **values)


def _centres(request: web.Request, reach: Reach) -> list[object]:
    return [
        one
        for one in site_of(request).tree.values()
        if reach.centres is None or one.code in reach.centres
    ]


async def _last(request: web.Request, draft: CampaignDraft) -> dict[str, Any]:
    found = await checked(request, draft)
    return {
        "findings": found.findings,
        "is_ready": found.is_ready,
        "counts": found.counts,
        "yaml": found.yaml,
        "forecast": workshop_of(request).forecast(draft.draft_id),
    }


@routes.post("/campaigns/_drafts/{draft}/2/counts")
@needs(May.CAMPAIGNS)
async def counts(request: web.Request) -> web.StreamResponse:
    """Return whom the form means just now, as a part of the page. Keeps nothing."""
    draft, given = await draft_of(request), await request.post()

    def fields(name: str) -> list[str]:
        return [str(value) for value in given.getall(name, [])]

    document = merged(draft.document, 2, fields)
    found = await workshop_of(request).counts(document, reach_of(request))
    return page(request, "campaign_counts.html", counts=found)


@routes.post("/campaigns/_drafts/{draft}/forecast")
@needs(May.CAMPAIGNS)
async def play(request: web.Request) -> web.StreamResponse:
    """Begin the forecast; the page asks how far it is until it is there."""
    draft = await draft_of(request)
    state = await played(request, draft)
    return page(request, "campaign_forecast.html", forecast=state, draft=draft)


@routes.get("/campaigns/_drafts/{draft}/forecast")
@needs(May.CAMPAIGNS)
async def forecast(request: web.Request) -> web.StreamResponse:
    draft = await draft_of(request)
    state = workshop_of(request).forecast(draft.draft_id)
    return page(request, "campaign_forecast.html", forecast=state, draft=draft)


@routes.post("/campaigns/_drafts/{draft}/make")
@needs(May.CAMPAIGNS)
async def make(request: web.Request) -> web.StreamResponse:
    """Make the campaign of the draft, and take its people in."""
    draft = await draft_of(request)
    try:
        campaign, _ = await made(request, draft)
    except BadInput as exc:
        last = STEPS[-1]
        return await _page(request, draft, last, status=400, problem=parts_of(exc))
    raise web.HTTPSeeOther(f"/campaigns/{campaign.campaign_id}")


@routes.post("/campaigns/_drafts/{draft}/drop")
@needs(May.CAMPAIGNS)
async def drop(request: web.Request) -> web.StreamResponse:
    await dropped(request, await draft_of(request))
    raise web.HTTPSeeOther("/campaigns")
