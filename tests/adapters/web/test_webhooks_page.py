"""The webhooks' page: made and ended by an admin, with the fate of each telling."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import pytest

from ivr.controller.hooks import Sent
from ivr.core.access import Role, User, UserId
from ivr.core.happenings import Happening, HappeningKind
from ivr.core.model import PhoneNumber
from tests.adapters.web.browser import Browser, opened
from tests.fakes.hooks import FakeSender
from tests.fakes.site import PASSWORD, SEHORE

FORM = {
    "name": "CRM <b>",
    "url": "https://8.8.8.8/hook",
    "centre": "MP",
    "kinds": "opt_out",
}


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with opened() as one:
        await one.sign_in("meera")
        yield one


async def make(browser: Browser, **changed: str) -> tuple[int, str]:
    form = {"csrf": browser.csrf} | FORM | changed
    page = await browser.post("/programs/webhooks", form)
    return page.status, await page.text()


async def test_it_is_made_and_its_secret_shown_this_once(browser: Browser) -> None:
    status, text = await make(browser)
    found = re.search(r"whsec_[0-9a-f]{64}", text)
    assert status == 200 and found and "CRM &lt;b&gt;" in text
    again = await (await browser.get("/programs/webhooks")).text()
    assert found[0] not in again and FORM["url"] in again
    (hook,) = await browser.site.hooks.store.hooks()
    assert browser.site.hooks.secret_of(hook.hook_id) == found[0]
    assert not hook.has_numbers
    (entry,) = await browser.site.users.store.audit(None, limit=1)
    assert (entry.action, entry.detail["url"]) == ("webhook_made", FORM["url"])


@pytest.mark.parametrize(
    "changed",
    [
        {"url": "https://169.254.169.254/latest/meta-data"},
        {"url": "https://localhost/x"},
        {"url": "http://8.8.8.8/"},
        {"kinds": "everything"},
        {"centre": "MP.XXX"},
        {"name": " "},
    ],
)
async def test_what_may_not_be_is_refused(
    browser: Browser, changed: dict[str, str]
) -> None:
    status, _ = await make(browser, **changed)
    assert status == 400
    assert await browser.site.hooks.store.hooks() == []


async def test_the_page_tells_what_became_of_each_telling(browser: Browser) -> None:
    await make(browser)
    hooks = browser.site.hooks
    sender = hooks._sender
    assert isinstance(sender, FakeSender)
    sender.answers = [Sent(False, "503 <script>")]
    number = PhoneNumber("+919827112345")
    at = browser.site.now()
    hooks.tell(Happening(HappeningKind.OPT_OUT, at, (SEHORE,), number))
    await hooks.keep_queued()
    await hooks.send_due()
    text = await (await browser.get("/programs/webhooks")).text()
    assert "प्रतीक्षा में" in text and "503 &lt;script&gt;" in text
    assert "9827112345" not in text


async def test_an_ended_one_is_told_nothing_more(browser: Browser) -> None:
    await make(browser)
    (hook,) = await browser.site.hooks.store.hooks()
    path = f"/programs/webhooks/{hook.hook_id}/end"
    await browser.post(path, {"csrf": browser.csrf})
    at = browser.site.now()
    browser.site.hooks.tell(Happening(HappeningKind.OPT_OUT, at))
    await browser.site.hooks.keep_queued()
    assert await browser.site.hooks.send_due() == 0
    assert "webhook_ended" in await (await browser.get("/audit")).text()


async def test_an_admin_of_a_centre_neither_sees_nor_ends_anothers(
    browser: Browser,
) -> None:
    await make(browser)
    (hook,) = await browser.site.hooks.store.hooks()
    asha = User(UserId("asha"), "आशा", Role.ADMIN, SEHORE)
    await browser.site.users.add(asha, PASSWORD, by="test")
    async with browser.another() as other:
        await other.sign_in("asha")
        assert FORM["url"] not in await (await other.get("/programs/webhooks")).text()
        path = f"/programs/webhooks/{hook.hook_id}/end"
        page = await other.post(path, {"csrf": other.csrf})
        assert page.status == 404
        assert (await make(other))[0] == 400  # of MP
