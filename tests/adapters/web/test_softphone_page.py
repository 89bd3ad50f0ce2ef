"""One's own softphone: settings for nobody else, and a code that opens once."""

from __future__ import annotations

import re
import ssl
from collections.abc import AsyncIterator
from dataclasses import replace
from xml.etree import ElementTree

import aiohttp
import pytest
from aiohttp import web

from ivr.core.access import UserId
from ivr.core.model import TelecallerId
from ivr.core.softphone import Softphone
from ivr.web.app import make_app, serve
from ivr.web.lpconfig import NAMESPACE, lpconfig
from ivr.web.metrics import new_registry
from ivr.web.site import PhoneAccount, Phones
from tests.adapters.web.browser import TOKEN, Browser, new_jar
from tests.fakes.operations import FakeOperations
from tests.fakes.site import make_site, people_join
from tests.fakes.switch import FakeClock

SECRET = "s3cr&t<\"'>"
NAME = 'सुनीता "सु" <वर्मा>'


def softphone_of(whose: TelecallerId, reached_by: str) -> Softphone | None:
    if whose != "tc-1":
        return None
    return Softphone(reached_by, 5061, 5060, "tc-101", SECRET, NAME)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
async def browser(clock: FakeClock) -> AsyncIterator[Browser]:
    phones = Phones(
        "wss://127.0.0.1:1/ws",
        ssl.create_default_context(),
        lambda _: PhoneAccount("tc-101-web", "web-secret"),
        softphone_of,
    )
    site = replace(make_site(FakeOperations(), TOKEN, clock=clock), phones=phones)
    await people_join(site)
    runner: web.AppRunner = await serve(
        make_app(site, new_registry()[0]), "127.0.0.1", 0
    )
    base = f"http://127.0.0.1:{runner.addresses[0][1]}"
    async with aiohttp.ClientSession(cookie_jar=new_jar()) as http:
        one = Browser(base, site, http)
        await one.sign_in("sunita")
        yield one
    await runner.cleanup()


async def new_link(browser: Browser) -> str:
    """Return the path of a new code."""
    page = await browser.post("/desk/softphone/code", {"csrf": browser.csrf})
    assert page.status == 200
    found = re.search(
        r"<code data-link>https://[^/]+(/softphone/[^<]+)</code>", await page.text()
    )
    assert found
    return found[1]


async def fetched(browser: Browser, link: str, method: str = "GET") -> tuple[int, str]:
    """Return what a softphone gets, which has no cookie."""
    async with browser.another() as phone:
        page = await phone.http.request(
            method, phone.base + link, allow_redirects=False
        )
        return page.status, await page.text()


async def actions(browser: Browser) -> list[str]:
    return [one.action for one in await browser.site.users.store.audit(None)]


async def test_the_settings_are_shown_and_the_password_only_when_asked_for(
    browser: Browser,
) -> None:
    page = await browser.get("/desk/softphone")
    text = await page.text()
    assert page.status == 200
    assert page.headers["Cache-Control"] == "no-store"
    assert "tc-101" in text and "TLS 5061" in text and "127.0.0.1" in text
    assert "s3cr" not in text
    page = await browser.post("/desk/softphone/password", {"csrf": browser.csrf})
    assert page.headers["Cache-Control"] == "no-store"
    assert "s3cr&amp;t" in await page.text()
    assert "softphone_password_shown" in await actions(browser)


async def test_nobody_sees_anothers_settings(browser: Browser) -> None:
    for name, status in {"vimla": 403, "meera": 404, "anil": 404}.items():
        async with browser.another() as other:
            await other.sign_in(name)
            for act in ("password", "code"):
                page = await other.post(
                    f"/desk/softphone/{act}",
                    {"csrf": other.csrf, "telecaller_id": "tc-1", "user_id": "sunita"},
                )
                assert page.status == status
            assert (await other.get("/desk/softphone")).status == status


async def test_a_password_is_shown_to_no_other_sites_page(browser: Browser) -> None:
    page = await browser.post("/desk/softphone/password", {"csrf": "guessed"})
    assert page.status == 403
    assert "s3cr" not in await page.text()


async def test_a_code_gives_the_settings_once(browser: Browser) -> None:
    link = await new_link(browser)
    async with browser.another() as phone:
        page = await phone.http.get(phone.base + link)
        assert page.status == 200
        assert page.content_type == "application/xml"
        assert page.headers["Cache-Control"] == "no-store"
        root = ElementTree.fromstring(await page.read())
    entries = {
        (section.get("name"), entry.get("name")): entry.text
        for section in root
        for entry in section
    }
    assert root.tag == f"{{{NAMESPACE}}}config"
    assert entries["auth_info_0", "passwd"] == SECRET
    server = "<sip:127.0.0.1:5061;transport=tls>"
    assert entries["proxy_0", "reg_proxy"] == server
    assert (await fetched(browser, link))[0] == 404
    done = await actions(browser)
    assert "softphone_code_made" in done and "softphone_code_used" in done


async def test_the_code_is_drawn_in_the_page_without_a_style_or_a_script(
    browser: Browser,
) -> None:
    page = await browser.post("/desk/softphone/code", {"csrf": browser.csrf})
    text = await page.text()
    assert re.search(r'<svg class="qr" viewBox="0 0 (\d+) \1"', text)
    assert "style=" not in text


async def test_only_looking_at_a_link_does_not_use_it_up(browser: Browser) -> None:
    link = await new_link(browser)
    assert (await fetched(browser, link, "HEAD"))[0] != 200
    assert (await fetched(browser, link))[0] == 200


async def test_a_code_is_too_old_after_ten_minutes(
    browser: Browser, clock: FakeClock
) -> None:
    link = await new_link(browser)
    clock.move(minutes=10)
    assert (await fetched(browser, link))[0] == 404


async def test_a_new_code_ends_the_one_before(browser: Browser) -> None:
    first, second = await new_link(browser), await new_link(browser)
    assert (await fetched(browser, first))[0] == 404
    assert (await fetched(browser, second))[0] == 200


async def test_who_signs_out_takes_their_code_along(browser: Browser) -> None:
    link = await new_link(browser)
    await browser.post("/sign-out", {"csrf": browser.csrf})
    assert (await fetched(browser, link))[0] == 404


async def test_a_user_who_was_given_another_phone_has_no_code_for_the_old(
    browser: Browser,
) -> None:
    link = await new_link(browser)
    user = await browser.site.users.store.user(UserId("sunita"))
    assert user is not None
    changed = replace(user, telecaller_id=TelecallerId("tc-2"))
    await browser.site.users.keep(changed, by="test")
    assert (await fetched(browser, link))[0] == 404


async def test_a_guessed_code_opens_nothing(browser: Browser) -> None:
    await new_link(browser)
    for guess in ("x", "..%2f", "%00", "%ff", "a" * 43):
        assert (await fetched(browser, f"/softphone/{guess}"))[0] == 404


@pytest.mark.parametrize(("udp_port", "mandatory"), [(5060, "0"), (None, "1")])
def test_voice_is_encrypted_by_all_means_where_plain_sip_is_not_allowed(
    udp_port: int | None, mandatory: str
) -> None:
    phone = Softphone("192.0.2.5", 5061, udp_port, "tc-1", SECRET)
    entries = {
        entry.get("name"): entry.text
        for entry in ElementTree.fromstring(lpconfig(phone)).iter()
    }
    assert entries["media_encryption_mandatory"] == mandatory


def test_names_and_passwords_are_escaped_on_one_line_each() -> None:
    phone = Softphone(
        "2001:db8::5", 5061, 5060, "tc-1", "<&>]]>\"'", 'अ "ब" <c>\r\n[proxy_1]\x00\\'
    )
    made = lpconfig(phone)
    entries = {
        entry.get("name"): entry.text or ""
        for entry in ElementTree.fromstring(made).iter()
    }
    assert entries["passwd"] == "<&>]]>\"'"
    identity = 'अ \\"ब\\" <c> [proxy_1]\\\\'
    assert entries["reg_identity"] == f'"{identity}" <sip:tc-1@[2001:db8::5]>'
    assert not any("\n" in text for text in entries.values())
