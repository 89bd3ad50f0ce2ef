"""How to trust the installation's certificate: for all, and never its key."""

from __future__ import annotations

import hashlib
import ssl
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import aiohttp
import pytest

from ivr.settings.certificate import Certificate, authority_der, certificate
from ivr.settings.config import PROJECT, load_settings
from ivr.web.app import make_app, serve
from ivr.web.metrics import new_registry
from tests.adapters.web.browser import TOKEN, Browser, new_jar, opened
from tests.fakes.operations import FakeOperations
from tests.fakes.site import make_site


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    home = tmp_path_factory.mktemp("home")
    return certificate(load_settings(PROJECT / "config/demo.toml").replace(home=home))


@pytest.fixture
async def browser(made: Certificate) -> AsyncIterator[Browser]:
    site = replace(make_site(FakeOperations(), TOKEN), authority=authority_der(made))
    runner = await serve(make_app(site, new_registry()[0]), "127.0.0.1", 0)
    base = f"http://127.0.0.1:{runner.addresses[0][1]}"
    async with aiohttp.ClientSession(cookie_jar=new_jar()) as http:
        yield Browser(base, site, http)
    await runner.cleanup()


async def test_who_has_not_signed_in_gets_certificate_and_fingerprint(
    browser: Browser, made: Certificate
) -> None:
    assert made.authority is not None
    der = ssl.PEM_cert_to_DER_cert(made.authority.read_text())
    text = await (await browser.get("/trust")).text()
    hexed = hashlib.sha256(der).hexdigest().upper()
    assert ":".join(hexed[i : i + 2] for i in range(0, 64, 2)) in text
    assert "Trusted Root Certification Authorities" in text
    page = await browser.http.get(browser.base + "/trust/samvad.crt")
    assert await page.read() == der
    assert page.content_type == "application/x-x509-ca-cert"
    assert "/trust" in await (await browser.get("/sign-in")).text()


async def test_what_is_handed_out_is_trusted_by_who_installs_it(
    browser: Browser, made: Certificate
) -> None:
    page = await browser.http.get(browser.base + "/trust/samvad.crt")
    context = ssl.create_default_context(cadata=await page.read())
    assert context.cert_store_stats()["x509_ca"] >= 1


@pytest.mark.parametrize(
    "name", ["authority.key", "server.key", "samvad.key", "..%2fauthority.key"]
)
async def test_there_is_no_way_to_a_key(browser: Browser, name: str) -> None:
    for path in (f"/trust/{name}", f"/trust/../keys/{name}"):
        page = await browser.get(path, follow=False)
        assert page.status in (303, 404)
        assert "PRIVATE KEY" not in await page.text()


def test_a_key_in_the_authoritys_file_is_not_handed_out(
    tmp_path: Path, made: Certificate
) -> None:
    assert made.authority is not None
    key = (made.authority.parent / "authority.key").read_text()
    both = tmp_path / "both.pem"
    both.write_text(key + made.authority.read_text() + key)
    assert authority_der(replace(made, authority=both)) == authority_der(made)


async def test_with_a_public_certificate_there_is_nothing_to_install() -> None:
    async with opened() as browser:
        text = await (await browser.get("/trust")).text()
        assert "/trust/samvad.crt" not in text
        page = await browser.http.get(browser.base + "/trust/samvad.crt")
        assert page.status == 404
