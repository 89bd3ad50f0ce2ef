"""Webhooks by the API: a secret shown once, the end, and the fate of each telling."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from ivr.controller.hooks import Sent
from ivr.core.access import Role, User, UserId
from ivr.core.happenings import Happening, HappeningKind
from ivr.core.model import PhoneNumber
from tests.adapters.web.asking import ask
from tests.adapters.web.browser import Browser, opened
from tests.fakes.hooks import FakeSender
from tests.fakes.programs import MemoryPrograms
from tests.fakes.site import PASSWORD, SEHORE

HOOKS = "/api/v1/webhooks"
NEW: dict[str, Any] = {
    "name": "CRM <b>",
    "url": "https://8.8.8.8/hook",
    "centre": "MP",
    "kinds": ["opt_out"],
}


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with opened() as one:
        await one.sign_in("meera")
        yield one


async def test_it_is_made_once_and_its_secret_shown_this_once(browser: Browser) -> None:
    status, hook = await ask(browser, "POST", HOOKS, NEW, key="k-1")
    assert (status, hook["name"], hook["has_numbers"]) == (201, "CRM <b>", False)
    assert browser.site.hooks.secret_of(hook["hook_id"]) == hook["secret"]
    again = await ask(browser, "POST", HOOKS, NEW, key="k-1")
    assert again == (201, hook | {"secret": ""})
    store = browser.site.programs.store
    assert isinstance(store, MemoryPrograms)
    assert hook["secret"] not in str(store.answers)
    status, found = await ask(browser, "GET", HOOKS)
    del hook["secret"]
    assert (status, found) == (200, {"items": [hook], "next": None})
    assert await ask(browser, "GET", f"{HOOKS}/{hook['hook_id']}") == (200, hook)
    (entry,) = await browser.site.users.store.audit(None, limit=1)
    assert (entry.action, entry.detail["url"]) == ("webhook_made", NEW["url"])


@pytest.mark.parametrize(
    "changed",
    [
        {"url": "https://169.254.169.254/latest/meta-data"},
        {"url": "https://localhost/x"},
        {"url": "http://8.8.8.8/"},
        {"kinds": ["everything"]},
        {"kinds": []},
        {"centre": "MP.XXX"},
        {"name": " "},
        {"secret": "mine"},
    ],
)
async def test_what_may_not_be_is_refused(
    browser: Browser, changed: dict[str, object]
) -> None:
    assert (await ask(browser, "POST", HOOKS, NEW | changed))[0] == 400
    assert await browser.site.hooks.store.hooks() == []


async def test_it_is_told_what_became_of_each_telling(browser: Browser) -> None:
    _, hook = await ask(browser, "POST", HOOKS, NEW)
    here, hooks = f"{HOOKS}/{hook['hook_id']}", browser.site.hooks
    sender = hooks._sender
    assert isinstance(sender, FakeSender)
    sender.answers = [Sent(False, "503")]
    number = PhoneNumber("+919827112345")
    at = browser.site.now()
    hooks.tell(Happening(HappeningKind.OPT_OUT, at, (SEHORE,), number))
    await hooks.keep_queued()
    await hooks.send_due()
    status, (one,) = await ask(browser, "GET", here + "/deliveries")
    assert status == 200
    assert (one["state"], one["tries"], one["said"]) == ("waiting", 1, "503")
    assert "9827112345" not in str(one)
    status, ended = await ask(browser, "POST", here + "/end")
    assert (status, ended["is_active"]) == (200, False)
    assert (await ask(browser, "POST", here + "/end"))[0] == 200
    log = await browser.site.users.store.audit(None, limit=10)
    assert [entry.action for entry in log].count("webhook_ended") == 1
    _, (one,) = await ask(browser, "GET", here + "/deliveries?limit=1")
    assert one["state"] == "dead"


async def test_many_come_in_pages_newest_first(browser: Browser) -> None:
    made = [(await ask(browser, "POST", HOOKS, NEW))[1]["hook_id"] for _ in range(5)]
    found, cursor = [], ""
    while cursor is not None:
        _, page = await ask(browser, "GET", f"{HOOKS}?limit=2&cursor={cursor}")
        found += [one["hook_id"] for one in page["items"]]
        cursor = page["next"]
    assert sorted(found) == sorted(made) and len(found) == 5
    assert (await ask(browser, "GET", f"{HOOKS}?cursor=eA"))[0] == 400


async def test_an_admin_of_a_centre_neither_sees_nor_ends_anothers(
    browser: Browser,
) -> None:
    _, hook = await ask(browser, "POST", HOOKS, NEW)
    here = f"{HOOKS}/{hook['hook_id']}"
    asha = User(UserId("asha"), "आशा", Role.ADMIN, SEHORE)
    await browser.site.users.add(asha, PASSWORD, by="test")
    async with browser.another() as other, browser.another() as anil:
        await other.sign_in("asha")
        assert (await ask(other, "GET", HOOKS))[1]["items"] == []
        for method, path in (
            ("GET", here),
            ("POST", here + "/end"),
            ("GET", here + "/deliveries"),
        ):
            assert (await ask(other, method, path))[0] == 404, path
        assert (await ask(other, "POST", HOOKS, NEW))[0] == 400  # of MP
        own = NEW | {"centre": str(SEHORE)}
        assert (await ask(other, "POST", HOOKS, own))[0] == 201
        await anil.sign_in("anil")
        assert (await ask(anil, "GET", HOOKS))[0] == 403
