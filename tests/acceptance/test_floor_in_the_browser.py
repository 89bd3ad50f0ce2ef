"""The in-charge's floor in a real browser: read, worked by keyboard, live by feed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, expect

from ivr.core.call import CallState
from ivr.core.day_counts import Ended
from ivr.core.dial_stops import StopScope
from ivr.core.floor import FloorCall
from ivr.core.law import Abandoned
from ivr.core.model import (
    CampaignId,
    CentreCode,
    DeskState,
    Disposition,
    NodeId,
    TelecallerId,
)
from ivr.web.app import make_app, serve
from ivr.web.metrics import new_registry
from tests.acceptance.browser import BROWSER, chromium, take_picture
from tests.fakes.floor import CARRIER
from tests.fakes.operations import FakeOperations
from tests.fakes.site import PASSWORD, make_site, people_join

pytestmark = pytest.mark.browser

SEHORE, DEMO = CentreCode("MP.BPL.SEH"), CampaignId("demo")
NAMES = {"tc-1": "सुनीता वर्मा", "tc-2": "रमेश पटेल", "tc-3": "कविता यादव"}
SIZES = {"desktop": (1280, 900), "phone": (390, 844)}
AXE = BROWSER / "node_modules/axe-core/axe.min.js"
SERIOUS = """async () => (await axe.run(document, {resultTypes: ["violations"]}))
  .violations.filter((one) => ["serious", "critical"].includes(one.impact))
  .map((one) => `${one.id}: ${one.nodes.map((node) => node.html).join(" | ")}`)"""


def busy() -> FakeOperations:
    """A centre at work: telecallers in several states, people in the flow."""
    operations = FakeOperations(list(NAMES))
    for telecaller, state in zip(
        NAMES, (DeskState.TALKING, DeskState.READY, DeskState.PAUSED), strict=True
    ):
        key = TelecallerId(telecaller)
        views, name = operations.desk_views, NAMES[telecaller]
        views[key] = replace(views[key], name=name, centre=SEHORE)
        operations.set_desk(telecaller, state, "tea" if state == "paused" else "")
    floor = operations.floor
    floor.campaign_facts[DEMO] = {"abandonment": Abandoned(1000, 20, 500, 9)}
    floor.calls = [
        FloorCall(DEMO, SEHORE, CallState.IN_FLOW, CARRIER, NodeId("q1")),
        FloorCall(DEMO, SEHORE, CallState.RINGING, CARRIER),
    ]
    for minute in range(40):
        call = Ended(
            DEMO, SEHORE, Disposition.TALKED, True, True, True, False, minute % 9 == 0
        )
        floor.day.ended(call, operations.now - timedelta(minutes=39 - minute))
    return operations


@asynccontextmanager
async def floor_page(
    folder: Path,
    operations: FakeOperations,
    *,
    size: str = "desktop",
    lang: str = "hi",
    user: str = "anil",
) -> AsyncIterator[Page]:
    """Sign in, as Sehore's in-charge, and open the floor; it must report no error."""
    await operations.start(DEMO)
    operations.set_campaign_centres("demo", (SEHORE,))
    site = make_site(operations, "token")
    await people_join(site)
    runner = await serve(make_app(site, new_registry()[0]), "127.0.0.1", 0)
    base = f"http://127.0.0.1:{runner.addresses[0][1]}"
    errors: list[str] = []
    try:
        async with chromium(folder) as window:
            page = window.page
            page.on("pageerror", lambda error: errors.append(str(error)))
            width, height = SIZES[size]
            await page.set_viewport_size({"width": width, "height": height})
            await page.goto(f"{base}/sign-in?next=/floor")
            await page.fill("[name=user_id]", user)
            await page.fill("[name=password]", PASSWORD)
            await page.click("main button")
            if lang == "en":
                await page.click("button[lang=en]")
            await page.wait_for_selector("#chart canvas")
            yield page
    finally:
        await runner.cleanup()
    assert errors == []


async def serious_faults(page: Page) -> Any:
    """Return what axe-core finds serious; it is evaluated, as no page may load it."""
    await page.evaluate(AXE.read_text("utf-8"))
    return await page.evaluate(SERIOUS)


@pytest.mark.parametrize(("lang", "size"), [("hi", "phone"), ("en", "desktop")])
async def test_the_floor_can_be_read_by_everybody(
    tmp_path: Path, lang: str, size: str
) -> None:
    async with floor_page(tmp_path, busy(), size=size, lang=lang) as page:
        await page.click("#why-demo")
        await expect(page.locator("#why table")).to_be_visible()
        await take_picture(page, tmp_path / f"floor-{lang}-{size}.png", full_page=True)
        assert await page.get_attribute("html", "lang") == lang
        assert await serious_faults(page) == []
        await page.click("#message-tc-2")
        assert await serious_faults(page) == []
        overflow = "document.documentElement.scrollWidth > innerWidth"
        assert not await page.evaluate(overflow)


async def test_the_kill_switch_is_worked_by_keyboard_and_shown_by_the_feed(
    tmp_path: Path,
) -> None:
    operations = busy()
    async with floor_page(tmp_path, operations) as page:
        await page.focus("#kill")
        await page.keyboard.press("Enter")
        dialog = page.locator("dialog[open]")
        await expect(dialog).to_contain_text("सीहोर")
        await page.keyboard.press("Enter")  # without a reason nothing is stopped
        assert operations.floor.stops() == []
        await page.keyboard.type("ग़लत संदेश")
        await page.keyboard.press("Enter")
        await expect(page.locator("[data-part=alarms]")).to_contain_text("ग़लत संदेश")
        (stop,) = operations.floor.stops()
        assert (stop.scope, stop.about, stop.by) == (
            StopScope.CENTRE,
            SEHORE,
            "अनिल दुबे",
        )
        await page.focus(f"#lift-{stop.stop_id}")
        await page.keyboard.press("Enter")
        await page.locator("dialog[open] button[type=submit]").press("Enter")
        await expect(page.locator("[data-part=alarms]")).not_to_contain_text("ग़लत")
        assert operations.floor.stops() == []


async def test_a_telecaller_is_written_to_and_paused_with_a_reason(
    tmp_path: Path,
) -> None:
    operations = busy()
    async with floor_page(tmp_path, operations) as page:
        await page.click("#message-tc-2")
        await page.keyboard.type("ज़रा धीरे बोलिए")
        await page.click("dialog[open] button[type=submit]")
        await expect(page.locator("dialog[open]")).to_have_count(0)
        assert await page.evaluate("document.activeElement.id") == "message-tc-2"
        await page.click("#pause-tc-2")
        await expect(page.locator("dialog[open]")).to_contain_text(NAMES["tc-2"])
        await page.keyboard.type("बैठक")
        await page.keyboard.press("Enter")
        desks = page.locator("[data-part=desks]")
        await expect(desks).to_contain_text("विराम पर: बैठक")
        texts = [one.text for one in operations.floor.kept_messages]
        assert texts == ["ज़रा धीरे बोलिए", "विराम: बैठक"]


async def test_what_is_refused_is_said_in_the_dialog(tmp_path: Path) -> None:
    operations = busy()
    async with floor_page(tmp_path, operations) as page:
        await page.click("#pause-tc-2")
        operations.set_desk("tc-2", DeskState.OFFLINE)  # just before
        await page.keyboard.type("बैठक")
        await page.keyboard.press("Enter")
        await expect(page.locator("dialog[open] [data-failed]")).to_be_visible()


async def test_a_desk_that_changes_is_seen_without_a_reload(tmp_path: Path) -> None:
    operations = busy()
    async with floor_page(tmp_path, operations) as page:
        operations.set_desk("tc-3", DeskState.RECONNECTING)
        operations.floor.snapshot()
        desks = page.locator("[data-part=desks]")
        await expect(desks).to_contain_text("फ़ोन कट गया")
        clock = desks.locator("tr", has_text=NAMES["tc-3"]).locator("time")
        await expect(clock).not_to_be_empty()


async def test_one_listens_whispers_and_stops_from_the_telecallers_line(
    tmp_path: Path,
) -> None:
    operations = busy()
    async with floor_page(tmp_path, operations, user="meera") as page:
        assert await serious_faults(page) == []  # the centres below, too
        await page.click(".desks summary")
        await page.click("#listen-tc-1")
        assert await serious_faults(page) == []
        await page.check("dialog[open] [value=whisper]")
        await page.click("dialog[open] button[type=submit]")
        await expect(page.locator("dialog[open]")).to_have_count(0)
        (view,) = operations.who_listens()
        assert (view.in_charge_id, view.telecaller_id, view.mode) == (
            "ic-1",
            "tc-1",
            "whisper",
        )
        operations.floor.snapshot()
        await page.click("#unlisten-ic-1")
        await page.click("dialog[open] button[type=submit]")
        await expect(page.locator("dialog[open]")).to_have_count(0)
        assert operations.who_listens() == []
