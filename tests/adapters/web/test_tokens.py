"""Tokens: made once, shown once, never more than their user, ended at once."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import aiohttp
import pytest

from ivr.core.access import May, Role, User, UserId
from ivr.core.model import CentreCode
from ivr.errors import BadInput
from ivr.web.api.rate import OF_A_TOKEN
from tests.adapters.web.browser import Browser, opened
from tests.fakes.site import MP, PASSWORD, PEOPLE, SEHORE, VIDISHA

MEERA, ANIL, REKHA = PEOPLE[:3]


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with opened() as one:
        yield one


async def make(
    browser: Browser,
    *may: May,
    user: User = MEERA,
    centre: CentreCode = MP,
    by: User = MEERA,
) -> tuple[str, str]:
    token, secret = await browser.site.programs.make(
        "जाँच", user, centre, frozenset(may), by=by
    )
    return token.token_id, secret


async def ask(
    browser: Browser, secret: str, path: str, method: str = "GET"
) -> aiohttp.ClientResponse:
    response = await browser.http.request(
        method,
        browser.base + path,
        headers={"Authorization": f"Bearer {secret}"},
        allow_redirects=False,
    )
    await response.read()
    return response


async def test_an_admin_makes_one_on_a_page_and_sees_it_this_once(
    browser: Browser,
) -> None:
    await browser.sign_in("meera")
    form = {
        "csrf": browser.csrf,
        "name": "CRM <b>",
        "user_id": "anil",
        "centre": "MP.BPL.SEH",
        "may": "floor",
    }
    page = await browser.post("/programs/tokens", form)
    text = await page.text()
    found = re.search(r"samvad_[\w-]{43}", text)
    assert page.status == 200 and found and "CRM &lt;b&gt;" in text
    again = await (await browser.get("/programs")).text()
    assert found[0] not in again and "CRM &lt;b&gt;" in again
    me = await (await ask(browser, found[0], "/api/v1/me")).json()
    assert (me["user_id"], me["centre"], me["may"]) == ("anil", "MP.BPL.SEH", ["floor"])
    log = await (await browser.get("/audit")).text()
    assert "token_made" in log and found[0] not in log


async def test_it_may_no_more_than_was_chosen(browser: Browser) -> None:
    _, secret = await make(browser, May.FLOOR)
    assert (await ask(browser, secret, "/api/v1/desks")).status == 200
    assert (await ask(browser, secret, "/api/v1/users")).status == 403
    start = await ask(browser, secret, "/api/v1/campaigns/demo/start", "POST")
    assert start.status == 403


async def test_it_sees_no_more_than_its_centre(browser: Browser) -> None:
    browser.operations.set_centre("tc-1", SEHORE)
    browser.operations.set_centre("tc-2", VIDISHA)
    _, secret = await make(browser, May.FLOOR, centre=SEHORE)
    desks = await (await ask(browser, secret, "/api/v1/desks")).json()
    assert [one["telecaller_id"] for one in desks] == ["tc-1"]
    assert (await ask(browser, secret, "/api/v1/desks/tc-2")).status == 404


async def test_it_opens_no_page(browser: Browser) -> None:
    _, secret = await make(browser, May.PEOPLE, May.PROGRAMS)
    for path in ("/people", "/programs", "/me"):
        assert (await ask(browser, secret, path)).status == 403
    assert (await ask(browser, secret, "/programs/tokens", "POST")).status == 403


@pytest.mark.parametrize(
    ("may", "user", "centre", "by", "where"),
    [
        ({May.PEOPLE}, ANIL, SEHORE, MEERA, "may"),  # Anil may not
        ({May.DESK}, PEOPLE[4], SEHORE, MEERA, "may"),  # Meera may not
        ({May.FLOOR}, ANIL, VIDISHA, MEERA, "centre"),  # Anil sees it not
        ({May.FLOOR}, MEERA, VIDISHA, ANIL, "centre"),  # Anil gives it not
        (set(), ANIL, SEHORE, MEERA, "may"),
    ],
)
async def test_nobody_gives_away_more_than_they_have(
    browser: Browser,
    may: set[May],
    user: User,
    centre: CentreCode,
    by: User,
    where: str,
) -> None:
    with pytest.raises(BadInput, match=where):
        await make(browser, *may, user=user, centre=centre, by=by)
    assert await browser.site.programs.store.tokens() == []


async def test_it_ends_at_once(browser: Browser) -> None:
    token_id, secret = await make(browser, May.FLOOR)
    await browser.sign_in("meera")
    form = {"csrf": browser.csrf}
    await browser.post(f"/programs/tokens/{token_id}/end", form)
    assert (await ask(browser, secret, "/api/v1/desks")).status == 401
    assert "token_ended" in await (await browser.get("/audit")).text()


async def test_it_ends_with_its_users_rights(browser: Browser) -> None:
    _, secret = await make(browser, May.FLOOR, user=ANIL, centre=SEHORE)
    assert (await ask(browser, secret, "/api/v1/desks")).status == 200
    await browser.site.users.keep(replace(ANIL, centre=VIDISHA), by="test")
    assert (await ask(browser, secret, "/api/v1/desks")).status == 401
    await browser.site.users.keep(replace(ANIL, is_active=False), by="test")
    assert (await ask(browser, secret, "/api/v1/desks")).status == 401


async def test_it_loses_what_its_user_loses(browser: Browser) -> None:
    _, secret = await make(browser, May.FLOOR, May.CONTROL, user=ANIL, centre=SEHORE)
    await browser.site.users.keep(replace(ANIL, role=Role.AUDITOR), by="test")
    me = await (await ask(browser, secret, "/api/v1/me")).json()
    assert me["may"] == ["floor"]


async def test_an_admin_of_a_centre_sees_and_ends_only_its_tokens(
    browser: Browser,
) -> None:
    admin = User(UserId("asha"), "आशा", Role.ADMIN, SEHORE)
    await browser.site.users.add(admin, PASSWORD, by="test")
    theirs, _ = await make(browser, May.FLOOR, user=REKHA, centre=VIDISHA)
    await browser.sign_in("asha")
    assert theirs not in await (await browser.get("/programs")).text()
    form = {"csrf": browser.csrf}
    page = await browser.post(f"/programs/tokens/{theirs}/end", form)
    assert page.status == 404
    form |= {"name": "x", "user_id": "meera", "centre": "MP", "may": "floor"}
    assert (await browser.post("/programs/tokens", form)).status == 400


async def test_who_asks_too_often_is_told_when_to_go_on(browser: Browser) -> None:
    _, secret = await make(browser, May.FLOOR)
    _, other = await make(browser, May.FLOOR)
    for _ in range(OF_A_TOKEN.at_once):
        assert (await ask(browser, secret, "/api/v1/desks")).status == 200
    refused = await ask(browser, secret, "/api/v1/desks")
    assert (refused.status, refused.headers["Retry-After"]) == (429, "1")
    assert (await refused.json())["error_id"] == "too_often"
    assert (await ask(browser, other, "/api/v1/desks")).status == 200


async def test_its_last_use_is_kept_to_the_minute(browser: Browser) -> None:
    _, secret = await make(browser, May.FLOOR)
    await ask(browser, secret, "/api/v1/desks")
    (token,) = await browser.site.programs.store.tokens()
    assert token.used_at is not None
    assert browser.site.now() - token.used_at < timedelta(minutes=1)


async def test_what_it_does_is_in_the_audit_log_with_its_id(browser: Browser) -> None:
    token_id, secret = await make(browser, May.CONTROL)
    await ask(browser, secret, "/api/v1/campaigns/demo/start", "POST")
    (entry,) = await browser.site.users.store.audit(None, limit=1)
    assert (entry.action, entry.user_id) == ("campaign_start", "meera")
    assert entry.detail["token"] == token_id
