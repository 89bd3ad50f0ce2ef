"""A site in which all is there that the API's examples name, for test_schemathesis.py.

Campaigns, prompts and settings are those of a copied project, results of a database of
their own.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from ivr.controller.campaign_workshop import EVERYTHING, CampaignDraft, ForecastState
from ivr.controller.programs import Programs
from ivr.controller.results import Results
from ivr.controller.upload_folder import UploadFolder
from ivr.controller.users import Users
from ivr.core.access import Role, User, UserId, centres_under
from ivr.core.dial_stops import StopScope
from ivr.core.findings import Finding, ok
from ivr.core.happenings import HappeningKind, Hook, HookId
from ivr.core.list_import import ImportState, ListImport
from ivr.core.model import FlowId, TelecallerId, Trunk
from ivr.core.new_list import NewList
from ivr.core.selection import WHOLE, CentreScope
from ivr.settings.calendar import load_law
from ivr.settings.config import Settings
from ivr.store import spoken_answers
from ivr.store.engine import open_store
from ivr.store.programs import SqlPrograms
from ivr.store.result_questions import SqlResults
from ivr.store.store import SqlStore
from ivr.store.users import SqlUsers
from ivr.web.site import ListRoom, Site
from ivr.workshop.campaigns import CampaignFiles
from ivr.workshop.prompts import PromptFiles
from ivr.workshop.settings_files import SettingsFiles
from tests.adapters.web.api_examples import PENSION, flow_named
from tests.adapters.web.workshop_site import NOW, a_project, audio_of, fill
from tests.fakes import filled_store
from tests.fakes.counted import NAMES
from tests.fakes.list_room import (
    LOOK,
    TALLY,
    FakeOutcomes,
    FakeWorker,
    ScriptedImports,
    lists_of_vidisha,
    make_list_room,
)
from tests.fakes.operations import FakeOperations
from tests.fakes.site import INDIA, MP, TREE, make_site, people_join
from tests.fakes.spoken_files import put_sealed, recordings_in
from tests.fakes.switch import BEGIN, FakeClock
from tests.fakes.users import QuickHasher
from tests.fakes.voice import FakeVoice

MEERA = User(UserId("meera"), "मीरा शर्मा", Role.ADMIN, MP)
DRAFTS = ("d-whole", "d-drop")


class HastyCampaigns(CampaignFiles):
    """Plays nothing beforehand: that is a process of its own, for seconds.

    The drafts that the examples name are there and whole, whatever was done with them.
    """

    async def draft(self, draft_id: str) -> CampaignDraft | None:
        found = await super().draft(draft_id)
        if draft_id not in DRAFTS:
            return found
        document = PENSION | {"campaign": f"of-{draft_id}"}
        return CampaignDraft(draft_id, "meera", MP, document, NOW)

    async def play(self, draft: CampaignDraft) -> ForecastState:
        return ForecastState("playing")


class ReadyImports(ScriptedImports):
    """An import is in the state in which what is asked can be done with it."""

    def _as(self, one: ListImport, state: ImportState) -> ListImport:
        tally = TALLY if state is ImportState.COMPARED else None
        look = replace(LOOK, sheets=("1", "2"))
        self.put(replace(one, state=state, tally=tally, look=look))
        return self._all[one.import_id]

    async def another_sheet(self, one: ListImport, sheet: str) -> ListImport:
        return await super().another_sheet(self._as(one, ImportState.MAPPING), sheet)

    async def choose(
        self, one: ListImport, mapping: Mapping[int, str], new: NewList
    ) -> ListImport:
        return await super().choose(self._as(one, ImportState.MAPPING), mapping, new)

    async def reopen(self, one: ListImport) -> ListImport:
        return await super().reopen(self._as(one, ImportState.COMPARED))

    async def confirm(self, one: ListImport) -> ListImport:
        return await super().confirm(self._as(one, ImportState.COMPARED))

    async def cancel(self, one: ListImport) -> ListImport:
        return await super().cancel(self._as(one, ImportState.MAPPING))


@dataclass
class Scene:
    """The site, and what of the examples is known only now."""

    site: Site
    places: dict[str, list[Any]] = field(default_factory=dict)
    bodies: dict[str, dict[str, Any]] = field(default_factory=dict)


async def opened_scene(
    folder: Path, operations: FakeOperations, token: str, stack: AsyncExitStack
) -> Scene:
    clock = FakeClock()
    settings = a_project(folder)
    settings.home.mkdir()
    store = await stack.enter_async_context(await open_store(settings.database_url))
    await fill(store, settings)
    room = _lists(folder / "uploads", clock)
    stack.push_async_callback(room.imports.close)
    results, call = await _results(folder, stack)
    site = make_site(operations, token, clock=clock, lists=room, results=results)
    users = Users(SqlUsers(store), QuickHasher(), clock, idle=timedelta(hours=1))
    programs = Programs(SqlPrograms(store), users, clock, TREE)
    site = _with_workshop(
        replace(site, users=users, programs=programs), settings, store
    )
    await people_join(site)
    scene = Scene(site, places=call)
    await _a_campaign(site)
    await _prompts_and_files(scene)
    await _others(site)
    return scene


def _lists(folder: Path, clock: FakeClock) -> ListRoom:
    uploads = UploadFolder(folder, max_bytes=10_000)
    imports = ReadyImports(
        uploads,
        FakeWorker(),
        FakeOutcomes(),
        clock.now,
        subtree=lambda centre: centres_under(centre, TREE),
    )
    return replace(make_list_room(clock.now, TREE, folder=folder), imports=imports)


async def _results(
    folder: Path, stack: AsyncExitStack
) -> tuple[Results, dict[str, list[Any]]]:
    """Return real results, and where a spoken answer of theirs is."""
    counted = f"sqlite:///{folder}/counted.db"
    store = await stack.enter_async_context(await open_store(counted))
    await store.change(filled_store.fill, filled_store.make_past(seed=3, people=300))
    clock = FakeClock(filled_store.BEGINS.replace(month=12))
    names, recordings = replace(NAMES, centres=TREE), recordings_in(folder)
    results = Results(SqlResults(store), names, TREE, clock, INDIA, recordings)
    stack.push_async_callback(results.close)
    ask, campaign = spoken_answers.spoken_answers, filled_store.CAMPAIGN
    [one] = await store.read(ask, campaign, CentreScope(None), WHOLE, None, 1)
    put_sealed(recordings, one.file)
    return results, {"call_id": [one.call_id], "seq": [str(one.seq)]}


def _with_workshop(site: Site, settings: Settings, store: SqlStore) -> Site:
    config, library = settings.project / "config", audio_of(settings)
    return replace(
        site,
        campaigns=HastyCampaigns(
            settings,
            store,
            now=lambda: NOW,
            law=lambda: load_law(config, settings.trunks),
            library=library,
        ),
        settings=SettingsFiles(
            settings, now=lambda: NOW, check_trunk=_answers, on_saved=lambda: None
        ),
        prompts=PromptFiles(
            settings,
            store,
            library=library,
            voices=lambda only: [FakeVoice("tone")],
            now=lambda: NOW,
            making=threading.Lock(),
        ),
    )


async def _answers(trunk: Trunk) -> list[Finding]:
    return [ok(f"trunk {trunk.name}", "answers")]


async def _a_campaign(site: Site) -> None:
    workshop = site.campaigns
    assert workshop is not None
    begun = await workshop.begin(MEERA, "", edit=False)
    whole = await workshop.keep(begun, PENSION | {"campaign": "pension-check"})
    await workshop.make(whole, EVERYTHING)


async def _prompts_and_files(scene: Scene) -> None:
    prompts, settings = scene.site.prompts, scene.site.settings
    assert prompts is not None and settings is not None
    one = next(one for one in await prompts.prompts() if one.kind == "prompt")
    scene.places["prompt"] = [one.key]
    scene.bodies["POST /api/v1/prompts/{prompt}/approve"] = {
        "certificate": "MCMC/2026/14",
        "sound": one.audio_sha256,
    }
    file = await settings.file("telecallers")
    assert file is not None
    scene.bodies["POST /api/v1/settings-files/{file}/check"] = {"text": file.text}
    scene.bodies["PUT /api/v1/settings-files/{file}"] = {
        "text": file.text,
        "version": file.version,
    }


async def _others(site: Site) -> None:
    floor = site.operations.floor
    await floor.stop_dialling(StopScope.ALL, "", by="मीरा", why="जाँच")
    await floor.send_message(TelecallerId("tc-1"), "नमस्ते", by="मीरा")
    assert site.workshop is not None
    for name in ("mela", "water"):
        await site.workshop.begin(FlowId(name), flow_named(name), {}, "meera")
    kinds = frozenset({HappeningKind.CALL_ENDED})
    for hook in ("h-1", "h-2"):
        url = "https://reports.example/"
        await site.hooks.store.keep_hook(
            Hook(HookId(hook), "रिपोर्ट", url, "meera", MP, kinds, False, BEGIN)
        )
    lists_of_vidisha(site.lists)
    imports = site.lists.imports
    rejects = imports._folder.rejects("vidishas")
    rejects.parent.mkdir(parents=True, exist_ok=True)
    rejects.write_text("row\n", "utf-8")
