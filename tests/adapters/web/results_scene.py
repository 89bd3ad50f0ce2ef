"""A site over a real database of results."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import aiohttp

from ivr.controller.results import Results
from ivr.core.selection import WHOLE, CentreScope
from ivr.store import spoken_answers
from ivr.store.engine import open_store
from ivr.store.result_questions import SqlResults
from ivr.store.store import SqlStore
from ivr.vault.recordings import Recordings
from tests.adapters.web.browser import Browser, opened
from tests.fakes.counted import NAMES
from tests.fakes.filled_store import BEGINS, CAMPAIGN, Past, fill, make_past
from tests.fakes.site import INDIA, SEHORE, TREE, VIDISHA
from tests.fakes.spoken_files import SOUND, put_sealed, recordings_in
from tests.fakes.switch import FakeClock

PAGE = f"/results/{CAMPAIGN}"
AFTER = BEGINS.replace(month=12)
SCRIPT = "<script>alert(1)</script>"


def mixed_past() -> Past:
    """Half of the people are Sehore's, a third Vidisha's, the rest of no centre."""
    past = make_past(seed=3, people=700)
    for row in past.rows["contacts"]:
        place = row["contact_id"] % 6
        row["centre"] = (SEHORE, SEHORE, SEHORE, VIDISHA, VIDISHA, None)[place]
        row["district"] = ("SEH", "SEH", "SEH", "VID", "VID", "")[place]
        row["schemes"] = ("pm_kisan", "")[row["contact_id"] % 2]
    past.rows["telecallers"][0]["name"] = SCRIPT
    return past


@dataclass
class Scene:
    browser: Browser
    store: SqlStore
    recordings: Recordings

    async def caught_up(self) -> None:
        """Put all opinions into blocks; a reader waits a while only, busy or not."""
        seen_to: datetime | None = None
        while True:
            ask = SqlResults(self.store).catch_up
            step = await ask(CAMPAIGN, INDIA, AFTER, seen_to)
            if step.is_done:
                return
            seen_to = step.seen_to

    async def a_recording(self, centre: str, sound: bytes = SOUND) -> str:
        """Return the path of a recording of the centre's people; its file is there."""
        scope = CentreScope(frozenset({centre}))
        ask = spoken_answers.spoken_answers
        [one] = await self.store.read(ask, CAMPAIGN, scope, WHOLE, None, 1)
        put_sealed(self.recordings, one.file, sound)
        return f"{PAGE}/spoken/{one.call_id}/{one.seq}"

    async def kept_recordings(self, centre: str) -> set[str]:
        """Return the paths of all recordings of the centre's people."""
        ask, scope = spoken_answers.spoken_answers, CentreScope(frozenset({centre}))
        found = await self.store.read(ask, CAMPAIGN, scope, WHOLE, None, 10_000)
        return {f"{PAGE}/spoken/{one.call_id}/{one.seq}" for one in found}

    async def all_recordings(self, name: str) -> set[str]:
        """Return the paths of all recordings that somebody's pages name."""
        found: set[str] = set()
        async with self.browser.another() as other:
            await other.sign_in(name)
            page: str | None = f"{PAGE}/spoken"
            while page is not None:
                text = await text_of(await other.get(page))
                found |= set(re.findall(rf'action="({PAGE}/spoken/[^/"]+/\d+)', text))
                older = re.search(rf'href="({PAGE}/spoken\?[^"]*after=[^"]+)"', text)
                page = older[1].replace("&amp;", "&") if older else None
        return found


@asynccontextmanager
async def opened_results(folder: Path, past: Past) -> AsyncIterator[Scene]:
    """Serve a site whose results are those of `past`, on a database in `folder`."""
    async with await open_store(f"sqlite:///{folder}/samvad.db") as store:
        await store.change(fill, past)
        recordings = recordings_in(folder)
        results = Results(
            SqlResults(store),
            replace(NAMES, centres=TREE),
            TREE,
            FakeClock(AFTER),
            INDIA,
            recordings,
        )
        async with opened(results=results) as browser:
            yield Scene(browser, store, recordings)
        await results.close()


async def text_of(page: aiohttp.ClientResponse) -> str:
    assert page.status == 200, await page.text()
    return await page.text()
