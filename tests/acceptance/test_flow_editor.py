"""The flow editor in Chromium: drawn by one, approved by another, the same YAML."""

from __future__ import annotations

import asyncio
import shutil
import threading
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from playwright.async_api import Browser, BrowserContext, Page, async_playwright

from ivr.cli.prompt_texts import Audio, voices_for
from ivr.controller.flow_workshop import FlowWorkshop
from ivr.controller.ports import Heard
from ivr.controller.trial_calls import TrialCalls
from ivr.core.access import Role, User, UserId
from ivr.core.flow_model import Clip, Flow, NodeKind
from ivr.core.model import CallId, TelecallerId
from ivr.prompts.listening import Listening
from ivr.prompts.lookup import AudioLibrary
from ivr.settings.config import PROJECT
from ivr.settings.flow_folder import FlowFolder, flow_folders
from ivr.settings.flows import load_flow
from ivr.store.engine import open_store
from ivr.store.flow_shelf import SqlFlowShelf
from ivr.web.app import make_app, serve
from ivr.web.metrics import new_registry
from tests.acceptance.browser import take_picture
from tests.acceptance.hands import (
    QUESTION,
    begin_flow,
    draw_question,
    editor_ready,
    save_flow,
)
from tests.fakes.operations import FakeOperations
from tests.fakes.site import MP, PASSWORD, make_site, people_join
from tests.fakes.switch import FakeClock, FakeLine, FakeSwitch
from tests.fakes.trials import FakeSurroundings

pytestmark = pytest.mark.browser

PICTURES = PROJECT / "run/pictures/flows"
SECOND = User(UserId("kavita"), "कविता राव", Role.ADMIN, MP)
WITH_PHONE = User(UserId("lata"), "लता", Role.ADMIN, MP, TelecallerId("ic-1"))
AXE = PROJECT / "ivr/web/browser/node_modules/axe-core/axe.min.js"


@dataclass
class Workshop:
    base: str
    home: Path
    browser: Browser
    trials: TrialCalls
    switch: FakeSwitch

    @asynccontextmanager
    async def person(
        self, name: str, *, language: str = "hi", width: int = 1440, height: int = 900
    ) -> AsyncIterator[Page]:
        """Sign somebody in, in a browser of their own; no error may stay unseen."""
        context: BrowserContext = await self.browser.new_context(
            viewport={"width": width, "height": height}, locale="hi-IN"
        )
        page = await context.new_page()
        faults: list[str] = []
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on(
            "console",
            lambda said: (
                faults.append(said.text) if "Content Security" in said.text else None
            ),
        )
        await page.goto(f"{self.base}/sign-in?next=/flows")
        await page.fill("[name=user_id]", name)
        await page.fill("[name=password]", PASSWORD)
        await page.press("[name=password]", "Enter")
        await page.wait_for_url("**/flows")
        if language == "en":
            if await page.locator(".menu summary").is_visible():  # on a phone
                await page.click(".menu summary")
            await page.click("form[action='/language/en'] button")
            await page.wait_for_selector("html[lang=en]")
        yield page
        await context.close()
        assert faults == []

    def published(self, name: str) -> Flow:
        return load_flow(self.home / f"flows/{name}.yaml", *self.folders)

    @property
    def folders(self) -> tuple[Path, Path]:
        return flow_folders(PROJECT, self.home)


@pytest.fixture
async def workshop(tmp_path: Path) -> AsyncIterator[Workshop]:
    clock = FakeClock()
    async with await open_store(f"sqlite:///{tmp_path}/samvad.db") as store:
        library = AudioLibrary(PROJECT / "audio", tmp_path / "audio")
        listening = Listening(
            library,
            tmp_path / "audio",
            tmp_path / "previews",
            lambda: voices_for(Audio(PROJECT), only="espeak"),
            making=threading.Lock(),
        )
        switch = FakeSwitch(clock)
        trials = TrialCalls(switch, clock, FakeSurroundings())
        forms = FlowFolder(*flow_folders(PROJECT, tmp_path))
        site = replace(
            make_site(FakeOperations(), "token", clock=clock),
            workshop=FlowWorkshop(forms, SqlFlowShelf(store), listening, clock),
            trial_calls=trials,
        )
        await people_join(site)
        await site.users.add(SECOND, PASSWORD, by="test")
        await site.users.add(WITH_PHONE, PASSWORD, by="test")
        registry, _ = new_registry()
        runner = await serve(make_app(site, registry), "127.0.0.1", 0)
        base = f"http://127.0.0.1:{runner.addresses[0][1]}"
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(
                executable_path=shutil.which("chromium"),
                args=["--no-sandbox", "--autoplay-policy=no-user-gesture-required"],
            )
            yield Workshop(base, tmp_path, browser, trials, switch)
            await browser.close()
        await runner.cleanup()


async def picture(page: Page, name: str) -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    await take_picture(page, PICTURES / f"{name}.png", full_page=True)


async def is_accessible(page: Page) -> None:
    """axe-core finds no serious fault. It is let in past the page's own policy."""
    await page.evaluate(AXE.read_text("utf-8"))
    found = await page.evaluate(
        "async () => (await axe.run()).violations"
        ".filter(v => ['serious', 'critical'].includes(v.impact))"
        ".map(v => `${v.id}: ${v.nodes.map(n => n.target.join(' ')).join(', ')}`)"
    )
    assert found == []


async def test_a_drawn_question_is_heard_approved_by_another_and_published(
    workshop: Workshop,
) -> None:
    async with workshop.person("meera") as page:
        await begin_flow(page)
        await draw_question(page)
        await page.click("#node-menu_1 .node-top")
        await page.click("#flow-form .hear")
        await page.wait_for_function(
            "text => document.body.dataset.heard === text", arg=QUESTION
        )
        await save_flow(page)
        await picture(page, "editor-hi-desktop")
        await is_accessible(page)
        await page.click("[data-act=ask]")
        await page.wait_for_selector("#flow-state.asked")
        assert await page.is_hidden("[data-act=approve]")
    async with workshop.person("kavita") as page:
        await page.goto(f"{workshop.base}/flows/water/edit")
        await editor_ready(page)
        await page.click("[data-act=approve]")
        await page.wait_for_selector("#flow-state.approved")
        await page.click("[data-act=publish]")
        await page.wait_for_selector("[data-act=publish]", state="hidden")
        await page.goto(f"{workshop.base}/flows")
        await picture(page, "list-hi-desktop")
        await is_accessible(page)
    flow = workshop.published("water")
    question = flow.nodes[flow.nodes[flow.start].next or flow.start]
    assert question.kind is NodeKind.MENU
    assert question.say == {"hi": QUESTION}
    assert [(o.key, o.meaning) for o in question.options] == [("1", "yes"), ("2", "no")]
    assert question.next == "thanks"
    assert flow.opt_out_node == "stop_calls"
    assert flow.title_hi == "पानी की आपूर्ति"
    async with await open_store(f"sqlite:///{workshop.home}/samvad.db") as store:
        assert await store.flow(flow.flow_id, flow.version) == flow


async def test_a_call_is_tried_at_the_keypad(workshop: Workshop) -> None:
    async with workshop.person("meera") as page:
        await page.goto(f"{workshop.base}/flows/scheme-feedback/edit")
        await editor_ready(page)
        await page.click("[data-do=try]")
        for path, key in (
            ("welcome", "1"),
            ("welcome intro", "5"),
            ("welcome intro benefit", "2"),
        ):
            await page.wait_for_selector(f"#flow-trial[data-path='{path}']")
            await page.click(f"#trial-pad [data-key='{key}']")
        await page.wait_for_selector("#flow-trial[data-path$='why_not']")
        await picture(page, "keypad-hi-desktop")
        await is_accessible(page)
        assert "no" in await page.inner_text("#trial-answers")


class SlowLine(FakeLine):
    """Answers each prompt when the test lets it."""

    def __init__(self, call_id: CallId, switch: FakeSwitch, *keys: str) -> None:
        super().__init__(call_id, switch, keys)
        self.turn = asyncio.Semaphore(0)

    async def ask(self, clips: Sequence[Clip], **how: Any) -> Heard:
        await self.turn.acquire()
        return await super().ask(clips, **how)


async def test_a_call_to_ones_own_phone_is_followed_on_the_page(
    workshop: Workshop,
) -> None:
    trials, switch = workshop.trials, workshop.switch
    async with workshop.person("lata") as page:
        await page.goto(f"{workshop.base}/flows/scheme-feedback/edit")
        await editor_ready(page)
        await page.click("[data-do=try]")
        await page.select_option("#trial-which", "mobile")
        assert "98•••••509" in await page.inner_text("#trial-which")
        await page.click("#trial-ring")
        await page.wait_for_selector("#trial-call-said[data-phase=ringing]")
        [trial_id] = switch.trials
        line = SlowLine(CallId(trial_id), switch, "1", "5")
        serving = asyncio.create_task(trials.serve(line))
        for node in ("welcome", "intro"):
            await page.wait_for_selector(f"#trial-call-said[data-node={node}]")
            line.turn.release()
        await page.wait_for_selector("#flow-trial[data-path='welcome intro benefit']")
        await picture(page, "own-phone-hi-desktop")
        await is_accessible(page)
        line.turn.release()  # there is no key left: the person hangs up
        await serving
        await page.wait_for_selector("#trial-call-said[data-ended=hung_up]")
        assert await page.is_visible("#trial-ring")
        assert "5" in await page.inner_text("#trial-left")


async def test_all_of_it_is_done_by_keyboard_in_the_list_on_a_phone(
    workshop: Workshop,
) -> None:
    async with workshop.person("meera", width=390, height=844) as page:
        await picture(page, "list-hi-phone")
        await begin_flow(page)
        await page.focus("#flow-add-kind")
        await page.keyboard.press("Tab")
        await page.keyboard.press("Enter")
        await page.fill("#f-menu_1-say-hi", QUESTION)
        await page.select_option("#f-menu_1-way-next", "thanks")
        await page.focus("#l-welcome")
        await page.keyboard.press("Enter")
        await page.select_option("#f-welcome-way-next", "menu_1")
        await page.keyboard.press("Control+s")
        await page.wait_for_selector("[data-do=save]:disabled")
        assert await page.inner_text("#flow-check") == "कोई कमी नहीं"
        await picture(page, "editor-hi-phone")
        await is_accessible(page)
        assert await page.evaluate("document.body.scrollWidth <= window.innerWidth")


async def test_faults_stand_on_the_node_and_undo_takes_them_away(
    workshop: Workshop,
) -> None:
    async with workshop.person("meera", language="en") as page:
        await page.goto(f"{workshop.base}/flows/survey-and-person/edit")
        await editor_ready(page)
        await page.click("#node-welcome .node-top")
        await page.fill("#f-welcome-say-hi", "नमस्ते।")
        await page.click("#flow-form h2")
        await page.wait_for_selector("#node-welcome.faulty")
        fault = await page.inner_text("#node-welcome .node-fault")
        assert fault == "the first words do not say who is calling"
        await picture(page, "editor-en-desktop")
        await is_accessible(page)
        await page.click("[data-do=undo]")
        await page.wait_for_selector("#node-welcome:not(.faulty)")


async def test_two_admins_editing_one_flow_lose_nothing(workshop: Workshop) -> None:
    async with workshop.person("meera") as mine, workshop.person("kavita") as theirs:
        await begin_flow(mine)
        await theirs.goto(f"{workshop.base}/flows/water/edit")
        await editor_ready(theirs)
        for page, text in ((theirs, "नमस्कार और धन्यवाद।"), (mine, "आपका आभार।")):
            await page.click("#node-thanks .node-top")
            await page.fill("#f-thanks-say-hi", text)
            await page.click("[data-do=save]")
            if page is theirs:
                await page.wait_for_selector("[data-do=save]:disabled")
        await mine.wait_for_selector("#flow-conflict[open]")
        shown = await mine.inner_text("#conflict-body")
        assert "kavita" in shown
        assert "नमस्कार और धन्यवाद।" in shown and "आपका आभार।" in shown
        await picture(mine, "conflict-hi-desktop")
        await mine.click("#keep-mine")
        await mine.wait_for_selector("[data-do=save]:disabled")
        await mine.click("#flow-versions summary")
        await mine.wait_for_selector("#flow-versions-body table")
        await picture(mine, "versions-hi-desktop")
        async with aiohttp.ClientSession() as http:
            text = await (
                await http.get(
                    f"{workshop.base}/flows/water/yaml?version=draft",
                    headers={"Authorization": "Bearer token"},
                )
            ).text()
        assert "आपका आभार।" in text


@pytest.mark.parametrize(
    ("language", "size", "width"), [("hi", "desktop", 1440), ("en", "phone", 390)]
)
async def test_every_page_is_accessible_in_both_languages_and_sizes(
    workshop: Workshop, language: str, size: str, width: int
) -> None:
    async with workshop.person("meera", language=language, width=width) as page:
        for name, path in (("flows", "/flows"), ("edit", "/flows/person/edit")):
            await page.goto(workshop.base + path)
            if name == "edit":
                await editor_ready(page)
                await page.click("#flow-form details summary")
                await page.click("#flow-whole >> xpath=../summary")
            await picture(page, f"{name}-{language}-{size}")
            await is_accessible(page)
            assert await page.evaluate(
                "document.documentElement.scrollWidth <= window.innerWidth"
            )
        await page.click("[data-do=try]")
        await page.wait_for_selector("#trial-said li")
        await take_picture(page, PICTURES / f"try-{language}-{size}.png")
        await is_accessible(page)
