"""The wizard: a campaign in five steps, kept as a draft from the first on."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from ivr.controller.campaign_workshop import CampaignDraft, ForecastState, Reach
from ivr.core.access import May
from ivr.core.findings import Finding, Verdict
from ivr.core.model import CampaignId
from ivr.errors import BadInput
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
from ivr.web.pages.campaigns import CHECKED, CLASSES, MODES, workshop_of
from ivr.web.site import note, site_of, user_of
from ivr.web.whose import is_bound, must_have, reach_of, sees_campaign, within

routes = web.RouteTableDef()

HERE = "/campaigns/_drafts"


@routes.get("/campaigns/_new")
@needs(May.CAMPAIGNS)
async def new(request: web.Request) -> web.StreamResponse:
    """Ask what the new campaign begins as."""
    templates = [
        one
        for one in await workshop_of(request).templates()
        if not one.is_stored or sees_campaign(request, one.centres)
    ]
    return page(request, "campaign_new.html", templates=templates)


@routes.post("/campaigns/_new")
@needs(May.CAMPAIGNS)
async def begin(request: web.Request) -> web.StreamResponse:
    """Begin a draft: empty, a copy, or a campaign that is to be changed."""
    workshop, given = workshop_of(request), await request.post()
    template, edit = str(given.get("template", "")), given.get("edit") == "yes"
    kind, _, name = template.partition(":")
    if kind == "campaign":
        sheet = await workshop.sheet(CampaignId(name))
        if sheet is None or not sees_campaign(request, sheet.campaign.centres):
            raise web.HTTPNotFound
        if edit:
            must_have(request, sheet.campaign.centres)
    elif edit:
        raise BadInput("only a campaign that is there can be changed")
    draft = await workshop.begin(user_of(request), template, edit=edit)
    await note(request, "campaign_draft", template or "new", draft=draft.draft_id)
    raise web.HTTPSeeOther(f"{HERE}/{draft.draft_id}/1")


async def _draft(request: web.Request) -> CampaignDraft:
    """Return a draft of the user's own centre. Raises HTTPNotFound."""
    draft = await workshop_of(request).draft(request.match_info["draft"])
    if draft is None:
        raise web.HTTPNotFound
    within(request, draft.centre)
    return draft


def _step(request: web.Request) -> Step:
    number = int(request.match_info["step"])
    return STEPS[number - 1]


@routes.get("/campaigns/_drafts/{draft}/{step:[1-5]}")
@needs(May.CAMPAIGNS)
async def step(request: web.Request) -> web.StreamResponse:
    return await _page(request, await _draft(request), _step(request))


@routes.post("/campaigns/_drafts/{draft}/{step:[1-4]}")
@needs(May.CAMPAIGNS)
async def keep(request: web.Request) -> web.StreamResponse:
    """Keep what the form says, whatever is wrong with it, then go on or say so."""
    draft, here = await _draft(request), _step(request)
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

    document = merged(draft.document, here.number, fields)
    if draft.edits:
        document["campaign"] = draft.edits
    if await _is_bound(request, draft):
        document["only_admin_starts"] = True
    return await workshop_of(request).keep(draft, document)


async def _is_bound(request: web.Request, draft: CampaignDraft) -> bool:
    """Say whether it changes what only an admin starts, and the user is none."""
    if not draft.edits:
        return False
    sheet = await workshop_of(request).sheet(CampaignId(draft.edits))
    return sheet is not None and is_bound(
        request, only_admin=sheet.campaign.only_admin_starts
    )


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
    problem: str = "",
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
            values["is_bound"] = await _is_bound(request, draft)
        case 2:
            values["counts"] = await workshop.counts(draft.document, reach)
        case 3:
            values["questions"] = question_rows(draft.document)
        case 4:
            values["centres"] = _centres(request, reach)
        case 5:
            values |= await _last(request, draft, ready=not problems)
    return page(request, f"campaign_step_{here.number}.html", status=status, **values)


def _centres(request: web.Request, reach: Reach) -> list[object]:
    return [
        one
        for one in site_of(request).tree.values()
        if reach.centres is None or one.code in reach.centres
    ]


def _bars(finding: Finding) -> bool:
    """Say whether a campaign cannot be made; approvals are asked for at its start."""
    return finding.verdict is Verdict.WRONG and finding.what != "prompts"


async def _last(
    request: web.Request, draft: CampaignDraft, *, ready: bool
) -> dict[str, Any]:
    workshop = workshop_of(request)
    findings = await workshop.check_draft(draft) if ready else []
    return {
        "findings": findings,
        "is_ready": ready and not any(_bars(one) for one in findings),
        "counts": await workshop.counts(draft.document, reach_of(request)),
        "yaml": workshop.as_yaml(draft),
        "forecast": workshop.forecast(draft.draft_id),
    }


@routes.post("/campaigns/_drafts/{draft}/2/counts")
@needs(May.CAMPAIGNS)
async def counts(request: web.Request) -> web.StreamResponse:
    """Return whom the form means just now, as a part of the page. Keeps nothing."""
    draft, given = await _draft(request), await request.post()

    def fields(name: str) -> list[str]:
        return [str(value) for value in given.getall(name, [])]

    document = merged(draft.document, 2, fields)
    found = await workshop_of(request).counts(document, reach_of(request))
    return page(request, "campaign_counts.html", counts=found)


@routes.post("/campaigns/_drafts/{draft}/forecast")
@needs(May.CAMPAIGNS)
async def play(request: web.Request) -> web.StreamResponse:
    """Begin the forecast; the page asks how far it is until it is there."""
    draft = await _draft(request)
    if workshop_of(request).problems(draft, reach_of(request)):
        raise BadInput("the campaign is not whole yet")
    try:
        state = await workshop_of(request).play(draft)
    except BadInput as exc:
        state = ForecastState("failed", failed=str(exc))
    return page(request, "campaign_forecast.html", forecast=state, draft=draft)


@routes.get("/campaigns/_drafts/{draft}/forecast")
@needs(May.CAMPAIGNS)
async def forecast(request: web.Request) -> web.StreamResponse:
    draft = await _draft(request)
    state = workshop_of(request).forecast(draft.draft_id)
    return page(request, "campaign_forecast.html", forecast=state, draft=draft)


@routes.post("/campaigns/_drafts/{draft}/make")
@needs(May.CAMPAIGNS)
async def make(request: web.Request) -> web.StreamResponse:
    """Make the campaign of the draft, and take its people in."""
    draft = await _draft(request)
    if draft.edits:  # it may have become another's since the draft was begun
        sheet = await workshop_of(request).sheet(CampaignId(draft.edits))
        if sheet is None:
            raise web.HTTPNotFound
        must_have(request, sheet.campaign.centres)
    try:
        made, enrolled = await workshop_of(request).make(draft, reach_of(request))
    except BadInput as exc:
        last = STEPS[-1]
        return await _page(request, draft, last, status=400, problem=str(exc))
    about = f"campaign {made.campaign_id}"
    await note(request, "campaign_made", about, people=str(enrolled))
    raise web.HTTPSeeOther(f"/campaigns/{made.campaign_id}")


@routes.post("/campaigns/_drafts/{draft}/drop")
@needs(May.CAMPAIGNS)
async def drop(request: web.Request) -> web.StreamResponse:
    draft = await _draft(request)
    await workshop_of(request).drop(draft.draft_id)
    await note(request, "campaign_draft_dropped", draft.draft_id)
    raise web.HTTPSeeOther("/campaigns")
