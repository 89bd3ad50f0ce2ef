"""A browser without a screen: cookies, forms and redirects over a real socket."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

import aiohttp
from aiohttp import web
from yarl import URL

from ivr.controller.results import Results
from ivr.web.app import make_app, serve
from ivr.web.metrics import new_registry
from ivr.web.site import ListRoom, Site
from tests.fakes.operations import FakeOperations
from tests.fakes.site import PASSWORD, make_site, people_join

TOKEN = "a-token-of-the-tests"


@dataclass
class Browser:
    base: str
    site: Site
    http: aiohttp.ClientSession
    csrf: str = ""
    runner: web.AppRunner | None = None

    @property
    def operations(self) -> FakeOperations:
        assert isinstance(self.site.operations, FakeOperations)
        return self.site.operations

    async def get(
        self, path: str, *, follow: bool = True, **headers: str
    ) -> aiohttp.ClientResponse:
        page = await self.http.get(
            self.base + path, allow_redirects=follow, headers=headers
        )
        return await self._seen(page)

    async def post(
        self,
        path: str,
        form: Mapping[str, str],
        *,
        follow: bool = True,
        headers: Mapping[str, str] | None = None,
    ) -> aiohttp.ClientResponse:
        page = await self.http.post(
            self.base + path, data=form, allow_redirects=follow, headers=headers
        )
        return await self._seen(page)

    async def _seen(self, page: aiohttp.ClientResponse) -> aiohttp.ClientResponse:
        text = await page.text()
        found = re.search(r'<meta name="csrf" content="([^"]*)">', text)
        if found:
            self.csrf = found[1]
        return page

    async def sign_in(
        self, name: str, *, password: str = PASSWORD, back: str = "/me"
    ) -> aiohttp.ClientResponse:
        form = {"user_id": name, "password": password, "next": back}
        return await self.post("/sign-in", form)

    async def restart(self, port: int) -> None:
        """Stop the server and start another on the same port and memory."""
        assert self.runner is not None
        await self.runner.cleanup()
        registry, _ = new_registry()
        app = make_app(self.site, registry)
        self.runner = await serve(app, "127.0.0.1", port)

    def cookies(self) -> dict[str, str]:
        found = self.http.cookie_jar.filter_cookies(URL(self.base))
        return {name: cookie.value for name, cookie in found.items()}

    @asynccontextmanager
    async def another(self) -> AsyncIterator[Browser]:
        async with aiohttp.ClientSession(cookie_jar=new_jar()) as http:
            yield Browser(self.base, self.site, http)


def new_jar() -> aiohttp.CookieJar:
    return aiohttp.CookieJar(unsafe=True)  # of an address, not a name


@asynccontextmanager
async def opened(
    *,
    is_https: bool = False,
    results: Results | None = None,
    lists: ListRoom | None = None,
) -> AsyncIterator[Browser]:
    """Serve a site with all of tests.fakes.site.PEOPLE; nobody is signed in."""
    site = make_site(FakeOperations(), TOKEN, results=results, lists=lists)
    site = replace(site, is_https=is_https)
    await people_join(site)
    registry, _ = new_registry()
    runner = await serve(make_app(site, registry), "127.0.0.1", 0)
    base = f"http://127.0.0.1:{runner.addresses[0][1]}"
    async with aiohttp.ClientSession(cookie_jar=new_jar()) as http:
        browser = Browser(base, site, http, runner=runner)
        yield browser
    assert browser.runner is not None
    await browser.runner.cleanup()
