"""Campaigns made in the browser: controller.campaign_workshop.CampaignWorkshop.

A draft is a campaign file's keys and values, kept in the store until it is whole;
then its YAML goes into the home folder and the store, as `dialer.py campaign new`
does it with a file of config/campaigns.
"""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from ivr.controller.campaign_workshop import (
    EVERYTHING,
    CampaignDraft,
    CampaignSheet,
    Choices,
    Counts,
    Document,
    ForecastState,
    KeyProblem,
    Named,
    Reach,
    Template,
    TrunkChoice,
)
from ivr.core.access import User
from ivr.core.election import POLL_ZONE
from ivr.core.findings import Finding, Verdict, note, ok, wrong
from ivr.core.flow_model import Flow
from ivr.core.law import LawFacts
from ivr.core.model import CallClass, Campaign, CampaignId, CampaignState
from ivr.core.prompt_papers import must_be_approved, not_approved
from ivr.core.say import prompt_texts
from ivr.errors import BadInput, SamvadError, SetupFailed
from ivr.files import write_whole
from ivr.prompts.lookup import AudioLibrary
from ivr.prompts.providers import tidy
from ivr.settings.campaigns import (
    campaign_of,
    document_of,
    load_campaigns,
    wrongs,
    yaml_of,
)
from ivr.settings.config import Settings
from ivr.settings.flow_folder import flow_folders
from ivr.settings.flows import load_flows
from ivr.settings.people import load_geography
from ivr.store import campaign_drafts, prompt_papers
from ivr.store.store import SqlStore
from ivr.workshop import campaign_parts as parts
from ivr.workshop.forecasts import Forecasts
from ivr.workshop.foreseen import foreseen

CHANGED_WHILE = (CampaignState.DRAFT, CampaignState.STOPPED, CampaignState.FINISHED)
MOST_DRAFTS = 30  # of one user
DRAFT_LASTS = timedelta(days=90)  # untouched
# What a copy does not take over: they are of the one campaign.
OWN = frozenset({"campaign", "starts_on", "ends_on", "note"})


class CampaignFiles:
    """The workshop's campaigns, of one installation."""

    def __init__(
        self,
        settings: Settings,
        store: SqlStore,
        *,
        now: Callable[[], datetime],
        law: Callable[[], LawFacts],
        library: AudioLibrary,
    ) -> None:
        self._settings = settings
        self._store = store
        self._now = now
        self._law = law
        self._library = library
        self._forecasts = Forecasts()
        self._making = asyncio.Lock()  # what is checked is still so when it is kept

    @property
    def _config(self) -> Path:
        return self._settings.project / "config"

    # What is there

    async def sheets(self) -> Sequence[CampaignSheet]:
        found = await self._store.list_campaigns()
        return [await self._sheet(campaign, state) for campaign, state in found]

    async def sheet(self, campaign_id: CampaignId) -> CampaignSheet | None:
        for campaign, state in await self._store.list_campaigns():
            if campaign.campaign_id == campaign_id:
                return await self._sheet(campaign, state)
        return None

    async def _sheet(self, campaign: Campaign, state: CampaignState) -> CampaignSheet:
        about, read = campaign.campaign_id, self._store.read
        given = await read(campaign_drafts.written, about)
        text, version = given or ("", "")
        return CampaignSheet(
            campaign=campaign,
            state=state,
            undone=await self._store.undone(about),
            queued=await read(campaign_drafts.queued, about),
            text=text,
            flow_version=version,
            history=await read(campaign_drafts.history, about),
        )

    async def check(self, campaign: Campaign) -> list[Finding]:
        found = await asyncio.to_thread(self._check, campaign)
        return [*found, *await self._approved(campaign)]

    async def _approved(self, campaign: Campaign) -> list[Finding]:
        """Say whether every sound of its flow is certified, where that may be asked."""
        if campaign.call_class is CallClass.NGO_SURVEY:
            return []
        try:
            sounds = await asyncio.to_thread(self._sounds, campaign)
        except SamvadError:
            return []  # the flow's own finding says it
        papers = await self._store.read(prompt_papers.papers)
        left = not_approved(sounds, papers)
        said = f"{len(sounds) - len(left)} of {len(sounds)} are approved"
        today = self._now().astimezone(POLL_ZONE).date()
        if not left:
            return [ok("prompts", said)]
        remedy = "a second person approves them on the page of prompts"
        if must_be_approved(campaign, self._law().calendar, today):
            return [wrong("prompts", said, remedy)]
        return [note("prompts", said, f"in an election period {remedy}")]

    def _sounds(self, campaign: Campaign) -> list[str]:
        """Return the hashes of the sounds that the campaign's flow says."""
        settings, name = self._settings, str(campaign.campaign_id)
        flow = parts.its_flow(settings, parts.its_flow_file(settings, campaign, name))
        said = {clip.text for clip in prompt_texts(flow)} | {campaign.organisation}
        texts = {tidy(text) for text in said}
        return sorted(
            {
                one.audio_sha256
                for one in self._library.records()
                if one.kind == "prompt" and one.text in texts
            }
        )

    def _check(self, campaign: Campaign) -> list[Finding]:
        settings, name = self._settings, str(campaign.campaign_id)

        def flow() -> str:
            file = parts.its_flow_file(settings, campaign, name)
            return parts.flow_speaks(settings, file, campaign, self._library).version

        return [
            _finding("trunk", lambda: parts.trunk_fits(settings, campaign, name)),
            _finding(
                "telecallers", lambda: parts.somebody_serves(settings, campaign, name)
            ),
            _finding("flow", flow),
            _finding(
                "law",
                lambda: parts.law_allows(campaign, settings, self._law(), self._now()),
            ),
        ]

    async def may_start(self, campaign: Campaign) -> None:
        for finding in await self._approved(campaign):
            if finding.verdict is Verdict.WRONG:
                raise BadInput(finding.said, where="prompts", remedy=finding.remedy)

    # Drafts

    async def templates(self) -> list[Template]:
        stored = [
            Template(
                f"campaign:{one.campaign_id}",
                one.title_hi,
                one.title_en,
                one.centres,
                is_stored=True,
            )
            for one, _ in await self._store.list_campaigns()
        ]
        files = await asyncio.to_thread(load_campaigns, self._config / "campaigns")
        return stored + [
            Template(f"file:{one.campaign_id}", one.title_hi, one.title_en)
            for one in files.values()
        ]

    async def choices(self) -> Choices:
        return await asyncio.to_thread(self._choices)

    def _choices(self) -> Choices:
        folders = flow_folders(self._settings.project, self._settings.home)
        flows = load_flows(*folders).values()
        places = load_geography(self._config / "geography.yaml")
        return Choices(
            flows=tuple(Named(f.flow_id, f.title_hi, f.title_en) for f in flows),
            trunks=tuple(
                TrunkChoice(t.name, t.caller_ids, t.channels, t.calls_per_s)
                for t in self._settings.trunks
            ),
            districts=tuple(
                Named(one.code, one.name_hi, one.name_en) for one in places.districts
            ),
            schemes=tuple(
                Named(one.tag, one.name_hi, one.name_en) for one in places.scheme_tags
            ),
            languages=("hi", "en"),
        )

    async def begin(self, by: User, template: str, *, edit: bool) -> CampaignDraft:
        change, read = self._store.change, self._store.read
        await change(campaign_drafts.drop_untouched, self._now() - DRAFT_LASTS)
        if await read(campaign_drafts.count_of, by.user_id) >= MOST_DRAFTS:
            raise BadInput(
                f"you have {MOST_DRAFTS} drafts", remedy="remove one of them first"
            )
        document = await self._copied(template)
        edits = str(document.get("campaign", "")) if edit else ""
        if edit:
            await self._may_change(CampaignId(edits))
        else:
            kept = {key: one for key, one in document.items() if key not in OWN}
            document = self._defaults() | kept
            if template.startswith("campaign:"):
                document["campaign"] = await self._free_name(template[9:])
        draft = CampaignDraft(
            draft_id=secrets.token_urlsafe(9),
            made_by=by.user_id,
            centre=by.centre,
            document=document,
            updated_at=self._now(),
            edits=edits,
            found=await self._mark(CampaignId(edits)) if edits else "",
        )
        await change(campaign_drafts.keep_draft, draft)
        return draft

    async def _free_name(self, of: str) -> str:
        """Return a name for a copy: august-2, august-3 …"""
        taken = {one.campaign_id for one, _ in await self._store.list_campaigns()}
        names = (f"{of[:36]}-{number}" for number in range(2, 1000))
        return next((name for name in names if name not in taken), "")

    def _defaults(self) -> dict[str, object]:
        found: dict[str, object] = {
            "organisation": self._settings.organisation.name_hi,
            "mode": "preview",
        }
        for trunk in self._settings.trunks[:1]:
            found["trunk"] = trunk.name
            found["caller_id"] = next(iter(trunk.caller_ids), "")
        return found

    async def _copied(self, template: str) -> dict[str, object]:
        kind, _, name = template.partition(":")
        if not template:
            return {}
        if kind == "campaign":
            found = await self._store.read(campaign_drafts.written, CampaignId(name))
            if found is not None and found[0]:
                return document_of(found[0])
        known = {
            file.stem: file for file in (self._config / "campaigns").glob("*.yaml")
        }
        if kind in ("file", "campaign") and name in known:
            return document_of(known[name].read_text("utf-8"))
        raise BadInput(f"there is no template {name!r}")

    async def _may_change(self, campaign_id: CampaignId) -> None:
        state = await self._store.campaign_state(campaign_id)
        if state not in CHANGED_WHILE:
            raise BadInput(
                f"{campaign_id} is {state}", remedy="stop it first, or copy it"
            )

    async def _mark(self, campaign_id: CampaignId) -> str:
        """Return a mark of the campaign's text as it is stored now."""
        found = await self._store.read(campaign_drafts.written, campaign_id)
        text = found[0] if found else ""
        return hashlib.sha256(text.encode()).hexdigest()

    async def drafts(self) -> list[CampaignDraft]:
        return await self._store.read(campaign_drafts.drafts)

    async def draft(self, draft_id: str) -> CampaignDraft | None:
        found = await self._store.read(campaign_drafts.drafts, draft_id)
        return found[0] if draft_id and found else None

    async def keep(self, draft: CampaignDraft, document: Document) -> CampaignDraft:
        kept = replace(draft, document=document, updated_at=self._now())
        await self._store.change(campaign_drafts.keep_draft, kept)
        return kept

    async def drop(self, draft_id: str) -> None:
        await self._forecasts.end(draft_id)
        await self._store.change(campaign_drafts.drop_draft, draft_id)

    async def counts(self, document: Document, reach: Reach) -> Counts:
        """Return counts; whatever else is missing from the draft does not matter."""
        return await self._store.read(
            campaign_drafts.counts, _meant(document), reach.districts
        )

    def problems(self, draft: CampaignDraft, reach: Reach) -> list[KeyProblem]:
        found = [KeyProblem(w.key, w.said, w.remedy) for w in wrongs(draft.document)]
        if found:
            return found
        return _beyond(campaign_of(draft.document), reach)

    async def check_draft(self, draft: CampaignDraft) -> list[Finding]:
        campaign = campaign_of(draft.document)
        found = await self.check(campaign)
        if not draft.edits and await self.sheet(campaign.campaign_id):
            said = f"a campaign {campaign.campaign_id} is there already"
            found.append(wrong("name", said, "choose another id in step 1"))
        return found

    def as_yaml(self, draft: CampaignDraft) -> str:
        return yaml_of(draft.document)

    async def make(self, draft: CampaignDraft, reach: Reach) -> tuple[Campaign, int]:
        async with self._making:
            campaign = await self._makeable(draft, reach)
            text, now = yaml_of(draft.document), self._now()
            flow, flow_text = await asyncio.to_thread(self._flow, campaign)
            await asyncio.to_thread(self._write, campaign, text)
            await self._store.save_campaign(
                campaign, flow, flow_text, now, campaign_text=text
            )
        enrolled = await self._store.enrol(campaign, now)
        await self.drop(draft.draft_id)
        return campaign, enrolled

    async def _makeable(self, draft: CampaignDraft, reach: Reach) -> Campaign:
        """Return the draft's campaign if nothing is in its way. Raises BadInput."""
        for problem in self.problems(draft, reach):
            raise BadInput(problem.said, where=problem.key, remedy=problem.remedy)
        for finding in await self.check_draft(draft):
            if finding.verdict is Verdict.WRONG and finding.what != "prompts":
                raise BadInput(finding.said, where=finding.what, remedy=finding.remedy)
        campaign = campaign_of(draft.document)
        if draft.edits:
            await self._replaceable(draft, campaign, reach)
        return campaign

    async def _replaceable(
        self, draft: CampaignDraft, campaign: Campaign, reach: Reach
    ) -> None:
        """Go on if the campaign may take the place of what it changes."""
        if campaign.campaign_id != draft.edits:
            raise BadInput("a campaign keeps its id", where="campaign")
        await self._may_change(campaign.campaign_id)
        if await self._mark(campaign.campaign_id) != draft.found:
            raise BadInput(
                "the campaign was changed since this draft was begun",
                remedy="begin the change again",
            )
        was = await self._store.campaign(campaign.campaign_id)
        is_freed = was.only_admin_starts and not campaign.only_admin_starts
        if is_freed and not reach.is_admin:
            raise BadInput(
                "only an admin lets others start this campaign",
                where="only_admin_starts",
            )

    def _flow(self, campaign: Campaign) -> tuple[Flow, str]:
        settings, name = self._settings, str(campaign.campaign_id)
        file = parts.its_flow_file(settings, campaign, name)
        return parts.its_flow(settings, file), file.read_text("utf-8")

    def _write(self, campaign: Campaign, text: str) -> None:
        """Keep the YAML beside the database: `campaign new` takes it again."""
        folder = self._settings.home / "campaigns"
        try:
            write_whole(folder / f"{campaign.campaign_id}.yaml", text)
        except SetupFailed as exc:
            raise BadInput(str(exc), remedy="check who owns the folder") from exc

    # Forecast

    async def play(self, draft: CampaignDraft) -> ForecastState:
        campaign = campaign_of(draft.document)
        counts = await self.counts(draft.document, EVERYTHING)
        scenario, based_on = await foreseen(
            self._settings,
            self._store,
            campaign,
            people=counts.numbers - counts.do_not_call,
            now=self._now(),
        )
        return await self._forecasts.begin(
            draft.draft_id, scenario, campaign.ends_on, based_on
        )

    def forecast(self, draft_id: str) -> ForecastState:
        return self._forecasts.state(draft_id)

    async def close(self) -> None:
        await self._forecasts.close()


def _finding(what: str, asked: Callable[[], str]) -> Finding:
    try:
        return ok(what, asked())
    except BadInput as exc:
        return wrong(what, exc.message, exc.remedy or "")
    except SamvadError as exc:
        return wrong(what, str(exc), "")


def _meant(document: Document) -> Campaign:
    """Return a campaign that means whom the document does, whatever else it lacks."""
    asked = {key: document[key] for key in ("lists", "filters") if document.get(key)}
    least: dict[str, object] = {
        "campaign": "draft",
        "title": {"hi": "-", "en": "-"},
        "organisation": "-",
        "class": "ngo_survey",
        "flow": "draft",
        "lists": ["-"],
        "trunk": "draft",
        "caller_id": "+917552550100",
    }
    try:
        return campaign_of(least | asked)
    except BadInput:
        return campaign_of(least)


def _beyond(campaign: Campaign, reach: Reach) -> list[KeyProblem]:
    """Return what of the campaign lies outside what its maker may reach."""
    found = []
    if reach.centres is not None:
        if not campaign.centres or not set(campaign.centres) <= reach.centres:
            found.append(KeyProblem("centres", "choose centres of your own"))
    if reach.districts is not None:
        wanted = set(campaign.filters.districts)
        if not wanted or not wanted <= reach.districts:
            found.append(KeyProblem("filters", "choose districts of your own"))
    return found
