"""A practice in a real browser: the desk's page and phone, a voice, a score."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from ivr.core.practice import PracticeEnd
from tests.acceptance.desk_in_browser import TELECALLER, shift
from tests.acceptance.whole import eventually
from tests.polling import until

pytestmark = pytest.mark.acceptance

LOUD, STILL = 0.02, 0.005  # of the voter's voice; between their lines
SPEAKS_S = 1.5


async def loudness(page: Page, seconds: float = 0.8) -> float:
    found: float = await page.evaluate("(one) => window.loudness(one)", seconds)
    return found


async def speaks(page: Page) -> None:
    """Let the microphone through for a while; it is muted before and after."""
    begun = time.monotonic()
    await page.click('[data-phone-act="mute"]')
    await until(lambda: time.monotonic() - begun > SPEAKS_S)
    await page.click('[data-phone-act="mute"]')


async def hears_a_line(page: Page) -> None:
    async def is_loud() -> bool:
        return await loudness(page) > LOUD

    async def is_still() -> bool:
        return await loudness(page) < STILL

    await eventually(is_loud, within_s=8)
    await eventually(is_still, within_s=12)


async def test_a_practice_from_the_click_to_the_score(tmp_path: Path) -> None:
    async with shift(tmp_path) as one:
        page = one.page
        await one.sign_in()
        await one.begin()
        await page.click('[data-phone-act="mute"]')
        await page.select_option("[name=scenario]", "busy-farmer")
        await page.click(".practise button")
        card = page.locator('[data-part="card"]')
        await expect(card).to_contain_text("रामदयाल मीणा", timeout=15_000)
        state = page.locator('[data-part="state"]')
        await expect(state).to_contain_text("पहले आप बोलिए")
        assert one.state == "paused"
        for _ in range(2):
            await speaks(page)
            await hears_a_line(page)
        await page.keyboard.press("Escape")
        await expect(state).to_contain_text("नतीजा दर्ज कीजिए")
        await page.check("[name=value][value=evening]")
        await page.keyboard.press("8")  # to be called again
        await expect(card).not_to_contain_text("रामदयाल")
        assert one.state == "paused"
        practices = one.system.running.practices
        assert practices is not None
        [kept] = await practices.of([TELECALLER])
        assert kept.ended_by is PracticeEnd.TELECALLER
        assert (kept.lines_heard, kept.right_answers) == (2, 1)
        assert kept.outcome == "callback"
        await page.goto(page.url + "/practice")
        await expect(page.locator("main")).to_contain_text("टेलीकॉलर ने फ़ोन रख दिया")
        await expect(page.locator(".trend")).to_have_count(1)
        assert one.system.running.router.outcomes == {}
