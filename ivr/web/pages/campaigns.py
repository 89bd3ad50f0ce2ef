"""Campaigns: what runs, one campaign's page, and what may be done with it."""

from __future__ import annotations

from aiohttp import web

from ivr.controller.campaign_workshop import CampaignSheet
from ivr.controller.operations import CampaignView
from ivr.core.access import May
from ivr.core.campaign_states import VERBS
from ivr.core.model import CallClass, CampaignState, Mode
from ivr.errors import BadInput
from ivr.web.campaign_acts import drafts_of, sheet_of, workshop_of
from ivr.web.guard import needs
from ivr.web.page import page
from ivr.web.site import may_do, note, site_of
from ivr.web.texts import N_, Said, parts_of
from ivr.web.whose import (
    has_campaign,
    may_start,
    must_have,
    must_start,
    sees_campaign,
)

routes = web.RouteTableDef()

STATES = {
    CampaignState.DRAFT: N_("Not begun"),
    CampaignState.RUNNING: N_("Running"),
    CampaignState.PAUSED: N_("Paused"),
    CampaignState.STOPPED: N_("Stopped"),
    CampaignState.FINISHED: N_("Finished"),
}
MODES = {
    Mode.PREVIEW: N_("Preview: the telecaller asks for each call"),
    Mode.PROGRESSIVE: N_("Progressive: one call for each free telecaller"),
    Mode.PREDICTIVE: N_("Predictive: more calls than telecallers, by the odds"),
    Mode.BROADCAST: N_("Broadcast: the recorded flow talks"),
}
CLASSES = {
    CallClass.NGO_SURVEY: N_("Survey of an organisation"),
    CallClass.GOV_ON_BEHALF: N_("On behalf of the Government"),
    CallClass.PARTY_CIVIC: N_("Party, on civic matters"),
    CallClass.ELECTORAL: N_("Electoral"),
}
ACTS = {
    "start": N_("Start"),
    "pause": N_("Pause"),
    "resume": N_("Resume"),
    "stop": N_("Stop"),
}
CHECKED = {
    "trunk": N_("Trunk and caller ID"),
    "telecallers": N_("Who serves it"),
    "flow": N_("Flow and its sound"),
    "law": N_("The law"),
    "name": N_("Its name"),
    "prompts": N_("Approved prompts"),
}


@routes.get("/campaigns")
@needs(May.CAMPAIGNS, May.FLOOR)
async def campaigns(request: web.Request) -> web.StreamResponse:
    workshop, tree = workshop_of(request), site_of(request).tree
    sheets = [
        sheet
        for sheet in await workshop.sheets()
        if sees_campaign(request, sheet.campaign.centres)
    ]
    live = {view.campaign_id: view for view in await _running(request)}
    makes = may_do(request, May.CAMPAIGNS)
    drafts = await drafts_of(request) if makes else []
    return page(
        request,
        "campaigns.html",
        sheets=sheets,
        live=live,
        drafts=drafts,
        states=STATES,
        modes=MODES,
        tree=tree,
    )


async def _running(request: web.Request) -> list[CampaignView]:
    try:
        return list(await site_of(request).operations.campaigns())
    except BadInput:
        return []


@routes.get("/campaigns/{campaign_id}")
@needs(May.CAMPAIGNS, May.FLOOR)
async def campaign(request: web.Request) -> web.StreamResponse:
    return await _page(request, await sheet_of(request))


async def _page(
    request: web.Request,
    sheet: CampaignSheet,
    *,
    status: int = 200,
    problem: Said | str = "",
) -> web.Response:
    findings = await workshop_of(request).check(sheet.campaign)
    one = sheet.campaign
    has_it = has_campaign(request, one.centres)
    controls = may_do(request, May.CONTROL) and has_it
    begins = may_start(request, one.centres, only_admin=one.only_admin_starts)
    acts = [
        act
        for act, (_, before) in VERBS.items()
        if controls and sheet.state in before and (begins or act in ("pause", "stop"))
    ]
    return page(
        request,
        "campaign.html",
        status=status,
        sheet=sheet,
        one=one,
        findings=findings,
        acts=acts,
        makes=may_do(request, May.CAMPAIGNS) and has_it,
        problem=problem,
        states=STATES,
        modes=MODES,
        classes=CLASSES,
        act_names=ACTS,
        checked=CHECKED,
        tree=site_of(request).tree,
    )


@routes.post("/campaigns/{campaign_id}/{act:start|pause|resume|stop}")
@needs(May.CONTROL)
async def act(request: web.Request) -> web.StreamResponse:
    """Start, pause, resume or stop a campaign that is wholly the user's."""
    sheet, verb = await sheet_of(request), request.match_info["act"]
    one, about = sheet.campaign, sheet.campaign.campaign_id
    must_have(request, one.centres)
    if verb in ("start", "resume"):
        must_start(request, one.centres, only_admin=one.only_admin_starts)
    operations = site_of(request).operations
    doing = {
        "start": operations.start,
        "pause": operations.pause_campaign,
        "resume": operations.resume,
        "stop": operations.stop,
    }[verb]
    try:
        if verb in ("start", "resume"):
            await workshop_of(request).may_start(sheet.campaign)
        await note(request, f"campaign_{verb}", f"campaign {about}")
        await doing(about)
    except BadInput as exc:
        return await _page(request, sheet, status=400, problem=parts_of(exc))
    raise web.HTTPSeeOther(f"/campaigns/{about}")
