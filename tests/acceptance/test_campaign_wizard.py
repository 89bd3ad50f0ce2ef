"""A campaign, a recording and a setting made in Chromium: no terminal is used."""

from __future__ import annotations

import re
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, async_playwright

from ivr.core.model import CampaignId
from ivr.settings.config import PROJECT
from tests.acceptance.browser import take_picture
from tests.acceptance.hands import foresee, go_on
from tests.adapters.web.browser import Browser as Site
from tests.adapters.web.workshop_site import opened_workshop
from tests.fakes.site import PASSWORD

pytestmark = pytest.mark.browser

PICTURES = PROJECT / "run/pictures/workshop"
AXE = PROJECT / "ivr/web/browser/node_modules/axe-core/axe.min.js"
SCREENS = (
    ("desktop-hi-light", 1280, "hi", "light"),
    ("phone-hi-dark", 390, "hi", "dark"),
)
CHROMIUM = (
    "--no-sandbox",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
    "--autoplay-policy=no-user-gesture-required",
)


@dataclass
class Workshop:
    site: Site
    browser: Browser

    @asynccontextmanager
    async def person(
        self, language: str = "hi", width: int = 1280, scheme: str = "light"
    ) -> AsyncIterator[Page]:
        """Sign the admin in; no fault of a page may stay unseen."""
        context = await self.browser.new_context(
            viewport={"width": width, "height": 844},
            color_scheme="dark" if scheme == "dark" else "light",
            permissions=["microphone"],
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
        await page.goto(f"{self.site.base}/sign-in?next=/campaigns")
        await page.fill("[name=user_id]", "meera")
        await page.fill("[name=password]", PASSWORD)
        await page.press("[name=password]", "Enter")
        await page.wait_for_url("**/campaigns")
        other = page.locator(f"form[action='/language/{language}'] button")
        if await other.count():
            if await page.locator(".menu summary").is_visible():  # on a phone
                await page.click(".menu summary")
            await other.click()
            await page.wait_for_selector(f"html[lang={language}]")
        yield page
        await context.close()
        assert faults == []


@pytest.fixture
async def workshop(tmp_path: Path) -> AsyncIterator[Workshop]:
    async with opened_workshop(tmp_path) as site, async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=list(CHROMIUM)
        )
        yield Workshop(site, browser)
        await browser.close()


async def is_sound(page: Page, name: str) -> None:
    """Nothing is wider than the screen, and axe-core finds no serious fault."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    await take_picture(page, PICTURES / f"{name}.png", full_page=True)
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    await page.evaluate(AXE.read_text("utf-8"))
    found = await page.evaluate(
        "async () => (await axe.run()).violations"
        ".filter(v => ['serious', 'critical'].includes(v.impact))"
        ".map(v => `${v.id}: ${v.nodes.map(n => n.target.join(' ')).join(', ')}`)"
    )
    assert found == [], name


@pytest.mark.long
async def test_a_campaign_is_made_foreseen_and_started(workshop: Workshop) -> None:
    async with workshop.person() as page:
        await page.goto(f"{workshop.site.base}/campaigns/_new")
        await page.click("form:has(input[value='file:survey-and-person']) button")
        await page.wait_for_url("**/1")
        await page.fill("[name=title_hi]", "पेंशन की जाँच")
        await page.fill("[name=title_en]", "Pension check")
        await go_on(page, 2)
        await page.check("[name=lists]")
        await page.locator("main summary").first.click()
        await page.check("[name=districts][value=SEH]")
        await page.locator("#counts .big", has_text="30").wait_for()
        for step in (3, 4, 5):
            await go_on(page, step)
        await foresee(page)
        await page.click("form[action$='/make'] button")
        await page.wait_for_url("**/campaigns/pension-check")
        await page.click("form[action$='/start'] button")
        await page.wait_for_selector(".ws-state.running")
    assert workshop.site.site.campaigns is not None
    made = await workshop.site.site.campaigns.sheet(CampaignId("pension-check"))
    assert made is not None
    assert (made.queued, made.history[0].by) == (30, "meera")


async def test_a_recording_is_made_heard_and_kept(workshop: Workshop) -> None:
    async with workshop.person() as page:
        await page.goto(f"{workshop.site.base}/prompts")
        await page.fill("textarea[name=text]", "यह एक परीक्षण वाक्य है।")
        await page.click("[data-record]")
        # The fake microphone beeps once a second.
        await page.locator("[data-clock]", has_text="2 s").wait_for()
        await page.click("[data-record]")
        await page.wait_for_selector("[data-take]:not([hidden])")
        await page.click("[data-keep]")
        await page.wait_for_url(re.compile(r"/prompts/[0-9a-f]{16}$"))
        assert "recorded" in await page.inner_text("dl.pairs")


@pytest.mark.parametrize(("name", "width", "language", "scheme"), SCREENS)
async def test_every_page_is_sound_in_both_languages_and_sizes(
    workshop: Workshop, name: str, width: int, language: str, scheme: str
) -> None:
    async with workshop.person(language, width, scheme) as page:
        base = workshop.site.base
        await page.goto(f"{base}/campaigns/_new")
        await is_sound(page, f"{name}-new")
        await page.click("form:has(input[value='file:survey-and-person']) button")
        await page.wait_for_url("**/1")
        draft = page.url.removesuffix("/1")
        for step in range(1, 6):
            await page.goto(f"{draft}/{step}")
            await is_sound(page, f"{name}-step{step}")
        prompts = ("prompts?q=नमस्ते",)
        parts = ("centres", "trunks", "hours", "calendar", "files/telecallers")
        for path in (
            "campaigns",
            *prompts,
            *(f"settings/{part}?check=yes" for part in parts),
        ):
            await page.goto(f"{base}/{path}")
            kept = path.partition("?")[0].replace("/", "-")
            await is_sound(page, f"{name}-{kept}")
