"""The results pages in Debian's Chromium: looked at, listened to axe, cut off."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.async_api import Page, async_playwright, expect

from ivr.controller.results import Results
from ivr.settings.config import PROJECT
from ivr.store.engine import open_store
from ivr.store.result_questions import SqlResults
from tests.acceptance.browser import take_picture
from tests.adapters.web.browser import Browser, opened
from tests.fakes.counted import NAMES
from tests.fakes.filled_store import BEGINS, CAMPAIGN, fill, make_past
from tests.fakes.recordings import NONE
from tests.fakes.site import INDIA, PASSWORD, SEHORE, TREE
from tests.fakes.switch import FakeClock

pytestmark = pytest.mark.browser

PAGE = f"/results/{CAMPAIGN}"
PAGES = {
    "list": "/results",
    "results": PAGE,
    "district": f"{PAGE}?district=SEH&question=on_time",
    "spoken": f"{PAGE}/spoken",
}
AXE = PROJECT / "ivr/web/browser/node_modules/axe-core/axe.min.js"
FAULTS = """axe.run().then(found => found.violations
  .filter(one => ["serious", "critical"].includes(one.impact))
  .map(one => `${one.id}: ${one.nodes.map(node => node.target).join(", ")}`))"""
NEXT_UPDATE_MS = 30_000  # the page asks every 10 s
SIZES = {"desktop": (1280, 900), "phone": (390, 844)}


@asynccontextmanager
async def served(folder: Path) -> AsyncIterator[Browser]:
    past = make_past(seed=3, people=900)
    for row in past.rows["contacts"]:
        place = row["contact_id"] % 3
        row["centre"], row["district"] = SEHORE, ("SEH", "SEH", "VID")[place]
        row["schemes"] = ("pm_kisan", "")[row["contact_id"] % 2]
    async with await open_store(f"sqlite:///{folder}/samvad.db") as store:
        await store.change(fill, past)
        results = Results(
            SqlResults(store),
            replace(NAMES, centres=TREE),
            TREE,
            FakeClock(BEGINS.replace(month=12)),
            INDIA,
            NONE,
        )
        async with opened(results=results) as site:
            yield site
        await results.close()


@asynccontextmanager
async def window(
    site: Browser, language: str, size: str, scheme: str = "light"
) -> AsyncIterator[Page]:
    """Open a window in which Meera has signed in."""
    width, height = SIZES[size]
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        page = await browser.new_page(
            viewport={"width": width, "height": height},
            color_scheme="dark" if scheme == "dark" else "light",
        )
        await page.goto(f"{site.base}/sign-in?next=/results")
        await page.fill("[name=user_id]", "meera")
        await page.fill("[name=password]", PASSWORD)
        await page.press("[name=password]", "Enter")
        await page.wait_for_url("**/results")
        if await page.locator("html").get_attribute("lang") != language:
            if await page.locator(".menu summary").is_visible():  # on a phone
                await page.click(".menu summary")
            await page.click(f"form[action='/language/{language}'] button")
            await expect(page.locator("html")).to_have_attribute("lang", language)
        yield page
        await browser.close()


@pytest.mark.parametrize(
    ("language", "size", "scheme"),
    [
        ("hi", "phone", "light"),
        ("en", "desktop", "dark"),
    ],
)
async def test_the_pages_have_no_serious_fault_and_fit_the_screen(
    tmp_path: Path, language: str, size: str, scheme: str
) -> None:
    async with served(tmp_path) as site, window(site, language, size, scheme) as page:
        said: list[str] = []
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        for name, path in PAGES.items():
            await page.goto(site.base + path)
            file = tmp_path / f"{name}-{language}-{size}-{scheme}.png"
            await take_picture(page, file, full_page=True)
            await page.evaluate(AXE.read_text("utf-8"))
            assert await page.evaluate(FAULTS) == [], path
            wide = await page.evaluate("document.documentElement.scrollWidth")
            assert wide <= SIZES[size][0], f"{path}: {wide} px wide"
        assert said == []  # nothing that the policy forbids


@pytest.mark.long
async def test_figures_that_could_not_be_fetched_are_said_to_be_old(
    tmp_path: Path,
) -> None:
    async with served(tmp_path) as site, window(site, "hi", "desktop") as page:
        await page.goto(site.base + PAGE)
        old = page.locator("[data-old]")
        await expect(old).to_be_hidden()
        await page.route("**/figures*", lambda route: route.abort())
        await expect(old).to_be_visible(timeout=NEXT_UPDATE_MS)
        await page.unroute("**/figures*")
        await expect(old).to_be_hidden(timeout=NEXT_UPDATE_MS)
        await expect(page.locator("#h-answers")).to_be_visible()
