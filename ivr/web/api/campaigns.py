"""The API's campaigns: one as it is stored, and new ones from draft to made.

As the wizard does it, by the same functions: ivr/web/campaign_acts.py.
"""

from __future__ import annotations

from aiohttp import web

from ivr.controller.campaign_workshop import (
    CampaignDraft,
    CampaignSheet,
    Choices,
    ForecastState,
    Template,
)
from ivr.core.access import May
from ivr.errors import BadInput
from ivr.web.api.bodies import Done
from ivr.web.api.campaign_bodies import (
    CampaignSent,
    CampaignSheetBody,
    CheckBody,
    DraftBody,
    MadeBody,
    NewDraftSent,
)
from ivr.web.api.documented import body, documented, told
from ivr.web.campaign_acts import (
    begun,
    checked,
    draft_of,
    drafts_of,
    dropped,
    kept,
    made,
    played,
    sheet_of,
    templates_of,
    workshop_of,
)
from ivr.web.campaign_form import slug
from ivr.web.guard import needs
from ivr.web.whose import reach_of

routes = web.RouteTableDef()

DRAFTS = "/api/v1/campaign-drafts"
ONE = DRAFTS + "/{draft}"


@routes.get("/api/v1/campaigns/{campaign_id}")
@needs(May.CAMPAIGNS, May.FLOOR)
@documented("One campaign, in whatever state", gives=CampaignSheetBody)
async def campaign(request: web.Request) -> web.Response:
    """As it is stored, with what its check says now."""
    return told(request, await _sheet(request, await sheet_of(request)))


async def _sheet(request: web.Request, sheet: CampaignSheet) -> dict[str, object]:
    one = sheet.campaign
    findings = await workshop_of(request).check(one)
    names = CampaignSheetBody.model_fields.keys()
    of_it = {name: getattr(one, name) for name in names if hasattr(one, name)}
    return of_it | {
        "flow_version": sheet.flow_version,
        "state": sheet.state,
        "undone": sheet.undone,
        "queued": sheet.queued,
        "yaml": sheet.text,
        "history": sheet.history,
        "findings": findings,
    }


@routes.get("/api/v1/campaign-templates")
@needs(May.CAMPAIGNS)
@documented("What a new campaign may begin as", gives=list[Template])
async def templates(request: web.Request) -> web.Response:
    """Every campaign that is stored and that you see, and those that ship."""
    return told(request, await templates_of(request))


@routes.get("/api/v1/campaign-choices")
@needs(May.CAMPAIGNS)
@documented("Flows, trunks, districts and schemes to choose from", gives=Choices)
async def choices(request: web.Request) -> web.Response:
    return told(request, await workshop_of(request).choices())


@routes.get(DRAFTS)
@needs(May.CAMPAIGNS)
@documented("The drafts of your centre, newest first", gives=list[DraftBody])
async def drafts(request: web.Request) -> web.Response:
    """Of the newest 200. One user has at most 30, and what nobody touches ends."""
    found = await drafts_of(request)
    return told(request, [_draft(request, one) for one in found])


def _draft(request: web.Request, draft: CampaignDraft) -> dict[str, object]:
    problems = workshop_of(request).problems(draft, reach_of(request))
    return {
        "draft_id": draft.draft_id,
        "made_by": draft.made_by,
        "centre": draft.centre,
        "edits": draft.edits,
        "updated_at": draft.updated_at,
        "document": draft.document,
        "problems": problems,
    }


@routes.post(DRAFTS)
@needs(May.CAMPAIGNS)
@documented("Begin a draft", gives=DraftBody, takes=NewDraftSent, status=201)
async def begin(request: web.Request) -> web.Response:
    """Anew, as a copy, or of a campaign that is to be changed; with all its keys.

    What is wrong with it is in `problems`, and no reason to refuse it.
    """
    said = await body(request, NewDraftSent)
    draft = await begun(request, said.template, edit=said.edit)
    if said.document is not None:
        document = {**draft.document, **_named(said.document)}
        draft = await kept(request, draft, document)
    return told(request, _draft(request, draft))


def _named(said: CampaignSent) -> dict[str, object]:
    """Return the keys; without an id, with one made of the English title."""
    name = said.campaign or slug(said.title.en if said.title else "")
    return said.document() | ({"campaign": name} if name else {})


@routes.get(ONE)
@needs(May.CAMPAIGNS)
@documented("One draft", gives=DraftBody)
async def one_draft(request: web.Request) -> web.Response:
    return told(request, _draft(request, await draft_of(request)))


@routes.put(ONE)
@needs(May.CAMPAIGNS)
@documented("Put other keys in a draft", gives=DraftBody, takes=CampaignSent)
async def keep(request: web.Request) -> web.Response:
    """What is left out is left out of the draft."""
    draft = await draft_of(request)
    said = await body(request, CampaignSent)
    return told(request, _draft(request, await kept(request, draft, _named(said))))


@routes.delete(ONE)
@needs(May.CAMPAIGNS)
@documented("Drop a draft", gives=Done)
async def drop(request: web.Request) -> web.Response:
    await dropped(request, await draft_of(request))
    return told(request, Done())


@routes.get(ONE + "/check")
@needs(May.CAMPAIGNS)
@documented("What is right and wrong with a draft", gives=CheckBody)
async def check(request: web.Request) -> web.Response:
    """The wizard's last step: problems, findings, whom it means, and its YAML."""
    return told(request, await checked(request, await draft_of(request)))


@routes.post(ONE + "/forecast")
@needs(May.CAMPAIGNS)
@documented("Begin to play a draft beforehand", gives=ForecastState, status=202)
async def play(request: web.Request) -> web.Response:
    """Then ask how far it is. It ends by itself when nobody asks for a while."""
    return told(request, await played(request, await draft_of(request)))


@routes.get(ONE + "/forecast")
@needs(May.CAMPAIGNS)
@documented("How far a forecast is, and what it says", gives=ForecastState)
async def forecast(request: web.Request) -> web.Response:
    """`state`: none, playing, done or failed."""
    draft = await draft_of(request)
    return told(request, workshop_of(request).forecast(draft.draft_id))


@routes.post(ONE + "/make")
@needs(May.CAMPAIGNS)
@documented("Make the campaign of a draft", gives=MadeBody, status=201)
async def make(request: web.Request) -> web.Response:
    """Take its people in. It does not begin: start it. The draft is gone then."""
    campaign, enrolled = await made(request, await draft_of(request))
    sheet = await workshop_of(request).sheet(campaign.campaign_id)
    if sheet is None:
        raise BadInput("the campaign was taken away meanwhile")
    return told(request, await _sheet(request, sheet) | {"enrolled": enrolled})
