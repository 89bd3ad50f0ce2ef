"""The programs' pages in Debian's Chromium: looked at, and listened to axe."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser as Chromium
from playwright.async_api import async_playwright

from ivr.controller.hooks import Sent
from ivr.core.access import May
from ivr.core.happenings import Happening, HappeningKind, Hook, HookId
from ivr.settings.config import PROJECT
from tests.acceptance.browser import take_picture
from tests.adapters.web.browser import Browser, opened
from tests.fakes.hooks import FakeSender
from tests.fakes.site import MP, PASSWORD, PEOPLE, SEHORE

pytestmark = pytest.mark.browser

PAGES = {
    "programs": "/programs",
    "webhooks": "/programs/webhooks",
    "api": "/api/v1/docs",
}
AXE = PROJECT / "ivr/web/browser/node_modules/axe-core/axe.min.js"
FAULTS = """axe.run().then(found => found.violations
  .filter(one => ["serious", "critical"].includes(one.impact))
  .map(one => `${one.id}: ${one.nodes.map(node => node.target).join(", ")}`))"""
SIZES = {"desktop": (1280, 900), "phone": (390, 844)}


@pytest.fixture
async def site() -> AsyncIterator[Browser]:
    """A token, and a webhook whose receiver is away."""
    async with opened() as one:
        meera, hooks = PEOPLE[0], one.site.hooks
        may = frozenset({May.FLOOR, May.RESULTS})
        await one.site.programs.make("सीआरएम", meera, SEHORE, may, by=meera)
        url, at = "https://crm.example/samvad/happenings", one.site.now()
        kinds = frozenset(HappeningKind)
        hook = Hook(HookId("h1"), "सीआरएम", url, "meera", MP, kinds, False, at)
        await hooks.store.keep_hook(hook)
        sender = hooks._sender
        assert isinstance(sender, FakeSender)
        sender.answers = [Sent(False, "503")]
        for kind in HappeningKind:
            hooks.tell(Happening(kind, at, (SEHORE,)))
        await hooks.keep_queued()
        await hooks.send_due()
        yield one


@pytest.fixture
async def chromium() -> AsyncIterator[Chromium]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        yield browser
        await browser.close()


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize(("language", "size"), [("hi", "phone"), ("en", "desktop")])
async def test_a_page_has_no_fault_and_fits(
    site: Browser,
    chromium: Chromium,
    name: str,
    language: str,
    size: str,
    tmp_path: Path,
) -> None:
    user = PEOPLE[0]
    width, height = SIZES[size]
    # CSP forbids what axe needs; that pages keep to it is tested elsewhere.
    page = await chromium.new_page(
        viewport={"width": width, "height": height}, bypass_csp=True
    )
    await page.goto(site.base + "/sign-in")
    await page.fill("input[name=user_id]", user.user_id)
    await page.fill("input[name=password]", PASSWORD)
    await page.click("main button")
    await site.site.users.set_language(user, language)
    await page.goto(site.base + PAGES[name])
    await take_picture(page, tmp_path / f"{name}-{language}-{size}.png")
    assert await page.locator("html").get_attribute("lang") == language
    await page.add_script_tag(path=AXE)
    assert await page.evaluate(FAULTS) == []
    wider = "document.documentElement.scrollWidth > window.innerWidth"
    assert not await page.evaluate(wider)
