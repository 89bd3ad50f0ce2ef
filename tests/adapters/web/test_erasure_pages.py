"""Erasures by the page and by the API: who may, what is said, what is noted."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.adapters.web.browser import TOKEN, Browser, opened

PAGE, API = "/lists/erasures/requests", "/api/v1/erasures"


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with opened() as one:
        yield one


async def api(browser: Browser, method: str, path: str, **given: Any) -> Any:
    headers = {"Authorization": f"Bearer {TOKEN}"}
    url = browser.base + path
    answer = await browser.http.request(method, url, headers=headers, **given)
    return answer.status, await answer.json()


async def test_a_person_is_erased_by_the_page_and_it_is_noted(browser: Browser):
    await browser.sign_in("anil")
    form = {"csrf": browser.csrf, "number": "98271 12345", "reason": "पत्र <b>से"}
    text = await (await browser.post(PAGE, form)).text()
    assert "98•••••345" in text and "9827112345" not in text
    assert "पत्र &lt;b&gt;से" in text and "एक साल सीलबंद" in text
    [entry] = [
        one
        for one in await browser.site.users.store.audit(None)
        if one.action == "erasure_requested"
    ]
    assert (entry.user_id, entry.about) == ("anil", "erasure 1")
    listed = await (await browser.get("/lists")).text()
    assert PAGE in listed


@pytest.mark.parametrize(
    ("number", "reason"), [("112", "पत्र"), ("98271 12345", " "), ("x", "y" * 600)]
)
async def test_what_cannot_be_done_is_said_and_the_form_keeps_its_words(
    browser: Browser, number: str, reason: str
):
    await browser.sign_in("anil")
    form = {"csrf": browser.csrf, "number": number, "reason": reason}
    page = await browser.post(PAGE, form)
    text = await page.text()
    assert page.status == 400 and 'class="alarm"' in text
    assert f'value="{number}"' in text
    assert "किसी ने जानकारी मिटाने को नहीं कहा है।" in text


async def test_requests_of_another_centre_are_not_shown(browser: Browser):
    await browser.sign_in("anil")
    form = {"csrf": browser.csrf, "number": "98271 12345", "reason": "पत्र"}
    await browser.post(PAGE, form)
    async with browser.another() as other:
        await other.sign_in("rekha")
        assert "98•••••345" not in await (await other.get(PAGE)).text()
    async with browser.another() as other:
        await other.sign_in("vimla")  # an auditor
        assert (await other.get(PAGE)).status == 403


async def test_a_program_erases_and_reads_how_far_it_is(browser: Browser):
    body = {"number": "98271 12345", "reason": "पत्र"}
    status, one = await api(browser, "POST", API, json=body)
    assert (status, one["state"], one["number"]) == (201, "masked", "98•••••345")
    assert one["days_left"] == 7 and one["ends_on"] == "2027-11-24"
    await api(browser, "POST", API, json=body | {"number": "98271 12346"})
    _, part = await api(browser, "GET", f"{API}?limit=1")
    assert [item["request_id"] for item in part["items"]] == [2]
    _, rest = await api(browser, "GET", f"{API}?limit=1&cursor={part['next']}")
    assert [item["request_id"] for item in rest["items"]] == [1]
    assert rest["next"] is None
    status, wrong = await api(browser, "POST", API, json=body | {"number": "112"})
    assert (status, wrong["details"]["where"]) == (400, "number")
