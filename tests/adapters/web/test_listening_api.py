"""Listening over HTTP: only by phones, and to telecallers, of one's own centre."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.adapters.web.browser import Browser, opened
from tests.fakes.places import MP, SEHORE, VIDISHA


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    """tc-1 is Sehore's, tc-2 Vidisha's; phone ic-1 is the state's, ic-2 Sehore's."""
    async with opened() as one:
        one.operations.set_centre("tc-1", SEHORE)
        one.operations.set_centre("tc-2", VIDISHA)
        yield one


async def ask(browser: Browser, phone: str, act: str, **body: str) -> int:
    async with browser.http.post(
        f"{browser.base}/api/v1/in-charges/{phone}/{act}",
        json=body or None,
        headers={"X-CSRF-Token": browser.csrf},
    ) as page:
        return page.status


async def listens(browser: Browser, phone: str, to: str) -> int:
    return await ask(browser, phone, "listen", telecaller_id=to, mode="listen")


async def test_an_in_charge_listens_to_their_own_and_stops(browser: Browser) -> None:
    await browser.sign_in("anil")
    assert await listens(browser, "ic-2", "tc-1") == 200
    (one,) = browser.operations.who_listens()
    assert (one.in_charge_id, one.telecaller_id) == ("ic-2", "tc-1")
    entries = await browser.site.users.store.audit(None)
    assert ("listen", "telecaller tc-1") in {(e.action, e.about) for e in entries}
    assert await ask(browser, "ic-2", "stop-listening") == 200
    assert browser.operations.who_listens() == []


@pytest.mark.parametrize(
    ("phone", "to"),
    [
        ("ic-1", "tc-1"),  # a phone of the state
        ("ic-1", "tc-2"),
        ("ic-2", "tc-2"),  # a telecaller of Vidisha
        ("ic-2", "tc-9"),  # whom nobody knows: the same answer
        ("ic-9", "tc-1"),
    ],
)
async def test_another_centres_phones_and_telecallers_are_not_there(
    browser: Browser, phone: str, to: str
) -> None:
    await browser.sign_in("anil")
    assert await listens(browser, phone, to) == 404
    assert browser.operations.who_listens() == []
    entries = await browser.site.users.store.audit(None)
    assert "listen" not in {one.action for one in entries}


async def test_nobody_sees_or_stops_who_listens_from_above(browser: Browser) -> None:
    async with browser.another() as meera:
        await meera.sign_in("meera")
        assert await listens(meera, "ic-1", "tc-1") == 200
    await browser.sign_in("anil")
    page = await browser.get("/api/v1/listening")
    assert await page.json() == []
    assert await ask(browser, "ic-1", "stop-listening") == 404
    (one,) = browser.operations.who_listens()
    assert (one.in_charge_id, one.centre) == ("ic-1", MP)


async def test_a_phone_of_sehore_never_hears_vidisha_whoever_asks(
    browser: Browser,
) -> None:
    await browser.sign_in("meera")
    assert await listens(browser, "ic-2", "tc-2") == 400
    assert browser.operations.who_listens() == []
