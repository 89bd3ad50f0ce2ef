"""What is sent wrongly is answered in words that say so, and never by a 500."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from yarl import URL

from tests.adapters.web.browser import Browser
from tests.adapters.web.test_every_route import ROUTES
from tests.adapters.web.workshop_site import opened_workshop

FLOW = "/api/v1/flows/scheme-feedback"
ODD_NAMES = ("%00", "9" * 5000, "..%2f..%2fx", "%E0%A4%95")
ADDRESSES = [
    "/audit?before=" + "9" * 5000,
    "/audit?before=" + "9" * 19,
    "/api/v1/audit?cursor=" + "9" * 5000,
    "/floor?centre=%00",
    "/lists/%00",
    "/lists/nov?district=%00",
    "/campaigns/%00",
    "/campaigns/_drafts/%00/1",
    "/practice/%00",
    "/prompts?language=%00&kind=%00",
    "/settings/trunks?check=%00",
    "/api/v1/desks/%00/transfer-targets",
    "/api/v1/desks/tc-9/transfer-targets",
    "/api/v1/desks/tc-101/messages",
    "/api/v1/campaigns/%00/why",
    f"{FLOW}/diff?old=%00&new=x",
    f"{FLOW}/saves/{'9' * 5000}",
    "/api/v1/decisions?seen=" + "9" * 5000,
    "/api/v1/desks/tc-101?seen=0001-01-01T00:00:00%2B14:00&wait=0",
    "/api/v1/speech?text=%00",
]
FORMS: list[tuple[str, dict[str, str]]] = [
    ("/people", {"user_id": "\0", "name": "\0"}),
    ("/people", {"user_id": "abc", "name": "x", "role": "admin", "centre": "\0"}),
    ("/people/anil", {"act": "\0"}),
    ("/programs/tokens", {"name": "\0", "user_id": "\0", "may": "\0"}),
    ("/programs/tokens/%00/end", {}),
    ("/programs/webhooks", {"name": "x", "url": "http://[", "centre": "MP"}),
    ("/programs/webhooks", {"name": "x", "url": "\0", "centre": "MP"}),
    ("/programs/webhooks/%00/end", {}),
    ("/lists/do-not-call/search", {"number": "\0"}),
    ("/lists/do-not-call/numbers", {"number": "9827112345", "why": "\0"}),
    ("/lists/erasures/requests", {"number": "\0", "reason": "x"}),
    ("/lists/erasures/requests", {"number": "9827112345", "reason": "\0"}),
    ("/campaigns/_new", {"template": "campaign:\0"}),
    ("/campaigns/_new", {"template": "file:../../x"}),
    ("/campaigns/_new", {"template": "\0"}),
    ("/prompts", {"text": "\0", "language": "xx", "voice": "\0"}),
    ("/prompts/say", {"text": "क", "language": "\0", "voice": "tone"}),
    ("/prompts/say", {"text": "\0", "language": "hi", "voice": "tone"}),
    ("/flows", {"flow_id": "\0", "title_hi": "\0"}),
    ("/flows", {"flow_id": "abc", "title_hi": "\0"}),
    ("/me/password", {"present": "\0", "wanted": "\0" * 12, "again": "\0" * 12}),
    ("/sign-in", {"user_id": "\0", "password": "\0"}),
    ("/settings/files/telecallers", {"text": "\0", "act": "check"}),
    ("/settings/files/telecallers", {"text": "[", "version": "\0"}),
]
BODIES: list[tuple[str, dict[str, object]]] = [
    (f"{FLOW}/trial", {"document": {}, "began_at": "9999-12-31T23:59:00Z"}),
    (f"{FLOW}/trial", {"document": {}, "began_at": "0001-01-01T00:00:00+14:00"}),
    ("/api/v1/opt-outs", {"number": "\0", "source": "\0"}),
    ("/api/v1/opt-outs", {"number": "9827112345", "source": "\0"}),
    ("/api/v1/dial-stops", {"scope": "campaign", "about": "\0", "why": "x"}),
    ("/api/v1/dial-stops", {"scope": "all", "about": "", "why": "\0"}),
    ("/api/v1/desks/tc-101/messages", {"text": "\0"}),
    ("/api/v1/desks/tc-101/transfer", {"kind": "telecaller", "key": "\0"}),
    ("/api/v1/desks/tc-101/outcome", {"call_id": "\0", "outcome": "\0"}),
    ("/api/v1/speech", {"say": {"hi": "{amount:rupees:"}, "language": "hi"}),
    ("/api/v1/speech", {"say": {"hi": "{}{"}, "language": "xx"}),
]


@pytest.fixture
async def browser(tmp_path: Path) -> AsyncIterator[Browser]:
    async with opened_workshop(tmp_path) as one:
        await one.sign_in("meera")
        yield one


async def test_an_odd_address_is_told_what_is_wrong(browser: Browser) -> None:
    for path in ADDRESSES:
        page = await browser.get(path)
        assert page.status < 500, f"{path[:80]}: {await page.text()}"


async def test_an_odd_form_is_told_what_is_wrong(browser: Browser) -> None:
    for path, form in FORMS:
        page = await browser.post(path, {"csrf": browser.csrf, **form})
        assert page.status < 500, f"{path}: {form}: {await page.text()}"


async def test_an_odd_body_is_told_what_is_wrong(browser: Browser) -> None:
    headers = {"X-CSRF-Token": browser.csrf}
    for path, sent in BODIES:
        page = await browser.http.post(browser.base + path, json=sent, headers=headers)
        assert page.status < 500, f"{path}: {sent}: {await page.text()}"


async def test_an_odd_name_in_an_address_is_told_what_is_wrong(
    browser: Browser,
) -> None:
    """Of every route that has a place for one; what is sent besides is empty."""
    routes = [(m, path) for m, path, _ in ROUTES if "{" in path and "feed" not in path]
    for method, path in routes:
        for odd in ODD_NAMES:
            address = browser.base + re.sub(r"\{[^}]*\}", odd, path)
            async with browser.http.request(
                method,
                URL(address, encoded=True),
                headers={"X-CSRF-Token": browser.csrf, "Accept": "application/json"},
                json={} if path.startswith("/api/") and method != "GET" else None,
                allow_redirects=False,
            ) as page:
                assert page.status < 500, f"{method} {path} {odd[:20]}"
