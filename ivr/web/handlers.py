"""The JSON API, one short function per path. Asks Operations, decides nothing."""

from __future__ import annotations

from aiohttp import web

from ivr.controller.campaign_workshop import CampaignSheet
from ivr.controller.listening import ListenView
from ivr.controller.operations import CampaignView, Operations
from ivr.core.access import May, grants
from ivr.core.model import CallId, CampaignId, CentreCode, TelecallerId, masked
from ivr.core.transfer import Target
from ivr.errors import BadInput
from ivr.web.api.bodies import (
    CampaignBody,
    CampaignsQuery,
    DecisionBody,
    DecisionQuery,
    DeskBody,
    DeskQuery,
    Done,
    ListenBody,
    LogInBody,
    OptOutBody,
    OutcomeBody,
    PauseBody,
    TransferBody,
)
from ivr.web.api.documented import body, documented, query, told
from ivr.web.campaign_acts import workshop_of
from ivr.web.encode import answer, moment
from ivr.web.guard import SAFE, needs, open_to_all
from ivr.web.site import may_do, note, site_of, user_of
from ivr.web.whose import (
    is_theirs,
    must_have,
    must_start,
    sees_all,
    sees_campaign,
    within,
)

routes = web.RouteTableDef()


def _ask(request: web.Request) -> Operations:
    return site_of(request).operations


async def telecaller_of(
    request: web.Request, *, is_forced: bool = False
) -> TelecallerId:
    """Return whose desk is meant: one's own, or one of one's centre.

    Raises HTTPNotFound for others, known or not. `is_forced`: what an in-charge does
    to a desk is not done to one's own by having it, and is noted by its own handler,
    with its reason; whatever else is done to another's desk is noted here.
    """
    telecaller_id = TelecallerId(request.match_info["telecaller_id"])
    user = user_of(request)
    is_own = May.DESK in grants(user) and user.telecaller_id == telecaller_id
    if is_own and not is_forced:
        return telecaller_id
    needed = May.FLOOR if request.method in SAFE else May.CONTROL
    if not may_do(request, needed):
        raise web.HTTPNotFound
    centre = _centre_of(request, telecaller_id)
    if not sees_all(request):
        # Whoever sees everything is told what is wrong with the name.
        within(request, centre)
    if request.method not in SAFE and centre is not None and not is_forced:
        act = request.path.rpartition("/")[2].replace("-", "_")
        await note(request, f"desk_{act}", f"desk {telecaller_id}", centre=centre)
    return telecaller_id


def _centre_of(request: web.Request, telecaller_id: TelecallerId) -> CentreCode | None:
    try:
        return CentreCode(_ask(request).desk(telecaller_id).centre)
    except BadInput:
        return None


async def _campaign(request: web.Request) -> CampaignView:
    """Return the campaign, if all of it is the user's. Raises HTTPNotFound too."""
    campaign_id = CampaignId(request.match_info["campaign_id"])
    try:
        view = await _ask(request).campaign(campaign_id)
    except BadInput:
        if sees_all(request):
            raise  # whoever sees everything is told what is wrong with the name
        raise web.HTTPNotFound from None
    must_have(request, view.centres)
    return view


async def _to_start(request: web.Request) -> CampaignId:
    """Return the campaign, if the user may start it. Raises HTTPForbidden too."""
    view = await _campaign(request)
    must_start(request, view.centres, only_admin=view.only_admin_starts)
    workshop = site_of(request).campaigns
    sheet = await workshop.sheet(view.campaign_id) if workshop else None
    if workshop and sheet:
        await workshop.may_start(sheet.campaign)
    return view.campaign_id


@routes.get("/healthz")
@open_to_all
async def health(request: web.Request) -> web.Response:
    parts = _ask(request).health()
    is_well = all(state == "ok" for state in parts.values())
    return answer({"ok": is_well, "parts": parts}, status=200 if is_well else 503)


@routes.get("/api/v1/desks")
@needs(May.FLOOR)
@documented("Every desk of your centre", gives=list[DeskBody])
async def desks(request: web.Request) -> web.Response:
    views = _ask(request).desks()
    theirs = [v for v in views if is_theirs(request, CentreCode(v.centre))]
    return told(request, theirs)


@routes.get("/api/v1/desks/{telecaller_id}")
@needs(May.DESK, May.FLOOR)
@documented("One desk, or its next change", gives=DeskBody, asks=DeskQuery)
async def desk(request: web.Request) -> web.Response:
    """With ?seen=TIME&wait=SECONDS: answer when the desk changed after `seen`."""
    asked = query(request, DeskQuery)
    telecaller_id = await telecaller_of(request)
    if not asked.seen:
        return told(request, _ask(request).desk(telecaller_id))
    return told(
        request,
        await _ask(request).wait_desk_change(
            telecaller_id, moment(asked.seen.replace(" ", "+")), asked.wait
        ),
    )


@routes.post("/api/v1/desks/{telecaller_id}/login")
@needs(May.DESK, May.CONTROL)
@documented(
    "Ring the softphone; the desk becomes ready",
    gives=DeskBody,
    takes=LogInBody,
    optional=True,
)
async def log_in(request: web.Request) -> web.Response:
    """The body may be left out: then the softphone is rung."""
    said = await body(request, LogInBody, optional=True)
    return told(
        request, await _ask(request).log_in(await telecaller_of(request), said.phone)
    )


@routes.post("/api/v1/desks/{telecaller_id}/logout")
@needs(May.DESK, May.CONTROL)
@documented("End the work at a desk", gives=DeskBody)
async def log_out(request: web.Request) -> web.Response:
    return told(request, await _ask(request).log_out(await telecaller_of(request)))


@routes.post("/api/v1/desks/{telecaller_id}/ready")
@needs(May.DESK, May.CONTROL)
@documented("End a pause or wrap-up", gives=DeskBody)
async def ready(request: web.Request) -> web.Response:
    return told(request, await _ask(request).ready(await telecaller_of(request)))


@routes.post("/api/v1/desks/{telecaller_id}/pause")
@needs(May.DESK, May.CONTROL)
@documented("Pause, with a reason", gives=DeskBody, takes=PauseBody)
async def pause(request: web.Request) -> web.Response:
    telecaller_id = await telecaller_of(request)
    said = await body(request, PauseBody)
    return told(request, await _ask(request).pause(telecaller_id, said.reason))


@routes.post("/api/v1/desks/{telecaller_id}/end-talk")
@needs(May.DESK, May.CONTROL)
@documented("End the conversation", gives=DeskBody)
async def end_talk(request: web.Request) -> web.Response:
    return told(request, await _ask(request).end_talk(await telecaller_of(request)))


@routes.post("/api/v1/desks/{telecaller_id}/hold")
@needs(May.DESK, May.CONTROL)
@documented("Put the voter on hold, with music", gives=DeskBody)
async def hold(request: web.Request) -> web.Response:
    return told(request, await _ask(request).hold(await telecaller_of(request)))


@routes.post("/api/v1/desks/{telecaller_id}/take-back")
@needs(May.DESK, May.CONTROL)
@documented("Take the voter back from hold or a transfer", gives=DeskBody)
async def take_back(request: web.Request) -> web.Response:
    return told(request, await _ask(request).take_back(await telecaller_of(request)))


@routes.get("/api/v1/desks/{telecaller_id}/transfer-targets")
@needs(May.DESK, May.CONTROL)
@documented("To whom the voter may be handed", gives=list[Target])
async def transfer_targets(request: web.Request) -> web.Response:
    return told(request, _ask(request).transfer_targets(await telecaller_of(request)))


@routes.post("/api/v1/desks/{telecaller_id}/transfer")
@needs(May.DESK, May.CONTROL)
@documented("Ask somebody to take the voter over", gives=DeskBody, takes=TransferBody)
async def transfer(request: web.Request) -> web.Response:
    telecaller_id = await telecaller_of(request)
    said = await body(request, TransferBody)
    return told(
        request,
        await _ask(request).transfer(
            telecaller_id, said.kind, said.key, is_cold=said.cold
        ),
    )


@routes.post("/api/v1/desks/{telecaller_id}/hand-over")
@needs(May.DESK, May.CONTROL)
@documented("Let the one who was asked have the voter", gives=DeskBody)
async def hand_over(request: web.Request) -> web.Response:
    return told(request, await _ask(request).hand_over(await telecaller_of(request)))


@routes.post("/api/v1/desks/{telecaller_id}/bring-together")
@needs(May.DESK, May.CONTROL)
@documented("Talk all three together", gives=DeskBody)
async def bring_together(request: web.Request) -> web.Response:
    return told(
        request, await _ask(request).bring_together(await telecaller_of(request))
    )


@routes.post("/api/v1/desks/{telecaller_id}/dial")
@needs(May.DESK, May.CONTROL)
@documented("Preview: show a contact, then dial it", gives=DeskBody)
async def preview_dial(request: web.Request) -> web.Response:
    return told(request, await _ask(request).preview_dial(await telecaller_of(request)))


@routes.post("/api/v1/desks/{telecaller_id}/outcome")
@needs(May.DESK, May.CONTROL)
@documented("Keep what came of a conversation", gives=DeskBody, takes=OutcomeBody)
async def outcome(request: web.Request) -> web.Response:
    telecaller_id = await telecaller_of(request)
    said = await body(request, OutcomeBody)
    return told(
        request,
        await _ask(request).outcome(
            telecaller_id, CallId(said.call_id), said.outcome, said.notes
        ),
    )


@routes.get("/api/v1/listening")
@needs(May.SPY)
@documented("Who listens to whom", gives=list[ListenView])
async def who_listens(request: web.Request) -> web.Response:
    views = _ask(request).who_listens()
    return told(request, [view for view in views if is_theirs(request, view.centre)])


def _in_charge(request: web.Request) -> TelecallerId:
    """Return who listens, if they are of the user's centre. Raises HTTPNotFound."""
    in_charge_id = TelecallerId(request.match_info["in_charge_id"])
    within(request, _ask(request).in_charge_centre(in_charge_id))
    return in_charge_id


@routes.post("/api/v1/in-charges/{in_charge_id}/listen")
@needs(May.SPY)
@documented("Listen, whisper or barge", gives=ListenView, takes=ListenBody)
async def listen(request: web.Request) -> web.Response:
    in_charge_id = _in_charge(request)
    said = await body(request, ListenBody)
    to = TelecallerId(said.telecaller_id)
    within(request, _centre_of(request, to))
    view = await _ask(request).listen(in_charge_id, to, said.mode, said.phone)
    await note(
        request, "listen", f"telecaller {to}", centre=view.centre, mode=str(said.mode)
    )
    return told(request, view)


@routes.post("/api/v1/in-charges/{in_charge_id}/stop-listening")
@needs(May.SPY)
@documented("Stop listening", gives=Done)
async def stop_listening(request: web.Request) -> web.Response:
    in_charge_id = _in_charge(request)
    await _ask(request).stop_listening(in_charge_id)
    await note(request, "stop_listening", f"in-charge {in_charge_id}")
    return told(request, Done())


@routes.get("/api/v1/campaigns")
@needs(May.FLOOR)
@documented("Campaigns", gives=list[CampaignBody], asks=CampaignsQuery)
async def campaigns(request: web.Request) -> web.Response:
    """Those that run; with `state=any` also those that do not, or not any more."""
    asked = query(request, CampaignsQuery)
    views = await _ask(request).campaigns()
    if asked.state == "any":
        live = {view.campaign_id: view for view in views}
        sheets = await workshop_of(request).sheets()
        views = [live.get(one.campaign.campaign_id) or _at_rest(one) for one in sheets]
    theirs = [view for view in views if sees_campaign(request, view.centres)]
    return told(request, theirs)


def _at_rest(sheet: CampaignSheet) -> CampaignView:
    campaign = sheet.campaign
    return CampaignView(
        campaign_id=campaign.campaign_id,
        title_hi=campaign.title_hi,
        state=sheet.state,
        undone=sheet.undone,
        centres=campaign.centres,
        only_admin_starts=campaign.only_admin_starts,
    )


@routes.post("/api/v1/campaigns/{campaign_id}/start")
@needs(May.CONTROL)
@documented("Start a campaign", gives=CampaignBody)
async def start(request: web.Request) -> web.Response:
    campaign_id = await _to_start(request)
    await note(request, "campaign_start", f"campaign {campaign_id}")
    return told(request, await _ask(request).start(campaign_id))


@routes.post("/api/v1/campaigns/{campaign_id}/pause")
@needs(May.CONTROL)
@documented("Pause a campaign: no new calls", gives=CampaignBody)
async def pause_campaign(request: web.Request) -> web.Response:
    campaign_id = (await _campaign(request)).campaign_id
    await note(request, "campaign_pause", f"campaign {campaign_id}")
    return told(request, await _ask(request).pause_campaign(campaign_id))


@routes.post("/api/v1/campaigns/{campaign_id}/resume")
@needs(May.CONTROL)
@documented("Let a paused campaign go on", gives=CampaignBody)
async def resume(request: web.Request) -> web.Response:
    campaign_id = await _to_start(request)
    await note(request, "campaign_resume", f"campaign {campaign_id}")
    return told(request, await _ask(request).resume(campaign_id))


@routes.post("/api/v1/campaigns/{campaign_id}/stop")
@needs(May.CONTROL)
@documented("Stop a campaign", gives=CampaignBody)
async def stop(request: web.Request) -> web.Response:
    campaign_id = (await _campaign(request)).campaign_id
    await note(request, "campaign_stop", f"campaign {campaign_id}")
    return told(request, await _ask(request).stop(campaign_id))


@routes.get("/api/v1/decisions")
@needs(May.FLOOR)
@documented(
    "What pacing decides, as it decides", gives=list[DecisionBody], asks=DecisionQuery
)
async def decisions(request: web.Request) -> web.Response:
    """The live feed: ?seen=NUMBER&wait=SECONDS: what was decided after `seen`."""
    asked = query(request, DecisionQuery)
    decided = await _ask(request).decisions(asked.seen, asked.wait)
    if sees_all(request):
        return told(request, decided)
    seen_ids = {
        view.campaign_id
        for view in await _ask(request).campaigns()
        if sees_campaign(request, view.centres)
    }
    return told(request, [one for one in decided if one.campaign_id in seen_ids])


@routes.post("/api/v1/opt-outs")
@needs(May.LISTS, May.DESK)
@documented("Never call a number again", gives=Done, takes=OptOutBody, status=201)
async def opt_out(request: web.Request) -> web.Response:
    said = await body(request, OptOutBody)
    await note(request, "opt_out", masked(said.number), source=said.source)
    await _ask(request).opt_out(said.number, said.source)
    return told(request, Done())
