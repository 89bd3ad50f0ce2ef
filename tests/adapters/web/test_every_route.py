"""Every route with everybody: who is let in, and that nobody sees another centre.

Whatever an address names is there (whole_site.py) and is Vidisha's. Each of its people
is let in as far as their role goes; for Sehore's it is as a name that nobody has. What
is expected stands in rights.py; nothing is asked of the code that decides it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from aiohttp import web

from ivr.core.access import GRANTS, Role
from ivr.web.app import make_app
from ivr.web.guard import needs_of
from ivr.web.metrics import new_registry
from tests.adapters.web.browser import TOKEN, opened
from tests.adapters.web.rights import (
    OF_NO_CENTRE,
    OF_THE_WHOLE,
    OPEN_ROUTES,
    RIGHTS,
    ROLES,
    needed,
    rights_of,
)
from tests.adapters.web.routes import NAMES, ROUTES, WITH_HEADS, Route, handler_at
from tests.adapters.web.whole_site import (
    BY_ID,
    NOBODY,
    NOBODYS,
    Whole,
    opened_whole,
)
from tests.fakes.operations import FakeOperations
from tests.fakes.site import MP, SEHORE, make_site

pytestmark = pytest.mark.asyncio(loop_scope="module")

WHERE = "in tests/adapters/web/rights.py"
REFUSALS = {401, 403, 404}
LET_IN = 0  # in place of a status: none of the refusals, and no way to sign in
OF_A_CENTRE = [one for one in ROUTES if one.is_of_a_centre]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def whole(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Whole]:
    async with opened_whole(tmp_path_factory.mktemp("whole")) as one:
        yield one


async def test_the_table_has_every_route_once() -> None:
    told = [name for names in RIGHTS.values() for name in names]
    untold = set(NAMES) - set(told)
    gone = (set(told) | OF_THE_WHOLE | OF_NO_CENTRE) - set(NAMES)
    assert not untold, f"add to RIGHTS {WHERE}: {sorted(untold)}"
    assert not gone, f"no such routes any more, {WHERE}: {sorted(gone)}"
    assert sorted(told) == sorted(NAMES), "told twice, or made twice"
    assert RIGHTS.keys() == ROLES.keys(), f"say in ROLES {WHERE} who is let in"


@pytest.mark.parametrize("rights", RIGHTS)
async def test_a_role_is_granted_what_lets_it_in_and_no_more(rights: str) -> None:
    granted = {role for role in Role if GRANTS[role] & needed(rights)}
    assert rights == OPEN_ROUTES or granted == ROLES[rights]


@pytest.mark.parametrize("route", ROUTES, ids=NAMES)
async def test_every_route_needs_what_the_table_says(route: Route) -> None:
    said = needs_of(route.handler)
    assert said is not None, "decorate it with @needs or @open_to_all"
    assert said == needed(rights_of(route.name))


async def test_a_look_by_head_is_let_in_as_the_page_itself() -> None:
    gets = {one.path: one.handler for one in ROUTES if one.method == "GET"}
    heads = {one.path: one.handler for one in WITH_HEADS if one.method == "HEAD"}
    assert heads.items() <= gets.items()


def told_for(name: str, route: Route) -> int:
    """Return what somebody is to be answered: a status, or LET_IN."""
    rights = rights_of(route.name)
    if name == NOBODY:
        is_for_programs = route.path.startswith(("/api/", "/metrics"))
        is_page = not is_for_programs or route.path == "/api/v1/docs"
        return LET_IN if rights == OPEN_ROUTES else 303 if is_page else 401
    person = BY_ID[name]
    if person.role not in ROLES[rights]:
        return 403
    is_foreign = route.is_of_a_centre and person.centre == SEHORE
    is_too_high = route.name in OF_THE_WHOLE and person.centre != MP
    return 404 if is_foreign or is_too_high else LET_IN


@pytest.mark.parametrize("route", ROUTES, ids=NAMES)
async def test_everybody_is_answered_as_the_table_says(
    whole: Whole, route: Route
) -> None:
    wrong = {}
    for name in (NOBODY, *BY_ID):
        values = await whole.values_for(route)
        found = await handler_at(route.method, route.filled(values))
        assert found is route.handler, f"{route.filled(values)} leads elsewhere"
        page, told = await whole.answer_to(name, route, values), told_for(name, route)
        to_sign_in = page.headers.get("Location", "").startswith("/sign-in?")
        is_in = page.status not in REFUSALS and not to_sign_in
        as_told = is_in if told == LET_IN else page.status == told
        if not as_told or (told == 303 and not to_sign_in):
            wrong[name] = f"{page.status}, not {told or 'let in'}"
    assert not wrong


@pytest.mark.parametrize("route", OF_A_CENTRE, ids=[one.name for one in OF_A_CENTRE])
async def test_what_is_of_another_centre_is_answered_as_what_is_not_there(
    whole: Whole, route: Route
) -> None:
    values = await whole.values_for(route)
    foreign = [name for name, one in BY_ID.items() if one.centre == SEHORE]
    assert any(told_for(name, route) == 404 for name in foreign), "nobody may at all"
    for name in foreign:
        theirs = await whole.answer_to(name, route, values)
        nobodys = await whole.answer_to(name, route, values | NOBODYS)
        assert theirs.status == nobodys.status == told_for(name, route)


async def test_a_route_that_says_nothing_is_shut(whole: Whole) -> None:
    async def forgotten(_request: web.Request) -> web.Response:
        return web.Response(text="open")

    registry, _ = new_registry()
    app = make_app(make_site(FakeOperations(), TOKEN), registry)
    app.router.add_get("/forgotten", forgotten)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    base = f"http://127.0.0.1:{runner.addresses[0][1]}"
    async with whole.browser.http.get(
        base + "/forgotten", headers={"Authorization": f"Bearer {TOKEN}"}
    ) as page:
        assert page.status == 403
    await runner.cleanup()


async def test_lists_hold_only_what_is_of_ones_centre() -> None:
    async with opened() as browser:
        browser.operations.set_centre("tc-1", "MP.BPL.SEH")
        browser.operations.set_centre("tc-2", "MP.BPL.VID")
        await browser.sign_in("anil")
        page = await browser.get("/api/v1/desks")
        assert [one["telecaller_id"] for one in await page.json()] == ["tc-1"]
