"""A site whose workshop is the real one: files of a copied project, SQLite, sounds."""

from __future__ import annotations

import shutil
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp

from ivr.controller.operations import CampaignView
from ivr.controller.results import Results
from ivr.controller.users import Users
from ivr.core.findings import Finding, ok
from ivr.core.model import (
    CampaignId,
    CampaignState,
    CentreCode,
    Contact,
    ContactId,
    ListName,
    PhoneNumber,
    TelecallerId,
    Trunk,
)
from ivr.core.organisation import Tree
from ivr.prompts.lookup import AudioLibrary
from ivr.settings.calendar import load_law
from ivr.settings.config import PROJECT, Settings, load_settings
from ivr.settings.people import load_centres, load_telecallers
from ivr.store.engine import open_store
from ivr.store.store import SqlStore
from ivr.store.users import SqlUsers
from ivr.web.app import make_app, serve
from ivr.web.metrics import new_registry
from ivr.web.site import Phones
from ivr.workshop.campaigns import CampaignFiles
from ivr.workshop.prompts import PromptFiles
from ivr.workshop.settings_files import SettingsFiles
from tests.adapters.web.browser import TOKEN, Browser, new_jar
from tests.fakes.floor import FakeFloor
from tests.fakes.operations import FakeOperations
from tests.fakes.site import make_site, people_join
from tests.fakes.switch import BEGIN, FakeClock
from tests.fakes.users import QuickHasher
from tests.fakes.voice import FakeVoice

NOW = datetime(2026, 12, 1, 6, 0, tzinfo=UTC)
PEOPLE_OF = {"SEH": 30, "VID": 20}


class StoreOperations(FakeOperations):
    """Campaigns change their state in the store, and nothing is dialled."""

    def __init__(self, store: SqlStore, tree: Tree) -> None:
        super().__init__()
        self.store = store
        self.floor = FakeFloor(tree, self)

    async def campaign(self, campaign_id: CampaignId) -> CampaignView:
        found = await self.store.campaign(campaign_id)
        return CampaignView(
            campaign_id,
            found.title_hi,
            await self.store.campaign_state(campaign_id),
            centres=found.centres,
            only_admin_starts=found.only_admin_starts,
        )

    async def _state(
        self, campaign_id: CampaignId, state: CampaignState
    ) -> CampaignView:
        await self.store.set_campaign_state(campaign_id, state, BEGIN)
        return await self.campaign(campaign_id)

    async def start(self, campaign_id: CampaignId) -> CampaignView:
        return await self._state(campaign_id, CampaignState.RUNNING)

    async def pause_campaign(self, campaign_id: CampaignId) -> CampaignView:
        return await self._state(campaign_id, CampaignState.PAUSED)

    async def resume(self, campaign_id: CampaignId) -> CampaignView:
        return await self._state(campaign_id, CampaignState.RUNNING)

    async def stop(self, campaign_id: CampaignId) -> CampaignView:
        return await self._state(campaign_id, CampaignState.STOPPED)


def a_project(folder: Path) -> Settings:
    """Return the settings of a copy of config/, with the shipped sounds."""
    project = folder / "project"
    shutil.copytree(PROJECT / "config", project / "config")
    (project / "audio").symlink_to(PROJECT / "audio")
    settings = load_settings(project / "config" / "demo.toml")
    return replace(settings, project=project, home=folder / "home")


async def fill(store: SqlStore, settings: Settings) -> None:
    """Put the organisation and one list of invented people into the store."""
    config = settings.project / "config"
    centres = load_centres(config / "centres.yaml")
    telecallers = load_telecallers(config / "telecallers.yaml")
    known_to_users = [
        replace(telecallers[0], telecaller_id=TelecallerId(one), address=f"desk-{one}")
        for one in ("tc-1", "tc-2", "ic-1", "ic-2", "ic-3", "ic-4")
    ]
    await store.upsert_people(centres, [*telecallers, *known_to_users])
    people = [
        Contact(
            contact_id=ContactId(0),
            list_name=ListName("sample"),
            number=PhoneNumber(f"+9198271{number:05d}"),
            name="सीता देवी",
            district=district,
            centre=CentreCode(f"MP.BPL.{district}"),
            schemes=("ujjwala",) if number % 2 else (),
        )
        for number, district in enumerate(
            code for code, count in PEOPLE_OF.items() for _ in range(count)
        )
    ]
    await store.add_contacts(ListName("sample"), "शिविर की उपस्थिति सूची", NOW, people)


@asynccontextmanager
async def opened_workshop(
    folder: Path,
    *,
    results: Results | None = None,
    phones: Phones | None = None,
    authority: bytes | None = None,
) -> AsyncIterator[Browser]:
    """Serve it; nobody is signed in. `browser.site.campaigns` is the workshop."""
    settings = a_project(folder)
    settings.home.mkdir()
    config = settings.project / "config"
    async with await open_store(settings.database_url) as store:
        await fill(store, settings)
        library = audio_of(settings)
        tree = {one.code: one for one in load_centres(config / "centres.yaml")}
        campaigns = CampaignFiles(
            settings,
            store,
            now=lambda: NOW,
            law=lambda: load_law(config, settings.trunks),
            library=library,
        )
        site = replace(
            make_site(StoreOperations(store, tree), TOKEN, results=results),
            tree=tree,
            phones=phones,
            authority=authority,
            campaigns=campaigns,
            settings=SettingsFiles(
                settings,
                now=lambda: NOW,
                check_trunk=_answers,
                on_saved=lambda: None,
            ),
            prompts=PromptFiles(
                settings,
                store,
                library=library,
                voices=lambda only: [FakeVoice("tone")],
                now=lambda: NOW,
                making=threading.Lock(),
            ),
            users=Users(
                SqlUsers(store), QuickHasher(), FakeClock(), idle=timedelta(hours=1)
            ),
        )
        await people_join(site)
        registry, _ = new_registry()
        runner = await serve(make_app(site, registry), "127.0.0.1", 0)
        base = f"http://127.0.0.1:{runner.addresses[0][1]}"
        async with aiohttp.ClientSession(cookie_jar=new_jar()) as http:
            yield Browser(base, site, http)
        await campaigns.close()
        await runner.cleanup()


async def _answers(trunk: Trunk) -> list[Finding]:
    return [ok(f"trunk {trunk.name}", "answers")]


def audio_of(settings: Settings) -> AudioLibrary:
    return AudioLibrary(settings.project / "audio", settings.home / "audio")
