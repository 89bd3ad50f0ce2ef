"""The floor as JSON: one short function per path. Asks FloorOperations."""

from __future__ import annotations

from aiohttp import web

from ivr.controller.floor_operations import FloorOperations
from ivr.core.access import May
from ivr.core.dial_stops import StopScope
from ivr.core.model import CampaignId, CentreCode
from ivr.web.encode import MessageBody, PauseBody, StopBody, answer, body
from ivr.web.guard import needs
from ivr.web.handlers import telecaller_of
from ivr.web.site import note, site_of, user_of
from ivr.web.whose import campaigns_of, centre_of, may_stop, stop_of, stops_of

routes = web.RouteTableDef()


def _floor(request: web.Request) -> FloorOperations:
    return site_of(request).operations.floor


@routes.get("/api/v1/floor")
@needs(May.FLOOR)
async def floor(request: web.Request) -> web.Response:
    """?centre=CODE: what goes on there and below it; without it, one's own."""
    centre = centre_of(request, request.query.get("centre"))
    return answer(_floor(request).view(centre))


@routes.get("/api/v1/floor/hour")
@needs(May.FLOOR)
async def hour(request: web.Request) -> web.Response:
    """The last hour by minutes."""
    centre = centre_of(request, request.query.get("centre"))
    return answer(_floor(request).last_hour(centre))


@routes.get("/api/v1/alarms")
@needs(May.FLOOR)
async def alarms(request: web.Request) -> web.Response:
    centre = centre_of(request, request.query.get("centre"))
    return answer(list(_floor(request).view(centre).alarms))


@routes.get("/api/v1/campaigns/{campaign_id}/why")
@needs(May.FLOOR)
async def why(request: web.Request) -> web.Response:
    """?centre=CODE: why nothing is dialled for its people."""
    centre = centre_of(request, request.query.get("centre"))
    campaign_id = CampaignId(request.match_info["campaign_id"])
    theirs = {one.campaign_id for one, _ in campaigns_of(request, centre)}
    if campaign_id not in theirs:
        raise web.HTTPNotFound
    return answer(await _floor(request).why_not(campaign_id, centre))


@routes.get("/api/v1/dial-stops")
@needs(May.FLOOR)
async def dial_stops(request: web.Request) -> web.Response:
    return answer(stops_of(request))


@routes.post("/api/v1/dial-stops")
@needs(May.CONTROL)
async def stop_dialling(request: web.Request) -> web.Response:
    """Stop new dials for everything, a campaign, or a centre and all below it."""
    said = await body(request, StopBody)
    scope = StopScope(said.scope)
    may_stop(request, scope, said.about)
    about = f"{scope} {said.about}".strip()
    where = CentreCode(said.about) if scope is StopScope.CENTRE else None
    # The act first: an audit log that cannot be written must not let dials out.
    made = await _floor(request).stop_dialling(
        scope, said.about, by=user_of(request).name, why=said.why
    )
    await note(request, "dialling_stopped", about, centre=where, why=said.why)
    return answer(made, status=201)


@routes.post("/api/v1/dial-stops/{stop_id}/lift")
@needs(May.CONTROL)
async def resume_dialling(request: web.Request) -> web.Response:
    stop = stop_of(request, request.match_info["stop_id"])
    where = CentreCode(stop.about) if stop.scope is StopScope.CENTRE else None
    about = f"{stop.scope} {stop.about}".strip()
    await note(request, "dialling_resumed", about, centre=where)
    lifted = await _floor(request).resume_dialling(
        stop.stop_id, by=user_of(request).name
    )
    return answer(lifted)


@routes.get("/api/v1/desks/{telecaller_id}/messages")
@needs(May.DESK, May.FLOOR)
async def messages(request: web.Request) -> web.Response:
    return answer(await _floor(request).messages(telecaller_of(request)))


@routes.post("/api/v1/desks/{telecaller_id}/messages")
@needs(May.CONTROL)
async def send_message(request: web.Request) -> web.Response:
    telecaller_id = telecaller_of(request, is_forced=True)
    said = await body(request, MessageBody)
    await note(request, "message_sent", f"desk {telecaller_id}")
    sent = await _floor(request).send_message(
        telecaller_id, said.text, by=user_of(request).name
    )
    return answer(sent, status=201)


@routes.post("/api/v1/desks/{telecaller_id}/messages/{message_id}/seen")
@needs(May.DESK)
async def message_seen(request: web.Request) -> web.Response:
    telecaller_id = telecaller_of(request)
    await _floor(request).message_seen(telecaller_id, request.match_info["message_id"])
    return answer({"done": True})


@routes.post("/api/v1/desks/{telecaller_id}/force-pause")
@needs(May.CONTROL)
async def force_pause(request: web.Request) -> web.Response:
    telecaller_id = telecaller_of(request, is_forced=True)
    said = await body(request, PauseBody)
    await note(request, "desk_paused", f"desk {telecaller_id}", reason=said.reason)
    await _floor(request).force_pause(
        telecaller_id, said.reason, by=user_of(request).name
    )
    return answer(site_of(request).operations.desk(telecaller_id))


@routes.post("/api/v1/desks/{telecaller_id}/force-logout")
@needs(May.CONTROL)
async def force_log_out(request: web.Request) -> web.Response:
    telecaller_id = telecaller_of(request, is_forced=True)
    said = await body(request, PauseBody)
    await note(request, "desk_logged_out", f"desk {telecaller_id}", reason=said.reason)
    await _floor(request).force_log_out(
        telecaller_id, said.reason, by=user_of(request).name
    )
    return answer(site_of(request).operations.desk(telecaller_id))
