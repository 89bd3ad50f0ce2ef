"""The wire between a page's phone and the switch: who gets it, and what it carries."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import aiohttp
import pytest
from aiohttp import web

from ivr.core.access import Role, User, UserId
from ivr.core.model import TelecallerId
from ivr.core.softphone import Softphone
from ivr.web.app import make_app, serve
from ivr.web.metrics import new_registry
from ivr.web.site import PhoneAccount, Phones
from tests.adapters.web.browser import TOKEN, Browser
from tests.fakes.operations import FakeOperations
from tests.fakes.site import PASSWORD, SEHORE, make_site, people_join

GONE = TelecallerId("tc-9")


@asynccontextmanager
async def switch() -> AsyncIterator[str]:
    """A switch that says back what it is told; yields its address."""

    async def echo(request: web.Request) -> web.WebSocketResponse:
        there = web.WebSocketResponse(protocols=("sip",))
        await there.prepare(request)
        async for message in there:
            await there.send_str(f"200 OK {message.data}")
        return there

    app = web.Application()
    app.router.add_get("/ws", echo)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"ws://127.0.0.1:{runner.addresses[0][1]}/ws"
    await runner.cleanup()


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with switch() as server:
        phones = Phones(
            server,
            ssl.create_default_context(),
            lambda own: None if own == GONE else PhoneAccount(f"{own}-web", "a secret"),
            lambda own, host: Softphone(host, 5061, 5060, str(own), "its secret"),
        )
        site = replace(make_site(FakeOperations(), TOKEN), phones=phones)
        await people_join(site)
        registry, _ = new_registry()
        runner = await serve(make_app(site, registry), "127.0.0.1", 0)
        base = f"http://127.0.0.1:{runner.addresses[0][1]}"
        jar = aiohttp.CookieJar(unsafe=True)
        async with aiohttp.ClientSession(cookie_jar=jar) as http:
            yield Browser(base, site, http)
        await runner.cleanup()


def wire(browser: Browser, origin: str = ""):  # type: ignore[no-untyped-def]
    return browser.http.ws_connect(
        browser.base.replace("http", "ws") + "/phone",
        protocols=("sip",),
        origin=origin or browser.base,
    )


async def test_a_telecaller_gets_their_own_account_and_nobody_elses(
    browser: Browser,
) -> None:
    await browser.sign_in("sunita")
    page = await browser.get("/desk/phone")
    assert (await page.json())["address"] == f"{TelecallerId('tc-1')}-web"
    assert page.headers["Cache-Control"] == "no-store"


async def test_the_wire_carries_sip_both_ways(browser: Browser) -> None:
    await browser.sign_in("sunita")
    async with wire(browser) as one:
        assert one.protocol == "sip"
        await one.send_str("REGISTER")
        assert await one.receive_str(timeout=5) == "200 OK REGISTER"


async def test_nobody_who_has_not_signed_in_reaches_the_switch(
    browser: Browser,
) -> None:
    with pytest.raises(aiohttp.WSServerHandshakeError):
        await wire(browser)


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1"])
async def test_another_sites_page_cannot_open_the_wire(
    browser: Browser, origin: str
) -> None:
    await browser.sign_in("sunita")
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await wire(browser, origin)
    assert refused.value.status == 403


async def test_who_has_no_phone_has_no_wire(browser: Browser) -> None:
    await browser.sign_in("meera")
    assert (await browser.get("/desk/phone")).status == 404


async def test_who_was_taken_out_of_the_telecallers_has_no_account(
    browser: Browser,
) -> None:
    gone = User(UserId("mohan"), "मोहन", Role.TELECALLER, SEHORE, GONE)
    await browser.site.users.add(gone, PASSWORD, by="test")
    await browser.sign_in("mohan")
    assert (await browser.get("/desk/phone")).status == 404


async def test_the_wire_ends_with_the_session(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ivr.web.pages.phone.STILL_WELCOME_S", 0.05)
    await browser.sign_in("sunita")
    async with wire(browser) as one:
        await browser.post("/sign-out", {"csrf": browser.csrf})
        message = await one.receive(timeout=5)
        assert message.type in (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED)


async def test_a_switch_that_is_away_is_told_as_such(browser: Browser) -> None:
    gone = replace(browser.site.phones, server="ws://127.0.0.1:1/ws")  # type: ignore[type-var]
    site = replace(browser.site, phones=gone)
    registry, _ = new_registry()
    runner = await serve(make_app(site, registry), "127.0.0.1", 0)
    other = Browser(f"http://127.0.0.1:{runner.addresses[0][1]}", site, browser.http)
    await other.sign_in("sunita")
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await wire(other)
    assert refused.value.status == 503
    await runner.cleanup()
