"""Every page for every role: no serious fault, no error, no scrolling sideways.

The pages are those of the app's own routes: a new one fails here until it is named.
Pictures go to run/pictures/pages.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from playwright.async_api import Page, async_playwright

from ivr.controller.campaign_workshop import EVERYTHING
from ivr.controller.results import Results
from ivr.core.access import User, grants
from ivr.settings.config import PROJECT
from ivr.store.engine import open_store
from ivr.store.result_questions import SqlResults
from ivr.web.guard import needs_of
from tests.acceptance.browser import take_picture
from tests.adapters.web.browser import Browser, opened
from tests.adapters.web.routes import ROUTES
from tests.adapters.web.whole_site import PHONES
from tests.adapters.web.workshop_site import opened_workshop
from tests.fakes.counted import NAMES
from tests.fakes.filled_store import BEGINS, fill, make_past
from tests.fakes.filled_store import CAMPAIGN as COUNTED
from tests.fakes.list_room import lists_of_vidisha
from tests.fakes.recordings import NONE
from tests.fakes.site import INDIA, PASSWORD, PEOPLE, SEHORE, TREE, VIDISHA
from tests.fakes.switch import FakeClock

pytestmark = pytest.mark.browser

PICTURES = PROJECT / "run/pictures/pages"
AXE = PROJECT / "ivr/web/browser/node_modules/axe-core/axe.min.js"
SIZES = {"desktop": (1280, 900), "phone": (390, 844)}
GRAVE = """axe.run({resultTypes: ["violations"]}).then((all) => all.violations
  .filter((one) => ["serious", "critical"].includes(one.impact))
  .map((one) => `${one.id}: ${one.nodes.map((node) => node.target).join(", ")}`))"""
# What is behind the routes that have places, for a page to show something.
FILLED = {
    "/practice/{telecaller_id}": "/practice/tc-1",
    "/flows/{flow_id}/edit": "/flows/scheme-feedback/edit",
    "/campaigns/{campaign_id}": "/campaigns/{campaign}",
    "/campaigns/_drafts/{draft}/{step}": "/campaigns/_drafts/{draft}/2",
    "/prompts/{prompt}": "/prompts/{prompt}",
    "/settings/{part}": "/settings/trunks?check=yes",
    "/settings/files/{file}": "/settings/files/telecallers",
    "/results/{campaign_id}": f"/results/{COUNTED}",
    "/results/{campaign_id}/spoken": f"/results/{COUNTED}/spoken",
    "/lists/imports/{import_id}": "/lists/imports/vidishas",
    "/lists/{list_name}": "/lists/nov",
}
NO_PAGES = {
    "/healthz",
    "/metrics",
    "/static/{name}",
    "/texts/{language}/{version}",
    "/trust/samvad.crt",
    "/desk/phone",  # the phone's wire
    "/phone",  # leads to /desk
    "/softphone/{ticket}",  # what Linphone fetches
    "/desk/feed",
    "/feed/floor",
    "/feed/lists/imports/{import_id}",
    "/floor/why/{campaign_id}",  # a part of the floor
    "/flows/{flow_id}/yaml",
    "/campaigns/_drafts/{draft}/forecast",  # a part of step 5
    "/prompts/{prompt}/sound",
    "/results/{campaign_id}/figures",  # a part of the results
    "/results/{campaign_id}/results.csv",
    "/results/{campaign_id}/results.xlsx",
    "/results/{campaign_id}/spoken/{call_id}/{seq}",
    "/lists/imports/{import_id}/rejects",
}
# What is of another centre, or for who has a phone: it is not there for them.
NOT_THERE_FOR = {
    "meera": {"desk-softphone"},
    "anil": {
        "campaigns-_drafts-draft-step",
        "desk-softphone",
        "lists-imports-import_id",
        "lists-list_name",
        "results-campaign_id",
        "results-campaign_id-spoken",
    },
    "rekha": {
        "campaigns-_drafts-draft-step",
        "desk-softphone",
        "practice-telecaller_id",
    },
}
Ids = dict[str, str]
ONLY_PAGE_OF_THE_API = "/api/v1/docs"


def pages_for(user: User) -> dict[str, str]:
    """Return the pages that a user may open: the picture's name to the path."""
    found = {}
    for method, route, handler in ROUTES:
        needed = needs_of(handler)
        is_of_the_api = route.startswith("/api/") and route != ONLY_PAGE_OF_THE_API
        if method != "GET" or is_of_the_api or route in NO_PAGES or needed is None:
            continue
        path = FILLED.get(route, route)
        assert route in FILLED or "{" not in route, f"{route}: name it in FILLED"
        if not needed or needed & grants(user):
            name = route.strip("/").replace("/", "-").replace("{", "").replace("}", "")
            found[name or "home"] = path
    return found


def sizes_for(user: User, name: str) -> dict[str, tuple[int, int]]:
    """Return how wide a user looks at a page: none, if it is not there for them.

    Narrow, where pages break, everybody; wide the first of PEOPLE who has it, not
    whoever happens to come first.
    """
    first = next(one for one in PEOPLE if is_there(one, name))
    if not is_there(user, name):
        return {}
    return SIZES if user is first else {"phone": SIZES["phone"]}


def is_there(user: User, name: str) -> bool:
    return name in pages_for(user).keys() - NOT_THERE_FOR.get(user.user_id, set())


@dataclass
class Seen:
    """One window, and what was wrong in it."""

    page: Page
    user: User
    language: str
    looked_at: set[tuple[str, str]] = field(default_factory=set)  # page, size
    faults: list[str] = field(default_factory=list)

    def watch(self) -> None:
        self.page.on("pageerror", lambda error: self._wrong(f"error: {error}"))
        self.page.on(
            "console",
            lambda said: (
                self._wrong(f"console: {said.text}") if said.type == "error" else None
            ),
        )

    def _wrong(self, what: str) -> None:
        self.faults.append(f"{self.page.url} {self.user.role} {self.language}: {what}")

    async def sign_in(self, base: str) -> None:
        await self.page.goto(f"{base}/sign-in?next=/me")
        await self.page.fill("[name=user_id]", self.user.user_id)
        await self.page.fill("[name=password]", PASSWORD)
        await self.page.press("[name=password]", "Enter")
        await self.page.wait_for_url("**/me")
        other = self.page.locator(f"form[action='/language/{self.language}'] button")
        if await other.count():
            await other.click()
            await self.page.wait_for_selector(f"html[lang={self.language}]")

    async def look_at(self, name: str, address: str) -> None:
        asked = await self.page.request.get(address)
        sizes = sizes_for(self.user, name)
        if asked.status != (200 if sizes else 404):
            self._wrong(f"{address} answers {asked.status}")
        for size, (width, height) in sizes.items():
            self.looked_at.add((name, size))
            await self.page.set_viewport_size({"width": width, "height": height})
            await self.page.goto(address)  # by that size: some are drawn by it once
            wide = await self.page.evaluate("document.documentElement.scrollWidth")
            if wide > width:
                self._wrong(f"{wide} wide on a screen of {width}")
            for fault in await self.grave_faults():
                self._wrong(f"{size}: {fault}")
            role = "" if self.user is PEOPLE[0] else f"{self.user.role}-"
            file = PICTURES / f"{role}{name}-{self.language}-{size}.png"
            await take_picture(self.page, file, full_page=True)

    async def grave_faults(self) -> list[str]:
        """Ask axe-core, in a world of its own, where the page's policy is not."""
        cdp = await self.page.context.new_cdp_session(self.page)
        tree = await cdp.send("Page.getFrameTree")
        world = await cdp.send(
            "Page.createIsolatedWorld",
            {"frameId": tree["frameTree"]["frame"]["id"], "worldName": "axe"},
        )
        there = {"contextId": world["executionContextId"]}
        axe = AXE.read_text("utf-8")
        await cdp.send("Runtime.evaluate", {"expression": f"{axe};0", **there})
        asked = {"expression": GRAVE, "awaitPromise": True, "returnByValue": True}
        found = await cdp.send("Runtime.evaluate", {**asked, **there})
        await cdp.detach()
        faults: list[str] = found["result"]["value"]
        return faults


@asynccontextmanager
async def served(folder: Path) -> AsyncIterator[tuple[Browser, Ids]]:
    """Serve a site in which every page has something to show; and its ids."""
    past = make_past(seed=3, people=300)
    for row in past.rows["contacts"]:
        row["centre"] = VIDISHA
    async with await open_store(f"sqlite:///{folder}/counted.db") as store:
        await store.change(fill, past)
        clock = FakeClock(BEGINS.replace(month=12))
        names = replace(NAMES, centres=TREE)
        results = Results(SqlResults(store), names, TREE, clock, INDIA, NONE)
        async with opened_workshop(folder, results=results, phones=PHONES) as site:
            lists_of_vidisha(site.site.lists)
            site.operations.set_centre("tc-1", SEHORE)
            yield site, await some_ids(site)
        await results.close()


async def some_ids(site: Browser) -> Ids:
    workshop, prompts = site.site.campaigns, site.site.prompts
    assert workshop is not None and prompts is not None
    begun = await workshop.begin(PEOPLE[0], "file:survey-and-person", edit=False)
    document = {**begun.document, "campaign": "survey"}
    made, _ = await workshop.make(await workshop.keep(begun, document), EVERYTHING)
    draft = await workshop.begin(PEOPLE[0], "file:survey-and-person", edit=False)
    said = [one for one in await prompts.prompts() if one.kind == "prompt"]
    return {
        "{campaign}": str(made.campaign_id),
        "{draft}": draft.draft_id,
        "{prompt}": said[0].key,
    }


def with_ids(path: str, ids: Ids) -> str:
    for place, value in ids.items():
        path = path.replace(place, value)
    return path


def test_what_is_named_here_is_there() -> None:
    paths = {path for method, path, _ in ROUTES if method == "GET"}
    assert FILLED.keys() | NO_PAGES <= paths


async def all_of_theirs(seen: Seen, base: str, ids: Ids) -> list[str]:
    """Let a user look at all that is theirs; return what was wrong."""
    seen.watch()
    await seen.sign_in(base)
    for name, path in pages_for(seen.user).items():
        await seen.look_at(name, base + with_ids(path, ids))
    await seen.page.context.close()
    return seen.faults


@pytest.mark.parametrize("language", ["hi", "en"])
async def test_every_page_is_sound_for_every_role(
    tmp_path: Path, language: str
) -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    async with served(tmp_path) as (site, ids), async_playwright() as playwright:
        chromium = shutil.which("chromium")
        browser = await playwright.chromium.launch(executable_path=chromium)
        windows = [Seen(await browser.new_page(), user, language) for user in PEOPLE]
        found = await asyncio.gather(
            *(all_of_theirs(one, site.base, ids) for one in windows)
        )
        await browser.close()
    faults = [fault for faults in found for fault in faults]
    assert not faults, "\n".join(faults)
    every = {
        (name, size) for user in PEOPLE for name in pages_for(user) for size in SIZES
    }
    assert every == set().union(*(one.looked_at for one in windows))


async def test_on_a_phone_the_menu_is_one_line_and_opens_by_the_keyboard() -> None:
    async with opened() as site, async_playwright() as playwright:
        chromium = shutil.which("chromium")
        browser = await playwright.chromium.launch(executable_path=chromium)
        seen = Seen(await browser.new_page(), PEOPLE[0], "hi")
        page, (width, height) = seen.page, SIZES["phone"]
        await page.set_viewport_size({"width": width, "height": height})
        await seen.sign_in(site.base)
        name = "प्रदेश के सभी जिलों में जन संपर्क का कार्यालय, भोपाल"
        await page.eval_on_selector(
            ".brand .of", "(of, name) => of.innerText = name", name
        )
        assert await page.evaluate("document.querySelector('.top').offsetHeight") < 64
        place, account = page.locator("#places a").first, page.locator("#account a")
        assert not await place.is_visible()
        assert not await account.is_visible()
        await page.focus(".menu summary")
        await page.keyboard.press("Enter")
        assert await place.is_visible()
        assert await account.is_visible()
        assert await page.evaluate("document.documentElement.scrollWidth") == width
        assert await seen.grave_faults() == []
        await page.keyboard.press("Tab")
        assert await place.evaluate("(one) => one === document.activeElement")
        await page.set_viewport_size({"width": 1280, "height": 900})
        assert not await page.locator(".menu summary").is_visible()
        await browser.close()
