"""The JSON API, one short function per path. Asks Operations, decides nothing."""

from __future__ import annotations

from aiohttp import web

from ivr.controller.operations import Operations
from ivr.core.model import CallId, CampaignId, TelecallerId
from ivr.errors import BadInput
from ivr.web.encode import OptOutBody, OutcomeBody, PauseBody, answer, body, moment

OPERATIONS: web.AppKey[Operations] = web.AppKey("operations")
MAX_WAIT_S = 60.0

routes = web.RouteTableDef()


def _ask(request: web.Request) -> Operations:
    return request.app[OPERATIONS]


def _telecaller(request: web.Request) -> TelecallerId:
    return TelecallerId(request.match_info["telecaller_id"])


def _campaign(request: web.Request) -> CampaignId:
    return CampaignId(request.match_info["campaign_id"])


@routes.get("/healthz")
async def health(request: web.Request) -> web.Response:
    parts = _ask(request).health()
    is_well = all(state == "ok" for state in parts.values())
    return answer({"ok": is_well, "parts": parts}, status=200 if is_well else 503)


@routes.get("/api/v1/desks")
async def desks(request: web.Request) -> web.Response:
    return answer(_ask(request).desks())


@routes.get("/api/v1/desks/{telecaller_id}")
async def desk(request: web.Request) -> web.Response:
    """With ?seen=TIME&wait=SECONDS: answer when the desk changed after `seen`."""
    seen = request.query.get("seen")
    if seen is None:
        return answer(_ask(request).desk(_telecaller(request)))
    wait_s = _seconds(request.query.get("wait", "25"))
    return answer(
        await _ask(request).wait_desk_change(
            _telecaller(request), moment(seen.replace(" ", "+")), wait_s
        )
    )


def _seconds(text: str) -> float:
    try:
        return min(max(float(text), 0.0), MAX_WAIT_S)
    except ValueError:
        raise BadInput(f"{text!r} is no number of seconds", where="wait") from None


@routes.post("/api/v1/desks/{telecaller_id}/login")
async def log_in(request: web.Request) -> web.Response:
    return answer(await _ask(request).log_in(_telecaller(request)))


@routes.post("/api/v1/desks/{telecaller_id}/logout")
async def log_out(request: web.Request) -> web.Response:
    return answer(await _ask(request).log_out(_telecaller(request)))


@routes.post("/api/v1/desks/{telecaller_id}/ready")
async def ready(request: web.Request) -> web.Response:
    return answer(await _ask(request).ready(_telecaller(request)))


@routes.post("/api/v1/desks/{telecaller_id}/pause")
async def pause(request: web.Request) -> web.Response:
    said = await body(request, PauseBody)
    return answer(await _ask(request).pause(_telecaller(request), said.reason))


@routes.post("/api/v1/desks/{telecaller_id}/end-talk")
async def end_talk(request: web.Request) -> web.Response:
    return answer(await _ask(request).end_talk(_telecaller(request)))


@routes.post("/api/v1/desks/{telecaller_id}/dial")
async def preview_dial(request: web.Request) -> web.Response:
    return answer(await _ask(request).preview_dial(_telecaller(request)))


@routes.post("/api/v1/desks/{telecaller_id}/outcome")
async def outcome(request: web.Request) -> web.Response:
    said = await body(request, OutcomeBody)
    return answer(
        await _ask(request).outcome(
            _telecaller(request), CallId(said.call_id), said.outcome, said.notes
        )
    )


@routes.get("/api/v1/campaigns")
async def campaigns(request: web.Request) -> web.Response:
    return answer(await _ask(request).campaigns())


@routes.post("/api/v1/campaigns/{campaign_id}/start")
async def start(request: web.Request) -> web.Response:
    return answer(await _ask(request).start(_campaign(request)))


@routes.post("/api/v1/campaigns/{campaign_id}/pause")
async def pause_campaign(request: web.Request) -> web.Response:
    return answer(await _ask(request).pause_campaign(_campaign(request)))


@routes.post("/api/v1/campaigns/{campaign_id}/resume")
async def resume(request: web.Request) -> web.Response:
    return answer(await _ask(request).resume(_campaign(request)))


@routes.post("/api/v1/campaigns/{campaign_id}/stop")
async def stop(request: web.Request) -> web.Response:
    return answer(await _ask(request).stop(_campaign(request)))


@routes.get("/api/v1/decisions")
async def decisions(request: web.Request) -> web.Response:
    """The live feed: ?seen=NUMBER&wait=SECONDS: what was decided after `seen`."""
    seen = request.query.get("seen", "0")
    if not (seen.isascii() and seen.isdigit() and len(seen) < 19):
        raise BadInput(f"{seen!r} is no number of a decision", where="seen")
    wait_s = _seconds(request.query.get("wait", "25"))
    return answer(await _ask(request).decisions(int(seen), wait_s))


@routes.post("/api/v1/opt-outs")
async def opt_out(request: web.Request) -> web.Response:
    said = await body(request, OptOutBody)
    await _ask(request).opt_out(said.number, said.source)
    return answer({"done": True}, status=201)
