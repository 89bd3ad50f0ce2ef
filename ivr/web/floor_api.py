"""The floor as JSON: one short function per path. Asks FloorOperations."""

from __future__ import annotations

from aiohttp import web

from ivr.controller.floor_operations import FloorOperations, FloorView, MinuteView
from ivr.core.access import May
from ivr.core.alarms import Alarm
from ivr.core.dial_stops import DialStop, StopScope
from ivr.core.model import CampaignId, CentreCode
from ivr.core.why_not import WhyNot
from ivr.web.api.bodies import (
    DeskBody,
    Done,
    FloorQuery,
    MessageBody,
    NewMessageBody,
    PauseBody,
    StopBody,
)
from ivr.web.api.documented import body, documented, query, told
from ivr.web.guard import needs
from ivr.web.handlers import telecaller_of
from ivr.web.site import note, site_of, user_of
from ivr.web.whose import campaigns_of, centre_of, may_stop, stop_of, stops_of

routes = web.RouteTableDef()


def _floor(request: web.Request) -> FloorOperations:
    return site_of(request).operations.floor


@routes.get("/api/v1/floor")
@needs(May.FLOOR)
@documented("What goes on in a centre and below it", gives=FloorView, asks=FloorQuery)
async def floor(request: web.Request) -> web.Response:
    """?centre=CODE: what goes on there and below it; without it, one's own."""
    centre = centre_of(request, query(request, FloorQuery).centre)
    return told(request, _floor(request).view(centre))


@routes.get("/api/v1/floor/hour")
@needs(May.FLOOR)
@documented("The last hour by minutes", gives=list[MinuteView], asks=FloorQuery)
async def hour(request: web.Request) -> web.Response:
    """The last hour by minutes."""
    centre = centre_of(request, query(request, FloorQuery).centre)
    return told(request, _floor(request).last_hour(centre))


@routes.get("/api/v1/alarms")
@needs(May.FLOOR)
@documented("What is wrong now, and what to do", gives=list[Alarm], asks=FloorQuery)
async def alarms(request: web.Request) -> web.Response:
    centre = centre_of(request, query(request, FloorQuery).centre)
    return told(request, list(_floor(request).view(centre).alarms))


@routes.get("/api/v1/campaigns/{campaign_id}/why")
@needs(May.FLOOR)
@documented("Why nothing is dialled", gives=WhyNot, asks=FloorQuery)
async def why(request: web.Request) -> web.Response:
    """?centre=CODE: why nothing is dialled for its people."""
    centre = centre_of(request, query(request, FloorQuery).centre)
    campaign_id = CampaignId(request.match_info["campaign_id"])
    theirs = {one.campaign_id for one, _ in campaigns_of(request, centre)}
    if campaign_id not in theirs:
        raise web.HTTPNotFound
    return told(request, await _floor(request).why_not(campaign_id, centre))


@routes.get("/api/v1/dial-stops")
@needs(May.FLOOR)
@documented("Where dialling is stopped", gives=list[DialStop])
async def dial_stops(request: web.Request) -> web.Response:
    return told(request, stops_of(request))


@routes.post("/api/v1/dial-stops")
@needs(May.CONTROL)
@documented("Stop new dials", gives=DialStop, takes=StopBody, status=201)
async def stop_dialling(request: web.Request) -> web.Response:
    """Stop new dials for everything, a campaign, or a centre and all below it."""
    said = await body(request, StopBody)
    scope = StopScope(said.scope)
    may_stop(request, scope, said.about)
    where = CentreCode(said.about) if scope is StopScope.CENTRE else None
    # The act first: an audit log that cannot be written must not let dials out.
    made = await _floor(request).stop_dialling(
        scope, said.about, by=user_of(request).name, why=said.why
    )
    await note(request, "dialling_stopped", made.what, centre=where, why=made.why)
    return told(request, made)


@routes.post("/api/v1/dial-stops/{stop_id}/lift")
@needs(May.CONTROL)
@documented("Lift a stop", gives=DialStop)
async def resume_dialling(request: web.Request) -> web.Response:
    stop = stop_of(request, request.match_info["stop_id"])
    where = CentreCode(stop.about) if stop.scope is StopScope.CENTRE else None
    await note(request, "dialling_resumed", stop.what, centre=where)
    lifted = await _floor(request).resume_dialling(
        stop.stop_id, by=user_of(request).name
    )
    return told(request, lifted)


@routes.get("/api/v1/desks/{telecaller_id}/messages")
@needs(May.DESK, May.FLOOR)
@documented("The last day's messages to a desk", gives=list[MessageBody])
async def messages(request: web.Request) -> web.Response:
    return told(request, await _floor(request).messages(await telecaller_of(request)))


@routes.post("/api/v1/desks/{telecaller_id}/messages")
@needs(May.CONTROL)
@documented(
    "Send a message to a desk", gives=MessageBody, takes=NewMessageBody, status=201
)
async def send_message(request: web.Request) -> web.Response:
    telecaller_id = await telecaller_of(request, is_forced=True)
    said = await body(request, NewMessageBody)
    await note(request, "message_sent", f"desk {telecaller_id}")
    sent = await _floor(request).send_message(
        telecaller_id, said.text, by=user_of(request).name
    )
    return told(request, sent)


@routes.post("/api/v1/desks/{telecaller_id}/messages/{message_id}/seen")
@needs(May.DESK)
@documented("The telecaller has read it", gives=Done)
async def message_seen(request: web.Request) -> web.Response:
    telecaller_id = await telecaller_of(request)
    await _floor(request).message_seen(telecaller_id, request.match_info["message_id"])
    return told(request, Done())


@routes.post("/api/v1/desks/{telecaller_id}/force-pause")
@needs(May.CONTROL)
@documented("Pause a desk for its telecaller", gives=DeskBody, takes=PauseBody)
async def force_pause(request: web.Request) -> web.Response:
    telecaller_id = await telecaller_of(request, is_forced=True)
    said = await body(request, PauseBody)
    await note(request, "desk_paused", f"desk {telecaller_id}", reason=said.reason)
    await _floor(request).force_pause(
        telecaller_id, said.reason, by=user_of(request).name
    )
    return told(request, site_of(request).operations.desk(telecaller_id))


@routes.post("/api/v1/desks/{telecaller_id}/force-logout")
@needs(May.CONTROL)
@documented("Log a desk out for its telecaller", gives=DeskBody, takes=PauseBody)
async def force_log_out(request: web.Request) -> web.Response:
    telecaller_id = await telecaller_of(request, is_forced=True)
    said = await body(request, PauseBody)
    await note(request, "desk_logged_out", f"desk {telecaller_id}", reason=said.reason)
    await _floor(request).force_log_out(
        telecaller_id, said.reason, by=user_of(request).name
    )
    return told(request, site_of(request).operations.desk(telecaller_id))
