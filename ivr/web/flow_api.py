"""The flow editor's API: a handler of a few lines for each path, for the workshop."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import wraps

from aiohttp import web

from ivr.controller.flow_ports import EditRefused, Release, Save, SavedMeanwhile
from ivr.core.access import May
from ivr.core.flow_document import Change, changes
from ivr.core.flow_drafts import Act, DraftAct
from ivr.core.flow_model import Clip, FlowFacts
from ivr.core.flow_trial import TRIAL_FIELDS
from ivr.core.model import YEARS, FlowId
from ivr.core.say import clips
from ivr.errors import BadInput, SetupFailed
from ivr.web.api.documented import body, documented, query, told
from ivr.web.api.failures import Failure, as_json
from ivr.web.api.rate import take_speech
from ivr.web.encode import answer
from ivr.web.flow_bodies import (
    MAX_FLOW_BODY,
    ActBody,
    DiffQuery,
    DocumentBody,
    DraftTold,
    FlowTold,
    OpenedTold,
    ProblemTold,
    SaveBody,
    SavedTold,
    SayBody,
    SoundQuery,
    TrialBody,
    TrialTold,
    draft_answer,
    opened_answer,
    problem_answer,
    trial_answer,
)
from ivr.web.guard import needs
from ivr.web.site import may_do, note, site_of, user_of, workshop_of
from ivr.web.texts import Texts
from ivr.web.whose import within

routes = web.RouteTableDef()

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
# What only whoever may approve does; the rest is for who draws.
APPROVALS = frozenset({DraftAct.APPROVE, DraftAct.SEND_BACK})


def flow_of(request: web.Request) -> FlowId:
    return FlowId(request.match_info["flow_id"])


def _who(request: web.Request) -> str:
    return str(user_of(request).user_id)


def _hindi(request: web.Request) -> Texts:
    return site_of(request).texts.of("hi")


def refusals(handler: Handler) -> Handler:
    """Answer a refused edit with why, and with both versions where there are two."""

    @wraps(handler)
    async def handled(request: web.Request) -> web.StreamResponse:
        try:
            return await handler(request)
        except EditRefused as exc:
            return answer(_refusal(request, exc), status=409)

    return handled


def _refusal(request: web.Request, exc: EditRefused) -> dict[str, object]:
    who = _who(request)
    said = as_json(request, Failure(409, exc.why, exc.because)) | {
        "draft": draft_answer(exc.theirs, who) if exc.theirs else None,
    }
    if isinstance(exc, SavedMeanwhile):
        said |= {
            "document": exc.data,
            "layout": exc.theirs.layout,
            "both": exc.both,
        }
    return said


@routes.get("/api/v1/flows")
@needs(May.FLOWS, May.APPROVE)
@documented("All flows, with their drafts", gives=list[FlowTold])
async def flows(request: web.Request) -> web.StreamResponse:
    who = _who(request)
    return told(
        request,
        [
            {
                "flow_id": line.flow_id,
                "title_hi": line.title_hi,
                "title_en": line.title_en,
                "is_part": line.is_part,
                "version": line.version,
                "draft": draft_answer(line.draft, who) if line.draft else None,
            }
            for line in await workshop_of(request).flows()
        ],
    )


@routes.get("/api/v1/flows/{flow_id}")
@needs(May.FLOWS, May.APPROVE)
@documented("A flow as it is edited", gives=OpenedTold)
async def flow(request: web.Request) -> web.StreamResponse:
    opened = await workshop_of(request).opened(flow_of(request))
    return told(request, opened_answer(opened, _who(request), _hindi(request)))


@routes.put("/api/v1/flows/{flow_id}/draft")
@needs(May.FLOWS)
@documented("Save an edit", gives=OpenedTold, takes=SaveBody, at_most=MAX_FLOW_BODY)
@refusals
async def save(request: web.Request) -> web.StreamResponse:
    """Save an edit: {document, layout, began_from}; 409 if somebody saved since."""
    within(request, None)  # a flow is of the whole: calls of every centre play it
    said = await body(request, SaveBody)
    draft = await workshop_of(request).save(
        flow_of(request),
        said.document,
        said.layout,
        began_from=said.began_from,
        who=_who(request),
    )
    await note(
        request,
        "flow_saved",
        f"flow {draft.flow_id}",
        revision=str(draft.revision),
    )
    opened = await workshop_of(request).opened(flow_of(request))
    return told(request, opened_answer(opened, _who(request), _hindi(request)))


@routes.post("/api/v1/flows/{flow_id}/check")
@needs(May.FLOWS, May.APPROVE)
@documented(
    "What is wrong with an edit",
    gives=list[ProblemTold],
    takes=DocumentBody,
    at_most=MAX_FLOW_BODY,
)
async def check(request: web.Request) -> web.StreamResponse:
    """Say what is wrong with an edit, without saving it."""
    said = await body(request, DocumentBody)
    found = await workshop_of(request).checked(flow_of(request), said.document)
    return told(request, [problem_answer(each, _hindi(request)) for each in found])


@routes.post("/api/v1/flows/{flow_id}/acts")
@needs(May.FLOWS, May.APPROVE)
@documented(
    "Ask for approval, approve, publish ...",
    gives=DraftTold,
    takes=ActBody,
    at_most=MAX_FLOW_BODY,
)
@refusals
async def act(request: web.Request) -> web.StreamResponse:
    """Ask for approval, approve, send back, publish or discard: {act, revision}."""
    within(request, None)
    said = await body(request, ActBody)
    if said.act is DraftAct.SAVE:
        raise BadInput("send the flow itself", where="act")
    if not may_do(request, May.APPROVE if said.act in APPROVALS else May.FLOWS):
        raise web.HTTPForbidden
    wanted = Act(said.act, _who(request), said.revision, said.note)
    draft = await workshop_of(request).act(flow_of(request), wanted)
    await note(
        request,
        f"flow_{said.act}",
        f"flow {draft.flow_id}",
        revision=str(draft.revision),
    )
    return told(request, draft_answer(draft, _who(request)))


@routes.get("/api/v1/flows/{flow_id}/saves")
@needs(May.FLOWS, May.APPROVE)
@documented("The revisions of a draft", gives=list[Save])
async def saves(request: web.Request) -> web.StreamResponse:
    return told(request, await workshop_of(request).saves(flow_of(request)))


@routes.get("/api/v1/flows/{flow_id}/saves/{revision}")
@needs(May.FLOWS, May.APPROVE)
@documented("One revision", gives=SavedTold)
async def one_save(request: web.Request) -> web.StreamResponse:
    revision = request.match_info["revision"]
    if not (revision.isascii() and revision.isdigit() and len(revision) < 9):
        raise BadInput(f"{revision!r} is no revision")
    document, layout = await workshop_of(request).at(flow_of(request), int(revision))
    return told(request, {"document": document, "layout": layout})


@routes.get("/api/v1/flows/{flow_id}/releases")
@needs(May.FLOWS, May.APPROVE)
@documented("The published versions", gives=list[Release])
async def releases(request: web.Request) -> web.StreamResponse:
    return told(request, await workshop_of(request).releases(flow_of(request)))


@routes.get("/api/v1/flows/{flow_id}/diff")
@needs(May.FLOWS, May.APPROVE)
@documented("What differs between two versions", gives=list[Change], asks=DiffQuery)
async def diff(request: web.Request) -> web.StreamResponse:
    """?old=&new=: each "draft", "published" or a version."""
    asked = query(request, DiffQuery)
    found = await workshop_of(request).diff(flow_of(request), asked.old, asked.new)
    return told(request, found)


@routes.post("/api/v1/flows/{flow_id}/diff")
@needs(May.FLOWS, May.APPROVE)
@documented(
    "How an edit differs from the draft",
    gives=list[Change],
    takes=DocumentBody,
    at_most=MAX_FLOW_BODY,
)
async def diff_of_edit(request: web.Request) -> web.StreamResponse:
    """Say how an edit differs from the draft as it is kept."""
    said = await body(request, DocumentBody)
    opened = await workshop_of(request).opened(flow_of(request))
    return told(request, changes(opened.data, said.document))


@routes.post("/api/v1/flows/{flow_id}/trial")
@needs(May.FLOWS, May.APPROVE)
@documented(
    "Try an edit without a call",
    gives=TrialTold,
    takes=TrialBody,
    at_most=MAX_FLOW_BODY,
)
async def trial(request: web.Request) -> web.StreamResponse:
    """Walk an edit as far as `events` lead. Nothing of it is kept."""
    said = await body(request, TrialBody)
    site = site_of(request)
    began_at = said.began_at or site.now()
    if began_at.year not in YEARS:
        raise BadInput("no call began then", where="began_at")
    fields = {**TRIAL_FIELDS, "organisation": site.organisation_hi}
    facts = FlowFacts(
        fields, language=said.language, now=began_at.astimezone(site.zone)
    )
    found = await workshop_of(request).tried(
        flow_of(request), said.document, facts, [each.event() for each in said.events]
    )
    return told(request, trial_answer(found, began_at))


@routes.post("/api/v1/speech")
@needs(May.FLOWS, May.APPROVE)
@documented(
    "The clips that say a text", gives=list[Clip], takes=SayBody, at_most=MAX_FLOW_BODY
)
async def say(request: web.Request) -> web.StreamResponse:
    """Return the clips that say a text with its places filled in for a trial."""
    said = await body(request, SayBody)
    fields = {**TRIAL_FIELDS, "organisation": site_of(request).organisation_hi}
    return told(request, clips(said.say, {**fields, "keys": "4567"}, said.language))


@routes.get("/api/v1/speech")
@needs(May.FLOWS, May.APPROVE)
@documented("A clip as sound", gives=bytes, asks=SoundQuery, content="audio/wav")
async def sound(request: web.Request) -> web.StreamResponse:
    """Return a clip as a WAV file: ?language=&kind=&text="""
    asked = query(request, SoundQuery)
    clip = Clip(asked.language, asked.text, asked.kind)
    workshop = workshop_of(request)
    if not await workshop.is_spoken(clip):
        take_speech(request)
    try:
        wav = await workshop.speech(clip)
    except SetupFailed as exc:
        failure = Failure(503, "no_voice", str(exc))
        return answer(as_json(request, failure), status=503)
    return web.Response(
        body=wav,
        content_type="audio/wav",
        headers={"Cache-Control": "private, max-age=300"},
    )
