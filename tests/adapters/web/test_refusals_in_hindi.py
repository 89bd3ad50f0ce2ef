"""A reader of Hindi is refused in Hindi, a reader of English in English."""

from __future__ import annotations

import html
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ivr.errors import BadInput, StoreUnavailable
from ivr.web.page import part
from ivr.web.texts import Said
from tests.adapters.web.browser import Browser, opened
from tests.adapters.web.workshop_site import opened_workshop

FILE = "/settings/files/telecallers"
UNKNOWN_KEY = "telecallers: [{id: a, nam: क}]"


@pytest.fixture
async def browser(tmp_path: Path) -> AsyncIterator[Browser]:
    async with opened_workshop(tmp_path) as one:
        await one.sign_in("meera")
        yield one


async def saved(browser: Browser, text: str) -> str:
    """Try to save the settings; return what the page says of it."""
    form = {"csrf": browser.csrf, "text": text, "version": "x", "act": "check"}
    page = await (await browser.post(FILE, form)).text()
    found = re.findall(r'<li class="wrong">.*?<small>(.*?)</small>', page, re.DOTALL)
    return html.unescape("".join(found))


async def test_a_finding_of_the_settings_is_told_in_the_readers_language(
    browser: Browser,
) -> None:
    said = await saved(browser, UNKNOWN_KEY)
    assert "nam: ऐसी कोई बात यहाँ नहीं होती" in said
    assert "क्या आपका आशय “name” से है?" in said
    await browser.post("/language/en", {"csrf": browser.csrf})
    said = await saved(browser, UNKNOWN_KEY)
    assert "nam: Extra inputs are not permitted" in said
    assert 'did you mean "name"?' in said


async def test_the_api_tells_message_place_and_remedy_in_both_languages() -> None:
    refused = BadInput("no telecaller 'x'", where="to", remedy="choose somebody else")
    async with opened() as browser:
        await browser.sign_in("meera")
        browser.operations.fail_with = refused
        said = await (await browser.get("/api/v1/desks")).json()
    assert said == {
        "error_id": "bad_input",
        "message_en": "to: no telecaller 'x' (choose somebody else)",
        "message_hi": "किसे: 'x' नाम का कोई टेलीकॉलर नहीं है (किसी और को चुनिए)",
        "details": {
            "where": "to",
            "remedy": "choose somebody else",
            "remedy_hi": "किसी और को चुनिए",
        },
    }


async def test_a_refusal_without_hindi_is_shown_in_english_and_marked_so(
    browser: Browser,
) -> None:
    texts = browser.site.texts
    refused = Said("<b>who knows</b>", where="to")
    shown = part(texts.of("hi"), "failure.html", said=refused)
    assert '<span lang="en">किसे: &lt;b&gt;who knows&lt;/b&gt;</span>' in shown
    shown = part(texts.of("en"), "failure.html", said=refused)
    assert "to: &lt;b&gt;who knows&lt;/b&gt;" in shown and "span" not in shown
    shown = part(texts.of("hi"), "failure.html", said=Said("choose a voice"))
    assert "कोई आवाज़ चुनिए" in shown and "span" not in shown


async def test_a_failure_that_nobody_foresaw_is_told_in_general_first(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(_key: str) -> None:
        raise StoreUnavailable("disk I/O error")

    monkeypatch.setattr(browser.site.users.store, "session", away)
    browser.site.users._known.clear()  # who was known a moment ago works on
    page = await browser.get("/floor")
    text = await page.text()
    assert page.status == 503
    assert "डेटाबेस तक पहुँचा या उसमें लिखा नहीं जा सका (disk I/O error)" in text
