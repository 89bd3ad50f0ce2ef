"""An admin of a part of the organisation: nobody above, beside, or beyond it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping

import pytest

from ivr.core.access import May, Role, User, UserId
from ivr.core.model import TelecallerId
from tests.adapters.web.browser import Browser, opened
from tests.fakes.site import MP, PASSWORD, SEHORE

KIRAN = User(UserId("kiran"), "किरण राव", Role.ADMIN, SEHORE)
NEW = {
    "user_id": "naya",
    "name": "नया नाम",
    "role": "telecaller",
    "centre": str(SEHORE),
    "password": "नर्मदा के किनारे 77",
}


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with opened() as one:
        await one.site.users.add(KIRAN, PASSWORD, by="test")
        one.operations.set_centre("tc-1", "MP.BPL.SEH")
        one.operations.set_centre("tc-2", "MP.BPL.VID")
        await one.sign_in("kiran", back="/people")
        yield one


async def post(browser: Browser, path: str, **form: str) -> int:
    page = await browser.post(path, {"csrf": browser.csrf, **form}, follow=False)
    return page.status


async def kept(browser: Browser, user_id: str) -> User | None:
    return await browser.site.users.store.user(UserId(user_id))


@pytest.mark.parametrize(
    "beyond",
    [
        {"role": "admin", "centre": "MP"},
        {"centre": "MP.BPL"},
        {"centre": "MP.BPL.VID"},
        {"centre": ""},
        {"role": "root"},
        {"telecaller_id": "tc-2"},  # Vidisha's
        {"telecaller_id": "ic-1", "role": "in_charge"},  # of the state
        {"telecaller_id": "tc-1"},  # sunita's
        {"user_id": "meera"},
    ],
    ids=lambda beyond: " ".join(beyond.values()),
)
async def test_nobody_is_made_beyond_ones_centre_or_at_anothers_desk(
    browser: Browser, beyond: Mapping[str, str]
) -> None:
    before = await kept(browser, "meera")
    assert await post(browser, "/people", **(NEW | beyond)) == 400
    assert await kept(browser, "naya") is None
    assert await kept(browser, "meera") == before


async def test_what_the_form_does_not_ask_for_is_not_taken(browser: Browser) -> None:
    assert await post(browser, "/people", **NEW, is_active="false", only="x") == 303
    assert await post(browser, "/people/anil", act="off", role="admin", centre="MP")
    made, anil = await kept(browser, "naya"), await kept(browser, "anil")
    assert made is not None and made.is_active and made.only is None
    assert anil is not None and anil.role is Role.IN_CHARGE and anil.centre == SEHORE
    assert not anil.is_active


@pytest.mark.parametrize("act", ["off", "on", "sign_out", "password"])
@pytest.mark.parametrize("whom", ["meera", "rekha", "vimla"])
async def test_who_is_above_or_beside_is_not_there(
    browser: Browser, act: str, whom: str
) -> None:
    given = {"act": act, "password": "नर्मदा के किनारे 77"}
    assert await post(browser, f"/people/{whom}", **given) == 404
    async with browser.another() as other:
        assert (await other.sign_in(whom)).status == 200


async def test_a_phone_goes_to_nobody_else_by_switching_somebody_on_again(
    browser: Browser,
) -> None:
    assert await post(browser, "/people/sunita", act="off") == 303
    assert await post(browser, "/people", **NEW, telecaller_id="tc-1") == 303
    assert await post(browser, "/people/sunita", act="on") == 400
    sunita = await kept(browser, "sunita")
    assert sunita is not None and not sunita.is_active


async def test_a_phone_is_of_the_users_own_centre(browser: Browser) -> None:
    async with browser.another() as state:
        await state.sign_in("meera", back="/people")
        beyond = {"centre": "MP.BPL.SEH", "telecaller_id": "tc-2"}
        assert await post(state, "/people", **(NEW | beyond)) == 400


async def test_ones_own_password_is_not_changed_without_the_present_one(
    browser: Browser,
) -> None:
    given = {"act": "password", "password": "नर्मदा के किनारे 77"}
    await post(browser, "/people/kiran", **given)
    page = await browser.http.post(
        browser.base + "/api/v1/users/kiran",
        json={"password": given["password"]},
        headers={"X-CSRF-Token": browser.csrf},
    )
    assert page.status == 400
    async with browser.another() as other:
        page = await other.sign_in("kiran", password=given["password"])
        assert page.status == 401


async def test_a_program_that_keeps_people_makes_nobody_who_may_more_than_it(
    browser: Browser,
) -> None:
    meera = await kept(browser, "meera")
    assert meera is not None
    _, secret = await browser.site.programs.make(
        "people", meera, MP, frozenset({May.PEOPLE}), by=meera
    )
    headers = {"Authorization": f"Bearer {secret}"}
    async with browser.another() as program:
        for role, status in {"admin": 400, "in_charge": 400, "telecaller": 201}.items():
            page = await program.http.post(
                program.base + "/api/v1/users",
                json=NEW | {"role": role, "user_id": f"a-{role.replace('_', '-')}"},
                headers=headers,
            )
            assert page.status == status, await page.text()
        for whom, status in {"kiran": 403, "anil": 403, "sunita": 200}.items():
            page = await program.http.post(
                f"{program.base}/api/v1/users/{whom}",
                json={"password": "नर्मदा के किनारे 77"},
                headers=headers,
            )
            assert page.status == status, await page.text()


async def test_the_present_password_cannot_be_guessed_at_an_open_page(
    browser: Browser,
) -> None:
    tries = {"present": "guess", "wanted": "x" * 12, "again": "x" * 12}
    statuses = [await post(browser, "/me/password", **tries) for _ in range(31)]
    assert statuses[:30] == [400] * 30 and statuses[30] == 429


async def test_a_browser_that_says_only_its_origin_is_believed(
    browser: Browser,
) -> None:
    form = {"user_id": "kiran", "password": PASSWORD, "next": "/"}
    async with browser.another() as victim:
        for origin, status in {
            "https://elsewhere.example": 403,
            "null": 403,
            victim.base: 303,
        }.items():
            page = await victim.post(
                "/sign-in", form, follow=False, headers={"Origin": origin}
            )
            assert page.status == status


async def test_nothing_of_people_is_kept_by_a_browser(browser: Browser) -> None:
    for path in ("/people", "/me", "/api/v1/desks", "/floor", "/nothing-here"):
        page = await browser.get(path, follow=False)
        assert page.headers["Cache-Control"] == "no-store", path


async def test_a_phone_id_in_a_form_does_not_open_anothers_phone(
    browser: Browser,
) -> None:
    async with browser.another() as other:
        await other.sign_in("sunita", back="/desk")
        form = {"phone": "softphone", "telecaller_id": "tc-2", "own": "tc-2"}
        status = await post(other, "/desk/log-in", **form)
        assert status == 204
    views = {one.telecaller_id: one for one in browser.operations.desks()}
    assert views[TelecallerId("tc-2")].state == "offline"
    assert views[TelecallerId("tc-1")].state != "offline"
