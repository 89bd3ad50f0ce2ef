"""The API's users and audit log: pages with cursors, changes, one's own centre."""

from __future__ import annotations

from collections.abc import AsyncIterator

import aiohttp
import pytest

from ivr.core.access import User, UserId
from tests.adapters.web.browser import TOKEN, Browser, opened
from tests.fakes.site import PASSWORD, SEHORE
from tests.fakes.users import QuickHasher

NEW = {
    "user_id": "kamla",
    "name": "कमला बाई",
    "role": "auditor",
    "centre": "MP.BPL.SEH",
    "password": PASSWORD,
}


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with opened() as one:
        one.operations.set_centre("tc-1", SEHORE)
        yield one


async def ask(
    browser: Browser, method: str, path: str, **given: object
) -> aiohttp.ClientResponse:
    """Ask as this machine's command line does."""
    response = await browser.http.request(
        method,
        browser.base + path,
        headers={"Authorization": f"Bearer {TOKEN}"},
        **given,  # type: ignore[arg-type]
    )
    await response.read()
    return response


async def all_of(browser: Browser, path: str, limit: int) -> list[dict[str, object]]:
    """Follow the cursors to the end."""
    items: list[dict[str, object]] = []
    cursor: str | None = ""
    while cursor is not None:
        response = await ask(browser, "GET", f"{path}?limit={limit}&cursor={cursor}")
        page = await response.json()
        assert len(page["items"]) <= limit
        items += page["items"]
        cursor = page["next"]
    return items


async def test_pages_of_users_follow_each_other_without_gap(browser: Browser) -> None:
    found = await all_of(browser, "/api/v1/users", 2)
    names = [one["user_id"] for one in found]
    assert names == ["anil", "meera", "rekha", "sunita", "vimla"]
    assert "password" not in str(found)


async def test_the_audit_log_is_read_to_its_beginning(browser: Browser) -> None:
    found = await all_of(browser, "/api/v1/audit", 3)
    numbers = [one["entry_id"] for one in found]
    assert len(numbers) > 3 and numbers == sorted(numbers, reverse=True)  # type: ignore[type-var]
    assert len(set(map(str, numbers))) == len(numbers)


@pytest.mark.parametrize("path", ["/api/v1/users", "/api/v1/audit"])
@pytest.mark.parametrize(
    "query", ["limit=0", "limit=201", "limit=x", "cursor=%FF", "cursor=a", "also=1"]
)
async def test_a_page_that_cannot_be_is_refused(
    browser: Browser, path: str, query: str
) -> None:
    assert (await ask(browser, "GET", f"{path}?{query}")).status == 400


async def test_a_cursor_of_another_list_is_refused(browser: Browser) -> None:
    page = await (await ask(browser, "GET", "/api/v1/users?limit=1")).json()
    response = await ask(browser, "GET", f"/api/v1/audit?cursor={page['next']}")
    assert response.status == 400


async def test_a_user_is_made_and_changed_and_it_is_in_the_log(
    browser: Browser,
) -> None:
    made = await ask(browser, "POST", "/api/v1/users", json=NEW)
    assert (made.status, (await made.json())["name"]) == (201, "कमला बाई")
    again = await ask(browser, "POST", "/api/v1/users", json=NEW)
    assert again.status == 400
    path = "/api/v1/users/kamla"
    off = await ask(browser, "POST", path, json={"is_active": False, "sign_out": True})
    assert (await off.json())["is_active"] is False
    assert (await (await ask(browser, "GET", path)).json())["is_active"] is False
    log = await (await ask(browser, "GET", "/api/v1/audit?limit=3")).json()
    assert {"user kamla"} == {one["about"] for one in log["items"]}


async def test_of_a_change_that_is_refused_nothing_is_kept(browser: Browser) -> None:
    path, second = "/api/v1/users/sunita", "नर्मदा के किनारे 77"
    assert (await ask(browser, "POST", path, json={"is_active": False})).status == 200
    at_her_desk = NEW | {
        "role": "telecaller",
        "centre": str(SEHORE),
        "telecaller_id": "tc-1",
    }
    made = await ask(browser, "POST", "/api/v1/users", json=at_her_desk)
    assert made.status == 201, await made.text()
    for refused in (
        {"is_active": True, "password": second},  # her phone is another's by now
        {"is_active": False, "password": "sunita sunita"},  # it has her name
        {"is_active": False, "password": "aaaaaaaaaaaa"},
    ):
        before = await hash_and_user(browser, "sunita")
        assert (await ask(browser, "POST", path, json=refused)).status == 400, refused
        assert await hash_and_user(browser, "sunita") == before
    both = {"is_active": False, "password": second}
    assert (await ask(browser, "POST", "/api/v1/users/kamla", json=both)).status == 200
    hashed, kamla = await hash_and_user(browser, "kamla")
    assert kamla is not None and not kamla.is_active
    assert hashed == QuickHasher().hash(second)


async def hash_and_user(browser: Browser, user_id: str) -> tuple[str, User | None]:
    store = browser.site.users.store
    return await store.password_hash(UserId(user_id)), await store.user(UserId(user_id))


async def test_nobody_switches_themselves_off(browser: Browser) -> None:
    await browser.sign_in("meera")
    page = await browser.http.post(
        browser.base + "/api/v1/users/meera",
        json={"is_active": False},
        headers={"X-CSRF-Token": browser.csrf},
    )
    assert page.status == 400


@pytest.mark.parametrize("name", ["nobody", "%00", "A", "x" * 90])
async def test_who_is_unknown_is_not_found(browser: Browser, name: str) -> None:
    response = await ask(browser, "GET", f"/api/v1/users/{name}")
    assert response.status == 404
    assert (await response.json())["error_id"] == "not_found"


async def test_one_is_told_who_one_is(browser: Browser) -> None:
    me = await (await ask(browser, "GET", "/api/v1/me")).json()
    assert (me["user_id"], me["centre"]) == ("dialer.py", "MP")
    await browser.sign_in("sunita")
    me = await (await browser.get("/api/v1/me")).json()
    assert (me["user_id"], me["may"]) == ("sunita", ["desk", "self"])
