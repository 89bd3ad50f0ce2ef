"""Idempotency keys: a POST that is sent again is answered again, and done once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import pytest

from ivr.core.access import May
from ivr.errors import OurBug, StoreUnavailable
from tests.adapters.web.browser import TOKEN, Browser, opened
from tests.fakes.programs import MemoryPrograms
from tests.fakes.site import MP, PEOPLE

OPT_OUT = {"number": "98271 12345", "source": "पत्र"}


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with opened() as one:
        yield one


def answers(browser: Browser) -> MemoryPrograms:
    store = browser.site.programs.store
    assert isinstance(store, MemoryPrograms)
    return store


async def post(
    browser: Browser,
    key: str,
    body: dict[str, str] | None = None,
    *,
    path: str = "/api/v1/opt-outs",
    token: str = TOKEN,
) -> aiohttp.ClientResponse:
    response = await browser.http.post(
        browser.base + path,
        json=OPT_OUT if body is None else body,
        headers={"Authorization": f"Bearer {token}", "Idempotency-Key": key},
    )
    await response.read()
    return response


async def test_sent_again_it_is_answered_again_and_done_once(browser: Browser) -> None:
    first, second = await post(browser, "k-1"), await post(browser, "k-1")
    assert (first.status, second.status) == (201, 201)
    assert await first.read() == await second.read()
    assert "Idempotent-Replayed" not in first.headers
    assert second.headers["Idempotent-Replayed"] == "true"
    assert len(browser.operations.opted_out) == 1
    assert (await post(browser, "k-2")).status == 201
    assert len(browser.operations.opted_out) == 2


async def test_sent_twice_at_once_it_is_done_once(browser: Browser) -> None:
    both = await asyncio.gather(*(post(browser, "k-1") for _ in range(5)))
    assert {one.status for one in both} == {201}
    assert len(browser.operations.opted_out) == 1
    assert sum("Idempotent-Replayed" in one.headers for one in both) == 4


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/api/v1/opt-outs", OPT_OUT | {"source": "मेल"}),
        ("/api/v1/opt-outs?x=1", OPT_OUT),
        ("/api/v1/campaigns/demo/start", OPT_OUT),
    ],
)
async def test_a_key_with_another_request_is_refused(
    browser: Browser, path: str, body: dict[str, str]
) -> None:
    await post(browser, "k-1")
    refused = await post(browser, "k-1", body, path=path)
    said = await refused.json()
    assert (refused.status, said["error_id"]) == (422, "another_body")
    assert said["message_hi"].startswith("यह दोहराव-कुंजी")
    assert len(browser.operations.opted_out) == 1


async def test_a_refusal_is_answered_again_too(browser: Browser) -> None:
    wrong = OPT_OUT | {"number": "112"}
    first, second = await post(browser, "k", wrong), await post(browser, "k", wrong)
    assert (first.status, second.status) == (400, 400)
    assert await first.json() == await second.json()


@pytest.mark.parametrize("failure", [StoreUnavailable(), OurBug("x"), RuntimeError()])
async def test_what_failed_on_our_side_may_be_tried_again(
    browser: Browser, failure: Exception
) -> None:
    path = "/api/v1/campaigns/demo/start"
    browser.operations.fail_with = failure
    assert (await post(browser, "k", {}, path=path)).status >= 500
    again = await post(browser, "k", {}, path=path)
    assert (again.status, "Idempotent-Replayed" in again.headers) == (200, False)


async def test_after_a_stop_in_the_midst_nobody_claims_to_know(
    browser: Browser,
) -> None:
    await post(browser, "k")
    store = answers(browser)
    ((owner, key),) = store.answers
    await store.keep_answer(owner, key, 0, "")  # as a crash would have left it
    again = await post(browser, "k")
    assert (again.status, (await again.json())["error_id"]) == (409, "unknown_outcome")
    assert len(browser.operations.opted_out) == 1


async def test_a_key_is_its_owners_own(browser: Browser) -> None:
    await post(browser, "k")
    _, secret = await browser.site.programs.make(
        "CRM", PEOPLE[0], MP, frozenset({May.LISTS}), by=PEOPLE[0]
    )
    other = await post(browser, "k", token=secret)
    assert (other.status, "Idempotent-Replayed" in other.headers) == (201, False)


async def test_who_may_not_is_not_answered_from_before(browser: Browser) -> None:
    await post(browser, "k")
    assert (await post(browser, "k", token="wrong")).status == 401


async def test_a_key_that_is_none_is_refused(browser: Browser) -> None:
    refused = await post(browser, "x" * 201)
    assert (refused.status, browser.operations.opted_out) == (400, [])


async def test_no_password_can_be_found_from_what_is_kept(browser: Browser) -> None:
    body = {
        "user_id": "kamla",
        "name": "कमला",
        "role": "auditor",
        "centre": "MP",
        "password": "नर्मदा के किनारे 42",
    }
    made = await post(browser, "k", body, path="/api/v1/users")
    assert made.status == 201
    assert "नर्मदा" not in str(answers(browser).answers)
