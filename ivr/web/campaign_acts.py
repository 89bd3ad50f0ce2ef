"""What is done with drafts of campaigns, by page and by program alike.

Whose a draft or a campaign is, is asked here, and what was done is noted here: there
is no second way to make a campaign. What is wrong with one, the workshop says.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from aiohttp import web

from ivr.controller.campaign_workshop import (
    CampaignDraft,
    CampaignSheet,
    CampaignWorkshop,
    Counts,
    ForecastState,
    KeyProblem,
    Template,
)
from ivr.core.findings import Finding, Verdict
from ivr.core.model import Campaign, CampaignId
from ivr.errors import BadInput
from ivr.web.site import note, site_of, user_of
from ivr.web.whose import (
    is_bound,
    is_theirs,
    must_have,
    reach_of,
    sees_campaign,
    within,
)


@dataclass(frozen=True, slots=True)
class Checked:
    """What the last step says of a draft."""

    problems: list[KeyProblem]  # what is missing or wrong, key by key
    findings: list[Finding]  # asked for when there is no problem
    counts: Counts
    is_ready: bool
    yaml: str


def workshop_of(request: web.Request) -> CampaignWorkshop:
    """Return the workshop's campaigns. Raises HTTPNotFound where there are none."""
    workshop = site_of(request).campaigns
    if workshop is None:
        raise web.HTTPNotFound
    return workshop


async def sheet_of(request: web.Request) -> CampaignSheet:
    """Return a campaign that the user sees. Raises HTTPNotFound."""
    about = CampaignId(request.match_info["campaign_id"])
    sheet = await workshop_of(request).sheet(about)
    if sheet is None or not sees_campaign(request, sheet.campaign.centres):
        raise web.HTTPNotFound
    return sheet


async def templates_of(request: web.Request) -> list[Template]:
    """Return what a new campaign of the user's may begin as."""
    return [
        one
        for one in await workshop_of(request).templates()
        if not one.is_stored or sees_campaign(request, one.centres)
    ]


async def drafts_of(request: web.Request) -> list[CampaignDraft]:
    """Return the drafts of the user's centre and what lies under it, newest first."""
    return [
        draft
        for draft in await workshop_of(request).drafts()
        if is_theirs(request, draft.centre)
    ]


async def draft_of(request: web.Request) -> CampaignDraft:
    """Return a draft of the user's own centre. Raises HTTPNotFound."""
    draft = await workshop_of(request).draft(request.match_info["draft"])
    if draft is None:
        raise web.HTTPNotFound
    within(request, draft.centre)
    return draft


async def begun(request: web.Request, template: str, *, edit: bool) -> CampaignDraft:
    """Begin a draft: empty, a copy, or a campaign that is to be changed.

    Raises BadInput, HTTPNotFound, HTTPForbidden.
    """
    workshop = workshop_of(request)
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
    return draft


async def kept(
    request: web.Request, draft: CampaignDraft, document: Mapping[str, object]
) -> CampaignDraft:
    """Keep what is said, whatever is wrong with it. A changed campaign keeps its id."""
    own: dict[str, object] = {"campaign": draft.edits} if draft.edits else {}
    if await is_bound_by(request, draft):
        own["only_admin_starts"] = True
    return await workshop_of(request).keep(draft, {**document, **own})


async def is_bound_by(request: web.Request, draft: CampaignDraft) -> bool:
    """Say whether it changes what only an admin starts, and the user is none."""
    if not draft.edits:
        return False
    sheet = await workshop_of(request).sheet(CampaignId(draft.edits))
    return sheet is not None and is_bound(
        request, only_admin=sheet.campaign.only_admin_starts
    )


def _bars(finding: Finding) -> bool:
    """Say whether a campaign cannot be made; approvals are asked for at its start."""
    return finding.verdict is Verdict.WRONG and finding.what != "prompts"


async def checked(request: web.Request, draft: CampaignDraft) -> Checked:
    """Say all that is right and wrong with a draft, and whom it means."""
    workshop, reach = workshop_of(request), reach_of(request)
    problems = workshop.problems(draft, reach)
    findings = [] if problems else await workshop.check_draft(draft)
    return Checked(
        problems=problems,
        findings=findings,
        counts=await workshop.counts(draft.document, reach),
        is_ready=not problems and not any(_bars(one) for one in findings),
        yaml=workshop.as_yaml(draft),
    )


async def played(request: web.Request, draft: CampaignDraft) -> ForecastState:
    """Begin the forecast. Raises BadInput for a draft that is not whole."""
    if workshop_of(request).problems(draft, reach_of(request)):
        raise BadInput("the campaign is not whole yet")
    try:
        return await workshop_of(request).play(draft)
    except BadInput as exc:
        return ForecastState("failed", failed=str(exc))


async def made(request: web.Request, draft: CampaignDraft) -> tuple[Campaign, int]:
    """Make the campaign of the draft, and take its people in; return how many.

    Raises BadInput, HTTPNotFound, HTTPForbidden.
    """
    workshop = workshop_of(request)
    if draft.edits:  # it may have become another's since the draft was begun
        sheet = await workshop.sheet(CampaignId(draft.edits))
        if sheet is None:
            raise web.HTTPNotFound
        must_have(request, sheet.campaign.centres)
    campaign, enrolled = await workshop.make(draft, reach_of(request))
    about = f"campaign {campaign.campaign_id}"
    await note(request, "campaign_made", about, people=str(enrolled))
    return campaign, enrolled


async def dropped(request: web.Request, draft: CampaignDraft) -> None:
    await workshop_of(request).drop(draft.draft_id)
    await note(request, "campaign_draft_dropped", draft.draft_id)
