"""A list comes in by a real browser: dropped, its columns mended, compared, confirmed.

The database, the intake and the program beside the server are the real ones; nothing
is dialled.
"""

from __future__ import annotations

import asyncio
import re
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.async_api import Page, async_playwright, expect

from ivr.cli.list_room import open_list_room
from ivr.controller.clock import SystemClock
from ivr.controller.users import Users
from ivr.core.model import ListName
from ivr.settings.config import PROJECT, load_settings
from ivr.store.contact_lists import one_list
from ivr.store.engine import open_store
from ivr.store.store import SqlStore
from ivr.web.app import make_app, serve
from ivr.web.metrics import new_registry
from tests.acceptance.browser import take_picture
from tests.acceptance.hands import drop_list, import_sums
from tests.fakes.operations import FakeOperations
from tests.fakes.places import TREE
from tests.fakes.site import PASSWORD, make_site, people_join
from tests.fakes.users import MemoryUsers, QuickHasher

pytestmark = pytest.mark.browser

SAMPLE = PROJECT / "config/samples/sample.csv"
AXE = PROJECT / "ivr/web/browser/node_modules/axe-core/axe.min.js"
SIZES = {"desktop": (1280, 900), "phone": (390, 844)}


@asynccontextmanager
async def served(folder: Path, store: SqlStore) -> AsyncIterator[str]:
    """Serve the pages over the real lists of a new installation."""
    settings = load_settings(PROJECT / "config/samvad.toml").replace(home=folder)
    clock, operations = SystemClock(), FakeOperations()
    users = Users(MemoryUsers(), QuickHasher(), clock, idle=timedelta(hours=1))
    room = open_list_room(
        settings,
        store,
        users,
        bar=operations.opt_out,
        clock=clock,
        tree=TREE,
        hands_over=lambda: False,
    )
    async with room as lists:
        site = make_site(operations, "token", lists=lists)
        await people_join(site)
        registry, _ = new_registry()
        runner = await serve(make_app(site, registry), "127.0.0.1", 0)
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
        await runner.cleanup()


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqlStore]:
    async with await open_store(f"sqlite:///{tmp_path}/samvad.db") as opened:
        yield opened


@pytest.fixture
async def page(tmp_path: Path, store: SqlStore) -> AsyncIterator[Page]:
    async with served(tmp_path, store) as base, async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=shutil.which("chromium")
        )
        context = await browser.new_context(base_url=base, bypass_csp=True)
        yield await context.new_page()
        await browser.close()


async def sign_in(page: Page, name: str) -> None:
    await page.goto("/sign-in?next=/lists")
    await page.fill("[name=user_id]", name)
    await page.fill("[name=password]", PASSWORD)
    await page.click("button.main")
    await page.wait_for_url("**/lists")


async def seen(page: Page, folder: Path, name: str) -> None:
    """Keep what it looks like, and fail for what axe-core finds serious."""
    await page.add_script_tag(path=AXE)
    found = await page.evaluate("axe.run().then((all) => all.violations)")
    grave = [one for one in found if one["impact"] in ("serious", "critical")]
    assert not grave, [(one["id"], one["nodes"][0]["html"]) for one in grave]
    for size, (width, height) in SIZES.items():
        await page.set_viewport_size({"width": width, "height": height})
        wide = await page.evaluate("document.documentElement.scrollWidth")
        assert wide <= width, f"{name} is {wide} wide on a screen of {width}"
        for scheme in ("light", "dark"):
            await page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            shot = folder / f"{name}-{size}-{scheme}.png"
            await take_picture(page, shot, full_page=True)
    await page.emulate_media(color_scheme="light")
    width, height = SIZES["desktop"]  # where the language is not in the menu
    await page.set_viewport_size({"width": width, "height": height})


async def seen_in_both(page: Page, folder: Path, name: str) -> None:
    await seen(page, folder, f"{name}-hi")
    await page.click(".who button[lang=en]")
    await seen(page, folder, f"{name}-en")
    await page.click(".who button[lang=hi]")


@pytest.mark.long
async def test_the_sample_comes_in_by_the_pages_alone(
    page: Page, store: SqlStore, tmp_path: Path
) -> None:
    await sign_in(page, "meera")
    await seen_in_both(page, tmp_path, "lists-empty")
    await drop_list(page, SAMPLE)
    await seen_in_both(page, tmp_path, "mapping")
    # The place goes into no field of its own; the amount stays out.
    row = page.locator("table.mapping tr", has_text="राशि")
    await row.locator("select").select_option("-")
    await page.fill("[name=name]", "नमूना नवंबर")
    await page.fill("[name=origin]", "invented people of the sample")
    await page.click("button[value=choose]")
    yes = page.locator("button[value=confirm]")
    await expect(yes).to_be_visible(timeout=90_000)
    kept, refused, twice, blank, read = await import_sums(page)
    assert read == 10_000 == kept + refused + twice + blank
    await seen_in_both(page, tmp_path, "compared")
    await yes.click()
    to_the_list = page.locator(f'a.button[href^="/lists/{"%E0"}"]')
    await expect(to_the_list).to_be_visible(timeout=90_000)
    await seen_in_both(page, tmp_path, "done")
    async with page.expect_download() as download:
        await page.click("a[download]")
    rejects = await asyncio.to_thread(
        (await (await download.value).path()).read_text, "utf-8-sig"
    )
    assert len(rejects.splitlines()) == 1 + refused + twice
    await to_the_list.click()
    await page.locator("#filter-district").select_option("SEH")
    await page.wait_for_url(re.compile("district=SEH"))
    await expect(page.locator("#filter-district")).to_have_value("SEH")
    count = await page.locator(".list-count b").inner_text()
    listed = await store.read(one_list, ListName("नमूना नवंबर"), None)
    assert listed is not None and listed.contacts == kept
    assert 0 < int(count.replace(",", "")) < kept
    await seen_in_both(page, tmp_path, "list")
    await page.goto("/lists")
    await seen_in_both(page, tmp_path, "lists")


async def test_a_page_that_is_closed_finds_the_import_where_it_stands(
    page: Page, store: SqlStore, tmp_path: Path
) -> None:
    await sign_in(page, "anil")
    await drop_list(page, SAMPLE)
    where = page.url
    await page.fill("[name=name]", "अष्टा")
    await page.fill("[name=origin]", "invented people of the sample")
    await page.click("button[value=choose]")
    await page.goto("about:blank")
    await page.goto(where)
    await expect(page.locator("button[value=confirm]")).to_be_visible(timeout=90_000)
    assert "other_centre" in await page.content()  # he is Sehore's
    await page.click("button[value=confirm]")
    await expect(page.locator("p.well")).to_be_visible(timeout=90_000)
    own = frozenset({"MP.BPL.SEH"})
    name = ListName("MP.BPL.SEH-अष्टा")
    all_, ours = [
        await store.read(one_list, name, centres)  # type: ignore[arg-type]
        for centres in (None, own)
    ]
    assert all_ is not None and ours is not None
    assert all_.contacts == ours.contacts > 0


async def test_do_not_call_by_the_pages(page: Page, tmp_path: Path) -> None:
    await sign_in(page, "anil")
    await page.goto("/lists/do-not-call/numbers")
    await page.fill("form[action$=search] [name=number]", "98271 12345")
    await page.click("form[action$=search] button")
    await expect(page.locator("p.well")).to_contain_text("98•••••345")
    await seen_in_both(page, tmp_path, "do-not-call")
