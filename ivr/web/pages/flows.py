"""The flows of this installation, and the editor that draws one."""

from __future__ import annotations

from aiohttp import web

from ivr.core.access import May
from ivr.core.flow_document import FlowData, named
from ivr.core.flow_drafts import DraftState
from ivr.core.model import FlowId
from ivr.errors import BadInput
from ivr.web.encode import attachment
from ivr.web.flow_api import flow_of
from ivr.web.guard import needs
from ivr.web.page import page
from ivr.web.site import may_do, note, site_of, user_of, workshop_of
from ivr.web.texts import N_, parts_of
from ivr.web.whose import within

routes = web.RouteTableDef()

STATES = {
    DraftState.DRAFT: N_("Draft"),
    DraftState.ASKED: N_("Waits for approval"),
    DraftState.APPROVED: N_("Approved"),
    DraftState.PUBLISHED: N_("Published"),
    DraftState.DISCARDED: N_("Given up"),
}


@routes.get("/flows")
@needs(May.FLOWS, May.APPROVE)
async def flows(request: web.Request) -> web.StreamResponse:
    return await _page(request)


async def _page(
    request: web.Request, *, status: int = 200, **values: object
) -> web.Response:
    lines = await workshop_of(request).flows()
    return page(
        request, "flows.html", status=status, lines=lines, states=STATES, **values
    )


@routes.post("/flows")
@needs(May.FLOWS)
async def begin(request: web.Request) -> web.StreamResponse:
    """Begin a new flow: empty but for what the law asks, or as a copy of another."""
    within(request, None)  # a flow is of the whole: calls of every centre play it
    given = {name: str(value) for name, value in (await request.post()).items()}
    workshop = workshop_of(request)
    flow_id = FlowId(given.get("flow_id", "").strip())
    try:
        if any(line.flow_id == named(flow_id) for line in await workshop.flows()):
            raise BadInput("there is a flow of this name")
        title = {"hi": given.get("title_hi", "").strip()[:80]}
        copied = given.get("copy_of", "")
        data: FlowData = (
            (await workshop.opened(FlowId(copied))).data if copied else _first()
        )
        data = {**data, "flow": flow_id, "title": title}
        await workshop.begin(flow_id, data, {}, str(user_of(request).user_id))
    except BadInput as exc:
        return await _page(request, status=400, problem=parts_of(exc), filled=given)
    await note(request, "flow_begun", f"flow {flow_id}")
    raise web.HTTPSeeOther(f"/flows/{flow_id}/edit")


def _first() -> FlowData:
    """Return what every flow begins with: who calls, and the way to opt out."""
    return {
        "flow": "",
        "title": {},
        "languages": ["hi"],
        "start": "welcome",
        "opt_out": "stop_calls",
        "nodes": {
            "welcome": {
                "kind": "play",
                "say": {
                    "hi": "नमस्ते। {organisation} की ओर से यह स्वचालित कॉल है। "
                    "आगे कॉल न चाहें तो नौ दबाएँ।"
                },
                "next": "thanks",
            },
            "thanks": {
                "kind": "hang_up",
                "say": {"hi": "आपके समय के लिए धन्यवाद। नमस्ते।"},
            },
            "stop_calls": {"kind": "sub_flow", "flow": "opt-out"},
        },
    }


@routes.get("/flows/{flow_id}/edit")
@needs(May.FLOWS, May.APPROVE)
async def edit(request: web.Request) -> web.StreamResponse:
    lines = await workshop_of(request).flows()
    flow_id = flow_of(request)
    line = next((one for one in lines if one.flow_id == flow_id), None)
    if line is None:
        raise web.HTTPNotFound
    parts = [one.flow_id for one in lines if one.is_part and one.flow_id != flow_id]
    return page(
        request,
        "flow_edit.html",
        line=line,
        parts=parts,
        states=STATES,
        has_phone=_has_phone(request),
    )


def _has_phone(request: web.Request) -> bool:
    """Say whether the user has a phone that this page can be."""
    own, has_wire = user_of(request).telecaller_id, site_of(request).phones is not None
    return own is not None and has_wire and may_do(request, May.SPY)


@routes.get("/flows/{flow_id}/yaml")
@needs(May.FLOWS, May.APPROVE)
async def as_yaml(request: web.Request) -> web.StreamResponse:
    """Return the file: ?version= draft, published or a version."""
    version = request.query.get("version", "published")
    text = await workshop_of(request).text_of(flow_of(request), version)
    return web.Response(
        text=text,
        content_type="application/yaml",
        headers={"Content-Disposition": attachment(f"{flow_of(request)}.yaml")},
    )
