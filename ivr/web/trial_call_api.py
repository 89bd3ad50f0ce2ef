"""A flow on one's own phone, by the API: have it rung, see where it is, hang it up.

Nobody can name a number: what is rung is the user's own phone, as the settings know it.
"""

from __future__ import annotations

from datetime import datetime

from aiohttp import web
from pydantic import Field

from ivr.controller.trial_calls import TrialCalls
from ivr.controller.trial_ports import TrialRefused
from ivr.core.access import May
from ivr.core.flow_trial import Given, Heard
from ivr.core.model import DeskPhone, FlowId, masked
from ivr.core.trial_call import (
    MOST_IN_AN_HOUR,
    Ended,
    NoTrial,
    Phase,
    TrialCall,
    Wanted,
)
from ivr.web.api.bodies import MAX_WAIT_S, Asked, Done, Sent, Told
from ivr.web.api.documented import body, documented, query, told
from ivr.web.api.failures import Failure, as_json
from ivr.web.encode import answer
from ivr.web.flow_api import flow_of, refusals
from ivr.web.guard import needs
from ivr.web.site import note, site_of, user_of, workshop_of

routes = web.RouteTableDef()

PATH = "/api/v1/flows/{flow_id}/trial-call"


class TrialCallBody(Sent):
    revision: int = Field(
        ge=0, lt=10**9, description="A save of the open draft; 0: as it is published"
    )
    phone: DeskPhone = DeskPhone.SOFTPHONE
    telecaller_is_free: bool = Field(
        default=False, description="What the flow is told where it asks for one."
    )


class TrialCallQuery(Asked):
    seen: int = Field(
        default=0, ge=0, lt=10**9, description="Answer when it is past this `step`."
    )
    wait: float = Field(default=0.0, ge=0, le=MAX_WAIT_S, description="Seconds.")


class PhoneTold(Told):
    phone: DeskPhone
    about: str = Field(description="Of the mobile: its number, masked.")


class TrialCallTold(Told):
    """A real call that is in no campaign, list or result."""

    trial_id: str
    flow_id: str
    version: str
    revision: int
    phone: DeskPhone
    phase: Phase
    since: datetime
    step: int = Field(description="Grows with each change.")
    node: str = Field(description="That speaks, or asks, now.")
    heard: list[Heard]
    answers: list[Given]
    notes: list[str] = Field(description="What was only said: opt_out, callback.")
    ended: Ended | None
    problem: str


class TrialCallsTold(Told):
    phones: list[PhoneTold] = Field(description="Of yours, that can be rung.")
    left: int = Field(description="How many more you may have just now.")
    most: int = Field(description="In an hour.")
    call: TrialCallTold | None = Field(description="Your last one of this flow.")


def _trial_calls(request: web.Request) -> TrialCalls:
    found = site_of(request).trial_calls
    if found is None:
        raise web.HTTPNotFound
    return found


def _own(request: web.Request, flow_id: FlowId) -> TrialCall | None:
    """Return the user's last trial call, if it is of this flow."""
    call = _trial_calls(request).of(user_of(request))
    return call if call is not None and call.flow_id == flow_id else None


@routes.get(PATH)
@needs(May.FLOWS, May.APPROVE)
@documented("Your trial call of a flow", gives=TrialCallsTold, asks=TrialCallQuery)
async def trial_call(request: web.Request) -> web.StreamResponse:
    """Say which phones may be rung, and where the last call is: only one's own."""
    asked = query(request, TrialCallQuery)
    trials, user = _trial_calls(request), user_of(request)
    if asked.wait and _own(request, flow_of(request)) is not None:
        await trials.changed(user, asked.seen, asked.wait)
    in_page = site_of(request).phones is not None
    phones = trials.phones(user, in_page=in_page)
    about = {DeskPhone.MOBILE: masked(trials.mobile(user))}
    return told(
        request,
        {
            "phones": [{"phone": one, "about": about.get(one, "")} for one in phones],
            "left": trials.left(user),
            "most": MOST_IN_AN_HOUR,
            "call": _own(request, flow_of(request)),
        },
    )


@routes.post(PATH)
@needs(May.FLOWS, May.APPROVE)
@documented("Hear a flow on your own phone", gives=TrialCallTold, takes=TrialCallBody)
@refusals
async def begin(request: web.Request) -> web.StreamResponse:
    """Ring the user's own phone with a saved revision that has no fault.

    What is pressed counts nowhere. `error_id` says why a phone is not rung.
    """
    said = await body(request, TrialCallBody)
    workshop, site = workshop_of(request), site_of(request)
    flow = await workshop.to_call(flow_of(request), said.revision)
    wanted = Wanted(flow, said.revision, said.phone, said.telecaller_is_free)
    try:
        call = await _trial_calls(request).begin(
            user_of(request),
            wanted,
            site.organisation_hi,
            lambda: workshop.make_sound(flow),
        )
    except TrialRefused as exc:
        status = 429 if exc.why is NoTrial.TOO_MANY else 409
        failure = Failure(status, exc.why, str(exc))
        return answer(as_json(request, failure), status=status)
    await note(
        request,
        "flow_trial_call",
        f"flow {flow.flow_id}",
        revision=str(said.revision),
        version=flow.version,
        phone=str(said.phone),
        trial=call.trial_id,
    )
    return told(request, call)


@routes.delete(PATH)
@needs(May.FLOWS, May.APPROVE)
@documented("Hang your trial call up", gives=Done)
async def end(request: web.Request) -> web.StreamResponse:
    if _own(request, flow_of(request)) is not None:
        await _trial_calls(request).end(user_of(request))
    return told(request, Done())
