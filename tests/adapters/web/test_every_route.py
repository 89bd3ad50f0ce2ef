"""Every route with every role: who is let in, and that nobody sees another centre."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from ivr.core.access import User, grants
from ivr.web.app import make_app
from ivr.web.guard import OPEN, needs_of
from ivr.web.metrics import new_registry
from tests.adapters.web.browser import TOKEN, Browser, opened
from tests.fakes.list_room import lists_of_vidisha
from tests.fakes.operations import FakeOperations
from tests.fakes.site import PEOPLE, make_site

REFUSED = {403, 404}


def every_route() -> list[tuple[str, str, object]]:
    registry, _ = new_registry()
    app = make_app(make_site(FakeOperations(), TOKEN), registry)
    return [
        (route.method, route.resource.canonical, route.handler)
        for route in app.router.routes()
        if route.resource is not None and route.method != "HEAD"
    ]


ROUTES = every_route()
NAMES = [f"{method} {path}" for method, path, _ in ROUTES]


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with opened() as one:
        yield one


@pytest.mark.parametrize(("method", "path", "handler"), ROUTES, ids=NAMES)
def test_every_route_says_what_it_needs(
    method: str, path: str, handler: object
) -> None:
    assert needs_of(handler) is not None, "decorate it with @needs or @open_to_all"


@pytest.mark.parametrize(("method", "path", "handler"), ROUTES, ids=NAMES)
async def test_a_route_is_shut_to_all_who_may_not(
    browser: Browser, method: str, path: str, handler: object
) -> None:
    needed = needs_of(handler)
    assert needed is not None
    if needed == OPEN:
        return
    filled = _filled(path)
    async with browser.http.request(
        method, browser.base + filled, allow_redirects=False
    ) as page:
        assert page.status in {303, 401}, "let in somebody who has not signed in"
    for user in PEOPLE:
        if needed & grants(user):
            continue
        async with browser.another() as other:
            await other.sign_in(user.user_id)
            async with other.http.request(
                method,
                other.base + filled,
                headers={"X-CSRF-Token": other.csrf},
                allow_redirects=False,
            ) as page:
                assert page.status in REFUSED, f"let in {user.user_id}"


FOREIGN = [name for name in zip(NAMES, ROUTES, strict=True) if "{" in name[0]]


@pytest.mark.parametrize(
    ("method", "path", "handler"),
    [route for name, route in FOREIGN],
    ids=[name for name, route in FOREIGN],
)
async def test_what_is_of_another_centre_does_not_exist(
    browser: Browser, method: str, path: str, handler: object
) -> None:
    """Vidisha's desk tc-2, user rekha and campaign, asked for by Sehore's people."""
    needed = needs_of(handler)
    if needed == OPEN or needed is None:
        return
    browser.operations.set_centre("tc-2", "MP.BPL.VID")
    browser.operations.set_campaign_centres("demo", ("MP.BPL.VID",))
    lists_of_vidisha(browser.site.lists)
    for user in _of_sehore():
        if not needed & grants(user):
            continue
        async with browser.another() as other:
            await other.sign_in(user.user_id)
            async with other.http.request(
                method,
                other.base + _filled(path),
                headers={"X-CSRF-Token": other.csrf},
                json={} if method == "POST" else None,
                allow_redirects=False,
            ) as page:
                assert page.status in REFUSED, f"{user.user_id}: {page.status}"


def _of_sehore() -> list[User]:
    return [user for user in PEOPLE if user.centre == "MP.BPL.SEH"]


def _filled(path: str) -> str:
    """Return the path with something of Vidisha's in its places."""
    for place, value in {
        "{telecaller_id}": "tc-2",
        "{campaign_id}": "demo",
        "{user_id}": "rekha",
        "{stop_id}": "s-vidisha",
        "{message_id}": "m-1",
        "{token_id}": "none",
        "{hook_id}": "none",
        "{centre}": "MP.BPL.VID",
        "{flow_id}": "person",
        "{revision}": "1",
        "{language}": "en",
        "{version}": "1",
        "{name}": "x.js",
        "{list_name}": "nov",
        "{import_id}": "vidishas",
    }.items():
        path = path.replace(place, value)
    return path


async def test_a_route_that_says_nothing_is_shut(browser: Browser) -> None:
    async def forgotten(_request: web.Request) -> web.Response:
        return web.Response(text="open")

    registry, _ = new_registry()
    site = make_site(FakeOperations(), TOKEN)
    app = make_app(site, registry)
    app.router.add_get("/forgotten", forgotten)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    base = f"http://127.0.0.1:{runner.addresses[0][1]}"
    async with browser.http.get(
        base + "/forgotten", headers={"Authorization": f"Bearer {TOKEN}"}
    ) as page:
        assert page.status == 403
    await runner.cleanup()


async def test_lists_hold_only_what_is_of_ones_centre(browser: Browser) -> None:
    browser.operations.set_centre("tc-1", "MP.BPL.SEH")
    browser.operations.set_centre("tc-2", "MP.BPL.VID")
    await browser.sign_in("anil")
    page = await browser.get("/api/v1/desks")
    assert [one["telecaller_id"] for one in await page.json()] == ["tc-1"]
