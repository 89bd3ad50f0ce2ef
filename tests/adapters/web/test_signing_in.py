"""Signing in by a browser: cookies, CSRF, held names, where each role ends up."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import aiohttp
import pytest

from tests.adapters.web.browser import Browser, opened
from tests.fakes.site import PASSWORD


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with opened() as one:
        yield one


async def test_who_is_not_signed_in_is_sent_to_the_door_and_back(
    browser: Browser,
) -> None:
    page = await browser.get("/me", follow=False)
    assert (page.status, page.headers["Location"]) == (303, "/sign-in?next=/me")
    page = await browser.sign_in("meera", back="/me")
    assert page.url.path == "/me" and "मीरा शर्मा" in await page.text()


@pytest.mark.parametrize(
    "back", ["https://evil.example/", "//evil.example", "/\\evil.example", "me", ""]
)
async def test_nobody_is_sent_to_another_host(browser: Browser, back: str) -> None:
    page = await browser.post(
        "/sign-in",
        {"user_id": "meera", "password": PASSWORD, "next": back},
        follow=False,
    )
    assert (page.status, page.headers["Location"]) == (303, "/")


async def test_the_cookie_is_for_the_server_only(browser: Browser) -> None:
    page = await browser.post(
        "/sign-in", {"user_id": "meera", "password": PASSWORD}, follow=False
    )
    cookie = page.headers["Set-Cookie"]
    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie and "Path=/" in cookie


async def test_with_https_the_cookie_never_goes_in_the_clear() -> None:
    async with opened(is_https=True) as browser:
        page = await browser.post(
            "/sign-in", {"user_id": "meera", "password": PASSWORD}, follow=False
        )
        cookie = page.headers["Set-Cookie"]
        assert cookie.startswith("__Host-samvad=") and "Secure" in cookie
        assert "Strict-Transport-Security" in page.headers


async def test_a_wrong_password_says_nothing_about_the_name(browser: Browser) -> None:
    known = await browser.post("/sign-in", {"user_id": "meera", "password": "x"})
    unknown = await browser.post("/sign-in", {"user_id": "kavya", "password": "x"})
    assert known.status == unknown.status == 401
    texts = [
        re.sub(r'content="20\S+"', "", (await page.text()).replace(name, ""))
        for page, name in ((known, "meera"), (unknown, "kavya"))
    ]
    assert texts[0] == texts[1]


async def test_a_held_name_is_told_how_long(browser: Browser) -> None:
    for _ in range(5):
        page = await browser.post("/sign-in", {"user_id": "meera", "password": "x"})
    assert page.status == 429
    assert "30 सेकंड" in await page.text()


async def test_many_names_from_one_network_are_slowed(browser: Browser) -> None:
    for number in range(31):
        page = await browser.post(
            "/sign-in", {"user_id": f"name{number}", "password": "x"}
        )
    assert page.status == 429
    assert "पाँच मिनट" in await page.text()


async def test_what_changes_something_needs_the_sessions_token(
    browser: Browser,
) -> None:
    await browser.sign_in("meera")
    for token in ({}, {"csrf": "guessed"}, {"csrf": "ग़लत"}):
        page = await browser.post("/me/sign-out-everywhere", token)
        assert page.status == 403
    page = await browser.post(
        "/me/sign-out-everywhere", {"csrf": browser.csrf}, follow=False
    )
    assert page.status == 303


async def test_another_sites_page_cannot_use_the_session(browser: Browser) -> None:
    await browser.sign_in("meera")
    page = await browser.post(
        "/sign-out",
        {"csrf": browser.csrf},
        headers={"Sec-Fetch-Site": "cross-site"},
    )
    assert page.status == 403


async def test_signing_out_ends_the_session_for_whoever_has_its_cookie(
    browser: Browser,
) -> None:
    await browser.sign_in("meera")
    stolen = browser.cookies()
    await browser.post("/sign-out", {"csrf": browser.csrf})
    async with aiohttp.ClientSession(cookies=stolen) as thief:
        page = await thief.get(browser.base + "/me", allow_redirects=False)
        assert page.status == 303


async def test_ones_password_is_changed_with_the_present_one(browser: Browser) -> None:
    await browser.sign_in("anil")
    wanted = "नया और लंबा पासवर्ड"
    given = {"csrf": browser.csrf, "wanted": wanted, "again": wanted}
    page = await browser.post("/me/password", given | {"present": "wrong"})
    assert page.status == 400
    page = await browser.post("/me/password", given | {"present": PASSWORD})
    assert page.url.path == "/sign-in"
    page = await browser.sign_in("anil", password=wanted)
    assert page.url.path != "/sign-in"


async def test_the_language_is_kept_before_and_after_signing_in(
    browser: Browser,
) -> None:
    page = await browser.get("/sign-in")
    assert '<html lang="hi">' in await page.text()
    page = await browser.post("/language/en", {"next": "/sign-in"})
    assert '<html lang="en">' in await page.text()
    await browser.sign_in("meera")
    page = await browser.get("/me")
    assert '<html lang="hi">' in await page.text()  # the user's own
    await browser.post("/language/en", {"csrf": browser.csrf, "next": "/me"})
    page = await browser.get("/me")
    assert "Change the password" in await page.text()


async def test_pages_forbid_scripts_in_them_and_frames_around_them(
    browser: Browser,
) -> None:
    page = await browser.get("/sign-in")
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy and "http" not in policy
    assert f"connect-src 'self' wss://{page.url.host}:{page.url.port};" in policy
    assert page.headers["X-Content-Type-Options"] == "nosniff"
    assert page.headers["Cache-Control"] == "no-store"
    text = await page.text()
    assert not re.search(r"<style|style=|onclick=|<script(?![^>]* src=)", text)


async def test_a_name_with_a_script_in_it_is_only_a_name(browser: Browser) -> None:
    await browser.sign_in("meera")
    page = await browser.post(
        "/people",
        {
            "csrf": browser.csrf,
            "user_id": "eve",
            "name": "<script>alert(1)</script>",
            "role": "auditor",
            "centre": "MP",
            "password": PASSWORD,
        },
    )
    text = await page.text()
    assert page.status == 200 and "<script>alert" not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text


async def test_an_admin_switches_somebody_off_in_the_midst_of_a_session(
    browser: Browser,
) -> None:
    await browser.sign_in("meera")
    async with browser.another() as other:
        await other.sign_in("anil")
        await browser.post("/people/anil", {"csrf": browser.csrf, "act": "off"})
        page = await other.get("/me")
        assert page.url.path == "/sign-in"
        page = await other.sign_in("anil")
        assert page.status == 401
