"""An admin's whole way in the browser, on the real Samvad and a virtual carrier.

A spreadsheet comes in, a flow is drawn, heard and approved by a second person, a
campaign is made, foreseen and started, real calls run, and the results are read:
all by the pages, no terminal.
"""

from __future__ import annotations

import io
import re
import wave
from pathlib import Path

import numpy as np
import pytest
from playwright.async_api import Page, expect

from ivr.core.call import Call
from ivr.core.model import CampaignId, Disposition
from ivr.core.tallies import FURTHEST
from ivr.settings.config import PROJECT
from tests.acceptance.desk_in_browser import Shift, shift, sign_in
from tests.acceptance.hands import (
    QUESTION,
    begin_flow,
    draw_question,
    drop_list,
    editor_ready,
    foresee,
    go_on,
    import_sums,
    save_flow,
)
from tests.acceptance.ports import HTTPS
from tests.acceptance.whole import CALLER_ID, eventually

pytestmark = pytest.mark.acceptance

BASE = f"https://127.0.0.1:{HTTPS}"
SAMPLE = PROJECT / "config/samples/sample.csv"
LIST, FLOW, CAMPAIGN = "नमूना", "water", CampaignId("water-supply")
SUMS = [9_670, 213, 81, 36, 10_000]  # as `make demo` says of the sample
DISTRICT = "PDH"  # the smallest: a few dozen people
CALLS_OVER = 20
PATIENCE_MS = 60_000
SILENT, COMPLETED = FURTHEST[Disposition.SILENT], FURTHEST[Disposition.COMPLETED]
Calls = list[tuple[Call, Disposition | None]]
KEEP_SOUND = """() => {
  const made = URL.createObjectURL;
  URL.createObjectURL = (sound) => {
    window.playedSound = async () =>
      Array.from(new Uint8Array(await sound.arrayBuffer()));
    return made.call(URL, sound);
  };
}"""


async def bring_in_the_sample(page: Page) -> None:
    await sign_in(page, "meera", "/lists")
    await drop_list(page, SAMPLE)
    phone = page.locator("table.mapping tr", has_text="Mobile No.")
    await expect(phone.locator("select")).to_have_value("number")
    await page.fill("[name=name]", LIST)
    await page.fill("[name=origin]", "invented people of the sample")
    await page.click("button[value=choose]")
    await page.click("button[value=confirm]", timeout=PATIENCE_MS)
    await expect(page.locator("p.well")).to_be_visible(timeout=PATIENCE_MS)
    assert await import_sums(page) == SUMS
    assert sum(SUMS[:4]) == SUMS[4]


async def draw_and_hear(page: Page) -> None:
    await page.goto(f"{BASE}/flows")
    await begin_flow(page, FLOW)
    await draw_question(page)
    await page.click("#node-menu_1 .node-top")
    await page.evaluate(KEEP_SOUND)
    await page.click("#flow-form .hear")
    await page.wait_for_function(
        "text => document.body.dataset.heard === text", arg=QUESTION
    )
    seconds, loudness = heard_in(bytes(await page.evaluate("window.playedSound()")))
    assert seconds > 2 and loudness > 0.01
    await save_flow(page)
    await expect(page.locator("#flow-check")).to_have_text("कोई कमी नहीं")
    await page.click("[data-act=ask]")
    await page.wait_for_selector("#flow-state.asked")
    assert await page.is_hidden("[data-act=approve]")  # not by who drew it


def heard_in(wav: bytes) -> tuple[float, float]:
    """Return how long a WAV file is, in seconds, and how loud: 1 is the most."""
    with wave.open(io.BytesIO(wav)) as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2")
        rate = file.getframerate()
    loudness = np.sqrt(np.mean((samples / 32768.0) ** 2))
    return len(samples) / rate, float(loudness)


async def approve_and_publish(page: Page) -> None:
    await sign_in(page, "kiran", f"/flows/{FLOW}/edit")
    await editor_ready(page)
    await page.click("[data-act=approve]")
    await page.wait_for_selector("#flow-state.approved")
    await page.click("[data-act=publish]")
    await page.wait_for_selector(
        "[data-act=publish]", state="hidden", timeout=PATIENCE_MS
    )


async def make_the_campaign(page: Page) -> int:
    """Go through the five steps; return how many people it will call."""
    await page.goto(f"{BASE}/campaigns/_new")
    await page.click("form:has(input[name=template][value='']) button")
    await page.wait_for_url("**/1")
    await page.fill("[name=title_hi]", "पानी की आपूर्ति")
    await page.fill("[name=title_en]", "Water supply")
    await page.check("[name=class][value=ngo_survey]")
    await go_on(page, 2)
    await page.check(f"[name=lists][value='{LIST}']")
    await page.locator("main summary").first.click()
    async with page.expect_response("**/2/counts"):
        await page.check(f"[name=districts][value={DISTRICT}]")
    people = page.locator("#counts .big")
    await expect(people).to_have_text(re.compile(r"^[1-9]\d$"))
    meant = int(await people.inner_text())
    await go_on(page, 3)
    await page.check(f"[name=flow][value={FLOW}]")
    await page.check(f"[name=line][value='carrier|{CALLER_ID}']")
    await go_on(page, 4)
    await page.check("[name=mode][value=broadcast]")
    await page.fill("[name=calls_per_s]", "10")
    await go_on(page, 5)
    await foresee(page)
    await page.click("form[action$='/make'] button")
    await page.wait_for_url(f"**/campaigns/{CAMPAIGN}")
    return meant


async def run_it(one: Shift) -> Calls:
    """Start it, and pause it when some calls are over; return all, none is live."""
    page, outcomes = one.page, one.system.running.router.outcomes

    async def are_some_over() -> bool:
        return sum(outcomes.values()) >= CALLS_OVER

    async def is_none_live() -> bool:
        return all(how is not None for _, how in await calls_of(one))

    await page.click("form[action$='/start'] button")
    await page.wait_for_selector(".ws-state.running")
    await eventually(are_some_over, within_s=60)
    await page.reload()
    await page.click("form[action$='/pause'] button")
    await page.wait_for_selector(".ws-state.paused")
    await eventually(is_none_live, within_s=60)
    return await calls_of(one)


async def calls_of(one: Shift) -> Calls:
    async with one.trial.store() as store:
        return await store.calls_of(CAMPAIGN)


def counted(calls: Calls) -> list[int]:
    """Return people tried, calls, who responded, who stayed to the end."""
    furthest: dict[object, int] = {}
    for call, how in calls:
        about, far = call.contact_id, FURTHEST.get(how, 0) if how else 0
        furthest[about] = max(far, furthest.get(about, 0))
    responded = [far for far in furthest.values() if far > SILENT]
    return [len(furthest), len(calls), len(responded), responded.count(COMPLETED)]


async def shown(page: Page) -> list[int]:
    """Return the same, as the page of results has it."""
    await page.goto(f"{BASE}/results/{CAMPAIGN}")
    cards = page.locator("#figures .cards .card")
    tried = await cards.nth(0).locator("b").inner_text()
    small = [await cards.nth(n).locator("small").inner_text() for n in range(3)]
    return [int(re.sub(r"\D", "", one)) for one in (tried, *small)]


async def test_an_admin_goes_from_spreadsheet_to_results_without_a_terminal(
    tmp_path: Path,
) -> None:
    async with shift(tmp_path, telecallers=()) as one:
        page = one.page
        await page.set_viewport_size({"width": 1440, "height": 900})
        await bring_in_the_sample(page)
        await draw_and_hear(page)
        async with one.another("kiran", (750,)) as second:
            await approve_and_publish(second)
        meant = await make_the_campaign(page)
        calls = await run_it(one)
        assert CALLS_OVER <= len(calls) <= meant
        assert len(one.trial.lived()) == len(calls)  # the carrier had the same
        assert await shown(page) == counted(calls)
        assert counted(calls)[3] >= CALLS_OVER / 2  # most heard it all
